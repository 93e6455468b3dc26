"""What a person has to know about the settings as a whole, above the pages: no box that has to be clicked away."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.settings import BY_KEY
from iscbridge.texts.render import render
from iscbridge.tray.settings.marks import Mark, MarkedLabel
from iscbridge.tray.settings.said import joined
from iscbridge.tray.words import Words

#: More would leave no room for the settings.
_MOST = 3


class Problems(QFrame):
    """What is wrong with the settings files. Hidden while nothing is."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._shown: tuple[ErrorInfo, ...] = ()
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.text = MarkedLabel(Mark.WARNING, self)
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        self.hide()

    def show_problems(self, problems: tuple[ErrorInfo, ...]) -> None:
        """Show these; the first ones, if there are many."""
        new = problems != self._shown
        self._shown = problems
        self.retranslate()
        self.setVisible(bool(problems))
        if new and problems:
            self.text.announce()

    def retranslate(self) -> None:
        """Set the texts again."""
        lines = []
        for info in self._shown[:_MOST]:
            said = render(info, self._words.language)
            lines.append(f"{said.title} ({info.code})\n{joined(self._words, said.message, said.remedy)}")
        if len(self._shown) > _MOST:
            lines.append(self._words("settings.more-problems"))
        self.text.set_text("\n\n".join(lines))
        self.setAccessibleName(self._words("settings.problem"))


class RestartBanner(QFrame):
    """Names the settings that wait for a restart, and offers it. Hidden while none does."""

    wanted = Signal()
    """A person wants the restart now."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._keys: tuple[str, ...] = ()
        self._under_way = False
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.text = MarkedLabel(Mark.NOTE, self)
        self.button = QPushButton(self)
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self._on_clicked)
        layout = QHBoxLayout(self)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    @Slot()
    def _on_clicked(self) -> None:
        self._under_way = True
        self.retranslate()
        self.text.announce()
        self.wanted.emit()

    def show_keys(self, keys: tuple[str, ...]) -> None:
        """Show that these settings need a restart."""
        new = keys != self._keys
        self._under_way = self._under_way and not new
        self._keys = keys
        self.retranslate()
        self.setVisible(bool(keys))
        if new and keys:
            self.text.announce()

    def retranslate(self) -> None:
        """Set the texts again."""
        known = [self._words(BY_KEY[key].name_text) if key in BY_KEY else key for key in self._keys]
        names = self._words("settings.between").join(known)
        state = "under-way" if self._under_way else "needed"
        self.text.set_text(self._words(f"settings.restart.{state}", names=names))
        self.button.setEnabled(not self._under_way)
        self.button.setText(self._words("settings.restart.now"))
        self.setAccessibleName(self._words("settings.note"))
