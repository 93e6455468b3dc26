"""Time for the engine, and its timers: one Qt timer for all of them, so that an idle bridge sleeps."""

from __future__ import annotations

import heapq
import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

_LONGEST_MS = 3_600_000


def wall_clock() -> float:
    """Seconds since the epoch, UTC."""
    return time.time()


class Timers(QObject):
    """Named one-shot timers in wall-clock time; setting a name again moves it.

    A step of the system clock makes timers fire early or late by that step, but never lose one: the next due
    time is looked at again at least once an hour.
    """

    fired = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._due: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timeout)

    def set(self, key: str, at: float) -> None:
        """Fire `key` at time `at` (seconds since the epoch) or soon after."""
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

    @Slot()
    def _on_timeout(self) -> None:
        now = wall_clock()
        while self._heap and self._heap[0][0] <= now:
            at, key = heapq.heappop(self._heap)
            if self._due.get(key) == at:
                del self._due[key]
                self.fired.emit(key)
        self._arm()
