"""Where things lie, the support bundle, and the way back to the defaults."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from iscbridge.platform.reveal import reveal
from iscbridge.tray.background import in_background
from iscbridge.tray.room import Room
from iscbridge.tray.settings.asking import Asking
from iscbridge.tray.settings.marks import Mark, MarkedLabel
from iscbridge.tray.settings.page import Box
from iscbridge.tray.widgets.tips import plain_tip
from iscbridge.tray.words import Words

_RESET = "reset"


class Folder(QWidget):
    """A path that can be read, copied and opened."""

    def __init__(self, name: str, folder: Path, shown: Path, words: Words, parent: QWidget | None = None) -> None:
        """Show the path of `folder`; the file manager selects `shown` in it. `name` is of `settings.advanced.NAME`."""
        super().__init__(parent)
        self._name = name
        self._shown = shown
        self._words = words
        self.label = QLabel(parent)
        self.path = QLineEdit(str(folder), self)
        self.path.setReadOnly(True)
        self.path.setCursorPosition(0)
        self.path.setToolTip(plain_tip(str(folder)))
        self.label.setBuddy(self.path)
        self.button = QPushButton(self)
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self.show_it)
        self.trouble = MarkedLabel(Mark.WARNING, self)
        self.trouble.hide()
        row = QHBoxLayout()
        row.addWidget(self.path, 1)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.trouble)

    @Slot()
    def show_it(self) -> None:
        """Show the folder in the file manager."""
        errand = in_background(partial(reveal, str(self._shown)), parent=self)
        errand.done.connect(self._on_shown)

    @Slot(object)
    def _on_shown(self, good: object) -> None:
        self.trouble.setVisible(not good)
        if not good:
            self.trouble.announce()

    def retranslate(self) -> None:
        """Set the texts again."""
        name = self._words(f"settings.advanced.{self._name}")
        self.label.setText(name)
        self.path.setAccessibleName(name)
        self.button.setText(self._words("settings.advanced.open"))
        self.button.setAccessibleName(self._words("settings.advanced.open.name", path=self.path.text()))
        self.trouble.set_text(self._words("settings.advanced.cannot-open", path=self.path.text()))


class AdvancedBox(Box):
    """Folders, support bundle, reset."""

    reset = Signal()
    """A person wants all settings at their defaults, and was asked whether that is so."""

    def __init__(self, room: Room, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._room = room
        home, words = room.home, room.words
        self.folders = (
            Folder("logs", home.logs, home.logs / "bridge.log", words, self),
            Folder("data", home.root, home.config, words, self),
        )
        self.bundle = QPushButton(self)
        self.bundle.clicked.connect(self._on_bundle)
        self.bundle_help = QLabel(self)
        self.bundle_help.setWordWrap(True)
        self.start_over = QPushButton(self)
        self.start_over.clicked.connect(self._on_start_over)
        self.asking = Asking(self)
        self.asking.answered.connect(self._on_answer)
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for folder in self.folders:
            form.addRow(folder.label, folder)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(form)
        for button in (self.bundle, self.start_over):
            button.setAutoDefault(False)
        layout.addWidget(self.bundle, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.bundle_help)
        layout.addWidget(self.start_over, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.asking)
        self.retranslate()

    def retranslate(self) -> None:
        """Set the texts again."""
        words = self._room.words
        for folder in self.folders:
            folder.retranslate()
        self.bundle.setText(words("settings.advanced.bundle"))
        self.bundle_help.setText(words("settings.advanced.bundle.help"))
        self.bundle.setAccessibleDescription(self.bundle_help.text())
        self.start_over.setText(words("settings.advanced.reset"))
        if self.asking.key:
            self.asking.say(*self._question())

    def _question(self) -> tuple[str, str, str]:
        names = ("ask", "yes", "no")
        ask, yes, no = (self._room.words(f"settings.advanced.reset.{name}") for name in names)
        return ask, yes, no

    @Slot()
    def _on_bundle(self) -> None:
        self._room.open_window("bundle", {})

    @Slot()
    def _on_start_over(self) -> None:
        self.asking.ask(_RESET, *self._question())

    @Slot(str)
    def _on_answer(self, _key: str) -> None:
        self.reset.emit()
