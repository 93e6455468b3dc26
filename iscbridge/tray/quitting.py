"""Quitting while work is under way: finish it first, or keep it for the next time. Nothing is lost either way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from iscbridge.core.attention import Contact
from iscbridge.tray.facts import FactsKeeper
from iscbridge.tray.words import Words

if TYPE_CHECKING:
    from iscbridge.tray.quit_dialog import QuitDialog


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
        from iscbridge.tray.quit_dialog import QuitDialog

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
