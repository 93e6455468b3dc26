"""The window of the working files: which of them does the cloud not have yet?"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, Slot
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from iscbridge.ipc.wire import ErrorObject
from iscbridge.tray.activity.display import cloud_text
from iscbridge.tray.activity.notice_bar import Level, NoticeBar
from iscbridge.tray.link import LinkState
from iscbridge.tray.room import Room
from iscbridge.tray.widgets.buttons import ActionButton
from iscbridge.tray.widgets.labels import EmptyState
from iscbridge.tray.widgets.remembered import Columns
from iscbridge.tray.widgets.tips import plain_tip
from iscbridge.tray.workfiles.actions import FileActions
from iscbridge.tray.workfiles.filter_bar import FilterBar
from iscbridge.tray.workfiles.model import FILE_ROLE, Column, Query, WorkfilesModel, in_words

_WIDTH_IN_LETTERS: dict[int, int] = {
    Column.FILE: 32,
    Column.STATE: 24,
    Column.SAVED: 36,
    Column.POLICY: 24,
    Column.FOLDER: 36,
}


def make(room: Room) -> QWidget:
    """The window."""
    return WorkfilesWindow(room)


class WorkfilesWindow(QWidget):
    """The list, what can be done with the chosen files, and how many are how."""

    def __init__(self, room: Room, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._room = room
        self._wanted = ""
        self.model = WorkfilesModel(room.link, room.words, self)
        self.view = _List(room)
        self.bar = FilterBar(room.words)
        self.deeds = FileActions(room, self, self.view)
        self.standing = NoticeBar(room.words, closable=False)
        self.notice = NoticeBar(room.words)
        self.counts = QLabel()
        self.cloud = QLabel()
        self._counts: Mapping[str, int] = {}
        self._cloud_name = ""
        self._empty = EmptyState()
        self._stack = QStackedWidget()
        self._menu = QMenu(self)
        self._build()
        self._add_keys()
        self._connect()
        self.retranslate()
        self._on_link(room.link.state)
        self.model.reload()

    # making it

    def _build(self) -> None:
        view = self.view
        view.setModel(self.model)
        view.setRootIsDecorated(False)
        view.setUniformRowHeights(True)
        view.setAllColumnsShowFocus(True)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.setTabKeyNavigation(False)
        view.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        view.columns.begin(view.header())
        self._stack.addWidget(view)
        self._stack.addWidget(self._empty)
        self.counts.setTextFormat(Qt.TextFormat.PlainText)
        self.counts.setWordWrap(True)
        deeds = QHBoxLayout()
        for action in (self.deeds.save, self.deeds.show, self.deeds.policy_menu.menuAction(), self.deeds.forget):
            deeds.addWidget(ActionButton(action))
            self._menu.addAction(action)
        deeds.addStretch(1)
        layout = QVBoxLayout(self)
        for line in (self.standing, self.notice, self.bar):
            layout.addWidget(line)
        layout.addWidget(self._stack, 1)
        self.cloud.setFrameShape(QLabel.Shape.StyledPanel)
        self.cloud.setMargin(4)
        self.cloud.setTextFormat(Qt.TextFormat.PlainText)
        layout.addLayout(deeds)
        foot = QHBoxLayout()
        foot.addWidget(self.counts, 1)
        foot.addWidget(self.cloud, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addLayout(foot)
        self.resize(170 * self.fontMetrics().averageCharWidth(), 34 * self.fontMetrics().height())

    def _add_keys(self) -> None:
        self._find, self._again, self._leave = QAction(self), QAction(self), QAction(self.bar.search)
        self._find.setShortcut(QKeySequence.StandardKey.Find)
        self._find.triggered.connect(self._on_find)
        self._again.setShortcut(QKeySequence.StandardKey.Refresh)
        self._again.triggered.connect(self.model.reload)
        self._leave.setShortcut(Qt.Key.Key_Escape)
        self._leave.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._leave.triggered.connect(self._on_leave_search)
        self.addActions([self._find, self._again])
        self.bar.search.addAction(self._leave)

    def _connect(self) -> None:
        room = self._room
        room.words.changed.connect(self.retranslate)
        room.link.state_changed.connect(self._on_link)
        self.bar.changed.connect(self.model.set_query)
        self.model.loaded.connect(self._on_loaded)
        self.model.counted.connect(self._on_counted)
        self.model.failed.connect(self._on_list_failed)
        self.model.dataChanged.connect(self._on_chosen)
        self.model.modelReset.connect(self._on_chosen)
        self.model.rowsRemoved.connect(self._on_chosen)
        self.view.selectionModel().selectionChanged.connect(self._on_chosen)
        self.view.customContextMenuRequested.connect(self._on_menu)
        self.deeds.failed.connect(self.notice.tell_error)
        self.deeds.saved.connect(self._on_saved)
        self.deeds.forgotten.connect(self._on_forgotten)
        self.deeds.not_shown.connect(self._on_not_shown)
        self.standing.pressed.connect(self._on_settings)
        self.notice.pressed.connect(self._on_activity)

    @Slot()
    def retranslate(self) -> None:
        """Set every text again."""
        words = self._room.words
        self.setWindowTitle(words("workfiles.title"))
        self.view.setAccessibleName(words("workfiles.list.name"))
        self._menu.setAccessibleName(words("workfiles.menu.name"))
        self._find.setText(words("workfiles.search.label"))
        self._again.setText(words("workfiles.deed.again"))
        self._on_link(self._room.link.state)
        self._show_counts()
        self._show_emptiness()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """The widths of the columns are kept."""
        self.view.columns.keep(self.view.header())
        super().closeEvent(event)

    # from outside

    def focus_on(self, what: Mapping[str, object]) -> None:
        """Bring up the file `path`, whatever is filtered now."""
        path = what.get("path")
        if isinstance(path, str) and path:
            self._wanted = path
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)
            if not self._choose_wanted():
                self.bar.states.setCurrentIndex(0)
                self.bar.search.setText(path[-self.bar.search.maxLength() :])
                self.model.set_query(self.bar.query)

    # what the person does

    @Slot()
    def _on_chosen(self) -> None:
        rows = self.view.selectionModel().selectedRows()
        self.deeds.choose([row.data(FILE_ROLE) for row in rows])

    @Slot(QPoint)
    def _on_menu(self, place: QPoint) -> None:
        if self.view.indexAt(place).isValid():
            self._menu.popup(self.view.viewport().mapToGlobal(place))

    @Slot()
    def _on_find(self) -> None:
        self.bar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.search.selectAll()

    @Slot()
    def _on_leave_search(self) -> None:
        self.bar.clear()
        self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot(int)
    def _on_saved(self, count: int) -> None:
        words = self._room.words
        self.notice.tell(words("workfiles.told.save", count=count), button=words("workfiles.told.activity"))

    @Slot(int)
    def _on_forgotten(self, count: int) -> None:
        self.notice.tell(self._room.words("workfiles.told.forget", count=count))

    @Slot()
    def _on_not_shown(self) -> None:
        self.notice.tell(self._room.words("workfiles.told.notShown"), Level.WARNING)

    @Slot()
    def _on_settings(self) -> None:
        self._room.open_window("settings", {"page": "files"})

    @Slot()
    def _on_activity(self) -> None:
        self._room.open_window("activity", {})

    # what the bridge tells

    @Slot()
    def _on_loaded(self) -> None:
        self._on_link(self._room.link.state)
        self._choose_wanted()
        self._show_emptiness()

    @Slot(object)
    def _on_counted(self, counts: Mapping[str, int]) -> None:
        self._counts = counts
        self._show_counts()

    @Slot(object)
    def _on_list_failed(self, error: ErrorObject) -> None:
        if self._room.link.state is LinkState.CONNECTED:  # else the line above says it
            self.notice.tell_error(error)

    @Slot(object)
    def _on_link(self, state: LinkState) -> None:
        words = self._room.words
        self._show_cloud()
        if state is LinkState.LOST:
            self.standing.tell(words("workfiles.link.lost"), Level.WARNING)
        elif state is LinkState.CONNECTING:
            self.standing.tell(words("workfiles.link.connecting"))
        elif not self.model.watching:
            self.standing.tell(words("workfiles.off"), Level.WARNING, button=words("workfiles.off.settings"))
        else:
            self.standing.clear()

    # helpers

    def _choose_wanted(self) -> bool:
        row = self.model.row_of(self._wanted) if self._wanted else None
        if row is None:
            return False
        self._wanted = ""
        index = self.model.index(row, 0)
        flags = QItemSelectionModel.SelectionFlag
        self.view.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.view.scrollTo(index)
        return True

    def _show_cloud(self) -> None:
        """Which cloud the list speaks of; what was last known stays."""
        hello, words = self._room.link.hello, self._room.words
        if hello is not None:
            self._cloud_name = hello.cloud
        self.cloud.setVisible(bool(self._cloud_name))
        self.cloud.setText(cloud_text(self._cloud_name, words))
        self.cloud.setToolTip(plain_tip(words(f"activity.cloud.about.{self._cloud_name}")) if self._cloud_name else "")

    def _show_counts(self) -> None:
        self.counts.setText(in_words(self._counts, self._room.words))

    def _show_emptiness(self) -> None:
        words = self._room.words
        reason = "loading"
        if self.model.has_loaded:
            reason = "never" if self.model.query == Query() else "filtered"
        self._empty.set_texts(words(f"workfiles.empty.{reason}"), words(f"workfiles.empty.{reason}.about"))
        self._stack.setCurrentWidget(self.view if self.model.rowCount() else self._empty)


class _List(QTreeView):
    """The list: names take the room that is left, folders end at the edge."""

    def __init__(self, room: Room) -> None:
        super().__init__()
        self.columns = Columns(_WIDTH_IN_LETTERS, filling=Column.FILE, state=room.state, key="files.columns")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Another width."""
        super().resizeEvent(event)
        self.columns.fill(self.header())
