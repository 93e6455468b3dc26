"""Time for the engine, and its timers: one Qt timer for all of them, so that an idle bridge sleeps."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

_LONGEST_MS = 3_600_000
#: What a clock is set back by less than this makes come late by no more.
_SLACK_S = 1.0


def wall_clock() -> float:
    """Seconds since the epoch, UTC."""
    return time.time()


class ClockWatch:
    """Notices that the system's clock was set back, and tells all who keep times of it.

    One that was hours fast is set right soon after the log-on; what waits for a time of it would then wait for hours.
    A clock that is set forward makes what waits come early, as the end of a sleep does, and nobody is told.
    """

    def __init__(self) -> None:
        self._listeners: list[Callable[[float], None]] = []
        self._ahead = wall_clock() - time.monotonic()

    def tell(self, listener: Callable[[float], None]) -> None:
        """Call it with the seconds by which the clock was set back."""
        self._listeners.append(listener)

    def look(self) -> None:
        """See whether it was set back since the last look."""
        ahead = wall_clock() - time.monotonic()
        by, self._ahead = self._ahead - ahead, ahead
        if by > _SLACK_S:
            for listener in self._listeners:
                listener(by)


class Timers(QObject):
    """Named one-shot timers in wall-clock time; setting a name again moves it.

    A system clock that is set back moves them with it; one that is set forward makes them fire early.
    """

    fired = Signal(str)

    def __init__(self, parent: QObject | None = None, clock: ClockWatch | None = None) -> None:
        super().__init__(parent)
        self._due: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timeout)
        self._clock = clock or ClockWatch()
        self._clock.tell(self._set_back)

    def set(self, key: str, at: float) -> None:
        """Fire `key` at time `at` (seconds since the epoch) or soon after."""
        self._clock.look()
        self._due[key] = at
        heapq.heappush(self._heap, (at, key))
        self._arm()

    def clear(self, key: str) -> None:
        """Forget `key`, if it is set."""
        self._due.pop(key, None)

    def __len__(self) -> int:
        return len(self._due)

    def _arm(self) -> None:
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        if not self._heap:
            self._timer.stop()
            return
        wait_ms = int((self._heap[0][0] - wall_clock()) * 1000) + 1
        self._timer.start(max(0, min(wait_ms, _LONGEST_MS)))

    def _set_back(self, by: float) -> None:
        self._due = {key: at - by for key, at in self._due.items()}
        self._heap = [(at, key) for key, at in self._due.items()]
        heapq.heapify(self._heap)
        self._arm()

    @Slot()
    def _on_timeout(self) -> None:
        self._clock.look()
        now = wall_clock()
        while self._heap and self._heap[0][0] <= now:
            at, key = heapq.heappop(self._heap)
            if self._due.get(key) == at:
                del self._due[key]
                self.fired.emit(key)
        self._arm()
