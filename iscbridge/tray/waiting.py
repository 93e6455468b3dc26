"""While ISCDesk shows a dialog of its own: a small window says so, and offers to cancel.

Open and Save-as are answered by a person in ISCDesk. Its dialog may lie behind the CAD, and nothing would tell that
it is what everybody waits for. The window comes some seconds after the hand-over, in a corner, and takes no focus
from the dialog. Closed, it stays away for that job.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from iscbridge.ipc.wire import ErrorObject, JobObject
from iscbridge.platform.foreground import allow_foreground
from iscbridge.tray.facts import FactsKeeper
from iscbridge.tray.link import Link
from iscbridge.tray.words import Words

if TYPE_CHECKING:
    from iscbridge.tray.waiting_window import WaitingWindow

#: Who sees the dialog needs no window that tells of it.
_LATER_MS = 3000


class Waiting(QObject):
    """Shows the window for the oldest dialog that stands open, if it has stood open for a while."""

    def __init__(
        self, facts: FactsKeeper, link: Link, words: Words, parent: QObject | None = None, *, later_ms: int = _LATER_MS
    ) -> None:
        super().__init__(parent)
        self._facts = facts
        self._link = link
        self._words = words
        self._window: WaitingWindow | None = None
        self._closed: set[str] = set()
        self._due: str | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(later_ms)
        self._later.timeout.connect(self._show)
        facts.changed.connect(self._on_changed)

    @property
    def window(self) -> WaitingWindow | None:
        """The window, while it stands open."""
        return self._window

    def withdraw(self) -> None:
        """Close it for good."""
        self._later.stop()
        self._due = None
        self._drop()

    def _wanted(self) -> JobObject | None:
        dialogs = self._facts.dialogs()
        self._closed &= {job.job for job in dialogs}
        return next((job for job in dialogs if job.job not in self._closed), None)

    @Slot()
    def _on_changed(self) -> None:
        if self._window is not None and not self._window.isVisible():
            self._closed.add(self._window.job.job)  # the person closed it
        job = self._wanted()
        if job is None:
            self.withdraw()
        elif self._window is not None and self._window.job.job == job.job:
            pass
        elif self._due != job.job:
            self._drop()
            self._due = job.job
            self._later.start()

    @Slot()
    def _show(self) -> None:
        job = self._wanted()
        self._due = None
        if job is None:
            return
        from iscbridge.tray.waiting_window import WaitingWindow

        self._window = WaitingWindow(self._words, job)
        self._window.cancel.clicked.connect(self._on_cancel)
        self._window.to_the_corner()
        self._window.show()

    @Slot()
    def _on_cancel(self) -> None:
        if self._window is None:
            return
        allow_foreground()  # ISCDesk's own dialog is what the person goes on with
        self._window.cancel.setEnabled(False)
        reply = self._link.ask("job.cancel", {"job": self._window.job.job}, parent=self)
        reply.failed.connect(self._on_failed)

    @Slot(object)
    def _on_failed(self, error: ErrorObject) -> None:
        """It could not be cancelled: it has ended, or the bridge is gone; either is told elsewhere."""
        del error
        if self._window is not None:
            self._window.cancel.setEnabled(True)

    def _drop(self) -> None:
        window, self._window = self._window, None
        if window is not None:
            window.close()
            window.deleteLater()
