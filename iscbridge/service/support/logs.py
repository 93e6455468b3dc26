"""The newest part of the log files, as text of a bounded size."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from iscbridge.core.scrubbing import Scrubber

#: A longer line is no line of ours.
_LINE = 16_384
_LINE_KEPT = 4_096
_MOST_FILES = 200


@dataclass(frozen=True, slots=True)
class LogText:
    """The end of one log file, without secrets."""

    name: str
    text: str
    cut: int
    """Bytes at its beginning that were left out."""


def newest_logs(folder: Path, most: int, scrubber: Scrubber) -> Iterator[LogText]:
    """The log files of a folder, newest first, until `most` bytes are reached. One that can't be read is left out."""
    for path in _files(folder)[:_MOST_FILES]:
        if most <= 0:
            return
        try:
            data, cut = _tail(path, most)
        except OSError:
            continue
        most -= len(data)
        yield LogText(path.name, clean(data.decode("utf-8", "replace"), scrubber), cut)


def clean(text: str, scrubber: Scrubber) -> str:
    """The text without secrets, and without lines that nobody could read."""
    # Known secrets first, wherever a line is cut afterwards. What only looks like one is looked for line by line.
    return scrubber.text("".join(_bounded(line) for line in scrubber.known(text).splitlines(keepends=True)))


def _bounded(line: str) -> str:
    if len(line) <= _LINE:
        return line
    kept = line[:_LINE_KEPT].rpartition(" ")[0]  # a word that is cut in two may be half a secret
    return f"{kept} (… {len(line) - len(kept)} more characters)\n"


def _files(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            logs = [one for one in entries if ".log" in one.name and one.is_file(follow_symlinks=False)]
            found = [(-one.stat(follow_symlinks=False).st_mtime, one.name) for one in logs]
    except OSError:  # no folder, or a file that was rotated away meanwhile
        return []
    return [folder / name for _, name in sorted(found)]


def _tail(path: Path, most: int) -> tuple[bytes, int]:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        start = max(0, size - most)
        file.seek(start)
        data = file.read(most)
    if start:
        # The first line may begin in the middle of a secret.
        _, _, data = data.partition(b"\n")
    return data, size - len(data)
