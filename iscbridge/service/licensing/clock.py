"""The time that licences go by: this machine's clock, and in the sandbox a clock that can be moved."""

from __future__ import annotations

from PySide6.QtCore import QFileSystemWatcher, QObject, Signal, Slot

from iscbridge.platform.folders import Home
from iscbridge.platform.sandbox_clock import read_shift
from iscbridge.service.clock import wall_clock


class LicenseClock(QObject):
    """Seconds since the epoch, UTC. Only a bridge of the sandbox looks at the sandbox's clock."""

    moved = Signal()
    """The sandbox's clock was put forward or back."""

    def __init__(self, home: Home, cloud: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._home = home
        self._shift = 0.0
        if cloud == "sandbox":
            self._shift = read_shift(home)
            self._watcher = QFileSystemWatcher([str(home.sandbox)], self)
            self._watcher.directoryChanged.connect(self._look)

    def now(self) -> float:
        """The time that licences go by."""
        return wall_clock() + self._shift

    def to_wall(self, at: float) -> float:
        """The wall clock's time at which this clock will show `at`."""
        return at - self._shift

    @Slot()
    def _look(self) -> None:
        shift = read_shift(self._home)
        if shift != self._shift:
            self._shift = shift
            self.moved.emit()
