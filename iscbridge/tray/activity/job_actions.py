"""What a person can do with the chosen job: as buttons, in the context menu and by keys."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from iscbridge.ipc.job_wire import JobRecoverResult
from iscbridge.ipc.wire import JobObject
from iscbridge.platform.reveal import reveal
from iscbridge.tray.activity import display, facts
from iscbridge.tray.activity.deeds import ALWAYS, Deed, asks_before_cancel, possible
from iscbridge.tray.activity.history import History
from iscbridge.tray.background import in_background
from iscbridge.tray.room import Room

_KEYS = {Deed.COPY: "Ctrl+Shift+C", Deed.SHOW: "Ctrl+L", Deed.RECOVER: "Ctrl+R"}


class JobActions(QObject):
    """One `QAction` for each deed; those that the job's state does not allow are hidden, or grey if they always stay."""

    failed = Signal(object)
    """An `ErrorObject`: what was asked for can't be done."""
    told = Signal(str)
    """Something was done that can't be seen in the job itself."""
    recovered = Signal(object)
    """A `JobRecoverResult`: a captured copy was written."""
    check_wanted = Signal(str)
    """The path of an assembly whose files are to be looked at."""

    def __init__(self, room: Room, history: History, window: QWidget) -> None:
        super().__init__(window)
        self._room = room
        self._history = history
        self._window = window
        self.dialog: QMessageBox | QFileDialog | None = None
        """The question that is open."""
        self.actions: dict[Deed, QAction] = {}
        for deed in Deed:
            action = self.actions[deed] = QAction(window)
            action.setData(deed)
            action.triggered.connect(self._on_triggered)
            if deed in _KEYS:
                action.setShortcut(QKeySequence(_KEYS[deed]))
                action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            window.addAction(action)
        history.changed.connect(self._refresh)
        room.words.changed.connect(self.retranslate)
        self.retranslate()
        self._refresh()

    @Slot()
    def retranslate(self) -> None:
        """Set every text again."""
        for deed, action in self.actions.items():
            action.setText(self._room.words(f"activity.deed.{deed}"))
            action.setToolTip(self._about(deed, possible=action.isEnabled()))

    def _about(self, deed: Deed, *, possible: bool) -> str:
        """What it does, or why it can't be done."""
        kind = "about" if possible or deed not in ALWAYS else "grey"
        return self._room.words(f"activity.deed.{deed}.{kind}")

    @Slot()
    def _refresh(self) -> None:
        allowed = frozenset() if self._history.job is None else possible(self._history.job)
        for deed, action in self.actions.items():
            action.setEnabled(deed in allowed)
            action.setVisible(deed in allowed or deed in ALWAYS)
            action.setToolTip(self._about(deed, possible=deed in allowed))

    @Slot()
    def _on_triggered(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.do(Deed(action.data()))

    def do(self, deed: Deed) -> None:
        """Do it with the chosen job, if its state still allows it."""
        job = self._history.job
        if job is None or deed not in possible(job):
            return
        words = self._room.words
        match deed:
            case Deed.REPEAT | Deed.DISMISS:
                self._ask("job.resolve", {"job": job.job, "answer": str(deed)})
            case Deed.RETRY:
                self._ask("job.retry", {"job": job.job})
            case Deed.CANCEL:
                self._cancel(job)
            case Deed.RECONNECT:
                self._ask("bridge.reconnect", {})
            case Deed.LICENSE:
                self._room.open_window("license", {"product": job.product} if job.product else {})
            case Deed.CHECK:
                self.check_wanted.emit(job.path)
            case Deed.RECOVER:
                self._choose_folder(job)
            case Deed.SHOW:
                self.show_in_folder(display.path_of(job))
            case Deed.COPY:
                text = facts.as_text(job, self._history.result, words, time.time())
                QGuiApplication.clipboard().setText(text)
                self.told.emit(words("activity.copied"))

    def _ask(self, method: str, params: Mapping[str, object]) -> None:
        reply = self._room.link.ask(method, params, parent=self)
        reply.failed.connect(self.failed)

    # cancel

    def _cancel(self, job: JobObject) -> None:
        if not asks_before_cancel(job):
            self._ask("job.cancel", {"job": job.job})
            return
        words = self._room.words
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(words("activity.cancel.title"))
        box.setText(words("activity.cancel.question", name=display.name_of(job, words)))
        box.setInformativeText(words("activity.cancel.about"))
        box.addButton(words("activity.cancel.yes"), QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(words("activity.cancel.no"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        box.setProperty("job", job.job)
        box.buttonClicked.connect(self._on_cancel_answered)
        self._show(box)

    @Slot(object)
    def _on_cancel_answered(self, button: object) -> None:
        box = self.sender()
        if isinstance(box, QMessageBox) and button is not box.escapeButton():
            self._ask("job.cancel", {"job": box.property("job")})

    # the captured copy

    def _choose_folder(self, job: JobObject) -> None:
        words = self._room.words
        dialog = QFileDialog(self._window, words("activity.recover.title"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setProperty("job", job.job)
        dialog.fileSelected.connect(self._on_folder)
        self._show(dialog)

    @Slot(str)
    def _on_folder(self, folder: str) -> None:
        dialog = self.sender()
        if isinstance(dialog, QFileDialog):
            self.recover_to(str(dialog.property("job")), folder)

    def recover_to(self, job_id: str, folder: str) -> None:
        """Write the captured copy of a job into a new folder below this one."""
        reply = self._room.link.ask("job.recover", {"job": job_id, "folder": folder}, parent=self)
        reply.done.connect(self._on_recovered)
        reply.failed.connect(self.failed)

    @Slot(object)
    def _on_recovered(self, result: JobRecoverResult) -> None:
        self.recovered.emit(result)

    def show_in_folder(self, path: str) -> None:
        """Show a file in the system's file manager; the window does not wait for it."""
        errand = in_background(partial(reveal, path), parent=self)
        errand.done.connect(self._on_revealed)

    @Slot(object)
    def _on_revealed(self, shown: object) -> None:
        if not shown:
            self.told.emit(self._room.words("activity.show.failed"))

    def _show(self, dialog: QMessageBox | QFileDialog) -> None:
        if self.dialog is not None:
            self.dialog.close()
        self.dialog = dialog
        dialog.finished.connect(self._on_dialog_finished)
        dialog.open()

    @Slot()
    def _on_dialog_finished(self) -> None:
        if self.sender() is self.dialog:
            self.dialog = None
