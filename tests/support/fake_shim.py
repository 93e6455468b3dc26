"""Builds the scripted shim of tests/sdk/fake_shim.c, and runs an SDK process over it without Qt."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HEADER = ROOT / "native" / "include" / "iscdesk_c.h"
SOURCE = ROOT / "tests" / "sdk" / "fake_shim.c"
DEADLINE_S = 60
"""For what takes milliseconds on an idle machine."""


def build_fake_shim(folder: Path, *flags: str, name: str = "libfake_shim.so") -> Path:
    """Compile it; warnings are errors."""
    output = folder / name
    command = ["gcc", "-std=gnu11", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-pthread"]
    subprocess.run([*command, *flags, f"-I{HEADER.parent}", str(SOURCE), "-o", str(output)], check=True)
    return output


class SdkChild:
    """An SDK process as its parent sees it: lines in, lines out, standard error apart."""

    def __init__(self, library: Path | str, *more: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "iscbridge.sdk.host", "--library", str(library), *more],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        )
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.errors = b""
        self._threads = [threading.Thread(target=self._read), threading.Thread(target=self._read_errors)]
        for thread in self._threads:
            thread.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.errors = self.process.stderr.read()

    def send(self, **message: object) -> None:
        self.send_bytes(json.dumps(message).encode() + b"\n")

    def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def call(self, number: int, function: str, *args: object) -> None:
        self.send(m="call", call=number, fn=function, args=args)

    def line(self) -> dict[str, Any] | None:
        """The next line; None at the end of the output."""
        line = self._lines.get(timeout=DEADLINE_S)
        return None if line is None else dict(json.loads(line))

    def until(self, kind: str) -> list[dict[str, Any]]:
        """All lines up to the first of this kind."""
        lines: list[dict[str, Any]] = []
        while not lines or lines[-1]["m"] != kind:
            line = self.line()
            assert line is not None, f"no {kind} among {lines}, exit code {self.process.poll()}, {self.errors!r}"
            lines.append(line)
        return lines

    def rest(self) -> list[dict[str, Any]]:
        """All lines to the end of the output."""
        lines = []
        while (line := self.line()) is not None:
            lines.append(line)
        return lines

    def end_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def wait(self) -> int:
        """The exit code, once the process has ended and everything it wrote was read."""
        code = self.process.wait(DEADLINE_S)
        for thread in self._threads:
            thread.join(DEADLINE_S)
        return code

    def finish(self) -> None:
        """End it if it still runs, and let go of the pipes."""
        self.process.kill()
        self.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                with suppress(BrokenPipeError):  # the last command had not been read
                    pipe.close()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.01)
