"""The line above the list: search as you type, and which states."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QWidget

from iscbridge.core.workfile_model import FileState
from iscbridge.tray.words import Words
from iscbridge.tray.workfiles.display import NOT_SAVED, TROUBLE
from iscbridge.tray.workfiles.model import Query

_TYPING_PAUSE_MS = 200
#: Longest text that `workfile.list` takes.
_LONGEST = 256
#: Word of the choice, and the states that it shows.
CHOICES: tuple[tuple[str, tuple[FileState, ...]], ...] = (
    ("all", ()),
    ("changed", NOT_SAVED),
    ("trouble", TROUBLE),
    ("saved", (FileState.SAVED,)),
)


class FilterBar(QWidget):
    """Gives a `Query`: that of the box at once, the text when typing pauses."""

    changed = Signal(object)
    """The `Query` now."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.setMaxLength(_LONGEST)
        self.states = QComboBox()
        self.states.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for _ in CHOICES:
            self.states.addItem("")
        self._search_label, self._states_label = QLabel(), QLabel()
        self._search_label.setBuddy(self.search)
        self._states_label.setBuddy(self.states)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._search_label)
        row.addWidget(self.search, 1)
        row.addWidget(self._states_label)
        row.addWidget(self.states)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_PAUSE_MS)
        self._pause.timeout.connect(self._emit)
        self.search.textChanged.connect(self._on_typed)
        self.search.returnPressed.connect(self._emit)
        self.states.currentIndexChanged.connect(self._emit)
        words.changed.connect(self.retranslate)
        self.retranslate()

    @property
    def query(self) -> Query:
        """What is wanted now."""
        return Query(CHOICES[max(0, self.states.currentIndex())][1], self.search.text().strip())

    def clear(self) -> None:
        """Want all files again."""
        self.search.clear()
        self.states.setCurrentIndex(0)
        self._emit()

    @Slot()
    def retranslate(self) -> None:
        """Set every text again."""
        words = self._words
        self._search_label.setText(words("workfiles.search.label"))
        self._states_label.setText(words("workfiles.filter.label"))
        self.search.setPlaceholderText(words("workfiles.search.hint"))
        self.search.setAccessibleName(words("workfiles.search.name"))
        self.states.setAccessibleName(words("workfiles.filter.name"))
        for row, (word, _) in enumerate(CHOICES):
            self.states.setItemText(row, words(f"workfiles.filter.{word}"))

    @Slot()
    def _on_typed(self) -> None:
        self._pause.start()

    @Slot()
    def _emit(self) -> None:
        self._pause.stop()
        self.changed.emit(self.query)
