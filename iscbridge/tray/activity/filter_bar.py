"""The lines above the list: search as you type, and which states, kinds, clouds and hosts."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from iscbridge.core.jobs import JobKind
from iscbridge.tray.activity.criteria import Criteria, Group, Query
from iscbridge.tray.words import Words

#: So long after the last key the search begins: a short pause in typing, hardly felt.
TYPING_PAUSE_MS = 200
#: Longest text that `job.list` takes.
_LONGEST = 256


class FilterBar(QWidget):
    """Gives `Criteria`: those of the boxes at once, the text when typing pauses."""

    changed = Signal(object)
    """The `Criteria` now."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._hosts: list[str] = []
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.setMaxLength(_LONGEST)
        self.groups, self.kinds, self.clouds, self.hosts = boxes = [QComboBox() for _ in range(4)]
        self._search_label = QLabel()
        self._search_label.setBuddy(self.search)
        self.search_row, row = QHBoxLayout(), QHBoxLayout()
        self.search_row.addWidget(self._search_label)
        self.search_row.addWidget(self.search, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addLayout(self.search_row)
        rows.addLayout(row)
        for box in boxes:
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            box.currentIndexChanged.connect(self._emit)
            row.addWidget(box)
        row.addStretch(1)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_PAUSE_MS)
        self._pause.timeout.connect(self._emit)
        self.search.textChanged.connect(self._on_typed)
        self.search.returnPressed.connect(self._emit)
        words.changed.connect(self.retranslate)
        self.retranslate()

    @property
    def criteria(self) -> Criteria:
        """What is chosen and typed."""
        kind = self.kinds.currentData()
        return Criteria(
            query=Query(Group(self.groups.currentData() or Group.ALL), self.search.text().strip()),
            kind=None if kind is None else JobKind(kind),  # Qt keeps the text of what was a word of an enumeration
            cloud=self.clouds.currentData(),
            host=self.hosts.currentData(),
        )

    def show_group(self, group: Group) -> None:
        """Choose a group of states."""
        self.groups.setCurrentIndex(self.groups.findData(group))

    def clear(self) -> None:
        """Show everything again."""
        self.search.clear()
        for box in (self.groups, self.kinds, self.clouds, self.hosts):
            box.setCurrentIndex(0)
        self._emit()

    def learn_host(self, host: str) -> None:
        """A host that can be chosen from now on."""
        if host and host not in self._hosts:
            self._hosts = sorted([*self._hosts, host], key=str.casefold)
            self._fill_hosts()

    @Slot()
    def retranslate(self) -> None:
        """Set every text again."""
        words = self._words
        self._search_label.setText(words("activity.search.label"))
        self.search.setPlaceholderText(words("activity.search.hint"))
        self.search.setAccessibleName(words("activity.search.name"))
        _fill(self.groups, [(words(f"activity.group.{group}"), group) for group in Group])
        kinds = [(words("activity.kind.any"), None), *((words(f"kind.{kind}"), kind) for kind in JobKind)]
        _fill(self.kinds, kinds)
        clouds = ((words(f"activity.cloud.{cloud}"), cloud) for cloud in ("iscdesk", "sandbox"))
        _fill(self.clouds, [(words("activity.cloud.any"), None), *clouds])
        self._fill_hosts()
        for box, name in ((self.groups, "group"), (self.kinds, "kind"), (self.clouds, "cloud"), (self.hosts, "host")):
            box.setAccessibleName(words(f"activity.filter.{name}"))
            box.setToolTip(words(f"activity.filter.{name}"))

    def _fill_hosts(self) -> None:
        _fill(self.hosts, [(self._words("activity.host.any"), None), *((host, host) for host in self._hosts)])

    @Slot()
    def _on_typed(self) -> None:
        self._pause.start()

    @Slot()
    def _emit(self) -> None:
        self._pause.stop()
        self.changed.emit(self.criteria)


def _fill(box: QComboBox, entries: Sequence[tuple[str, StrEnum | str | None]]) -> None:
    """Set the entries anew and keep the choice, without a word to anybody."""
    chosen = box.currentData()
    box.blockSignals(True)
    box.clear()
    for label, value in entries:
        box.addItem(label, value)
    box.setCurrentIndex(max(0, next((at for at, (_, value) in enumerate(entries) if value == chosen), 0)))
    box.blockSignals(False)
