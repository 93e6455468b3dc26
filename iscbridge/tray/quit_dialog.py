"""The question before the end, while work is under way."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from iscbridge.tray.widgets.labels import Heading
from iscbridge.tray.words import Words


class QuitDialog(QDialog):
    """The question, and afterwards the words on how far it is."""

    finish_wanted = Signal()
    keep_wanted = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._active = 0
        self._trouble = ""
        self.finishing = False
        self._heading = Heading(parent=self)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._bar = QProgressBar(self)
        self._bar.setRange(0, 0)  # how long it takes nobody knows
        self._bar.setTextVisible(False)
        self._bar.hide()
        self.finish = QPushButton(self)
        self.keep = QPushButton(self)
        self.stay = QPushButton(self)
        buttons = QDialogButtonBox(self)
        buttons.addButton(self.finish, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(self.keep, QDialogButtonBox.ButtonRole.DestructiveRole)
        buttons.addButton(self.stay, QDialogButtonBox.ButtonRole.RejectRole)
        self.finish.setDefault(True)
        self.finish.clicked.connect(self._on_finish)
        self.keep.clicked.connect(self._on_keep)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (self._heading, self._text, self._bar, buttons):
            layout.addWidget(widget)
        layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetMinimumSize)
        words.changed.connect(self.retranslate)
        self.retranslate()

    def show_progress(self, active: int, trouble: str) -> None:
        """How many jobs are under way, and what stands in their way, if something does."""
        self._active, self._trouble = active, trouble
        self.retranslate()

    @property
    def text(self) -> str:
        """What it says now."""
        return self._text.text()

    @Slot()
    def retranslate(self) -> None:
        words = self._words
        self.setWindowTitle(words("tray.quit.title"))
        self._heading.setText(words("tray.quit.finishing" if self.finishing else "tray.quit.heading"))
        sentences = [words("tray.quit.left" if self.finishing else "tray.quit.text", count=self._active)]
        if self._trouble:
            sentences.append(words("tray.quit.trouble", title=self._trouble))
        self._text.setText("\n\n".join(sentences))
        self._bar.setAccessibleName(self._heading.text())
        self.finish.setText(words("tray.quit.finish"))
        self.keep.setText(words("tray.quit.keep"))
        self.stay.setText(words("tray.quit.stay"))

    @Slot()
    def _on_finish(self) -> None:
        self.finishing = True
        self._bar.show()
        self.finish.hide()
        self.keep.setFocus()
        self.retranslate()
        self.finish_wanted.emit()

    @Slot()
    def _on_keep(self) -> None:
        self.keep_wanted.emit()
