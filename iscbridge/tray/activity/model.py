"""The jobs as a table, newest first. A change of one job costs the same however many there are."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QIcon

from iscbridge.core.jobs import JobState
from iscbridge.ipc.wire import JobObject
from iscbridge.tray.activity import display
from iscbridge.tray.widgets.tips import plain_tip
from iscbridge.tray.words import Words

Index = QModelIndex | QPersistentModelIndex
#: Where a job stands among all: when it was asked for, then its id, which tells equals apart.
Key = tuple[str, str]

#: Role: the whole `JobObject`, from any column.
JOB_ROLE = Qt.ItemDataRole.UserRole
#: Role: the folder of the file, from any column.
FOLDER_ROLE = Qt.ItemDataRole.UserRole + 1


class Column(IntEnum):
    """Columns from left to right."""

    FILE = 0
    STATE = 1
    CLOUD = 2
    HOST = 3
    WHEN = 4
    TIME = 5


_COLUMNS = len(Column)
#: Midnight of every time zone falls between two of these spans, so a kept time of day is right within its own.
_SPAN_S = 900
_ROLES = frozenset(
    {
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.DecorationRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.AccessibleTextRole,
        JOB_ROLE,
        FOLDER_ROLE,
    }
)


class JobsModel(QAbstractTableModel):
    """Jobs that were loaded or told so far. Who loads more is not its business: it says that more is wanted."""

    more_wanted = Signal()
    """A view has shown the last row, and `has_more` was set."""

    def __init__(
        self,
        words: Words,
        state_icon: Callable[[JobState], QIcon],
        parent: QObject | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(parent)
        self._words = words
        self._icon = state_icon
        self._clock = clock
        self._keys: list[Key] = []  # oldest first, so that a new job is appended; row 0 is the last of them
        self._key_of: dict[str, Key] = {}
        self._jobs: dict[str, JobObject] = {}
        self._usual: dict[str, float] = {}
        self._hosts: set[str] = set()
        self._texts: dict[str, tuple[int, list[str]]] = {}
        """The cells of jobs that do not move, and when they were made: a painted row asks for six of them."""
        self._more = False
        words.changed.connect(self._retranslate)

    # what it holds

    def job(self, row: int) -> JobObject:
        """The job of a row."""
        return self._jobs[self._keys[-1 - row][1]]

    def find(self, job_id: str) -> JobObject | None:
        """A job by its id, if it is here."""
        return self._jobs.get(job_id)

    def row_of(self, job_id: str) -> int | None:
        """The row of a job."""
        key = self._key_of.get(job_id)
        return None if key is None else len(self._keys) - 1 - bisect_left(self._keys, key)

    def oldest(self) -> Key | None:
        """The key of the last row."""
        return self._keys[0] if self._keys else None

    def hosts(self) -> frozenset[str]:
        """Names of all hosts that have asked for a job so far."""
        return frozenset(self._hosts)

    def put(self, jobs: Iterable[JobObject]) -> None:
        """Take jobs over: those that are here change, the others come in at their places."""
        new: dict[str, JobObject] = {}
        for job in jobs:
            if job.host:
                self._hosts.add(job.host)
            if job.job in self._jobs:
                self._change(job)
            else:
                new[job.job] = job
        self._insert(sorted((job.created, job.job) for job in new.values()), new)

    def between(self, low: Key | None, high: Key | None) -> list[JobObject]:
        """The jobs from `low` on and below `high`, oldest first. None: no border."""
        first = 0 if low is None else bisect_left(self._keys, low)
        last = len(self._keys) if high is None else bisect_left(self._keys, high)
        return [self._jobs[job_id] for _, job_id in self._keys[first:last]]

    def remove(self, job_ids: Iterable[str]) -> None:
        """Forget single jobs."""
        for job_id in job_ids:
            row = self.row_of(job_id)
            if row is not None:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._keys[-1 - row], self._jobs[job_id], self._key_of[job_id]
                self._usual.pop(job_id, None)
                self._texts.pop(job_id, None)
                self.endRemoveRows()

    def drop_older(self, key: Key) -> None:
        """Forget every job that is older than this."""
        count = bisect_left(self._keys, key)
        if not count:
            return
        last = len(self._keys) - 1
        self.beginRemoveRows(QModelIndex(), last - count + 1, last)
        for _, job_id in self._keys[:count]:
            del self._jobs[job_id], self._key_of[job_id]
            self._usual.pop(job_id, None)
            self._texts.pop(job_id, None)
        del self._keys[:count]
        self.endRemoveRows()

    def set_more(self, more: bool) -> None:
        """Whether `fetchMore` may ask for older jobs now."""
        self._more = more

    def learn_usual(self, job_id: str, seconds: float | None) -> None:
        """What past jobs like this one took; None: not known."""
        if seconds is None or job_id not in self._jobs or self._usual.get(job_id) == seconds:
            return
        self._usual[job_id] = seconds
        self._tell_changed(job_id, Column.TIME)

    def usual(self, job_id: str) -> float | None:
        """What was learnt for a job."""
        return self._usual.get(job_id)

    def _change(self, job: JobObject) -> None:
        if self._jobs[job.job] != job:
            self._jobs[job.job] = job
            self._tell_changed(job.job, Column.FILE)

    def _tell_changed(self, job_id: str, first: Column) -> None:
        self._texts.pop(job_id, None)
        row = self.row_of(job_id)
        if row is not None:
            self.dataChanged.emit(self.index(row, first), self.index(row, Column.TIME))

    def _insert(self, keys: list[Key], jobs: dict[str, JobObject]) -> None:
        """Insert sorted keys in as few steps as there are gaps to fill: nearly always one."""
        while keys:
            place = bisect_left(self._keys, keys[-1])
            below = self._keys[place - 1] if place else None
            first = 0 if below is None else bisect_left(keys, below)
            block = keys[first:]
            del keys[first:]
            row = len(self._keys) - place
            self.beginInsertRows(QModelIndex(), row, row + len(block) - 1)
            self._keys[place:place] = block
            for key in block:
                self._key_of[key[1]] = key
                self._jobs[key[1]] = jobs[key[1]]
            self.endInsertRows()

    # what views ask

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's name and default
        """Jobs so far."""
        return 0 if parent.isValid() else len(self._keys)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's name and default
        """Always the same."""
        return 0 if parent.isValid() else _COLUMNS

    def canFetchMore(self, parent: Index) -> bool:  # noqa: N802 - Qt's name
        """Whether older jobs may be asked for."""
        return not parent.isValid() and self._more

    def fetchMore(self, parent: Index) -> None:  # noqa: N802 - Qt's name
        """Say that older jobs are wanted; they come later."""
        if self.canFetchMore(parent):
            self._more = False
            self.more_wanted.emit()

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802 - Qt's name
        """Names of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._words(f"activity.column.{Column(section).name.lower()}")
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell shows."""
        if role not in _ROLES:  # most of what a view asks for: said before anything else is looked up
            return None
        row = index.row()
        if not 0 <= row < len(self._keys):
            return None
        job = self._jobs[self._keys[-1 - row][1]]
        if role == JOB_ROLE:
            return job
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(job, column)
        if role == FOLDER_ROLE:
            return display.folder_of(job)
        if role == Qt.ItemDataRole.DecorationRole and column == Column.STATE:
            return self._icon(job.state)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(display.path_of(job) if column == Column.FILE else self._text(job, column))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(job) if column == Column.FILE else self._text(job, column)
        return None

    def _text(self, job: JobObject, column: int) -> str:
        now = self._clock()
        if job.state in display.UNDER_WAY:
            return self._make_text(job, column, now)
        span = int(now // _SPAN_S)
        kept = self._texts.get(job.job)
        if kept is None or kept[0] != span:
            kept = self._texts[job.job] = (span, [self._make_text(job, each, now) for each in range(_COLUMNS)])
        return kept[1][column]

    def _make_text(self, job: JobObject, column: int, now: float) -> str:
        words = self._words
        match column:
            case Column.FILE:
                return display.name_of(job, words)
            case Column.STATE:
                return display.state_text(job, words)
            case Column.CLOUD:
                return display.cloud_text(job.cloud, words)
            case Column.HOST:
                return job.host or ""
            case Column.WHEN:
                return display.when_text(job.created, now)
            case _:
                return display.elapsed_text(job, now, words, self._usual.get(job.job))

    def _spoken(self, job: JobObject) -> str:
        """A whole row for a screen reader, which reads the first cell when the row is reached."""
        words = self._words
        return words(
            "activity.row.spoken",
            name=display.name_of(job, words),
            state=display.state_text(job, words),
            cloud=display.cloud_text(job.cloud, words),
        )

    @Slot()
    def _retranslate(self) -> None:
        self._texts.clear()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        if self._keys:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._keys) - 1, Column.TIME))
