"""The menu of the icon."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from iscbridge.core.attention import Contact, attention, lines
from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc.wire import ErrorObject, JobObject
from iscbridge.platform.foreground import allow_foreground
from iscbridge.texts.render import render
from iscbridge.tray.facts import FactsKeeper
from iscbridge.tray.icons import attention_icon, state_icon
from iscbridge.tray.link import Link
from iscbridge.tray.widgets.tips import plain_tip
from iscbridge.tray.words import Words

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMessageBox

#: So many jobs stand in the menu; the rest is in the activity window.
LAST_JOBS = 3
_PAUSE_MINUTES = 60
_NAME_CHARACTERS = 40
_REFRESH_MS = 200


class TrayMenu(QObject):
    """Makes the menu and keeps it up to date; what it can't do itself leaves as a signal."""

    wanted = Signal(str, object)
    """A window, and what it is to show."""
    quit_wanted = Signal()
    restart_wanted = Signal()
    """Start the bridge that could not be started once more."""

    def __init__(self, facts: FactsKeeper, link: Link, words: Words, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._facts = facts
        self._link = link
        self._words = words
        self._dialog: QMessageBox | None = None
        self.menu = QMenu()
        self._files = QMenu(self.menu)
        self._pause = QMenu(self.menu)
        self._help = QMenu(self.menu)
        self._make()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_REFRESH_MS)
        self._later.timeout.connect(self.refresh)
        self.menu.aboutToShow.connect(self.refresh)
        self.menu.aboutToShow.connect(facts.look)
        facts.changed.connect(self._on_changed)
        words.changed.connect(self.refresh)
        self.refresh()

    def _make(self) -> None:
        """All entries, in their order; `refresh` gives them their texts and hides what does not hold."""
        self.head = self._entry(self._on_activity)
        self.state = self._entry(self._on_activity)
        self.failure = self._entry(self._on_failure)
        self.menu.addSeparator()
        self.dialog_note = self._entry(None)
        self.cancel = self._entry(self._on_cancel)
        self.open = self._entry(self._on_open)
        self.menu.addSeparator()
        self.jobs = [self._entry(self._on_job) for _ in range(LAST_JOBS)]
        self.files = self.menu.addMenu(self._files)
        self.menu.addSeparator()
        self.pause = self.menu.addMenu(self._pause)
        self.pause_hour = self._entry(self._on_pause, self._pause)
        self.pause_long = self._entry(self._on_pause_long, self._pause)
        self.resume = self._entry(self._on_resume)
        self.menu.addSeparator()
        self.activity = self._entry(self._on_activity)
        self.windows = {name: self._entry(self._on_window) for name in ("files", "settings", "license")}
        self.help = self.menu.addMenu(self._help)
        self.windows |= {name: self._entry(self._on_window, self._help) for name in ("first_run", "bundle", "about")}
        for name, action in self.windows.items():
            action.setData(name)
        self.menu.addSeparator()
        self.quit = self._entry(self._on_quit)
        self.menu.setDefaultAction(self.activity)

    def _entry(self, slot: Callable[..., None] | None, menu: QMenu | None = None) -> QAction:
        action = QAction(self.menu)
        action.setMenuRole(QAction.MenuRole.NoRole)
        if slot is None:
            action.setEnabled(False)
        else:
            action.triggered.connect(slot)
        (menu or self.menu).addAction(action)
        return action

    # what it says

    @Slot()
    def _on_changed(self) -> None:
        if not self._later.isActive():
            self._later.start()

    @Slot()
    def refresh(self) -> None:
        """Set all texts again."""
        words, facts = self._words, self._facts.facts
        connected = facts.contact is Contact.CONNECTED
        self.menu.setAccessibleName("ISCBridge")
        self._refresh_head()
        dialogs = self._facts.dialogs()
        self.dialog_note.setVisible(bool(dialogs))
        self.cancel.setVisible(bool(dialogs))
        if dialogs:
            self.dialog_note.setText(words("tray.menu.dialog"))
            self.cancel.setText(words("tray.menu.cancel", name=self._name(dialogs[0])))
            self.cancel.setData(dialogs[0].job)
        # A grey entry says itself why it is grey: menus of panels show no tooltips.
        self.open.setText(words("tray.menu.open" if connected else "tray.menu.open.not"))
        self.open.setEnabled(connected)
        self._refresh_jobs()
        self._refresh_files()
        self.pause.setText(words("tray.menu.pause"))
        self.pause.setVisible(connected and not facts.paused)
        self.pause_hour.setText(words("tray.menu.pause.hour"))
        self.pause_long.setText(words("tray.menu.pause.long"))
        self.resume.setText(words("tray.menu.resume"))
        self.resume.setVisible(connected and facts.paused)
        self.activity.setText(words("tray.menu.activity"))
        self.help.setText(words("tray.menu.help"))
        for name, action in self.windows.items():
            action.setText(words(f"tray.menu.{name}"))
        self.quit.setText(words("tray.menu.quit"))

    def _refresh_head(self) -> None:
        facts = self._facts.facts
        cloud = "" if not facts.known else "tray.cloud.sandbox" if facts.sandbox else "tray.cloud.real"
        self.head.setText(self._words("tray.menu.head", cloud=self._words(cloud)) if cloud else "ISCBridge")
        sentences = lines(facts)[1:]
        self.state.setVisible(bool(sentences))
        if sentences:
            self.state.setText(_plain(self._words(sentences[0].id, **sentences[0].params)))
        self.state.setIcon(attention_icon(attention(facts)))
        failure = self._facts.failure
        self.failure.setVisible(failure is not None)
        if failure is not None:
            self.failure.setText(_plain(render(failure, self._words.language).title))

    def _refresh_jobs(self) -> None:
        jobs = self._facts.last_jobs(LAST_JOBS)
        for place, action in enumerate(self.jobs):
            action.setVisible(place < len(jobs))
            if place < len(jobs):
                job = jobs[place]
                state = self._words(f"state.{job.state.value}")
                action.setText(self._words("tray.menu.job", name=self._name(job), state=state))
                action.setIcon(state_icon(job.state))
                action.setToolTip(plain_tip(job.path))
                action.setData(job.job)

    def _refresh_files(self) -> None:
        count = self._facts.facts.changed
        self.files.setVisible(count > 0)
        self.files.setText(self._words("tray.menu.changed", count=count))
        self._files.clear()
        for path in self._facts.changed_files:
            action = self._entry(self._on_file, self._files)
            action.setText(_plain(self._short(os.path.basename(path))))
            action.setToolTip(plain_tip(path))
            action.setData(path)
        if count > len(self._facts.changed_files):
            more = self._entry(self._on_window, self._files)
            more.setText(self._words("tray.menu.all"))
            more.setData("files")

    def _name(self, job: JobObject) -> str:
        name = os.path.basename(job.path.rstrip("/\\").replace("\\", "/")) or self._words(f"kind.{job.kind.value}")
        return _plain(self._short(name))

    @staticmethod
    def _short(name: str) -> str:
        if len(name) <= _NAME_CHARACTERS:
            return name
        half = _NAME_CHARACTERS // 2
        return f"{name[:half]}…{name[1 - half :]}"

    # what it does

    def show_failure(self, error: ErrorInfo | ErrorObject) -> None:
        """Say in a dialog why something could not be done."""
        if self._dialog is not None:
            self._dialog.close()
        # Here: a tray whose bridge runs needs no dialogs.
        from PySide6.QtWidgets import QMessageBox

        from iscbridge.tray.widgets.problem import problem_dialog

        self._dialog = problem_dialog(self._words, error)
        if isinstance(error, ErrorInfo):
            again = self._dialog.addButton(self._words("tray.again"), QMessageBox.ButtonRole.AcceptRole)
            again.clicked.connect(self._on_again)
        self._dialog.finished.connect(self._on_dialog_closed)
        self._dialog.open()

    def _ask(self, method: str, params: Mapping[str, object] | None = None) -> None:
        self._link.ask(method, params, parent=self).failed.connect(self._on_failed)

    @Slot(object)
    def _on_failed(self, error: ErrorObject) -> None:
        self.show_failure(error)

    @Slot()
    def _on_dialog_closed(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.deleteLater()

    @Slot()
    def _on_again(self) -> None:
        self.restart_wanted.emit()

    @Slot()
    def _on_failure(self) -> None:
        if self._facts.failure is not None:
            self.show_failure(self._facts.failure)

    @Slot()
    def _on_open(self) -> None:
        # The click has brought this process to the front: ISCDesk, whose dialog comes next, may follow.
        allow_foreground()
        self._ask("cloud.open")

    def _data(self) -> str:
        action = self.sender()
        return str(action.data()) if isinstance(action, QAction) else ""

    @Slot()
    def _on_cancel(self) -> None:
        self._ask("job.cancel", {"job": self._data()})

    @Slot()
    def _on_job(self) -> None:
        self.wanted.emit("activity", {"job": self._data()})

    @Slot()
    def _on_file(self) -> None:
        self.wanted.emit("files", {"path": self._data()})

    @Slot()
    def _on_window(self) -> None:
        self.wanted.emit(self._data(), {})

    @Slot()
    def _on_activity(self) -> None:
        self.wanted.emit("activity", {})

    @Slot()
    def _on_pause(self) -> None:
        self._ask("bridge.pause", {"minutes": _PAUSE_MINUTES})

    @Slot()
    def _on_pause_long(self) -> None:
        self._ask("bridge.pause")

    @Slot()
    def _on_resume(self) -> None:
        self._ask("bridge.resume")

    @Slot()
    def _on_quit(self) -> None:
        self.quit_wanted.emit()


def _plain(text: str) -> str:
    """Text in which no letter becomes a shortcut."""
    return text.replace("&", "&&").replace("\n", " ")
