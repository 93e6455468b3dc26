"""Shows of the loaded jobs those that are wanted."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel

from iscbridge.tray.activity.criteria import Criteria
from iscbridge.tray.activity.model import JobsModel


class JobsFilter(QSortFilterProxyModel):
    """The rows of a `JobsModel` that the criteria admit, in the same order."""

    def __init__(self, model: JobsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = model
        self._criteria = Criteria()
        self.setSourceModel(model)

    @property
    def criteria(self) -> Criteria:
        """What is admitted now."""
        return self._criteria

    def set_criteria(self, criteria: Criteria) -> None:
        """Admit other jobs from now on."""
        if criteria != self._criteria:
            self._criteria = criteria
            self.invalidateRowsFilter()

    def filterAcceptsRow(self, source_row: int, source_parent: QModelIndex | QPersistentModelIndex) -> bool:  # noqa: N802 - Qt's name
        """Whether a row of the source is shown."""
        del source_parent  # a table has none
        return self._criteria.admits(self._jobs.job(source_row))

    def index_of(self, job_id: str) -> QModelIndex:
        """The first cell of a job's row; not valid if it is not shown."""
        row = self._jobs.row_of(job_id)
        return QModelIndex() if row is None else self.mapFromSource(self._jobs.index(row, 0))
