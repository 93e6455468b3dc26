"""A CAD host that makes the SDK guide's calls, compiled with the drop-in headers or with those of the sandbox SDK."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from iscbridge.platform.native import native_library
from iscbridge.sandbox.places import Places
from support import c_client
from support.c_client import run
from support.checkout import ROOT
from support.world import PATIENCE_S, World

HOST = ROOT / "native" / "examples" / "guide_host.cpp"
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")


def installed(prefix: Path) -> Path:
    """The client library and the drop-in headers as a host's maker gets them, below `prefix`."""
    return c_client.installed(prefix, "iscbridge_dropin")


def compiled(prefix: Path, program: Path) -> Path:
    """The host with nothing but the folder of headers that the guide has one copy; it loads the library by itself."""
    include = prefix / "IscdeskSdk" / "SdkApi" / "include"
    run("c++", "-std=c++11", *WARNINGS, f"-I{include}", HOST, "-o", program, "-ldl", "-lpthread")
    return program


def compiled_for_sandbox(program: Path) -> Path:
    """The same source for the sandbox SDK, which stands for a vendor's."""
    include = ROOT / "native" / "sandbox" / "include"
    run("c++", "-std=c++11", *WARNINGS, "-DGUIDE_HOST_SANDBOX", f"-I{include}", HOST, "-o", program, "-ldl")
    return program


def library_folder(prefix: Path) -> Path:
    """Where the shared library was installed."""
    return next(prefix.glob("lib*/**/libiscbridge_client.so")).parent


class GuideHost:
    """The program, obeying line by line."""

    def __init__(self, program: Path, world: World, *arguments: str, **env: str) -> None:
        self._lines: queue.Queue[str] = queue.Queue()
        self.seen: list[str] = []
        self._process = subprocess.Popen(
            [str(program), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env={**world.env, **env},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))

    def tell(self, line: str) -> None:
        """A command of its menu."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def hear(self, first_word: str) -> str:
        """The next line that begins with this word, without it; others are kept in `seen` alone."""
        while True:
            try:
                line = self._lines.get(timeout=PATIENCE_S)
            except queue.Empty:
                raise AssertionError(f"waited in vain for {first_word!r}; heard {self.seen}") from None
            self.seen.append(line)
            word, _, rest = line.partition(" ")
            if word == first_word:
                return rest

    def do(self, line: str, event: str) -> str:
        """A command, and the event that follows."""
        self.tell(line)
        return self.hear(event)

    def end(self) -> int:
        """Close its window: ShutOut, then the exit code."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        code = self._process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        while not self._lines.empty():
            self.seen.append(self._lines.get())
        return code

    def kill(self) -> None:
        """End it whatever it does."""
        self._process.kill()
        self._process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


def sandbox_host(program: Path, world: World) -> GuideHost:
    """The host over the sandbox SDK, which talks to the desk itself."""
    library = native_library("iscbridge_sandbox_sdk", os.environ)
    return GuideHost(program, world, str(library), ISCBRIDGE_SANDBOX_DESK=Places.of(world.home).address)


def calls(world: World, function: str) -> list[list[str]]:
    """The arguments with which the desk was called."""
    found: list[Mapping[str, Any]] = world.ask_desk("calls")["calls"]
    return [list(call["arguments"]) for call in found if call["function"] == function]
