"""A line across a window: an icon, what there is to say, and at most one button."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QIcon, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from iscbridge.tray.widgets.labels import IconLabel


class Banner(QFrame):
    """Hidden until it has something to say. Its frame takes the palette's colours, so it fits light and dark."""

    pressed = Signal()
    """Its button."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self._icon = IconLabel(parent=self)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._button = QPushButton(self)
        self._button.clicked.connect(self._on_clicked)
        layout = QHBoxLayout(self)
        layout.addWidget(self._icon)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._button)
        self.setBackgroundRole(QPalette.ColorRole.AlternateBase)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty if it is hidden."""
        return "" if self.isHidden() else self._text.text()

    @property
    def button(self) -> QPushButton:
        """Its button, hidden if there is nothing to press."""
        return self._button

    def say(self, icon: QIcon, text: str, button: str = "") -> None:
        """Show it; without `button` there is none."""
        self._icon.set_icon(icon)
        self._text.setText(text)
        self._text.setAccessibleName(text)
        self.setAccessibleName(text)
        self._button.setText(button)
        self._button.setVisible(bool(button))
        self.show()

    @Slot()
    def _on_clicked(self) -> None:
        self.pressed.emit()
