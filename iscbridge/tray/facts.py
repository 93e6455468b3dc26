"""Keeps up what the icon and the menu say: asks the bridge at most some times a second, whatever it tells."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QDateTime, QLocale, QObject, Qt, QTimer, Signal, Slot

from iscbridge.core.attention import Contact, Facts
from iscbridge.core.jobs import ErrorInfo, JobKind, JobState
from iscbridge.core.workfile_model import FileState
from iscbridge.ipc.license_wire import LicenseObject
from iscbridge.ipc.messages import JobListResult, LicenseStatusResult, StatusResult
from iscbridge.ipc.wire import ErrorObject, JobObject, SessionObject
from iscbridge.ipc.workfile_wire import WorkfileListResult
from iscbridge.tray.link import Link, LinkState, Reply
from iscbridge.tray.room import TrayState

log = logging.getLogger(__name__)

#: Jobs that are kept for the menu and for the question which files have failed.
_MOST_JOBS = 200
_MOST_FILES = 10
#: The bridge is asked again so long after it told of a change: ten thousand changes are some questions.
_ASK_MS = 100
_SHOW_MS = 30
#: What only time changes (grace of a licence, a pause that ends) is asked for without being told.
_LOOK_MS = 60_000

_FAILED = (JobState.FAILED, JobState.REFUSED)
_NO_WORD = (JobState.CANCELLED, JobState.REPLACED)
#: Failed jobs that a person has seen, each with the moment of its failure: a later one of the same job is news. No
#: point in time instead, which would hide everything after a clock was set back.
_SEEN = "seen"
#: Warnings of the bridge that somebody has to act on; others are told in the windows.
_PROBLEMS = ("ISCB-JOURNAL-", "ISCB-SDK-GAVE-UP")
#: What is not as the cloud has it, or was found so a moment ago.
CHANGED_STATES = (FileState.CHANGED.value, FileState.CHANGING.value)
#: Of which that is not known.
_UNCHECKED = (FileState.UNKNOWN.value, FileState.UNREADABLE.value)
_QUESTIONS: Mapping[str, Mapping[str, object]] = {
    "bridge.status": {},
    "license.status": {},
    "bridge.reconnect": {},
    "job.list": {"limit": _MOST_JOBS},
    "workfile.list": {"states": sorted(CHANGED_STATES), "limit": _MOST_FILES},
}
_AT_FIRST = ("bridge.status", "license.status", "job.list", "workfile.list")
_SAVES = (JobKind.SAVE, JobKind.SAVE_AS)
_TOPICS = {
    "bridge.changed": ("bridge.status",),
    "settings.changed": ("bridge.status", "workfile.list"),
    "license.changed": ("license.status",),
    "workfile.changed": ("workfile.list",),
}


class FactsKeeper(QObject):
    """What is known of the bridge, for the icon, the menu and the question before quitting."""

    changed = Signal()
    """Something is different; many changes at once are one signal."""

    def __init__(self, link: Link, state: TrayState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._state = state
        self.facts = Facts()
        self.jobs: dict[str, JobObject] = {}
        """The latest jobs by id, oldest first."""
        self.changed_files: list[str] = []
        """Paths of some watched files that changed since their last save to the cloud."""
        self.failure: ErrorInfo | None = None
        """Why there is no bridge."""
        self._live: set[str] = set()
        self._due: set[str] = set()
        self._under_way: set[str] = set()
        self._waited_for = set(_AT_FIRST)
        """Questions without an answer since the connection stands: until then nothing is known."""
        self._ask = self._timer(_ASK_MS, self._ask_now)
        self._show = self._timer(_SHOW_MS, self._say)
        self._look = self._timer(_LOOK_MS, self.look)
        self._look.setSingleShot(False)
        link.state_changed.connect(self._on_link)
        link.told.connect(self._on_told)

    def _timer(self, milliseconds: int, slot: Callable[[], Any]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(slot)
        return timer

    @Slot()
    def _say(self) -> None:
        self.changed.emit()

    def last_jobs(self, most: int) -> list[JobObject]:
        """The latest jobs, newest first."""
        return list(self.jobs.values())[: -most - 1 : -1]

    def dialogs(self) -> list[JobObject]:
        """Jobs for which a dialog of ISCDesk stands open."""
        return [job for job in self.jobs.values() if shows_dialog(job)]

    def set_failure(self, error: ErrorInfo | None) -> None:
        """There is no bridge, for this reason; None: another try is made."""
        self.failure = error
        self._put(contact=Contact.STARTING if error is None else Contact.FAILED)

    def looked(self) -> None:
        """A person has seen the list of jobs: what failed until now calls no more."""
        self._state.put(_SEEN, [_mark(job) for job in self.jobs.values() if job.state in _FAILED])
        self._put(**self._count_failed())

    def _seen(self) -> frozenset[str]:
        kept = self._state.get(_SEEN, [])
        return frozenset(one for one in kept if isinstance(one, str)) if isinstance(kept, list) else frozenset()

    # what the bridge tells

    @Slot(object)
    def _on_link(self, state: LinkState) -> None:
        if state is LinkState.CONNECTED:
            hello = self._link.hello
            self.failure = None
            self._live.clear()
            self._waited_for = set(_AT_FIRST)
            self._put(contact=Contact.CONNECTED, known=False, sandbox=hello is not None and hello.cloud == "sandbox")
            self._want(_AT_FIRST)
            self._ask_now()
            self._look.start()
        elif state is LinkState.LOST:
            self._look.stop()
            self._under_way.clear()
            if self.failure is None:
                self._put(contact=Contact.LOST)

    @Slot(str, object)
    def _on_told(self, topic: str, params: object) -> None:
        if isinstance(params, JobObject):
            self._take_job(params)
        else:
            self._want(_TOPICS.get(topic, ()))

    @Slot()
    def look(self) -> None:
        """Ask for what only time changes.

        While nothing is under way the bridge does not try ISCDesk again by itself. Then it is asked to, or the icon
        would say for ever that ISCDesk is away.
        """
        self._want({"bridge.status", "license.status", *self._waited_for})
        facts = self.facts
        if facts.desk and not facts.active and not facts.problems and not facts.paused:
            self._want(("bridge.reconnect",))

    def _take_job(self, job: JobObject) -> None:
        """Never better than it is: what is under way counts at once, what has ended when the bridge has counted."""
        self._keep(job)
        if job.state.is_final:
            self._live.discard(job.job)
        else:
            self._live.add(job.job)
        unknown = job.state is JobState.UNKNOWN and "note.dismissed" not in job.notes
        self._put(
            active=max(self.facts.active, len(self._live)),
            unknown=max(self.facts.unknown, int(unknown)),
            dialogs=len(self.dialogs()),
            **(self._count_failed() if job.state.is_final else {}),
        )
        self._want(("bridge.status", "workfile.list") if job.state.is_final else ("bridge.status",))

    def _keep(self, job: JobObject) -> None:
        self.jobs[job.job] = job
        if len(self.jobs) <= _MOST_JOBS:
            return
        # Those that are shown as dialogs stay, or their window would forget them.
        oldest = next((key for key, kept in self.jobs.items() if not shows_dialog(kept)), job.job)
        del self.jobs[oldest]

    def _count_failed(self) -> dict[str, int]:
        """Files whose latest job did not arrive: those that a person has not seen yet, and saves that one has."""
        latest: dict[str, JobObject] = {}
        for job in self.jobs.values():
            if job.state not in _NO_WORD:
                latest[job.path or job.job] = job
        failed = [job for job in latest.values() if job.state in _FAILED]
        seen = self._seen()
        new = sum(_mark(job) not in seen for job in failed)
        return {"failed": new, "left": sum(_mark(job) in seen and job.kind in _SAVES for job in failed)}

    # questions

    def _want(self, methods: Iterable[str]) -> None:
        self._due.update(methods)
        if self._due and not self._ask.isActive():
            self._ask.start()

    @Slot()
    def _ask_now(self) -> None:
        """Ask what is due; of each question one is under way at most."""
        if self._link.state is not LinkState.CONNECTED:
            return  # all of them are asked again once there is a connection
        for method in sorted(self._due - self._under_way):
            self._due.discard(method)
            self._under_way.add(method)
            reply = self._link.ask(method, _QUESTIONS[method], parent=self)
            reply.done.connect(self._on_done)
            reply.failed.connect(self._on_failed)

    @Slot(object)
    def _on_done(self, result: object) -> None:
        match result:
            case StatusResult():
                self._take_status(result)
            case LicenseStatusResult():
                self._put(licenses=blocked(result.licenses))
            case JobListResult():
                self._take_jobs(result.jobs)
            case WorkfileListResult():
                self._take_files(result)
        reply = self.sender()
        if isinstance(reply, Reply):
            self._waited_for.discard(reply.method)
        self._put(known=not self._waited_for)
        self._answered()

    @Slot(object)
    def _on_failed(self, error: ErrorObject) -> None:
        log.info("the bridge did not answer: %s", error.code)
        self._answered()

    def _answered(self) -> None:
        reply = self.sender()
        if isinstance(reply, Reply):
            self._under_way.discard(reply.method)
        if self._due and not self._ask.isActive():
            self._ask.start()

    def _take_status(self, status: StatusResult) -> None:
        counts = dict(status.jobs)
        unknown = counts.pop(JobState.UNKNOWN, 0)
        problems = [warning.title for warning in status.warnings if warning.code.startswith(_PROBLEMS)]
        self._put(
            active=sum(counts.values()),
            unknown=unknown,
            paused=status.paused,
            paused_until=time_of_day(status.paused_until),
            problems=tuple(problems),
            desk=desk_trouble(status.sessions),
            sandbox=status.cloud == "sandbox",
        )

    def _take_jobs(self, jobs: Iterable[JobObject]) -> None:
        told, self.jobs = self.jobs, {}
        for job in sorted(jobs, key=lambda job: (job.created, job.job)):
            self.jobs[job.job] = job
        for job in told.values():  # what was told while the list was on its way is newer than the list
            listed = self.jobs.get(job.job)
            if listed is None or listed.updated <= job.updated:
                self._keep(job)
        self._put(dialogs=len(self.dialogs()), **self._count_failed())

    def _take_files(self, result: WorkfileListResult) -> None:
        self.changed_files = [file.path for file in result.files]
        changed = sum(result.counts.get(state, 0) for state in CHANGED_STATES)
        unchecked = sum(result.counts.get(state, 0) for state in _UNCHECKED) if result.watching else 0
        self._put(changed=changed, unchecked=unchecked, watching=result.watching)
        self._show.start()

    def _put(self, **members: Any) -> None:
        facts = replace(self.facts, **members)
        if facts != self.facts or "failed" in members:  # the list of jobs in the menu may be another one
            self.facts = facts
            if not self._show.isActive():
                self._show.start()


def _mark(job: JobObject) -> str:
    return f"{job.job} {job.updated}"


def time_of_day(moment: str | None) -> str:
    """A time of the wire as the clock on the wall shows it; empty for none."""
    if moment is None:
        return ""
    local = QDateTime.fromString(moment, Qt.DateFormat.ISODateWithMs).toLocalTime()
    return QLocale().toString(local.time(), QLocale.FormatType.ShortFormat)


def shows_dialog(job: JobObject) -> bool:
    """Whether ISCDesk shows a dialog for this job, or may."""
    return job.state is JobState.SUBMITTED and job.kind in (JobKind.OPEN, JobKind.SAVE_AS)


def blocked(licenses: Iterable[LicenseObject]) -> tuple[tuple[str, str], ...]:
    """Product and reason, where new cloud work is not allowed. One that nobody ever activated calls no one."""
    return tuple(
        (one.product, one.error.title)
        for one in licenses
        if one.managed and one.error is not None and not one.allowed.new_save and one.state != "not_activated"
    )


def desk_trouble(sessions: Iterable[SessionObject]) -> str:
    """Why ISCDesk can't be reached; empty if a session stands, or none was tried."""
    found = list(sessions)
    if any(session.state == "ready" for session in found):
        return ""
    return next((session.error.title for session in found if session.error is not None), "")
