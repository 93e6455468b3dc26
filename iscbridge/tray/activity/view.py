"""The list itself: real columns, which screen readers read, and a picture in the first one."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QIcon, QKeyEvent, QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from iscbridge.ipc.wire import JobObject
from iscbridge.tray.activity import display
from iscbridge.tray.activity.model import JOB_ROLE, Column
from iscbridge.tray.activity.thumbnails import Thumbnails
from iscbridge.tray.room import TrayState
from iscbridge.tray.widgets.remembered import Columns
from iscbridge.tray.words import Words

_GAP = 4
_WIDTH_IN_LETTERS: dict[int, int] = {
    Column.FILE: 28,
    Column.STATE: 30,
    Column.CLOUD: 13,
    Column.HOST: 14,
    Column.WHEN: 18,
    Column.TIME: 24,
}


_TEXT_ONLY = QStyleOptionViewItem.ViewItemFeature.HasDisplay
_WITH_ICON = _TEXT_ONLY | QStyleOptionViewItem.ViewItemFeature.HasDecoration


class CellDelegate(QStyledItemDelegate):
    """Asks the model once for a cell: Qt asks for seven roles, and each question leads through Python."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:  # noqa: N802 - Qt's name
        """The text, and the icon where there is one."""
        cell: Any = option  # Any: PySide's stubs leave out the fields of options
        cell.index = index
        cell.text = index.data() or ""
        if index.column() == Column.STATE:
            cell.icon = index.data(Qt.ItemDataRole.DecorationRole)
            cell.features |= _WITH_ICON
        else:
            cell.features |= _TEXT_ONLY


class FileDelegate(QStyledItemDelegate):
    """Paints the file: its picture, its name, and its folder below, shortened in the middle."""

    def __init__(
        self, words: Words, thumbnails: Thumbnails, type_icon: Callable[[str], QIcon], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._words = words
        self._thumbnails = thumbnails
        self._type_icon = type_icon

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """One cell."""
        cell: Any = option
        cell.widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, cell, painter, cell.widget)
        job: JobObject = index.data(JOB_ROLE)
        space = cell.rect.adjusted(_GAP, _GAP, -_GAP, -_GAP)
        side = space.height()
        picture = QRect(space.left(), space.top(), side, side)
        lines = space.adjusted(side + 2 * _GAP, 0, 0, 0)
        if cell.direction == Qt.LayoutDirection.RightToLeft:
            picture = QStyle.visualRect(cell.direction, cell.rect, picture)
            lines = QStyle.visualRect(cell.direction, cell.rect, lines)
        self._paint_picture(painter, picture, job)
        self._paint_lines(painter, lines, cell, display.name_of(job, self._words), display.folder_of(job))

    def _paint_picture(self, painter: QPainter, place: QRect, job: JobObject) -> None:
        path = display.path_of(job)
        pixmap = self._thumbnails.get(path, display.mark_of(job))
        if pixmap is None:
            self._type_icon(os.path.splitext(path)[1]).paint(painter, place)
            return
        ratio = painter.device().devicePixelRatioF()
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        fitting = pixmap.scaled(place.size() * ratio, keep, smooth)
        fitting.setDevicePixelRatio(ratio)
        size = fitting.deviceIndependentSize().toSize()
        painter.drawPixmap(QStyle.alignedRect(Qt.LayoutDirection.LeftToRight, _CENTER, size, place), fitting)

    @staticmethod
    def _paint_lines(painter: QPainter, space: QRect, cell: Any, name: str, folder: str) -> None:
        selected = bool(cell.state & QStyle.StateFlag.State_Selected)
        active = (
            QPalette.ColorGroup.Active if cell.state & QStyle.StateFlag.State_Active else QPalette.ColorGroup.Inactive
        )
        ink = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        metrics = cell.fontMetrics
        painter.save()
        painter.setFont(cell.font)
        painter.setPen(cell.palette.color(active, ink))
        middle, width = Qt.TextElideMode.ElideMiddle, space.width()
        half = space.height() // 2
        upper = QRect(space.left(), space.top(), width, half)
        lower = QRect(space.left(), space.top() + half, width, space.height() - half)
        side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
        flags = QStyle.visualAlignment(cell.direction, side)
        painter.drawText(upper, flags, metrics.elidedText(name, middle, width))
        if not selected:
            painter.setPen(cell.palette.color(active, QPalette.ColorRole.PlaceholderText))
        painter.drawText(lower, flags, metrics.elidedText(folder, middle, width))
        painter.restore()


_CENTER = Qt.AlignmentFlag.AlignCenter


class JobsView(QTableView):
    """The list: a `QTableView`, for a tree lays all its rows out anew for each one that comes.

    Ticks once a second while a job that is under way can be seen, and never otherwise.
    """

    job_opened = Signal(str)
    """Enter or a double click on a job."""
    cancel_wanted = Signal()
    """The key Delete."""
    escaped = Signal()
    """The key Escape."""
    ticked = Signal(object)
    """A second has passed; the list of the jobs that can be seen."""

    def __init__(
        self,
        words: Words,
        thumbnails: Thumbnails,
        type_icon: Callable[[str], QIcon],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setTabKeyNavigation(False)
        self._cells = CellDelegate(self)
        self._files = FileDelegate(words, thumbnails, type_icon, self)
        self.setItemDelegate(self._cells)
        self.setItemDelegateForColumn(Column.FILE, self._files)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().hide()
        self._set_row_height()
        self._columns: Columns | None = None
        self.activated.connect(self._on_activated)
        thumbnails.arrived.connect(self._on_thumbnail)
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._on_tick)
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(0)
        self._look.timeout.connect(self.watch)

    def _set_row_height(self) -> None:
        self.verticalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setDefaultSectionSize(2 * self.fontMetrics().height() + 3 * _GAP)

    def set_widths(self, state: TrayState) -> None:
        """Columns as a person left them; the file takes the room that is left. Once, after the model is set."""
        self._columns = Columns(_WIDTH_IN_LETTERS, filling=Column.FILE, state=state, key="activity.columns")
        self._columns.begin(self.horizontalHeader())

    def keep_widths(self) -> None:
        """Remember what the person did to the columns."""
        if self._columns is not None:
            self._columns.keep(self.horizontalHeader())

    @property
    def is_ticking(self) -> bool:
        """Whether the elapsed times go on."""
        return self._tick.isActive()

    def watch_soon(self) -> None:
        """Look, once for all that changes in this turn of the event loop."""
        if not self._look.isActive():
            self._look.start()

    @Slot()
    def watch(self) -> None:
        """Look whether there is anything to tick for."""
        self._follow(self.shown_jobs())

    def _follow(self, shown: list[JobObject]) -> None:
        wanted = self.isVisible() and any(job.state in display.UNDER_WAY for job in shown)
        if wanted and not self._tick.isActive():
            self._tick.start()
        elif not wanted:
            self._tick.stop()

    def shown_jobs(self) -> list[JobObject]:
        """The jobs whose rows can be seen now."""
        model = self.model()
        row = self.indexAt(self.viewport().rect().topLeft()).row()
        bottom = self.viewport().rect().bottom()
        found: list[JobObject] = []
        while 0 <= row < model.rowCount() and self.visualRect(model.index(row, 0)).top() <= bottom:
            found.append(model.index(row, 0).data(JOB_ROLE))
            row += 1
        return found

    def fetch_if_short(self) -> None:
        """Ask for more rows while the last one can be seen: the filter may have hidden all of a page."""
        model, root = self.model(), self.rootIndex()
        last = model.rowCount() - 1
        if not model.canFetchMore(root):
            return
        if last < 0 or self.visualRect(model.index(last, 0)).top() <= self.viewport().rect().bottom():
            model.fetchMore(root)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The file takes the room that is left."""
        super().resizeEvent(event)
        if self._columns is not None:
            self._columns.fill(self.horizontalHeader())

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802 - Qt's name
        """Other rows can be seen now."""
        super().scrollContentsBy(dx, dy)
        self.watch_soon()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Keys beyond those of every list."""
        match event.key():
            case Qt.Key.Key_Delete:
                self.cancel_wanted.emit()
            case Qt.Key.Key_Escape:
                self.escaped.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if self.currentIndex().isValid():
                self._on_activated(self.currentIndex())
            case _:
                super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """A hidden list does not tick."""
        done = super().event(event)
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self.watch()
        elif event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._set_row_height()
        return done

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        self.job_opened.emit(index.siblingAtColumn(0).data(JOB_ROLE).job)

    @Slot(str)
    def _on_thumbnail(self, path: str) -> None:
        del path  # the viewport is painted in one go
        self.viewport().update()

    @Slot()
    def _on_tick(self) -> None:
        left = self.columnViewportPosition(Column.TIME)
        self.viewport().update(left, 0, self.columnWidth(Column.TIME), self.viewport().height())
        shown = self.shown_jobs()
        self._follow(shown)
        self.ticked.emit(shown)
