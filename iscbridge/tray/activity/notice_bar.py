"""A line above the list: what went wrong or well, and what to do. Never a box that stands in the way."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QStyle, QToolButton, QWidget

from iscbridge.ipc.wire import ErrorObject
from iscbridge.tray.words import Words


class Level(Enum):
    """How much it matters; the sign is that of the system."""

    INFO = QStyle.StandardPixmap.SP_MessageBoxInformation
    WARNING = QStyle.StandardPixmap.SP_MessageBoxWarning


class NoticeBar(QFrame):
    """Hidden while there is nothing to say."""

    action_wanted = Signal()
    """The button of the notice was pressed."""

    def __init__(self, words: Words, *, closable: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._sign = QLabel()
        self._sign.setProperty("decorative", True)
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.button = QPushButton()
        self.button.clicked.connect(self.action_wanted)
        self.close_button = QToolButton()
        self.close_button.setAutoRaise(True)
        self.close_button.setIcon(self.style().standardIcon(QStyle.StandardPixmap.SP_TitleBarCloseButton))
        self.close_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.close_button.clicked.connect(self.clear)
        self.close_button.setVisible(closable)
        row = QHBoxLayout(self)
        row.addWidget(self._sign)
        row.addWidget(self.text, 1)
        row.addWidget(self.button)
        row.addWidget(self.close_button)
        words.changed.connect(self.retranslate)
        self.retranslate()
        self.clear()

    def say(self, text: str, level: Level = Level.INFO, *, button: str = "") -> None:
        """Show a text, and a button if it has a label."""
        side = self.fontMetrics().height()
        self._sign.setPixmap(self.style().standardIcon(level.value).pixmap(side, side))
        self.text.setText(text)
        self.setAccessibleName(text)
        self.button.setText(button)
        self.button.setVisible(bool(button))
        self.setVisible(True)

    def say_error(self, error: ErrorObject) -> None:
        """Show an error with its remedy."""
        self.say("\n".join(part for part in (error.title, error.message, error.remedy) if part), Level.WARNING)

    @Slot()
    def clear(self) -> None:
        """Nothing to say any more."""
        self.setVisible(False)
        self.text.clear()

    @Slot()
    def retranslate(self) -> None:
        """Set the texts of its own again; what it says stays as it was said."""
        self.close_button.setAccessibleName(self._words("activity.notice.close"))
        self.close_button.setToolTip(self._words("activity.notice.close"))
