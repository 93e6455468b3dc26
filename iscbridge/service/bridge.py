"""The bridge: wires the engine to journal, files, SDK processes, timers and the local protocol.

One object, one thread. It decides nothing: the engine does.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from iscbridge.core import effects as e
from iscbridge.core import inputs as i
from iscbridge.core.engine import Engine, EngineConfig
from iscbridge.core.errors import BridgeError
from iscbridge.core.jobs import ErrorInfo, JobKind
from iscbridge.core.pauses import CHANGED
from iscbridge.core.setting_sources import Resolved
from iscbridge.hosts.described import Described
from iscbridge.hosts.formats import format_of
from iscbridge.ipc import messages as m
from iscbridge.ipc.server import BridgeIdentity, BridgeServer, Request
from iscbridge.ipc.server_client import ClientInfo
from iscbridge.journal.capture import volume_key
from iscbridge.journal.journal import Journal
from iscbridge.journal.snapshots import SnapshotStore
from iscbridge.platform.folders import Home
from iscbridge.platform.settings import load_settings
from iscbridge.service.changes import Changes
from iscbridge.service.clock import ClockWatch, Timers, wall_clock
from iscbridge.service.deadlines import Deadlines
from iscbridge.service.jobs import files
from iscbridge.service.jobs.assembly_check import AssemblyCheck
from iscbridge.service.jobs.file_status import FileStatus
from iscbridge.service.jobs.janitor import Janitor
from iscbridge.service.jobs.recover import Recover
from iscbridge.service.licensing.setup import make_licenses
from iscbridge.service.methods import Methods
from iscbridge.service.reload import Reload
from iscbridge.service.runner import Runner
from iscbridge.service.sdk.launch import SdkLaunch
from iscbridge.service.sdk.session import SdkTimes
from iscbridge.service.sdk.sessions import Sessions
from iscbridge.service.upgrades import UPGRADE_GRACE_S, UPGRADE_WAIT_S, UpgradeService
from iscbridge.service.watch import Watch
from iscbridge.service.workers import Workers
from iscbridge.service.workfiles.run import WorkfileTimes
from iscbridge.service.workfiles.workfiles import WorkingFiles
from iscbridge.version import VERSION

log = logging.getLogger(__name__)

#: A volume that has shown no life for so long is called slow. A capture goes on; a look at the files is put off.
SLOW_S = 30.0
#: After a result there is no second chance to look: it may take so many times as long.
_RECHECK_PATIENCE = 4
#: A host that passes a licence or upgrade call through to ISCDesk is answered within this time.
CALL_S = 30.0
#: Housekeeping begins so long after the start.
JANITOR_S = 60.0
#: As CALL_S, for one that names a manifest, whose share may not answer.
_MANIFEST_S = 5.0
#: With the desk gone the SDK process would wait for it; at closing time it gets this long to say goodbye.
_CLOSE_S = 5.0


@dataclass(frozen=True, slots=True)
class BridgeConfig:
    """What a bridge is started with."""

    home: Home
    launch: SdkLaunch
    engine: EngineConfig = field(default_factory=EngineConfig)
    slow_s: float = SLOW_S
    call_s: float = CALL_S
    janitor_s: float = JANITOR_S
    upgrade_grace_s: float = UPGRADE_GRACE_S
    upgrade_wait_s: float = UPGRADE_WAIT_S
    sdk_times: SdkTimes = field(default_factory=SdkTimes)
    workfile_times: WorkfileTimes = field(default_factory=WorkfileTimes)
    settings: Resolved | None = None
    """As they were at the start, and what is to be told of them; None: read them."""


class Bridge(QObject):
    """Everything of one running bridge. Create, `start()`, later `begin_shutdown()`; `closed` comes last."""

    closed = Signal()
    settings_changed = Signal(object)
    """The `Settings` that hold now, on this thread; those that need a restart are told here too, and don't hold yet."""

    def __init__(self, config: BridgeConfig, parent: QObject | None = None) -> None:
        super().__init__(parent)
        resolved = config.settings or load_settings(config.home.config)
        self.config = config = replace(config, settings=resolved)
        self.started = wall_clock()
        self.engine = Engine(config.engine)
        self.journal, self.damaged = Journal.open(config.home.journal)
        self.described = Described(config.home)
        self.store = SnapshotStore(config.home.snapshots, config.home.staging)
        clock = ClockWatch()
        self.runner = Runner(self.engine, self.journal, self.carry_out, self._refuse, self, clock)
        self.workers = Workers(self)
        self.workers.finished.connect(self._on_finished, Qt.ConnectionType.QueuedConnection)
        self.timers = Timers(self, clock)
        self.timers.fired.connect(self._on_timer)
        self.sessions = Sessions(config.launch, config.sdk_times, self)
        self.sessions.occurred.connect(self._on_sdk)
        self.server = BridgeServer(BridgeIdentity(VERSION, config.engine.cloud), parent=self)
        self.server.request.connect(self._on_request)
        self.server.turn_over.connect(self.runner.drain)
        self.server.client_came.connect(self._on_client)
        self.deadlines = Deadlines(self)
        self.licenses, self.deliveries = make_licenses(self)
        self.reload = Reload(self, resolved)
        self.recover = Recover(self)
        self.assembly_check = AssemblyCheck(self)
        self.changes = Changes(self.server, self)
        self.workfiles = WorkingFiles(self, config.workfile_times, resolved.settings)
        self.settings_changed.connect(self.workfiles.settings_changed)
        self.upgrades = UpgradeService(self)
        self._methods = Methods(self)
        self._watch = Watch(self)
        self._file_status = FileStatus(self)
        self._janitor = Janitor(self)
        self._stamps: files.Stamps = {}
        self._afterwards: dict[str, Callable[[Any], None]] = {}
        self._next_key = 0
        self.closing = False
        """The end has begun: nothing new is taken."""
        self._reason = ""
        self._table: dict[type[e.Effect], Callable[[Any], None]] = {
            e.AnswerJob: self._answer_job,
            e.AnswerStored: self._answer_stored,
            e.AnswerError: lambda effect: self._refuse(effect.token, effect.error),
            e.AnswerOk: self._answer_ok,
            e.JobChanged: self._job_changed,
            e.Announce: self._announce,
            e.Capture: self._capture,
            e.StopCapture: lambda effect: self.workers.stop(_capture_key(effect.job_id, effect.attempt)),
            e.Prepare: self._prepare,
            e.Recheck: self._recheck,
            e.IdentifyOpened: self._identify,
            e.StartSession: self.sessions.start,
            e.StopSession: self.sessions.stop,
            e.CallSdk: self.sessions.call,
            e.SetTimer: lambda effect: self.timers.set(effect.key, effect.at),
            e.ClearTimer: lambda effect: self.timers.clear(effect.key),
        }

    def start(self) -> None:
        """Take up the work of the last run and listen.

        Raises:
            BridgeError: the address is taken or can't be made.
        """
        jobs, opened, clean = self.journal.load()
        self.server.listen(self.config.home.bridge_address(), lock_held=True)
        saves, opens = self.journal.owed()
        self.runner.feed(i.Recovered(wall_clock(), jobs, opened, clean=clean, owed_saves=saves, owed_opens=opens))
        self.licenses.start()
        self._janitor.start()
        self.workfiles.start()

    # effects
    def carry_out(self, effect: e.Effect) -> None:
        """Do one effect that is no write."""
        self._table[type(effect)](effect)

    def _refuse(self, token: int, error: ErrorInfo) -> None:
        if self.upgrades.on_call_done(token, error):
            return
        if self.deliveries.on_call_done(token, error) or self.workfiles.saves.refused(token, error):
            return
        self.server.answer_error(token, error)

    def _answer_job(self, effect: e.AnswerJob) -> None:
        if not self.workfiles.saves.accepted(effect.token):
            self.server.answer_job(effect.token, effect.job)

    def _answer_stored(self, effect: e.AnswerStored) -> None:
        try:
            job = self.journal.job(effect.job_id)
        except BridgeError as error:
            self._refuse(effect.token, error.info)
            return
        if job is None:
            self._refuse(effect.token, ErrorInfo("ISCB-REQ-NO-SUCH-JOB", {"job": effect.job_id}))
        else:
            self.server.answer_job(effect.token, job)

    def _answer_ok(self, effect: e.AnswerOk) -> None:
        if self.upgrades.on_call_done(effect.token, None):
            return
        if self.deliveries.on_call_done(effect.token, None):
            return
        self.server.answer_ok(effect.token)

    def _job_changed(self, effect: e.JobChanged) -> None:
        if effect.job.state.is_final:
            self._stamps.pop(effect.job.id, None)
            self.workfiles.job_changed(effect.job)
        self.server.job_changed(effect.job)
        self.upgrades.look()

    def _announce(self, effect: e.Announce) -> None:
        if effect.topic == "upgrade.announced":
            self.upgrades.on_event(effect.params)
            return
        if effect.topic == "license.received":
            self.deliveries.on_event(effect.params)
            return
        if effect.topic == CHANGED:
            self.changes.soon()
            return
        self.server.announce(effect.topic, effect.params, effect.origin)

    def _capture(self, effect: e.Capture) -> None:
        key = _capture_key(effect.job_id, effect.attempt)

        def slow() -> i.Input:
            return i.CaptureSlow(wall_clock(), effect.job_id, effect.attempt)

        self._watch.begin(key, self.config.slow_s, slow, give_up=False)
        # a program may have to tell an assembly's files, and may hang: other captures don't stand behind it
        by_description = effect.assembly and effect.files is None and format_of(effect.path) is None
        lane = f"{'capture described' if by_description else 'capture'} {volume_key(effect.path)}"
        self._work(lane, lambda stop: files.capture(effect, self.store, stop, self.described), key)

    def _prepare(self, effect: e.Prepare) -> None:
        staging = self.config.home.staging
        source = effect.snapshot.files[0].source
        error = ErrorInfo("ISCB-FILE-SHARE-SLOW", {"path": source})

        def late() -> i.Input:
            return i.Prepared(wall_clock(), effect.job_id, effect.attempt, i.CheckOutcome.UNREADABLE, "", error)

        key = f"prepare {effect.job_id} {effect.attempt}"
        self._watch.begin(key, self.config.slow_s, late, give_up=True)
        self._work(
            f"look {volume_key(source)}",
            lambda stop: files.prepare(effect, self.store, staging, self._stamps, stop),
            key,
        )

    def _recheck(self, effect: e.Recheck) -> None:
        staging = self.config.home.staging

        def late() -> i.Input:
            return i.Rechecked(wall_clock(), effect.job_id, effect.attempt, i.CheckOutcome.UNREADABLE)

        key = f"recheck {effect.job_id} {effect.attempt}"
        self._watch.begin(key, _RECHECK_PATIENCE * self.config.slow_s, late, give_up=True)
        lane = f"look {volume_key(effect.snapshot.files[0].source)}"
        self._work(lane, lambda stop: files.recheck(effect, staging, self._stamps, stop), key)

    def _identify(self, effect: e.IdentifyOpened) -> None:
        def late() -> i.Input:
            return files.not_identified(effect)

        key = f"identify {effect.job_id}"
        self._watch.begin(key, self.config.slow_s, late, give_up=True)
        self._work(f"look {volume_key(effect.path)}", lambda _stop: files.identify(effect), key)

    # work on other threads
    def work(self, lane: str, run: Callable[[Any], object], then: Callable[[Any], None]) -> None:
        """Run something that may block; `then` gets its value on this thread."""
        self._next_key += 1
        key = f"task {self._next_key}"
        self._afterwards[key] = then
        self.workers.submit(lane, key, run)

    def _work(self, lane: str, run: Callable[[Any], object], key: str | None = None) -> None:
        self._next_key += 1
        self.workers.submit(lane, key or f"task {self._next_key}", run)

    @Slot(str, object)
    def _on_finished(self, key: str, value: object) -> None:
        if self.journal.closed:
            return
        self._watch.end(key)
        then = self._afterwards.pop(key, None)
        if then is not None:
            then(value)
        elif isinstance(value, i.Input):
            # Its time of arrival, not the worker's: a timer may have fired since, and what the engine
            # finds still to come by the older time it would await for ever.
            self.runner.feed(replace(value, now=wall_clock()))

    @Slot(object)
    def _on_sdk(self, event: i.Input) -> None:
        if self.journal.closed:
            return
        self.runner.feed_soon(event)
        self.changes.soon()
        if isinstance(event, i.SessionEnded | i.SessionRefused) and event.session is i.Session.TRANSFER:
            self.runner.drain()  # events that this session raised before it ended come first
            self.deliveries.on_session_lost()
        if self.closing and not self.sessions.running:
            self._close()

    # timers and requests
    @Slot(str)
    def _on_timer(self, key: str) -> None:
        if self.journal.closed:
            return
        kind, _, rest = key.partition(":")
        if kind == "watch":
            self._watch.look(rest)
        elif kind == "bridge-close":
            self._close()
        elif kind == "answer-by":
            self.deadlines.expire(int(rest))
        elif kind == "janitor":
            self._janitor.run()
        elif kind in ("license", "license-load", "license-write", "license-signin"):
            self.licenses.on_timer(key)
        elif kind == "upgrade":
            self.upgrades.look()
        elif kind == "delivery":
            self.deliveries.on_timer(key)
        else:
            self.runner.feed(i.TimerFired(wall_clock(), key))

    @Slot(object)
    def _on_request(self, request: Request) -> None:
        if self.closing:
            self.server.answer_error(request.token, ErrorInfo("ISCB-BRIDGE-CLOSING"))
            return
        self._methods.handle(request)

    @Slot(object)
    def _on_client(self, client: ClientInfo) -> None:
        self.licenses.used(client.product)

    def file_status(self, request: Request) -> None:
        """Answer `file.status`: asks the disk, so it is done off this thread."""
        self._file_status.ask(request)

    def read_manifest(self, request: Request, kind: JobKind, params: m.SaveParams) -> None:
        """Read the manifest off this thread, then ask for the save."""
        path = params.manifest or ""
        self.deadlines.set(request.token, _MANIFEST_S, ErrorInfo("ISCB-FILE-SHARE-SLOW", {"path": path}))

        def done(value: object) -> None:
            if not self.deadlines.met(request.token):
                return
            if isinstance(value, tuple):
                self._methods.save_with_files(request, kind, value)
                self.runner.drain()
            else:
                error = value if isinstance(value, ErrorInfo) else ErrorInfo("ISCB-REQ-MANIFEST", {"path": path})
                self.server.answer_error(request.token, error)

        self.work(f"manifest {volume_key(path)}", lambda _stop: files.manifest(path), done)

    # the end
    def begin_shutdown(self, token: int | None, reason: str) -> None:
        """Close in good order: hosts are told, SDK processes say goodbye, the journal keeps what is under way."""
        if self.closing:
            if token is not None:
                self.server.answer_ok(token)
            return
        self.closing = True
        log.info("closing: %s", reason)
        self._reason = reason
        self.runner.feed(i.ShutdownRequested(wall_clock(), -1))
        if token is not None:
            self.server.answer_ok(token)
        self.timers.set("bridge-close", wall_clock() + _CLOSE_S)
        if not self.sessions.running:
            self._close()

    def close_soon(self, reason: str) -> None:
        """As `begin_shutdown`, but not before what is being handled now has been."""
        QTimer.singleShot(0, self, lambda: self.begin_shutdown(None, reason))

    def _close(self) -> None:
        if self.journal.closed:
            return
        self.timers.clear("bridge-close")
        self.workfiles.close()
        self.licenses.close()  # ends questions that pause, before workers are waited for
        self.workers.close()
        self.sessions.end_all()
        self.server.close(self._reason)
        self.runner.drain()
        try:
            self.journal.mark_clean()
        except BridgeError as error:
            log.warning("the journal could not be marked as closed in good order: %s", error.code)
        self.journal.close()
        self.closed.emit()


def _capture_key(job_id: str, attempt: int) -> str:
    return f"capture {job_id} {attempt}"
