"""Feeds the notices (`core.notices`) from the link, and shows them beside the icon.

Without a panel, or where the system shows no notices, `shown` still tells: a window may show them in a line.
"""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QWindow

from iscbridge.core import notices as n
from iscbridge.core.jobs import JobState
from iscbridge.core.settings import Settings
from iscbridge.core.workfile_model import FileState
from iscbridge.ipc.license_wire import LicenseObject
from iscbridge.ipc.messages import JobListResult, LicenseStatusResult, StatusResult, UpgradeAnnouncedParams
from iscbridge.ipc.wire import JobObject, UpgradeObject
from iscbridge.ipc.workfile_wire import WorkfileAskParams, WorkfileChangedParams
from iscbridge.platform.presentation import Presentation, Presenting, system_presentation
from iscbridge.platform.settings import load_settings
from iscbridge.tray.link import Link, LinkState, Reply
from iscbridge.tray.room import Room
from iscbridge.tray.words import Words

log = logging.getLogger(__name__)

#: Jobs that are looked at after a connection came (back).
_LOOKED_AT = 200
#: While the person presents: how often it is looked whether that is over.
_PRESENTING_MS = 5000
_STATUS_MS = 300
_KEPT = 20
_DISMISSED = "note.dismissed"


class Messages(Protocol):
    """What can show a notice: the icon. It has a signal `message_clicked`, too."""

    message_clicked: Any

    def show_message(self, title: str, text: str, level: int) -> bool:
        """Show it. False: nobody would see it."""
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A notice in words."""

    notice: int
    level: n.Level
    title: str
    text: str
    window: str
    focus: Mapping[str, str]


class NoticeBoard(QObject):
    """One for the application, on the GUI thread."""

    shown = Signal(object)
    """A `Shown`."""
    withdrawn = Signal(int)
    """Number of a notice that no longer holds."""

    def __init__(
        self,
        room: Room,
        messages: Messages | None = None,
        parent: QObject | None = None,
        *,
        presentation: Presentation | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._room = room
        self._link: Link = room.link
        self._words: Words = room.words
        self._messages = messages
        self._presentation = presentation or system_presentation()
        self._clock = clock
        self._machine = n.Notices()
        self._asked_files: dict[str, None] = {}
        self._seen_before = False
        self._upgrade: tuple[bool, bool | None] | None = None
        self.recent: deque[Shown] = deque(maxlen=_KEPT)
        """The last ones that still hold, the newest last."""
        self._due = self._timer(0, self._on_due)
        self._due.setTimerType(Qt.TimerType.CoarseTimer)
        self._look = self._timer(_PRESENTING_MS, self._look_at_screen)
        self._status = self._timer(_STATUS_MS, self._ask_status)
        if messages is not None:
            messages.message_clicked.connect(self.open_last)
        room.link.state_changed.connect(self._on_link)
        room.link.told.connect(self._on_told)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.focusWindowChanged.connect(self._on_focus)
        self.read_settings()
        if self._link.state is LinkState.CONNECTED:
            self._on_link(LinkState.CONNECTED)

    def _timer(self, milliseconds: int, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(slot)
        return timer

    @Slot()
    def read_settings(self) -> None:
        """Take the settings as they stand in the file now."""
        settings = load_settings(self._room.home.config).settings
        wish = n.Wish(str(settings.values[Settings.general_notifications.key]))
        quiet = bool(settings.values[Settings.general_quiet_when_presenting.key])
        self._feed(n.Configured(self._clock(), wish, quiet))

    @Slot()
    def open_last(self) -> None:
        """A notice was clicked: the system does not say which, and the last one is what is seen."""
        if self.recent:
            self.open(self.recent[-1])
        else:
            self._room.open_window("activity", {})

    def open(self, shown: Shown) -> None:
        """Go where a notice leads."""
        self._room.open_window(shown.window, dict(shown.focus))

    # what comes in

    @Slot(object)
    def _on_link(self, state: LinkState) -> None:
        if state is not LinkState.CONNECTED:
            return
        first, self._seen_before = not self._seen_before, True
        jobs = self._link.ask("job.list", {"limit": _LOOKED_AT}, parent=self)
        jobs.done.connect(self._on_old_jobs if first else self._on_jobs)
        self._link.ask("license.status", {}, parent=self).done.connect(self._on_licenses)
        self._ask_status()

    @Slot()
    def _ask_status(self) -> None:
        reply: Reply = self._link.ask("bridge.status", {}, parent=self)
        reply.done.connect(self._on_status)

    @Slot(object)
    def _on_old_jobs(self, found: JobListResult) -> None:
        self._take_jobs(found, old=True)

    @Slot(object)
    def _on_jobs(self, found: JobListResult) -> None:
        self._take_jobs(found, old=False)

    def _take_jobs(self, found: JobListResult, *, old: bool) -> None:
        for job in reversed(found.jobs):
            if job.state.is_final:
                self._feed(self._job_news(job, old=old))

    @Slot(object)
    def _on_licenses(self, found: LicenseStatusResult) -> None:
        for license_ in found.licenses:
            self._take_license(license_)

    @Slot(object)
    def _on_status(self, status: StatusResult) -> None:
        found = tuple((warning.code, warning.title) for warning in status.warnings)
        self._feed(n.Warnings(self._clock(), found))
        if status.upgrade is not None:
            self._take_upgrade(status.upgrade)

    @Slot(str, object)
    def _on_told(self, topic: str, params: object) -> None:
        if isinstance(params, JobObject):
            self._feed(self._job_news(params, old=False))
        elif isinstance(params, LicenseObject):
            self._take_license(params)
        elif isinstance(params, UpgradeAnnouncedParams):
            if params.forced is not None:
                self._take_upgrade(UpgradeObject(params.forced, "", params.answer))
        elif isinstance(params, WorkfileAskParams):
            self._asked_files.update(dict.fromkeys(params.paths))
            self._tell_files()
        elif isinstance(params, WorkfileChangedParams):
            self._take_back_files(params)
        elif topic == "settings.changed":
            self.read_settings()
        elif topic == "bridge.changed" and not self._status.isActive():
            self._status.start()

    def _take_back_files(self, changed: WorkfileChangedParams) -> None:
        over = {file.path for file in changed.files if file.state is not FileState.CHANGED} | set(changed.gone)
        if over & self._asked_files.keys():
            self._asked_files = {path: None for path in self._asked_files if path not in over}
            self._tell_files()

    def _tell_files(self) -> None:
        self._feed(n.FilesAsked(self._clock(), tuple(_base_name(path) for path in self._asked_files)))

    def _take_upgrade(self, upgrade: UpgradeObject) -> None:
        what = (upgrade.forced, upgrade.answer)
        if what == self._upgrade:
            return  # told to this window once: the bridge asks at most once a day, and says so by taking it back
        self._upgrade = what
        word = "forced" if upgrade.forced else "ask" if upgrade.answer is None else "over"
        self._feed(n.UpgradeNews(self._clock(), word))

    def _take_license(self, found: LicenseObject) -> None:
        if found.managed:
            problem = found.error.title if found.error is not None else ""
            self._feed(n.LicenseNews(self._clock(), found.product, found.state, problem, found.notice or ""))

    def _job_news(self, job: JobObject, *, old: bool) -> n.JobNews:
        return n.JobNews(
            self._clock(),
            job.job,
            job.kind,
            job.state,
            _base_name(job.path),
            job.updated,
            _seconds(job.created, job.updated),
            "" if job.error is None else job.error.title,
            dismissed=job.state is JobState.UNKNOWN and _DISMISSED in job.notes[-1:],
            old=old,
        )

    @Slot(QWindow)
    def _on_focus(self, window: QWindow | None) -> None:
        self._feed(n.WindowOpen(self._clock(), open=window is not None))

    # when

    @Slot()
    def _on_due(self) -> None:
        self._look_at_screen()
        self._feed(n.Tick(self._clock()))

    @Slot()
    def _look_at_screen(self) -> None:
        """What is not known counts as not presenting: most people do not, and a notice goes by itself."""
        on = self._presentation.state() is Presenting.YES
        self._feed(n.Presenting(self._clock(), on))
        if on:
            self._look.start()
        else:
            self._look.stop()

    # what goes out

    def _feed(self, event: n.Input) -> None:
        for effect in self._machine.handle(event):
            if isinstance(effect, n.Show):
                self._show(effect)
            elif isinstance(effect, n.SetTimer):
                self._due.start(max(0, round((effect.at - self._clock()) * 1000)))
            elif isinstance(effect, n.Withdraw):
                self._withdraw(effect.notice)

    def _show(self, show: n.Show) -> None:
        params = self._params(show)
        title = self._words(show.title, **params)
        hello = self._link.hello
        if hello is not None and hello.cloud == "sandbox":
            title = self._words("notice.sandbox", title=title)  # “in the cloud” would be taken for the real one
        said = Shown(
            show.notice,
            show.level,
            title,
            self._words(show.text, **params),
            show.window,
            show.focus,
        )
        self.recent.append(said)
        seen = self._messages is not None and self._messages.show_message(said.title, said.text, int(said.level))
        log.debug("notice %d (%s), %s", said.notice, show.title, "shown" if seen else "not shown by the system")
        self.shown.emit(said)

    def _params(self, show: n.Show) -> dict[str, object]:
        params: dict[str, object] = dict(show.params)
        if "kind" in params and not params.get("name"):
            params["name"] = self._words(f"kind.{params['kind']}")
        if "why" in params and not params["why"]:
            params["why"] = self._words("notice.no-reason")
        parts = [self._words(name, count=count) for name, count in show.counts]
        params["counts"] = self._words("notice.count.between").join(parts)
        return params

    def _withdraw(self, notice: int) -> None:
        for said in [one for one in self.recent if one.notice == notice]:
            self.recent.remove(said)
        self.withdrawn.emit(notice)


def _base_name(path: str) -> str:
    return os.path.basename(path.replace("\\", "/").rstrip("/"))


def _seconds(start: str, end: str) -> float:
    try:
        return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
    except ValueError:
        return 0.0
