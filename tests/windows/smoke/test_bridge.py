"""The command line, the bridge and the SDK process together, as a person on Windows uses them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from iscbridge.platform.folders import Home

#: What a Windows user types: the program that pip made for the entry point.
ISCBRIDGE = Path(sys.prefix) / "Scripts" / "iscbridge.exe"
CONTENT = bytes(range(256)) * 2048 + b"\r\n\x1a"

Command = Callable[..., "tuple[int, list[dict[str, object]]]"]


@pytest.fixture(scope="module")
def iscbridge(home: Home):
    environment = {**os.environ, "ISCBRIDGE_HOME": str(home.root)}

    def run(*arguments: str) -> tuple[int, list[dict[str, object]]]:
        done = subprocess.run(
            [ISCBRIDGE, *arguments, "--json"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=False,
        )
        lines = done.stdout.decode("utf-8").splitlines()
        assert lines or done.returncode == 0, done.stderr.decode("utf-8", "replace")
        return done.returncode, [json.loads(line) for line in lines]

    yield run
    run("stop")


@pytest.mark.parametrize("name", ["bracket.FCStd", "零件 图纸 ä.FCStd"])
def test_save_command_puts_the_file_into_the_cloud(home, desk, iscbridge, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(CONTENT)

    code, lines = iscbridge(
        "save", str(path), "--wait", "--timeout", "90", "--start"
    )  # the first one starts the bridge

    last = lines[-1]
    assert (last["state"], last["error"], last["cloud"], last["path"]) == ("done", None, "sandbox", str(path))
    assert code == 0
    held = desk.holds()
    [cloud_path] = [item for item in held if item.endswith(name)]
    assert held[cloud_path]["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert desk.fetch(cloud_path, tmp_path / "fetched") == CONTENT

    _, [status] = iscbridge("status")
    assert status["socket"] == home.bridge_address()
    _, jobs = iscbridge("jobs")
    assert [job["state"] for job in jobs if job.get("path") == str(path)] == ["done"]
