"""Quitting while work is under way: finish it first, or keep it for the next time. Nothing is lost either way."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from iscbridge.core.attention import Contact
from iscbridge.tray.facts import FactsKeeper
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


class Quitting(QObject):
    """Decides whether to quit now, later or not at all."""

    decided = Signal(str)
    """Quit now, for this reason."""

    def __init__(self, facts: FactsKeeper, words: Words, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._facts = facts
        self._words = words
        self._dialog: QuitDialog | None = None
        facts.changed.connect(self._on_changed)

    @property
    def dialog(self) -> QuitDialog | None:
        """The dialog, while it stands open."""
        return self._dialog

    def ask(self) -> None:
        """A person wants to quit: without a question if nothing is under way."""
        if self._dialog is not None:
            self._dialog.raise_()
            self._dialog.activateWindow()
            return
        if not self._facts.facts.active:
            self.decided.emit("quit")
            return
        self._dialog = QuitDialog(self._words)
        self._dialog.finish_wanted.connect(self._on_changed)
        self._dialog.keep_wanted.connect(self._on_keep)
        self._dialog.finished.connect(self._on_closed)
        self._on_changed()
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def withdraw(self) -> None:
        """Close the dialog: somebody else decided."""
        if self._dialog is not None:
            self._dialog.reject()

    @Slot()
    def _on_changed(self) -> None:
        if self._dialog is None:
            return
        facts = self._facts.facts
        if self._dialog.finishing and not facts.active and facts.contact is Contact.CONNECTED:
            self.decided.emit("quit: what was under way is finished")
            return
        dialog_open = self._words("tray.tip.dialog") if facts.dialogs else ""
        paused = self._words("tray.tip.paused") if facts.paused else ""
        self._dialog.show_progress(facts.active, facts.desk or dialog_open or paused)

    @Slot()
    def _on_keep(self) -> None:
        self.decided.emit("quit: what is under way goes on next time")

    @Slot()
    def _on_closed(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.deleteLater()
