"""Timers of the working files: durations by a clock that nobody can set, and work that is done in small bites."""

from __future__ import annotations

import heapq
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Qt, QTimer, Slot

log = logging.getLogger(__name__)

#: The owner's thread is given back after this long, so that a host's request never waits for it.
_BITE_S = 0.003
_LONGEST_MS = 3_600_000


class Bites(QObject):
    """Runs iterators a little at a time, each in its turn, between the events of the owner's thread."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._line: deque[Iterator[None]] = deque()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._turn)

    def add(self, work: Iterator[None]) -> None:
        """Run it to its end; a step of it is short. What it raises is logged and ends it."""
        self._line.append(work)
        if not self._timer.isActive():
            self._timer.start(0)

    def clear(self) -> None:
        """Drop what is not done yet."""
        self._line.clear()

    @Slot()
    def _turn(self) -> None:
        until = time.monotonic() + _BITE_S
        while self._line and time.monotonic() < until:
            work = self._line.popleft()
            try:
                next(work)
            except StopIteration:
                continue
            except Exception:
                log.exception("a piece of work on the working files failed in an unforeseen way")
                continue
            self._line.append(work)
        if self._line:
            self._timer.start(0)


class MonotonicTimers(QObject):
    """One timer for each file; setting it again replaces it. A clock that is set moves none of them."""

    def __init__(self, fired: Callable[[str, int], None], bites: Bites, parent: QObject) -> None:
        """`fired` gets path and number of a timer whose time is over."""
        super().__init__(parent)
        self._fired = fired
        self._bites = bites
        self._due: dict[str, tuple[float, int]] = {}
        self._heap: list[tuple[float, int, str]] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.CoarseTimer)
        self._timer.timeout.connect(self._on_timeout)

    def set(self, path: str, number: int, after_s: float) -> None:
        """Tell of `number` after so many seconds."""
        at = time.monotonic() + after_s
        self._due[path] = at, number
        heapq.heappush(self._heap, (at, number, path))
        if self._heap[0][1] == number or not self._timer.isActive():
            self._arm()

    def clear(self, path: str) -> None:
        """Forget the timer of a file, if it has one."""
        self._due.pop(path, None)

    def clear_all(self) -> None:
        """Forget all timers."""
        self._due.clear()
        self._heap.clear()
        self._timer.stop()

    def __len__(self) -> int:
        return len(self._due)

    def _arm(self) -> None:
        while self._heap and self._due.get(self._heap[0][2]) != self._heap[0][:2]:
            heapq.heappop(self._heap)
        if not self._heap:
            self._timer.stop()
            return
        wait_ms = int((self._heap[0][0] - time.monotonic()) * 1000) + 1
        self._timer.start(max(0, min(wait_ms, _LONGEST_MS)))

    @Slot()
    def _on_timeout(self) -> None:
        self._bites.add(self._run(time.monotonic()))

    def _run(self, now: float) -> Iterator[None]:
        while self._heap and self._heap[0][0] <= now:
            at, number, path = heapq.heappop(self._heap)
            if self._due.get(path) == (at, number):
                del self._due[path]
                self._fired(path, number)
                yield
        self._arm()
