"""The window about ISCBridge: versions, the cloud in use, licences."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QLibraryInfo, Qt, Slot
from PySide6.QtWidgets import QDialogButtonBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from iscbridge.core.attention_state import Attention
from iscbridge.platform.resources import licences_page
from iscbridge.platform.reveal import reveal
from iscbridge.tray.background import in_background
from iscbridge.tray.icons import attention_icon
from iscbridge.tray.room import Room
from iscbridge.tray.widgets.labels import Heading, IconLabel
from iscbridge.version import VERSION

_QT_SOURCES = "https://code.qt.io"
_LINE_CHARACTERS = 60


class AboutWindow(QWidget):
    """Everything in it can be selected and copied."""

    def __init__(self, room: Room) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self._words = room.words
        self._link = room.link
        head = QHBoxLayout()
        head.addWidget(IconLabel(attention_icon(Attention.SAVED), self, large=True))
        self._name = Heading("ISCBridge", self)
        head.addWidget(self._name, 1)
        self._labels = {name: self._label() for name in ("version", "what", "cloud", "license", "qt")}
        self._page = licences_page()
        self._licences = QPushButton(self)
        self._licences.clicked.connect(self._on_licences)
        self._close = QPushButton(self)
        self._close.clicked.connect(self.close)
        buttons = QDialogButtonBox(self)
        if self._page is None:
            self._licences.hide()  # not into the box, which would show it
        else:
            buttons.addButton(self._licences, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self._close, QDialogButtonBox.ButtonRole.RejectRole)
        layout = QVBoxLayout(self)
        layout.addLayout(head)
        for label in self._labels.values():
            layout.addWidget(label)
        layout.addStretch(1)
        layout.addWidget(buttons)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * _LINE_CHARACTERS)
        room.words.changed.connect(self.retranslate)
        room.link.state_changed.connect(self.retranslate)
        self.retranslate()

    def _label(self) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        return label

    @Slot()
    def retranslate(self) -> None:
        words = self._words
        hello = self._link.hello
        cloud = "tray.about.cloud.unknown"
        if hello is not None:
            cloud = "tray.cloud.sandbox" if hello.cloud == "sandbox" else "tray.cloud.real"
        self.setWindowTitle(words("tray.about.title"))
        texts = {
            "version": words("tray.about.version", version=VERSION),
            "what": words("tray.about.what"),
            "cloud": words("tray.about.cloud", cloud=words(cloud)),
            "license": words("tray.about.license"),
            "qt": words("tray.about.qt", version=QLibraryInfo.version().toString(), url=_QT_SOURCES),
        }
        for name, text in texts.items():
            self._labels[name].setText(text)
            self._labels[name].setAccessibleName(text)
        self._licences.setText(words("tray.about.licences"))
        self._close.setText(words("tray.close"))

    @Slot()
    def _on_licences(self) -> None:
        """Show the page, with the texts beside it, in the system's file manager, which may take its time."""
        in_background(partial(reveal, str(self._page)), parent=self)


def make(room: Room) -> QWidget:
    """The window."""
    return AboutWindow(room)
