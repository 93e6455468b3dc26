"""The activity window: is my work safe?"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, Slot
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence
from PySide6.QtWidgets import (
    QMenu,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from iscbridge.ipc.job_wire import JobRecoverResult
from iscbridge.ipc.messages import StatusResult
from iscbridge.ipc.wire import ErrorObject, JobObject
from iscbridge.tray.activity.assembly_check import AssemblyCheck
from iscbridge.tray.activity.criteria import Criteria, Group
from iscbridge.tray.activity.deeds import ALWAYS, Deed
from iscbridge.tray.activity.details import DetailsPane
from iscbridge.tray.activity.feed import Feed
from iscbridge.tray.activity.filter_bar import FilterBar
from iscbridge.tray.activity.filter_model import JobsFilter
from iscbridge.tray.activity.history import History
from iscbridge.tray.activity.job_actions import JobActions
from iscbridge.tray.activity.model import JOB_ROLE, JobsModel
from iscbridge.tray.activity.notice_bar import Level, NoticeBar
from iscbridge.tray.activity.thumbnails import Thumbnails
from iscbridge.tray.activity.usual_times import UsualTimes
from iscbridge.tray.activity.view import JobsView
from iscbridge.tray.icons import state_icon, type_icon
from iscbridge.tray.link import LinkState
from iscbridge.tray.room import Room
from iscbridge.tray.widgets.buttons import ActionButton
from iscbridge.tray.widgets.labels import EmptyState
from iscbridge.tray.widgets.remembered import Share


def make(room: Room) -> QWidget:
    """The window."""
    return ActivityWindow(room)


class ActivityWindow(QWidget):
    """The list of jobs, and below it all about the chosen one."""

    def __init__(self, room: Room, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._room = room
        self._wanted: str | None = None
        self._warning = ""
        self.model = JobsModel(room.words, state_icon, self)
        self.filter = JobsFilter(self.model, self)
        self.feed = Feed(room.link, self.model, self)
        self.history = History(room.link, self)
        self.usual = UsualTimes(room.link, self)
        self.thumbnails = Thumbnails(self)
        self.view = JobsView(room.words, self.thumbnails, type_icon)
        self.bar = FilterBar(room.words)
        self.details = DetailsPane(room.words, self.history, self.thumbnails)
        self.link_notice = NoticeBar(room.words, closable=False)
        self.notice = NoticeBar(room.words)
        self.actions_of_job = JobActions(room, self.history, self)
        self.check_button = QPushButton()
        self._check: AssemblyCheck | None = None
        self._shown_path = ""
        self._was_loaded = False
        self._menu = QMenu(self)
        self._empty = EmptyState()
        self._stack = QStackedWidget()
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._share = Share(0.6, state=room.state, key="activity.list")
        self._build()
        self._add_keys()
        self._connect()
        self.retranslate()
        self._on_link(room.link.state)
        self.feed.start()

    # making it

    def _build(self) -> None:
        self.view.setModel(self.filter)
        self.view.set_widths(self._room.state)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._empty)
        self._splitter.addWidget(self._stack)
        self._splitter.addWidget(self.details)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setStretchFactor(0, 3)
        self._splitter.setStretchFactor(1, 2)
        self._share.begin(self._splitter)
        self.bar.search_row.addWidget(self.check_button)
        self.setTabOrder(self.bar.search, self.check_button)  # as the eye goes: along the row, then down
        layout = QVBoxLayout(self)
        layout.addWidget(self.link_notice)
        layout.addWidget(self.notice)
        layout.addWidget(self.bar)
        layout.addWidget(self._splitter, 1)
        # What depends on the state begins at the left; what is always there keeps its place at the right.
        row = self.details.actions_row
        for deed, action in self.actions_of_job.actions.items():
            if deed is ALWAYS[0]:
                row.addStretch(1)
            row.addWidget(ActionButton(action))
            self._menu.addAction(action)
        letter = self.fontMetrics().averageCharWidth()
        self.resize(150 * letter, 42 * self.fontMetrics().height())

    def _add_keys(self) -> None:
        self._find = QAction(self)
        self._find.setShortcut(QKeySequence.StandardKey.Find)
        self._find.triggered.connect(self._on_find)
        self._again = QAction(self)
        self._again.setShortcut(QKeySequence.StandardKey.Refresh)
        self._again.triggered.connect(self._on_again)
        self._leave = QAction(self.bar.search)
        self._leave.setShortcut(Qt.Key.Key_Escape)
        self._leave.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._leave.triggered.connect(self._on_leave_search)
        self.addActions([self._find, self._again])
        self.bar.search.addAction(self._leave)

    def _connect(self) -> None:
        room = self._room
        room.words.changed.connect(self.retranslate)
        room.link.state_changed.connect(self._on_link)
        self.bar.changed.connect(self._on_criteria)
        self.feed.loaded.connect(self._on_loaded)
        self.feed.failed.connect(self._on_feed_failed)
        self.feed.changed.connect(self._on_job_changed)
        self.view.selectionModel().currentRowChanged.connect(self._on_current)
        self.view.customContextMenuRequested.connect(self._on_menu)
        self.view.job_opened.connect(self._on_opened)
        self.view.cancel_wanted.connect(self._on_cancel)
        self.view.escaped.connect(self.bar.clear)
        self.details.escaped.connect(self.view.setFocus)
        self.details.usual_learnt.connect(self.model.learn_usual)
        self.usual.learnt.connect(self.model.learn_usual)
        self.view.ticked.connect(self.usual.look)
        self.actions_of_job.failed.connect(self._on_failed)
        self.actions_of_job.told.connect(self._on_told)
        self.actions_of_job.recovered.connect(self._on_recovered)
        self.actions_of_job.check_wanted.connect(self.check_assembly)
        self.check_button.clicked.connect(self._on_check)
        self._splitter.splitterMoved.connect(self._on_divided)
        self.notice.pressed.connect(self._on_show_recovered)
        for model_signal in (self.filter.rowsInserted, self.filter.rowsRemoved, self.filter.modelReset):
            model_signal.connect(self._on_rows)

    @Slot()
    def retranslate(self) -> None:
        """Set every text again; what is chosen stays chosen."""
        words = self._room.words
        self.setWindowTitle(words("activity.title"))
        self.view.setAccessibleName(words("activity.list.name"))
        self.check_button.setText(words("activity.check.open"))
        self._find.setText(words("activity.search.label"))
        self._again.setText(words("activity.refresh"))
        self._menu.setAccessibleName(words("activity.menu.name"))
        self._on_link(self._room.link.state)
        self._show_emptiness()

    @Slot()
    def _on_divided(self) -> None:
        self._share.note(self._splitter)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """How the window is divided is kept. Not in `hideEvent`: that comes in the middle of a destruction, too."""
        self._share.keep()
        self.view.keep_widths()
        super().closeEvent(event)

    # from outside

    def focus_on(self, what: Mapping[str, object]) -> None:
        """Bring up a `job`; or `show` the `problems`; or a `warning` of the bridge, by its code."""
        job, warning = what.get("job"), what.get("warning")
        if isinstance(job, str) and job:
            self.focus(job)
        if what.get("show") == "problems":
            self.bar.clear()
            self.bar.show_group(Group.PROBLEMS)
        if isinstance(warning, str) and warning:
            self._warning = warning
            self._room.link.ask("bridge.status", parent=self).done.connect(self._on_status)

    @Slot(object)
    def _on_status(self, status: StatusResult) -> None:
        for warning in status.warnings:
            if warning.code == self._warning:
                self._on_failed(warning)

    def tell_news(self, text: str, *, problem: bool) -> None:
        """Say something in the line above the list."""
        self._shown_path = ""
        self.notice.tell(text, Level.WARNING if problem else Level.INFO)

    @Slot(str)
    def focus(self, job: str) -> None:
        """Bring a job up, whatever is filtered now."""
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self._wanted = job
        if not self.filter.index_of(job).isValid():
            self.bar.clear()
        if not self._choose_wanted():
            reply = self._room.link.ask("job.get", {"job": job}, parent=self)
            reply.done.connect(self._on_got)
            reply.failed.connect(self._on_failed)

    @Slot(str)
    def check_assembly(self, path: str = "") -> None:
        """Look at the files of an assembly before it is saved."""
        if self._check is None:
            self._check = AssemblyCheck(self._room, self)
            self._check.saved.connect(self.focus)
        self._check.show()
        self._check.raise_()
        self._check.activateWindow()
        if path:
            self._check.check(path)

    # what the person does

    @Slot(object)
    def _on_criteria(self, criteria: Criteria) -> None:
        self.filter.set_criteria(criteria)
        self.feed.search(criteria.query)
        self._on_rows()
        self.view.fetch_if_short()

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, current: QModelIndex, before: QModelIndex) -> None:
        del before
        if current.isValid():
            job = current.siblingAtColumn(0).data(JOB_ROLE)
            self._wanted = None
            self.history.follow(job)

    @Slot(QPoint)
    def _on_menu(self, place: QPoint) -> None:
        index = self.view.indexAt(place)
        if index.isValid():
            self._menu.popup(self.view.viewport().mapToGlobal(place))

    @Slot(str)
    def _on_opened(self, job_id: str) -> None:
        self.history.follow(self.model.find(job_id))
        self.details.tabs.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_cancel(self) -> None:
        self.actions_of_job.do(Deed.CANCEL)

    @Slot()
    def _on_find(self) -> None:
        self.bar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.search.selectAll()

    @Slot()
    def _on_leave_search(self) -> None:
        self.bar.search.clear()
        self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot()
    def _on_again(self) -> None:
        self.notice.clear()
        self.feed.start()

    @Slot()
    def _on_check(self) -> None:
        self.check_assembly()

    # what the bridge tells

    @Slot()
    def _on_loaded(self) -> None:
        for host in self.model.hosts():
            self.bar.learn_host(host)
        self._choose_wanted()
        if self._wanted is None and not self.view.currentIndex().isValid() and self.filter.rowCount():
            self._choose(self.filter.index(0, 0))
        self._on_rows()
        if not self._was_loaded:
            self._was_loaded = True
            self._begin_in_list()
        self.view.fetch_if_short()

    @Slot(object)
    def _on_got(self, job: JobObject) -> None:
        if self._wanted != job.job:  # it came by another way, or somebody has chosen another one since
            return
        if not self._choose_wanted():  # it is older than what is loaded
            self.view.clearSelection()
            self.view.setCurrentIndex(QModelIndex())
            self.history.follow(job)

    @Slot(object)
    def _on_job_changed(self, job: JobObject) -> None:
        self.bar.learn_host(job.host or "")
        if self.history.job is not None and job.job == self.history.job.job:
            self.history.follow(job)
        if self._wanted == job.job:
            self._choose_wanted()
        self.view.watch_soon()

    @Slot()
    def _on_rows(self) -> None:
        self._show_emptiness()
        self.view.watch_soon()

    @Slot(object)
    def _on_link(self, state: LinkState) -> None:
        match state:
            case LinkState.CONNECTED:
                self.link_notice.clear()
            case LinkState.LOST:
                self.link_notice.tell(self._room.words("activity.link.lost"), Level.WARNING)
            case LinkState.CONNECTING:
                self.link_notice.tell(self._room.words("activity.link.connecting"))

    @Slot(object)
    def _on_feed_failed(self, error: ErrorObject) -> None:
        if self._room.link.state is LinkState.CONNECTED:  # otherwise the other line says it
            self._on_failed(error)

    @Slot(object)
    def _on_failed(self, error: ErrorObject) -> None:
        self._shown_path = ""
        self.notice.tell_error(error)

    @Slot(str)
    def _on_told(self, text: str) -> None:
        self._shown_path = ""
        self.notice.tell(text)

    @Slot(object)
    def _on_recovered(self, result: JobRecoverResult) -> None:
        words = self._room.words
        self._shown_path = result.path
        text = words("activity.recovered", count=result.files, path=result.path)
        self.notice.tell(text, button=words("activity.deed.show"))

    @Slot()
    def _on_show_recovered(self) -> None:
        self.actions_of_job.show_in_folder(self._shown_path)

    # helpers

    def _choose_wanted(self) -> bool:
        """Choose the job that `focus` was asked for, once it is in the list."""
        index = QModelIndex() if self._wanted is None else self.filter.index_of(self._wanted)
        if index.isValid():
            self._wanted = None
            self._choose(index)
            return True
        return False

    def _choose(self, index: QModelIndex) -> None:
        flags = QItemSelectionModel.SelectionFlag
        self.view.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.view.scrollTo(index)

    def _begin_in_list(self) -> None:
        """The keyboard starts in the list, which could not take it while it was empty."""
        if self.focusWidget() in (None, self.bar.search) and not self.bar.search.text():
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_emptiness(self) -> None:
        words = self._room.words
        empty = self.filter.rowCount() == 0
        reason = "never" if self.feed.has_loaded else "loading"
        if self.filter.criteria != Criteria():
            reason = "filtered"
        self._empty.set_texts(words(f"activity.empty.{reason}"), words(f"activity.empty.{reason}.about"))
        self._stack.setCurrentWidget(self._empty if empty else self.view)
