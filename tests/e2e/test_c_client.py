"""The C client library, installed and built against as a host's maker does it, with the real bridge, desk and cloud."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from iscbridge.platform.folders import Home
from support import c_client
from support.world import World

pytestmark = pytest.mark.timeout(600)  # the first test builds the library


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


def test_a_bridge_is_started_and_stays(world: World, prefix: Path) -> None:
    world.desk()
    client = c_client.CClient(prefix, world.home.root, start=(sys.executable, "-m", "iscbridge", "serve"))
    try:
        hello = client.connect()
        assert hello["cloud"] == "sandbox"
    finally:
        client.close()
    other = world.client()
    assert other.hello["pid"] == hello["pid"]
    other.request("bridge.shutdown")


def test_killed_bridges_lose_no_save(world: World, prefix: Path) -> None:
    world.desk()
    world.bridge()
    client = c_client.CClient(prefix, world.home.root)
    try:
        parts = [world.file(f"part{number}.FCStd", b"part %d" % number) for number in range(6)]
        jobs = []
        for number, part in enumerate(parts):
            jobs.append(client.request("cloud.save", path=str(part), requestId=f"save-{number}")["job"])
            if number % 2:
                world.kill_bridge()
                world.bridge()
        for number, (part, job) in enumerate(zip(parts, jobs, strict=True)):
            assert client.request("cloud.save", path=str(part), requestId=f"save-{number}")["job"] == job
            assert client.wait(job) == 0
            assert client.request("job.get", job=job)["state"] == "done"
            assert world.cloud_bytes(f"/{part.name}") == part.read_bytes()
    finally:
        client.close()


def test_files_and_licences_are_asked_for(world: World, prefix: Path) -> None:
    world.bridge()
    client = c_client.CClient(prefix, world.home.root)
    try:
        part = world.file("part.FCStd")
        assert client.request("file.status", path=str(part)) == {"path": str(part), "busy": False}
        assert client.request("license.check", product="a-cad")["state"] == "unmanaged"
        assert client.request("bridge.status")["hosts"][0]["host"] == "C client"
    finally:
        client.close()


def test_the_address_is_found_as_python_finds_it(prefix: Path, tmp_path: Path) -> None:
    for home in (tmp_path / "p", tmp_path / ("deep" * 30), tmp_path / "x" / ".." / ("壳" * 40)):
        found = c_client.find_address(prefix, home)
        assert found == Home(home).bridge_address()


def test_pkg_config_names_what_is_there(prefix: Path) -> None:
    described = next(prefix.glob("lib*/**/iscbridge_client.pc"))
    values = dict(line.split("=", 1) for line in described.read_text(encoding="utf-8").splitlines() if "=" in line)
    root = Path(values["prefix"].replace("${pcfiledir}", str(described.parent)))
    folders = {name: Path(values[name].replace("${prefix}", str(root))) for name in ("libdir", "includedir")}
    assert (folders["includedir"] / "iscbridge_client.h").is_file()
    assert (folders["libdir"] / "libiscbridge_client.a").is_file()


def test_nothing_else_of_the_project_is_installed(prefix: Path) -> None:
    names = {path.name for path in prefix.rglob("*") if path.is_file()}
    assert all(name.startswith(("iscbridge_client", "libiscbridge_client")) for name in names)
