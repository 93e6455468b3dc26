"""The window that says what ISCDesk's dialog is waited for."""

from __future__ import annotations

import os

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

from iscbridge.core.jobs import JobKind
from iscbridge.ipc.wire import JobObject
from iscbridge.tray.widgets.labels import ElidedLabel, Heading
from iscbridge.tray.words import Words

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
