"""Orders for a process that has `faults_shim.c` preloaded: end at a write, have no room, wait for a share."""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.world import until

SOURCE = Path(__file__).with_name("faults_shim.c")


def compile_shim(folder: Path) -> Path:
    """Build the library; a compiler is there, since the native parts were built."""
    library = folder / "faults_shim.so"
    command = [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([*command, "-o", str(library), str(SOURCE), "-ldl"], check=True)
    return library


class Shim:
    """What one process is to suffer. Give `environment` to `World.bridge`; orders may come while it runs."""

    _numbers = itertools.count(1)

    def __init__(self, library: Path, folder: Path) -> None:
        self._library = library
        self._folder = folder
        folder.mkdir(exist_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        """For the process; its children get nothing of it."""
        return {"LD_PRELOAD": str(self._library), "FAULTS_DIR": str(self._folder)}

    def kill(self, when: str, flush: int, part: str) -> None:
        """End it by SIGKILL before, inside or after the n-th flush (from now) of files with `part` in their path."""
        self._forget("killed")
        self._order("kill", f"{next(self._numbers)} {when} {flush} {part}")

    @property
    def killed(self) -> bool:
        """Whether it has come to that flush."""
        return (self._folder / "killed").exists()

    def spare(self) -> None:
        """Take the order to die back."""
        self._forget("kill", "killed")

    @contextmanager
    def full_disk(self, folder: Path, first: int = 1) -> Iterator[None]:
        """From the n-th change below the folder on there is no room."""
        self._forget("refused")
        self._order("full", f"{next(self._numbers)} {first} {folder}")
        try:
            yield
        finally:
            self._forget("full")

    @property
    def refused(self) -> bool:
        """Whether a change was refused for lack of room."""
        return (self._folder / "refused").exists()

    @contextmanager
    def dead_share(self, folder: Path) -> Iterator[None]:
        """Whoever looks below the folder waits until the end of this block."""
        self._forget("blocked")
        self._order("block", str(folder))
        try:
            yield
        finally:
            self._forget("block")

    def until_blocked(self) -> None:
        """Wait until it has gone into the dead share."""
        until((self._folder / "blocked").exists, "somebody to wait for the dead share")

    @contextmanager
    def locked(self, file: Path) -> Iterator[None]:
        """Another program holds the file: it can be looked at, and not opened."""
        self._forget("denied")
        self._order("lock", str(file))
        try:
            yield
        finally:
            self._forget("lock")

    def until_denied(self) -> None:
        """Wait until it has found the file locked."""
        until((self._folder / "denied").exists, "somebody to open the locked file")

    def _order(self, name: str, text: str) -> None:
        beside = self._folder / f"{name}.new"
        beside.write_text(text)
        beside.replace(self._folder / name)

    def _forget(self, *names: str) -> None:
        for name in names:
            (self._folder / name).unlink(missing_ok=True)
