"""The rows of the window: a page of the bridge's list at a time, and what it tells of changes in between."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal, Slot

from iscbridge.core.workfile_model import FileState
from iscbridge.ipc.wire import ErrorObject
from iscbridge.ipc.workfile_wire import WorkfileChangedParams, WorkfileListResult, WorkfileObject
from iscbridge.tray.icons import file_icon
from iscbridge.tray.link import Link, LinkState
from iscbridge.tray.widgets.tips import plain_tip
from iscbridge.tray.words import Words
from iscbridge.tray.workfiles import display

FILE_ROLE = int(Qt.ItemDataRole.UserRole)
PAGE = 200
#: A list that changes all over is asked for again no more often than this.
_RELOAD_MS = 500

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class Column(IntEnum):
    """What a row shows."""

    FILE = 0
    STATE = 1
    SAVED = 2
    POLICY = 3
    FOLDER = 4


_HEADS = {
    Column.FILE: "workfiles.column.file",
    Column.STATE: "workfiles.column.state",
    Column.SAVED: "workfiles.column.saved",
    Column.POLICY: "workfiles.column.policy",
    Column.FOLDER: "workfiles.column.folder",
}


@dataclass(frozen=True, slots=True)
class Query:
    """Which files are wanted."""

    states: tuple[FileState, ...] = ()
    """Empty: all."""
    text: str = ""

    def fits(self, file: WorkfileObject) -> bool:
        """Whether the bridge would list it; for what it tells of single files."""
        if self.states and file.state not in self.states:
            return False
        return self.text.casefold() in file.path.casefold()


class WorkfilesModel(QAbstractTableModel):
    """Rows by path, as many as were scrolled to."""

    loaded = Signal()
    """A page came."""
    failed = Signal(object)
    """An `ErrorObject`: the list can't be had now."""
    counted = Signal(object)
    """How many files are in each state, by the state's word."""

    def __init__(self, link: Link, words: Words, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._words = words
        self._rows: list[WorkfileObject] = []
        self._query = Query()
        self._next: str | None = None
        self._whole = False
        self._asked = 0
        """Number of the question that is open; answers to older ones count for nothing."""
        self._open = False
        self.has_loaded = False
        self.watching = True
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_RELOAD_MS)
        self._again.timeout.connect(self.reload)
        words.changed.connect(self._retranslate)
        link.told.connect(self._on_told)
        link.state_changed.connect(self._on_link)

    @property
    def query(self) -> Query:
        """Which files are wanted now."""
        return self._query

    def set_query(self, query: Query) -> None:
        """Want others."""
        if query != self._query:
            self._query = query
            self.reload()

    @Slot()
    def reload(self) -> None:
        """Ask for the list from its beginning; the rows stay until it comes."""
        self._again.stop()
        self._ask(None)

    def row_of(self, path: str) -> int | None:
        """Where a file stands, if its row is there."""
        row = bisect_left(self._rows, path, key=_path)
        return row if row < len(self._rows) and self._rows[row].path == path else None

    # Qt's side

    def rowCount(self, parent: _Index = _ROOT) -> int:  # noqa: N802  Qt's name
        """Rows so far."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _ROOT) -> int:  # noqa: N802  Qt's name
        """See `Column`."""
        return 0 if parent.isValid() else len(Column)

    def canFetchMore(self, parent: _Index) -> bool:  # noqa: N802  Qt's name
        """Whether there are more files than rows."""
        return not parent.isValid() and self._next is not None and not self._open

    def fetchMore(self, parent: _Index) -> None:  # noqa: N802  Qt's name
        """Ask for the next page."""
        if self.canFetchMore(parent):
            self._ask(self._next)

    def headerData(  # noqa: N802  Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)
    ) -> Any:
        """The columns' names."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole and section < len(Column):
            return self._words(_HEADS[Column(section)])
        return None

    def data(self, index: _Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """One cell."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        file, column = self._rows[index.row()], Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(file, column)
            case Qt.ItemDataRole.DecorationRole:
                return file_icon(file.state) if column is Column.STATE else None
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(display.about_text(file, self._words))
            case Qt.ItemDataRole.AccessibleTextRole if column is Column.FILE:
                state = display.state_text(file, self._words)
                return self._words("workfiles.row.spoken", name=display.name_of(file), state=state)
            case _:
                return file if role == FILE_ROLE else None

    def _text(self, file: WorkfileObject, column: Column) -> str:
        match column:
            case Column.FILE:
                return display.name_of(file)
            case Column.FOLDER:
                return display.folder_of(file)
            case Column.STATE:
                return display.state_text(file, self._words)
            case Column.SAVED:
                return display.saved_text(file, self._words)
            case _:
                return display.policy_text(file.policy, self._words)

    # the bridge's side

    def _ask(self, after: str | None) -> None:
        params: dict[str, object] = {"limit": PAGE}
        if self._query.states:
            params["states"] = [state.value for state in self._query.states]
        if self._query.text:
            params["text"] = self._query.text
        if after is not None:
            params["after"] = after
        self._asked += 1
        self._open = True
        reply = self._link.ask("workfile.list", params, parent=self)
        reply.setProperty("number", self._asked)
        reply.setProperty("after", after or "")
        reply.done.connect(self._on_page)
        reply.failed.connect(self._on_failed)

    @Slot(object)
    def _on_page(self, page: WorkfileListResult) -> None:
        reply = self.sender()
        if reply.property("number") != self._asked:
            return
        self._open = False
        self._next = page.next
        self.has_loaded, self.watching = True, page.watching
        if reply.property("after"):
            new = [file for file in page.files if not self._rows or file.path > self._rows[-1].path]
            if new:
                self.beginInsertRows(_ROOT, len(self._rows), len(self._rows) + len(new) - 1)
                self._rows += new
                self.endInsertRows()
        else:
            self._replace(page.files)
        self.counted.emit(page.counts)
        self.loaded.emit()

    def _replace(self, files: list[WorkfileObject]) -> None:
        """The first page anew. Where it is the same files only what is shown changes, so that a choice stays."""
        if [file.path for file in files] == [file.path for file in self._rows]:
            self._rows = files
            if files:
                self.dataChanged.emit(self.index(0, 0), self.index(len(files) - 1, len(Column) - 1))
            return
        self.beginResetModel()
        self._rows = files
        self.endResetModel()

    @Slot(object)
    def _on_failed(self, error: ErrorObject) -> None:
        reply = self.sender()
        if reply.property("number") == self._asked:
            self._open = False
            self.failed.emit(error)

    @Slot(object)
    def _on_link(self, state: LinkState) -> None:
        if state is LinkState.CONNECTED:
            self.reload()

    @Slot(str, object)
    def _on_told(self, topic: str, params: object) -> None:
        if topic == "settings.changed":
            self._again.start()
        if not isinstance(params, WorkfileChangedParams):
            return
        if params.more:
            if not self._again.isActive():
                self._again.start()
            return
        for path in params.gone:
            self._remove(path)
        for file in params.files:
            self._put(file)
        self.counted.emit(params.counts)
        self.loaded.emit()

    def _put(self, file: WorkfileObject) -> None:
        row = self.row_of(file.path)
        if not self._query.fits(file):
            self._remove(file.path)
        elif row is not None:
            self._rows[row] = file
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(Column) - 1))
        elif self._next is None or (self._rows and file.path < self._rows[-1].path):
            row = bisect_left(self._rows, file.path, key=_path)
            self.beginInsertRows(_ROOT, row, row)
            self._rows.insert(row, file)
            self.endInsertRows()

    def _remove(self, path: str) -> None:
        row = self.row_of(path)
        if row is not None:
            self.beginRemoveRows(_ROOT, row, row)
            del self._rows[row]
            self.endRemoveRows()

    @Slot()
    def _retranslate(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(Column) - 1))


def _path(file: WorkfileObject) -> str:
    return file.path


def in_words(counts: Mapping[str, int], words: Words) -> str:
    """How many files are how."""

    def of(*states: FileState) -> int:
        return sum(counts.get(state.value, 0) for state in states)

    return words(
        "workfiles.counts",
        saved=of(FileState.SAVED),
        changed=of(*display.NOT_SAVED),
        trouble=of(*display.TROUBLE),
        unknown=of(FileState.UNKNOWN),
    )
