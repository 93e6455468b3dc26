"""An assembly before its save: each of its files, what would become of it, and what stands in the way."""

from __future__ import annotations

from secrets import token_hex

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from iscbridge.core.workfile_model import FileState
from iscbridge.ipc.job_wire import AssemblyCheckResult, PartObject
from iscbridge.ipc.wire import ErrorObject, JobObject
from iscbridge.tray.activity import display
from iscbridge.tray.activity.notice_bar import Level, NoticeBar
from iscbridge.tray.activity.tables import TextTable, fill
from iscbridge.tray.icons import file_icon
from iscbridge.tray.link import Reply
from iscbridge.tray.room import Room

_COLUMNS = ("name", "state", "size", "path")


class AssemblyCheck(QDialog):
    """Stands beside the activity window and blocks nothing."""

    saved = Signal(str)
    """The id of the job that Save began."""

    def __init__(self, room: Room, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._room = room
        self._result: AssemblyCheckResult | None = None
        self._reply: Reply | None = None
        self._request_id = ""
        self.dialog: QFileDialog | None = None
        self.path = QLineEdit()
        self._path_label = QLabel()
        self._path_label.setBuddy(self.path)
        self.choose_button, self.check_button = QPushButton(), QPushButton()
        self.notice = NoticeBar(room.words, closable=False)
        self.files = TextTable(len(_COLUMNS))
        self.buttons = QDialogButtonBox()
        self.save_button = self.buttons.addButton("", QDialogButtonBox.ButtonRole.AcceptRole)
        self.close_button = self.buttons.addButton("", QDialogButtonBox.ButtonRole.RejectRole)
        self._build()
        room.words.changed.connect(self.retranslate)
        self.retranslate()
        self._show_result()

    def _build(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self._path_label)
        top.addWidget(self.path, 1)
        top.addWidget(self.choose_button)
        top.addWidget(self.check_button)
        layout = QVBoxLayout(self)
        layout.addLayout(top)
        layout.addWidget(self.notice)
        layout.addWidget(self.files, 1)
        layout.addWidget(self.buttons)
        for button in (self.choose_button, self.close_button):
            button.setAutoDefault(False)
        self.choose_button.clicked.connect(self._choose)
        self.check_button.clicked.connect(self._on_check)
        self.path.textChanged.connect(self._on_typed)
        self.buttons.accepted.connect(self._save)
        self.buttons.rejected.connect(self.reject)
        letter = self.fontMetrics().averageCharWidth()
        self.resize(110 * letter, 28 * self.fontMetrics().height())

    @Slot()
    def retranslate(self) -> None:
        """Set every text again."""
        words = self._room.words
        self.setWindowTitle(words("activity.check.title"))
        self._path_label.setText(words("activity.check.path"))
        self.path.setAccessibleName(words("activity.check.path.name"))
        self.choose_button.setText(words("activity.check.choose"))
        self.check_button.setText(words("activity.check.again"))
        self.save_button.setText(words("activity.check.save"))
        self.close_button.setText(words("activity.check.close"))
        self.files.set_headings([words(f"activity.check.column.{name}") for name in _COLUMNS])
        self.files.setAccessibleName(words("activity.check.files"))
        self._show_result()

    # asking

    @Slot(str)
    def check(self, path: str) -> None:
        """Look at an assembly: its main file or its folder."""
        self.path.setText(path)
        self._on_check()

    @Slot()
    def _on_check(self) -> None:
        path = self.path.text().strip()
        if not path:
            return
        self._result = None
        self._request_id = token_hex(8)
        self._reply = self._room.link.ask("assembly.check", {"path": path}, parent=self)
        self._reply.done.connect(self._on_checked)
        self._reply.failed.connect(self._on_failed)
        self._show_result()

    @Slot()
    def _on_typed(self) -> None:
        self._reply = None
        self._result = None
        self._show_result()

    @Slot()
    def _choose(self) -> None:
        self.dialog = QFileDialog(self, self._room.words("activity.check.choose.title"))
        self.dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self.dialog.fileSelected.connect(self.check)
        self.dialog.open()

    @Slot(object)
    def _on_checked(self, result: AssemblyCheckResult) -> None:
        if self.sender() is self._reply:
            self._reply = None
            self._result = result
            self._show_result()

    @Slot(object)
    def _on_failed(self, error: ErrorObject) -> None:
        if self.sender() is self._reply:
            self._reply = None
            self._show_result()
            self.notice.tell_error(error)

    # saving

    @Slot()
    def _save(self) -> None:
        if self._result is None or not self._result.ready:
            return
        # The same id for every press until the next look: pressed twice it is saved once.
        params = {"path": self._result.path, "assembly": True, "requestId": self._request_id}
        reply = self._room.link.ask("cloud.save", params, parent=self)
        reply.done.connect(self._on_saved)
        reply.failed.connect(self._on_save_failed)
        self.save_button.setEnabled(False)

    @Slot(object)
    def _on_saved(self, job: JobObject) -> None:
        self.saved.emit(job.job)
        self.accept()

    @Slot(object)
    def _on_save_failed(self, error: ErrorObject) -> None:
        self.save_button.setEnabled(self._result is not None and self._result.ready)
        self.notice.tell_error(error)

    # showing

    def _show_result(self) -> None:
        words, result = self._room.words, self._result
        self.save_button.setEnabled(result is not None and result.ready)
        self.check_button.setEnabled(bool(self.path.text().strip()) and self._reply is None)
        if result is None:
            self.files.clear()
            self.notice.tell(words("activity.check.looking" if self._reply is not None else "activity.check.hint"))
            return
        fill(self.files, [self._row(part) for part in result.files], [self._sign(part) for part in result.files])
        if result.error is not None:
            self.notice.tell_error(result.error)
        elif not result.ready:
            self.notice.tell(words("activity.check.blocked"), Level.WARNING)
        else:
            self.notice.tell(words("activity.check.ready", count=len(result.files) + result.more))

    def _row(self, part: PartObject) -> tuple[str, str, str, str]:
        words = self._room.words
        state = words(f"activity.part.{part.state}")
        if part.blocks:
            why = display.error_of(part.error, words).title if part.error is not None else words("activity.part.blocks")
            state = words("activity.state.why", state=state, why=why)
        return part.name, state, "" if part.size is None else display.size_text(part.size), part.path

    @staticmethod
    def _sign(part: PartObject) -> QIcon:
        """The signs of the working files: what has to go up still, and what is there already."""
        if part.blocks:
            return file_icon(FileState.UNREADABLE)
        return file_icon(FileState.SAVED if part.state == "unchanged" else FileState.CHANGED)
