"""Many events at once or at a steady rate, for benchmarks. Memory stays bounded: it waits for slow readers."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer

from iscbridge.sandbox import wire
from iscbridge.sandbox.sessions import Sessions

#: In the information string it stands for the event's number, from 1 on.
NUMBER = "{n}"

_BATCH = 500
_BACKLOG = 4 * 1024 * 1024


class Storm(QObject):
    """One storm; it deletes itself at its end."""

    def __init__(
        self, sessions: Sessions, *, event: str, info: str, count: int, per_second: int, parent: QObject
    ) -> None:
        """Send `count` events to every session; `per_second` 0: as fast as they are read."""
        super().__init__(parent)
        self._sessions = sessions
        self._event = event
        self._info = info
        self._count = count
        self._per_second = per_second
        self._sent = 0
        self._began = time.monotonic()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._blow)
        self._timer.start(1 if per_second else 0)

    @property
    def left(self) -> int:
        """Events still to be sent."""
        return self._count - self._sent

    def _blow(self) -> None:
        sessions = self._sessions.open()
        if any(session.backlog > _BACKLOG for session in sessions):
            self._timer.setInterval(1)
            return
        due = min(self.left, _BATCH)
        if self._per_second:
            due = min(due, int((time.monotonic() - self._began) * self._per_second) + 1 - self._sent)
        elif self._timer.interval():
            self._timer.setInterval(0)
        if due > 0 and sessions:
            numbers = range(self._sent + 1, self._sent + due + 1)
            frames = b"".join(wire.frame("event", self._event, self._info.replace(NUMBER, str(n))) for n in numbers)
            for session in sessions:
                session.write_frames(frames)
        self._sent += max(due, 0)
        if self.left <= 0 or not sessions:
            self._timer.stop()
            self.setParent(None)
            self.deleteLater()
