"""A line above the list: what went wrong or well, and what to do. Never a box that stands in the way."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLayout, QStyle, QToolButton, QWidget

from iscbridge.ipc.wire import ErrorObject
from iscbridge.tray.widgets.banner import Banner
from iscbridge.tray.words import Words


class Level(Enum):
    """How much it matters; the sign is that of the system."""

    INFO = QStyle.StandardPixmap.SP_MessageBoxInformation
    WARNING = QStyle.StandardPixmap.SP_MessageBoxWarning


class NoticeBar(Banner):
    """A banner with a sign, which a person can close where it reports and does not go by itself."""

    def __init__(self, words: Words, *, closable: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.close_button = QToolButton()
        self.close_button.setAutoRaise(True)
        self.close_button.setIcon(self.style().standardIcon(QStyle.StandardPixmap.SP_TitleBarCloseButton))
        self.close_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.close_button.clicked.connect(self.clear)
        self.close_button.setVisible(closable)
        layout = self.layout()
        if isinstance(layout, QLayout):
            layout.addWidget(self.close_button)
        words.changed.connect(self.retranslate)
        self.retranslate()

    def tell(self, text: str, level: Level = Level.INFO, *, button: str = "") -> None:
        """Show a text, and a button if it has a label."""
        self.say(self.style().standardIcon(level.value), text, button)

    def tell_error(self, error: ErrorObject) -> None:
        """Show an error with its remedy."""
        self.tell("\n".join(part for part in (error.title, error.message, error.remedy) if part), Level.WARNING)

    @Slot()
    def clear(self) -> None:
        """Nothing to say any more."""
        self.hide()

    @Slot()
    def retranslate(self) -> None:
        """Set the texts of its own again; what it says stays as it was said."""
        self.close_button.setAccessibleName(self._words("activity.notice.close"))
        self.close_button.setToolTip(self._words("activity.notice.close"))
