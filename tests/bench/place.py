"""A profile of its own on the project's disk, with the processes that a benchmark needs, ended by their ids."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from figures import CannotMeasure

from iscbridge.platform.folders import Home

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PATIENCE_S = 60.0


class Place:
    """One folder, removed at the end, and the processes in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Home(folder / "home")
        self.work = folder / "work"
        self.work.mkdir()
        left_out = ("ISCBRIDGE_", "PYTHONPATH", "QT_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        self.env = {**kept, "ISCBRIDGE_HOME": str(self.home.root), "ISCBRIDGE_LANGUAGE": "en"}
        self._processes: list[subprocess.Popen[bytes]] = []
        self._logs: list[IO[bytes]] = []

    def start(self, command: list[str | Path], **env: str) -> subprocess.Popen[bytes]:
        """Start a process; what it prints goes into a file beside it."""
        log = (self.folder / f"process-{len(self._processes)}.out").open("ab")
        self._logs.append(log)
        words = [str(word) for word in command]
        process = subprocess.Popen(
            words, env={**self.env, **env}, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder
        )
        self._processes.append(process)
        return process

    def serve(self, *options: str, **env: str) -> int:
        """Start `iscbridge serve` as installed and wait until it listens; its process id."""
        process = self.start([program("iscbridge"), "serve", "--quiet", *options], **env)
        until(lambda: self._listens(process), "the bridge to listen")
        return process.pid

    def desk(self) -> None:
        """Start the sandbox desk, and wait until it listens."""
        process = self.start([sys.executable, "-P", "-m", "iscbridge.sandbox.desk", "--home", self.home.root])
        until(lambda: self._is_up(process, self.home.desk_address()), "the desk to listen")

    def _listens(self, process: subprocess.Popen[bytes]) -> bool:
        return self._is_up(process, self.home.bridge_address())

    def _is_up(self, process: subprocess.Popen[bytes], address: str) -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}: {self.said()}")
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(address) == 0

    def said(self) -> str:
        """The end of what the processes printed, for an error."""
        return " ".join(path.read_text("utf-8", "replace")[-2000:] for path in sorted(self.folder.glob("*.out")))

    def close(self) -> None:
        """End what was started here, the last first."""
        for process in reversed(self._processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        for log in self._logs:
            log.close()


@contextlib.contextmanager
def place() -> Iterator[Place]:
    """A place for one benchmark, under build/: the disk that the figures are about, not a folder in memory."""
    parent = ROOT / "build" / "bench"
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=parent))
    made = Place(folder)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def undisturbed() -> Iterator[str]:
    """What is started inside, baselines included, runs before the machine's other work where that is allowed.

    For benchmarks that mostly wait: otherwise they measure how long a busy machine keeps any program waiting, and that
    has two values far apart. Gives a word for the note.
    """
    setter = getattr(os, "sched_setscheduler", None)
    if setter is None:
        yield "usual priority"
        return
    try:
        setter(0, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        yield "usual priority"
        return
    try:
        yield "real-time priority"
    finally:
        setter(0, os.SCHED_OTHER, os.sched_param(0))


def program(name: str) -> str:
    """A program of the environment that runs this."""
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    if found is None:
        raise CannotMeasure(f"{name} is not installed beside {sys.executable}")
    return found


def compiled(folder: Path, source: str, *options: str) -> Path:
    """A native part of a benchmark, built from `native/`."""
    target = folder / Path(source).stem
    compiler = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        raise CannotMeasure("a C++ compiler is needed")
    flags = ["-std=c++17", "-O2", "-Wall", "-Wextra", "-pthread"]
    subprocess.run([compiler, *flags, *options, str(HERE / "native" / source), "-o", str(target)], check=True)
    return target


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited in vain for {what}")
        time.sleep(0.01)
