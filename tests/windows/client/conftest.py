"""The client library's DLL and the example programs, as step_native.py installed them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from iscbridge.platform.folders import Home
from iscbridge.sandbox import control

#: Folder of iscbridge_client.dll and the programs; step_native.py sets it.
FOLDER = Path(os.environ.get("ISCBRIDGE_TEST_CLIENT", "ISCBRIDGE_TEST_CLIENT-is-not-set"))
ISCBRIDGE = Path(sys.prefix) / "Scripts" / "iscbridge.exe"


class Product:
    """A profile with sandbox desk and bridge, and programs that use it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.environment = {**os.environ, "ISCBRIDGE_HOME": str(home.root)}

    def run(self, program: Path, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
        """Run a program with this profile."""
        return subprocess.run([program, *arguments], env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=120, check=False)  # fmt: skip

    def iscbridge(self, *arguments: str | Path) -> list[dict[str, object]]:
        """The command line; what it wrote."""
        done = self.run(ISCBRIDGE, *arguments, "--json")
        return [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]

    def fetch(self, name: str, target: Path) -> bytes:
        """The bytes of the file in the cloud whose path ends so; there must be one."""
        held = control.request(self.home, {"request": "ls"})["items"]
        [path] = [item["path"] for item in held if item["path"].endswith(name)]
        control.request(self.home, {"request": "get", "path": path, "to": str(target)})
        return target.read_bytes()


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    made = Product(Home(tmp_path_factory.mktemp("profil ä 零件")))
    control.start(made.home)
    first = tmp_path_factory.mktemp("first") / "first.FCStd"
    first.write_bytes(b"first")
    assert made.iscbridge("save", first, "--start", "--wait", "--timeout", "90")[-1]["state"] == "done"
    yield made
    made.iscbridge("stop")
    assert control.stop(made.home)
