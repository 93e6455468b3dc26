"""Events of the system for the folders of the working files, as fast hints: never the only way a change is found.

What may go wrong is told and not hidden: a folder that can't be watched is to be scanned instead, with the reason, and
wherever events were or may have been lost a scan is asked for. Known limits of the systems, and what stands against them:

* inotify drops events when its queue is full (16,384 as shipped), and watchdog passes that over in silence: after every
  `BURST` events of a folder a scan of it is asked for, and once more when the flood is over.
* ReadDirectoryChangesW says nothing but "zero events" when its buffer was too small (github.com/gorakhargosh/watchdog
  issue 1019); here that is taken as the loss it is. Wine loses some of 1,500 new files without even that.
* Watches are limited (inotify: 128 instances for all programs of a user, as shipped; Windows: a thread each): at most
  `LIMIT` folders are watched, the first ones that are named; the rest is scanned.
* A folder that is renamed away takes its watch with it: `check` compares.

Threads: everything here but `wake` belongs to one owner, on one thread. The threads of watchdog put into a queue,
nothing more.
"""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from iscbridge.platform.faults import detail
from iscbridge.platform.longpaths import extended
from iscbridge.platform.volumes import is_share

if TYPE_CHECKING:
    from watchdog.observers.api import EventEmitter, ObservedWatch

#: Folders watched by events at most.
LIMIT = 48
#: Events that wait to be taken; more are dropped, and every folder is to be scanned.
CAPACITY = 20_000
#: Events of one folder after which a scan of it is asked for: less than a queue of the system holds.
BURST = 512 if sys.platform == "win32" else 4_096


class Reason(StrEnum):
    """Why a folder is scanned and not watched."""

    SHARE = "share"
    """Shares tell nothing of what other machines do, or not reliably."""
    LIMIT = "limit"
    """More folders than this program watches, or than the system lets it."""
    GONE = "gone"
    """There is no such folder now; it is watched when it is back."""
    REFUSED = "refused"
    """The system does not let it be watched; `Unwatched.detail` says why."""


@dataclass(frozen=True, slots=True)
class Unwatched:
    """A folder without events."""

    folder: str
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """What came since the last time: each path once."""

    paths: frozenset[str] = frozenset()
    """Something happened there; also names beside the working files, such as lock files."""
    scan: frozenset[str] = frozenset()
    """Folders where events were or may have been lost."""


#: In the place of a path: events of the folder were lost; the folder was deleted, and its watch is over.
LOST, ENDED = "", "\0"
#: In the place of both: nothing happened, but somebody wants `take` to return.
_WAKE = ("", "\0\0")


@dataclass(slots=True)
class _Watched:
    watch: ObservedWatch
    emitter: EventEmitter
    place: tuple[int, int]
    """The folder itself, whatever its name."""


class Watching:
    """The watched folders."""

    def __init__(self, limit: int = LIMIT, capacity: int = CAPACITY) -> None:
        """Starts a thread; `close` ends it."""
        self._limit = limit
        self._events: queue.Queue[tuple[str, str]] = queue.Queue(capacity)
        self._full: queue.Queue[None] = queue.Queue(1)
        self._wanted: tuple[str, ...] = ()
        self._watched: dict[str, _Watched] = {}
        self._unwatched: dict[str, Unwatched] = {}
        self._scan: set[str] = set()
        self._flooded: set[str] = set()
        """Folders with very many events: scanned once more when nothing comes any longer."""
        self._ended: set[str] = set()
        """Folders that were deleted: one made anew may have the same number."""
        self._since_scan: Counter[str] = Counter()
        self._most = limit
        """Folders that the system lets us watch, as far as is known."""
        self._no_more = ""
        # Here: who has no working files yet, or watches none, need not hold watchdog in memory.
        from iscbridge.platform.watch_threads import Handler, make_observer

        self._handler = Handler
        self._observer = make_observer()
        self._observer.start()

    def watch(self, folders: Sequence[str]) -> None:
        """Watch these folders and no others; where not all can be watched, those named first are.

        A folder that is watched from now on is in `News.scan` once: what happened before was not seen.
        """
        self._wanted = tuple(dict.fromkeys(folders))
        for folder in self._watched.keys() - set(self._wanted):
            self._drop(folder)
        self._most, self._no_more = self._limit, ""
        self.check()

    def check(self) -> None:
        """See whether every watch still stands on its folder, and whether folders came back. Every few seconds."""
        for folder, watched in list(self._watched.items()):
            ended = folder in self._ended or not watched.emitter.is_alive()
            if ended or _place(folder) != watched.place:
                self._drop(folder)
                self._scan.add(folder)
        self._ended.clear()
        self._unwatched.clear()
        chosen = self._choose()
        for folder in self._watched.keys() - set(chosen):
            self._drop(folder)
        for folder in chosen:
            if folder not in self._watched:
                self._add(folder)

    def _choose(self) -> list[str]:
        """The folders to watch; the others are entered as unwatched. A share is not even looked at."""
        chosen: list[str] = []
        for folder in self._wanted:
            if is_share(folder):
                self._unwatched[folder] = Unwatched(folder, Reason.SHARE)
            elif len(chosen) >= self._most:
                self._unwatched[folder] = Unwatched(folder, Reason.LIMIT, self._no_more)
            elif folder not in self._watched and _place(folder) is None:
                self._unwatched[folder] = Unwatched(folder, Reason.GONE)
            else:
                chosen.append(folder)
        return chosen

    def unwatched(self) -> tuple[Unwatched, ...]:
        """The wanted folders that have no events, and why; in the order in which they were named."""
        return tuple(self._unwatched[folder] for folder in self._wanted if folder in self._unwatched)

    def take(self, wait_s: float = 0.0) -> News:
        """What came since the last time; waits for something to come, if nothing is there and not longer than that."""
        paths: set[str] = set()
        active: set[str] = set()
        found = self._next(0.0 if self._scan else wait_s)
        left = self._events.maxsize
        while found is not None:
            self._sort(*found, paths)
            active.add(found[0])
            left -= 1
            found = self._next(0.0) if left else None
        calm = self._flooded - active
        self._flooded -= calm
        self._scan |= calm
        if not self._full.empty():
            self._full.get_nowait()
            self._scan.update(self._watched)
        news = News(frozenset(paths), frozenset(self._scan))
        for folder in self._scan:
            self._since_scan.pop(folder, None)
        self._scan.clear()
        return news

    def wake(self) -> None:
        """Let a `take` that waits return, or the next one. Any thread."""
        with contextlib.suppress(queue.Full):
            self._events.put_nowait(_WAKE)

    def close(self) -> None:
        """End all watching and its threads."""
        self._observer.stop()
        self._observer.join()
        self._watched.clear()

    def _next(self, wait_s: float) -> tuple[str, str] | None:
        try:
            return self._events.get(timeout=wait_s) if wait_s > 0 else self._events.get_nowait()
        except queue.Empty:
            return None

    def _sort(self, folder: str, path: str, paths: set[str]) -> None:
        if (folder, path) == _WAKE:
            return
        if path in (LOST, ENDED):
            self._scan.add(folder)
            if path == ENDED:
                self._ended.add(folder)
            return
        paths.add(path)
        self._since_scan[folder] += 1
        if self._since_scan[folder] >= BURST:
            self._scan.add(folder)
            self._flooded.add(folder)

    def _add(self, folder: str) -> None:
        if len(self._watched) >= self._most:
            self._unwatched[folder] = Unwatched(folder, Reason.LIMIT, self._no_more)
            return
        place = _place(folder)
        try:
            with os.scandir(extended(folder)):
                pass  # inotify of a folder that may not be listed fails without a word
            handler = self._handler(folder, self._events, self._full)
            watch = self._observer.schedule(handler, folder, event_filter=handler.wanted)
        except (FileNotFoundError, NotADirectoryError):
            self._unwatched[folder] = Unwatched(folder, Reason.GONE)
        except OSError as error:
            self._refused(folder, error)
        else:
            emitter = next(emitter for emitter in self._observer.emitters if emitter.watch == watch)
            self._watched[folder] = _Watched(watch, emitter, place or (0, 0))
            self._scan.add(folder)

    def _refused(self, folder: str, error: OSError) -> None:
        if error.errno in _NO_MORE:
            # another program may have taken them: `watch` tries again, `check` does not
            self._most, self._no_more = len(self._watched), detail(error)
            self._unwatched[folder] = Unwatched(folder, Reason.LIMIT, self._no_more)
        else:
            self._unwatched[folder] = Unwatched(folder, Reason.REFUSED, detail(error))

    def _drop(self, folder: str) -> None:
        watched = self._watched.pop(folder)
        self._since_scan.pop(folder, None)
        self._flooded.discard(folder)
        self._observer.unschedule(watched.watch)


#: inotify_add_watch(2), inotify_init(2): no watches, no instances, no memory left.
_NO_MORE = (errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.ENOMEM)


def _place(folder: str) -> tuple[int, int] | None:
    try:
        found = os.stat(extended(folder))
    except OSError:
        return None
    return found.st_dev, found.st_ino
