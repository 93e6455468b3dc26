"""The table of CADs: one row for each installation, in words."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from iscbridge.hosts.install import AddinState
from iscbridge.hosts.overview import Row
from iscbridge.tray.widgets.tips import plain_tip
from iscbridge.tray.words import Words

STATES = {
    AddinState.NO_ADDIN: "hosts.state.no_addin",
    AddinState.NOT_INSTALLED: "hosts.state.not_installed",
    AddinState.INSTALLED: "hosts.state.installed",
    AddinState.OLDER: "hosts.state.older",
    AddinState.NEWER: "hosts.state.newer",
    AddinState.CHANGED: "hosts.state.changed",
    AddinState.UNFINISHED: "hosts.state.unfinished",
    AddinState.FOREIGN: "hosts.state.foreign",
    AddinState.UNREADABLE: "hosts.state.unreadable",
}
_COLUMNS = (
    "hosts.column.cad",
    "hosts.column.version",
    "hosts.column.addin",
    "hosts.column.connected",
    "hosts.column.place",
)
_Index = QModelIndex | QPersistentModelIndex


def state_words(words: Words, row: Row) -> str:
    """How the add-in of a row stands."""
    if row.installation is None:
        return words("hosts.absent")
    state = words(STATES[row.look.state])
    return state if row.installation.supported else words("hosts.old", state=state, oldest=row.oldest)


class HostsModel(QAbstractTableModel):
    """What `overview` found, and which products are connected."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._rows: tuple[Row, ...] = ()
        self._connected: frozenset[str] | None = None

    def set_rows(self, rows: tuple[Row, ...]) -> None:
        """Show these rows. The view keeps its selection if they are of the same installations."""
        if len(rows) == len(self._rows):
            self._rows = rows
            self._tell()
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def set_connected(self, products: Collection[str] | None) -> None:
        """Products whose CAD is connected to the bridge; None: nobody can say."""
        found = None if products is None else frozenset(products)
        if found != self._connected:
            self._connected = found
            self._tell()

    def retranslate(self) -> None:
        """Other words for the same."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(_COLUMNS) - 1)
        self._tell()

    def row(self, number: int) -> Row | None:
        """One row."""
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008 - Qt's name and default
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._words(_COLUMNS[section])
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        row = self.row(index.row())
        shown = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
        if row is None or role not in shown:
            return None
        cell = self._cell(row, index.column())
        return plain_tip(cell) if role == Qt.ItemDataRole.ToolTipRole else cell

    def _cell(self, row: Row, column: int) -> str:
        words, found = self._words, row.installation
        if column == 0:
            return row.title[words.language]
        if column == 1:
            return "" if found is None else found.version or words("hosts.version.unknown")
        if column == 2:
            return state_words(words, row)
        if column == 3:
            return self._connection(row)
        return "" if found is None else found.program

    def _connection(self, row: Row) -> str:
        if row.installation is None:
            return ""
        if self._connected is None:
            return self._words("hosts.connected.unknown")
        return self._words("hosts.connected.yes" if row.product in self._connected else "hosts.connected.no")

    def _tell(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(_COLUMNS) - 1))
