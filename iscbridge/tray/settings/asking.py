"""A question inside a window, in place of a modal box: a sentence, its answer, and the way back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialogButtonBox, QFrame, QLabel, QPushButton, QVBoxLayout, QWidget


class Asking(QFrame):
    """Hidden until `ask`; Escape is the way back. One answer per question."""

    answered = Signal(str)
    """The `key` of the question that was said yes to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = ""
        self._before: QWidget | None = None
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.sentence = QLabel(self)
        self.sentence.setWordWrap(True)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.yes = QPushButton(self)
        self.no = QPushButton(self)
        for button in (self.yes, self.no):
            button.setAutoDefault(False)
        box = QDialogButtonBox(self)
        box.addButton(self.yes, QDialogButtonBox.ButtonRole.AcceptRole)
        box.addButton(self.no, QDialogButtonBox.ButtonRole.RejectRole)
        self.no.setDefault(True)  # the box would paint the other one as what Enter does
        layout = QVBoxLayout(self)
        layout.addWidget(self.sentence)
        layout.addWidget(box)
        self.yes.clicked.connect(self._on_yes)
        self.no.clicked.connect(self._on_no)
        self.hide()

    @property
    def key(self) -> str:
        """What is asked now; empty if nothing is."""
        return self._key

    def ask(self, key: str, sentence: str, yes: str, no: str) -> None:
        """Show the question; the keyboard goes to the way back, so that Enter alone changes nothing."""
        if not self._key:
            window = self.window()
            self._before = window.focusWidget()
        self._key = key
        self.say(sentence, yes, no)
        self.show()
        self.no.setFocus(Qt.FocusReason.OtherFocusReason)

    def say(self, sentence: str, yes: str, no: str) -> None:
        """Put the question into other words (another language)."""
        self.sentence.setText(sentence)
        self.setAccessibleName(sentence)
        self.yes.setText(yes)
        self.no.setText(no)
        self.no.setAccessibleDescription(sentence)

    def withdraw(self) -> None:
        """Take the question away, without an answer."""
        if not self._key:
            return
        self._key = ""
        self.hide()
        before, self._before = self._before, None
        if before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() == Qt.Key.Key_Escape:
            self.withdraw()
            return
        super().keyPressEvent(event)

    @Slot()
    def _on_yes(self) -> None:
        key = self._key
        self.withdraw()
        if key:
            self.answered.emit(key)

    @Slot()
    def _on_no(self) -> None:
        self.withdraw()
