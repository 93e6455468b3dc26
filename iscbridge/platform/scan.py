"""The periodic scan of the working files: looks at each without opening it, and tells which are not as they were.

It finds what events missed, what happened while the bridge was off, and all that happens where there are no events.
Each system is asked in its cheapest way: one call for each known file on POSIX, one listing for each folder on Windows,
where asking for a single file means opening it. A folder with few known files and many others costs accordingly.

Two threads: `add` and `forget` may be called on any; `scan` runs on one at a time, and takes what they left at its
beginning. A volume that may stand still (a share) gets a scanner of its own.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.workfile_model import Stat, same
from iscbridge.platform.faults import file_error
from iscbridge.platform.files import file_id
from iscbridge.platform.longpaths import extended

#: What was found last: numbers of a stat, or what was known before this run, or one of the words below.
_Last = tuple[int, ...] | Stat
_Names = dict[str, _Last]

_NEVER: _Last = (-1,)
_ABSENT: _Last = (-2,)
_TROUBLE: _Last = (-3,)
#: Files between two looks at `stop`.
_STRIDE = 512


@dataclass(frozen=True, slots=True)
class Found:
    """A known file is not as it was last found: another one, gone, back, or not to be looked at."""

    path: str


@dataclass(frozen=True, slots=True)
class Scanned:
    """A folder is done. `whole`: each of its files was looked at; if not, `error` says why, None: it was stopped."""

    folder: str
    whole: bool
    error: ErrorInfo | None = None


_Way = Callable[[str, _Names, threading.Event], Iterator[str]]


class Scanner:
    """Knows what was last found of each file."""

    def __init__(self, way: _Way | None = None) -> None:
        """`way`: how a folder is looked at; None: the one of this system."""
        self._way = way or _by_system
        self._inbox: deque[tuple[str, _Last | None]] = deque()
        self._folders: dict[str, _Names] = {}

    def add(self, path: str, known: Stat | None) -> None:
        """Watch a file. `known`: what it was when it was last known; None: it is reported by the next scan. Any thread."""
        self._inbox.append((path, _NEVER if known is None else known))

    def forget(self, path: str) -> None:
        """Watch a file no more. Any thread."""
        self._inbox.append((path, None))

    def scan(self, stop: threading.Event, folders: frozenset[str] | None = None) -> Iterator[Found | Scanned]:
        """Look at every known file, or at those of some folders; each difference is told once.

        Blocks as long as the disk does. Gives each difference as it is found and keeps none. What is consumed only in
        part tells the rest the next time. Raises nothing for what the disk does.
        """
        self._take()
        names_of = list(self._folders) if folders is None else [f for f in self._folders if f in folders]
        for folder in names_of:
            if stop.is_set():
                return
            yield from self._folder(folder, self._folders[folder], stop)

    def _folder(self, folder: str, names: _Names, stop: threading.Event) -> Iterator[Found | Scanned]:
        join = os.path.join
        try:
            for name in self._way(folder, names, stop):
                yield Found(join(folder, name))
        except OSError as error:
            if _word(error) != _ABSENT:
                yield Scanned(folder, whole=False, error=file_error(error, folder).info)
                return
            for name, last in names.items():
                if last != _ABSENT:
                    names[name] = _ABSENT
                    yield Found(join(folder, name))
        yield Scanned(folder, whole=not stop.is_set())

    def _take(self) -> None:
        while self._inbox:
            path, last = self._inbox.popleft()
            folder, name = os.path.split(path)
            if last is not None:
                self._folders.setdefault(folder, {})[name] = last
            elif (names := self._folders.get(folder)) is not None:
                names.pop(name, None)
                if not names:
                    del self._folders[folder]


def by_listing(folder: str, names: _Names, stop: threading.Event) -> Iterator[str]:
    """List the folder. On Windows that tells size and time of each file without opening one, as its folder has them.

    Raises:
        OSError: the folder can't be listed.
    """
    seen = set()
    with os.scandir(extended(folder)) as entries:
        for number, entry in enumerate(entries):
            if number % _STRIDE == 0 and stop.is_set():
                return
            last = names.get(entry.name)
            if last is not None:
                seen.add(entry.name)
                if _differs(names, entry.name, last, entry.stat):
                    yield entry.name
    if len(seen) == len(names):
        return
    # In the folder under another case or composition of the name, or not there.
    for number, (name, last) in enumerate(names.items()):
        if number % _STRIDE == 0 and stop.is_set():
            return
        if name not in seen and _differs(names, name, last, partial(os.stat, extended(os.path.join(folder, name)))):
            yield name


def _differs(names: _Names, name: str, last: _Last, look: Callable[[], os.stat_result]) -> bool:
    now: _Last
    try:
        found = look()
    except OSError as error:
        now = _word(error)
    else:
        now = (found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else _ABSENT
        if isinstance(last, Stat) and len(now) > 1 and same(last, Stat(now[0], now[1])):
            names[name] = now
            return False
    if now == last:
        return False
    names[name] = now
    return True


def _word(error: OSError) -> _Last:
    """A folder that can't be one is as good as none: Windows has several words for it."""
    gone = isinstance(error, NotADirectoryError) or file_error(error, "").code == "ISCB-FILE-MISSING"
    return _ABSENT if gone else _TROUBLE


if sys.platform == "win32":
    _by_system: _Way = by_listing
else:

    def by_name(folder: str, names: _Names, stop: threading.Event) -> Iterator[str]:
        """Ask for each known file. Links are followed. POSIX only.

        Raises:
            OSError: the folder can't be reached.
        """
        fd = os.open(folder, getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC)
        look = os.stat
        try:
            for number, (name, last) in enumerate(names.items()):
                if number % _STRIDE == 0 and stop.is_set():
                    return
                try:
                    found = look(name, dir_fd=fd)
                except OSError as error:
                    now = _word(error)
                else:
                    now = (found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns)
                    if now == last:
                        continue
                    if not stat.S_ISREG(found.st_mode):
                        now = _ABSENT
                    elif isinstance(last, Stat) and same(last, Stat(now[0], now[1], file_id(found))):
                        names[name] = now
                        continue
                if now != last:
                    names[name] = now
                    yield name
        finally:
            os.close(fd)

    _by_system = by_name
