"""While ISCDesk shows a dialog of its own: a small window says so, and offers to cancel.

Open and Save-as are answered by a person in ISCDesk. Its dialog may lie behind the CAD, and nothing would tell that
it is what everybody waits for. The window comes some seconds after the hand-over, in a corner, and takes no focus
from the dialog. Closed, it stays away for that job.
"""

from __future__ import annotations

import os

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

from iscbridge.core.jobs import JobKind
from iscbridge.ipc.wire import ErrorObject, JobObject
from iscbridge.platform.foreground import allow_foreground
from iscbridge.tray.facts import FactsKeeper
from iscbridge.tray.link import Link
from iscbridge.tray.widgets.labels import ElidedLabel, Heading
from iscbridge.tray.words import Words

#: Who sees the dialog needs no window that tells of it.
_LATER_MS = 3000
_MARGIN = 16


class WaitingWindow(QWidget):
    """What is waited for, and the button that ends it."""

    def __init__(self, words: Words, job: JobObject) -> None:
        super().__init__(None, Qt.WindowType.Tool | Qt.WindowType.WindowStaysOnTopHint)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._words = words
        self.job = job
        self._heading = Heading(parent=self)
        self._name = ElidedLabel(parent=self)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self.cancel = QPushButton(self)
        buttons = QDialogButtonBox(self)
        buttons.addButton(self.cancel, QDialogButtonBox.ButtonRole.RejectRole)
        layout = QVBoxLayout(self)
        for widget in (self._heading, self._name, self._text, buttons):
            layout.addWidget(widget)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 46)
        words.changed.connect(self.retranslate)
        self.retranslate()

    @Slot()
    def retranslate(self) -> None:
        words, job = self._words, self.job
        self.setWindowTitle(words("tray.waiting.title"))
        self._heading.setText(words("tray.waiting.heading"))
        kind = words(f"kind.{job.kind.value}")
        name = os.path.basename(job.path.replace("\\", "/"))
        self._name.setText(words("tray.waiting.name", kind=kind, name=name) if name else kind)
        what = "tray.waiting.open" if job.kind is JobKind.OPEN else "tray.waiting.saveAs"
        cloud = "tray.cloud.sandbox" if job.cloud == "sandbox" else "tray.cloud.real"
        self._text.setText(f"{words(what)}\n\n{words('tray.waiting.cloud', cloud=words(cloud))}")
        self.cancel.setText(words("tray.waiting.cancel"))

    def to_the_corner(self) -> None:
        """Where notifications stand, on the screen of the pointer."""
        self.adjustSize()
        screen: QScreen | None = QGuiApplication.screenAt(self.cursor().pos())
        if screen is None:
            screen = QGuiApplication.primaryScreen()
        if screen is not None:
            area = screen.availableGeometry()
            self.move(
                area.right() - self.frameGeometry().width() - _MARGIN,
                area.bottom() - self.frameGeometry().height() - _MARGIN,
            )


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
