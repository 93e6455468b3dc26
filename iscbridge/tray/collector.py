"""The interpreter's search for cycles, on the GUI thread only.

By itself it runs on whichever thread makes the next object. A widget or a timer of the windows that was part of a
cycle would then be destroyed on the bridge's thread, which Qt does not survive. What the bridge makes never becomes
such a cycle; a test sees to that.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, Qt, QTimer, Slot

from iscbridge.platform.heap import give_back

_EVERY_MS = 2000
#: During so many looks the program starts: memory that only that needs is given back after each, a millisecond or two.
_STARTING = 10


class Collector(QObject):
    """From its making until `stop`, cycles are collected here and nowhere else."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._looks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.setTimerType(Qt.TimerType.VeryCoarseTimer)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    @Slot()
    def look(self) -> None:
        """Collect the oldest generation that is due, as the interpreter would."""
        due = [
            number
            for number, (count, most) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))
            if count > most
        ]
        if due:
            gc.collect(due[-1])
        if self._looks < _STARTING:
            self._looks += 1
            give_back()

    def stop(self) -> None:
        """All other threads have ended: leave it to the interpreter again."""
        self._timer.stop()
        gc.enable()
