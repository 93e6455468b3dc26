"""The C client library, installed and built against as a host's maker does it, with the real bridge, desk and cloud."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support import c_client
from support.world import World


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return c_client.installed(tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="module")
def programs(prefix: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return c_client.examples(prefix, tmp_path_factory.mktemp("examples"))


def run(program: Path, *arguments: str | Path, world: World) -> subprocess.CompletedProcess[str]:
    command = [str(word) for word in (program, *arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=world.env)


def test_the_polling_example_saves(world: World, programs: Path) -> None:
    world.desk()
    world.bridge()
    part = world.file("Gehäuse 壳体.FCStd", b"through the C library")
    done = run(programs / "save_polling", part, world=world)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "done"
    assert world.cloud_bytes("/Gehäuse 壳体.FCStd") == part.read_bytes()


def test_the_callback_example_saves_several(world: World, programs: Path) -> None:
    world.desk()
    world.bridge()
    parts = [world.file(f"part{number}.FCStd", b"part %d" % number) for number in range(5)]
    done = run(programs / "save_callbacks", "-", *parts, world=world)
    assert done.returncode == 0, done.stderr
    assert [world.cloud_bytes(f"/{part.name}") for part in parts] == [part.read_bytes() for part in parts]


def test_a_bridge_that_does_not_run_is_told(world: World, programs: Path) -> None:
    done = run(programs / "save_polling", world.file("part.FCStd"), world=world)
    assert done.returncode == 1
    assert "ISCB-BRIDGE-NOT-RUNNING" in done.stderr
    assert "Start ISCBridge" in done.stderr
