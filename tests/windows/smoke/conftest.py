"""Real processes on Windows Python: the sandbox desk, and the process that loads the two DLLs."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from iscbridge.platform.folders import Home
from iscbridge.sandbox import control
from iscbridge.sdk.library import find_library

#: For one answer of a process. Generous: Wine starts Python slowly, and a test that passes does not wait.
PATIENCE_S = 60.0

Json = dict[str, Any]


class SdkProcess:
    """`iscbridge.sdk.host` with both of its pipes in hand."""

    def __init__(self, home: Home) -> None:
        library = find_library(None, {})
        environment = {**os.environ, "ISCBRIDGE_SANDBOX_DESK": home.desk_address()}
        command = [sys.executable, "-P", "-m", "iscbridge.sdk.host", "--library", str(library)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        self._lines: queue.Queue[Json | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def say(self, **command: object) -> None:
        """Send one command."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.process.stdin.flush()

    def hear(self, *kinds: str) -> Json:
        """The next line, which must be of one of these kinds."""
        line = self._lines.get(timeout=PATIENCE_S)
        assert line is not None, "it has ended; what it wrote to standard error stands in the test's output"
        assert line["m"] in kinds, line
        return line

    def end(self) -> int:
        """Wait for the end of the process; nothing unread may be left."""
        code = self.process.wait(PATIENCE_S)
        left = self._lines.get(timeout=PATIENCE_S)
        assert left is None, left
        return code

    def free(self) -> None:
        """Leave nothing behind, however the test went."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        assert self.process.stdin is not None
        self.process.stdin.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            for line in stream:
                self._lines.put(json.loads(line))
        self._lines.put(None)


class Desk:
    """A running sandbox desk and what its cloud holds."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.pid = control.start(home)

    def holds(self) -> dict[str, Json]:
        """What lies in the cloud, by path."""
        return {item["path"]: item for item in control.request(self.home, {"request": "ls"})["items"]}

    def fetch(self, path: str, target: Path) -> bytes:
        """The bytes of a file in the cloud."""
        control.request(self.home, {"request": "get", "path": path, "to": str(target)})
        return target.read_bytes()


# One profile and one desk for each module: starting Python is what costs time under Wine.


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("profile"))


@pytest.fixture(scope="module")
def desk(home: Home) -> Iterator[Desk]:
    running = Desk(home)
    yield running
    assert control.stop(home)


@pytest.fixture
def sdk_process() -> Iterator[Callable[[Home], SdkProcess]]:
    started: list[SdkProcess] = []

    def start(home: Home) -> SdkProcess:
        started.append(SdkProcess(home))
        return started[-1]

    yield start
    for process in started:
        process.free()
