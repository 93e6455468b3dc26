"""Waiting until a folder is really watched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from iscbridge.platform.watching import News, Watching

PATIENCE = 200  # times a tenth of a second


def listening(watching: Watching, folder: Path) -> None:
    """Wait until the system tells of this folder: what happens before is the first scan's to find.

    Windows keeps changes from the first request on, which the watching thread makes when it comes to it.
    """
    changed_until(watching, folder, lambda news, probe: str(probe) in news.paths)


def changed_until(watching: Watching, folder: Path, told: Callable[[News, Path], bool]) -> None:
    """Make and delete a file in the folder until the news that this brings are what is waited for."""
    probe = folder / "probe.dwg"
    for _ in range(PATIENCE):
        probe.write_bytes(b"x")
        if told(watching.take(0.1), probe):
            return
        probe.unlink()
    raise AssertionError("nothing is told of this folder")
