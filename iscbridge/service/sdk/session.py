"""One SDK process, seen from the service: started, called, watched, ended.

    NEW --start--> LOADING --loaded--> INIT --ok--> READY
                      |                  |--not ok--> REFUSED --> SessionRefused
                      +------------------+------------ process gone --> SessionEnded(asked=False)
    any of them --stop--> STOPPING --> SessionEnded(asked=True)

What a session was told to stop has to say is dropped: the last word is `SessionEnded`, once.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal, Slot

from iscbridge.core.errors import CODES
from iscbridge.core.inputs import CallReturned, Input, SdkEvent, Session, SessionEnded, SessionReady, SessionRefused
from iscbridge.core.jobs import ErrorInfo
from iscbridge.sdk.events import TEXT_LIMIT
from iscbridge.sdk.lines import LineSplitter
from iscbridge.sdk.messages import Event, Fatal, Loaded, Lost, Message, Pong, Returned, read
from iscbridge.sdk.status import call_error
from iscbridge.service.sdk.launch import SdkLaunch

_log = logging.getLogger(__name__)

_INIT_CALL = 0
"""Our own number for Init; the engine's calls have greater ones."""
_UNWRITTEN_LIMIT = 4 * 1024 * 1024
"""Bytes that wait to be read by the process; one that lets them pile up hangs."""
_TAIL_LIMIT = 8 * 1024
"""Bytes of its standard error that are kept for the log if it crashes."""
_GARBAGE_LOGGED = 20
_EARLY_LIMIT = 1000
"""Events that are held until Init has returned."""


@dataclass(frozen=True, slots=True)
class SdkTimes:
    """Waits, in milliseconds."""

    start: int = 60_000
    """For loading, and again for Init: it connects to the desk, which may be starting too."""
    ping: int = 20_000
    missed_pings: int = 3
    grace: int = 5_000
    """For a process whose end we did not ask for, such as one whose Init was refused."""
    margin: int = 3_000
    """Between the end of a grace and the kill: the process itself watches the grace first."""
    gone: int = 5_000
    """After a kill: a process that the system can't end (it waits for a dead share) is left to its fate."""


class _Phase(Enum):
    NEW = auto()
    LOADING = auto()
    INIT = auto()
    READY = auto()
    REFUSED = auto()
    STOPPING = auto()
    ENDED = auto()


class SdkSession(QObject):
    """One session of the SDK in a process of its own. Lives on the thread of its event loop, starts no other.

    Used once: each start of a session gets a new object. `occurred` is emitted from the event loop only, never
    from inside `start`, `call` or `stop`.
    """

    occurred = Signal(object)
    """A value of `iscbridge.core.inputs`: SessionReady, SessionRefused, SessionEnded, CallReturned or SdkEvent."""

    def __init__(
        self,
        session: Session,
        epoch: int,
        launch: SdkLaunch,
        clock: Callable[[], float],
        parent: QObject | None = None,
        *,
        times: SdkTimes | None = None,
    ) -> None:
        super().__init__(parent)
        self.session = session
        self.epoch = epoch
        self.loaded: Loaded | None = None
        """What was loaded, once it was."""
        self._launch = launch
        self._clock = clock
        self._times = times or SdkTimes()
        self._phase = _Phase.NEW
        self._error: ErrorInfo | None = None
        self._calls: dict[int, tuple[str, str]] = {}
        self._early: list[SdkEvent] = []
        self._lines = LineSplitter()
        self._tail = b""
        self._garbage = 0
        self._pings = 0
        self._pongs = 0
        self._killed = False
        self._process = QProcess(self)
        self._deadline = QTimer(self)
        self._deadline.setSingleShot(True)
        self._deadline.timeout.connect(self._on_deadline)
        self._ping_timer = QTimer(self)
        self._ping_timer.timeout.connect(self._on_ping)

    @property
    def pid(self) -> int:
        """Process id; 0 while there is none."""
        return self._process.processId()

    def start(self) -> None:
        """Start the process and make Init -> SessionReady, SessionRefused or SessionEnded."""
        if self._phase is not _Phase.NEW:
            raise RuntimeError("a session is started once")
        self._phase = _Phase.LOADING
        environment = QProcessEnvironment.systemEnvironment()
        for name, value in self._launch.environment.items():
            environment.insert(name, value)
        process = self._process
        process.setProcessEnvironment(environment)
        process.readyReadStandardOutput.connect(self._on_output)
        process.readyReadStandardError.connect(self._on_stderr)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_process_error)
        self._deadline.start(self._times.start)
        process.start(self._launch.program, self._launch.command)

    def call(self, call: int, function: str, path: str = "", assembly: bool = False) -> None:
        """One of the calls of a job: `Save`, `SelectSaveAsPath`, `OpenCloudFile`, `GetSolution` -> CallReturned.

        Does nothing in a session that is not ready or not any more: its end was, or will be, told.
        """
        args: dict[str, tuple[object, ...]] = {
            "Save": (path, assembly),
            "SelectSaveAsPath": (path, assembly),
            "GetSolution": (path,),
        }
        self._call(call, function, args.get(function, ()), path)

    def call_args(self, call: int, function: str, args: Sequence[object]) -> None:
        """Any other call, with the arguments that the guide's page prints (texts and booleans) -> CallReturned."""
        self._call(call, function, args, "")

    def stop(self, grace_ms: int) -> None:
        """ShutOut and end; killed if it takes longer than the grace -> SessionEnded(asked=True).

        Again: a shorter grace replaces a longer one.
        """
        if self._phase in (_Phase.NEW, _Phase.ENDED) or self._killed:
            if self._phase not in (_Phase.NEW, _Phase.ENDED):
                self._phase = _Phase.STOPPING
            return
        left = self._deadline.remainingTime() if self._phase is _Phase.STOPPING else -1
        self._phase = _Phase.STOPPING
        self._close_process(grace_ms, left)

    # -- towards the process

    def _call(self, call: int, function: str, args: Sequence[object], path: str) -> None:
        if self._phase is not _Phase.READY:
            _log.info("session %s/%d: %s is not made, the session is not ready", self.session, self.epoch, function)
            return
        self._calls[call] = (function, path)
        self._send({"m": "call", "call": call, "fn": function, "args": list(args)})

    def _send(self, message: dict[str, object]) -> None:
        if self._process.bytesToWrite() > _UNWRITTEN_LIMIT:
            self._hung("it reads no commands")
            return
        # A stdin that is broken is not answered here: the process has ended or will be missed by the pings.
        self._process.write(json.dumps(message).encode() + b"\n")

    def _close_process(self, grace_ms: int, left_ms: int = -1) -> None:
        self._ping_timer.stop()
        self._send({"m": "close", "grace": grace_ms})
        self._process.closeWriteChannel()
        wait = grace_ms + self._times.margin if grace_ms > 0 else 0
        if left_ms < 0 or wait < left_ms:
            self._deadline.start(wait)

    def _kill(self) -> None:
        self._ping_timer.stop()
        self._killed = True
        self._process.kill()
        self._deadline.start(self._times.gone)

    def _hung(self, what: str) -> None:
        if self._killed:
            return
        _log.warning("session %s/%d: the SDK process hangs: %s", self.session, self.epoch, what)
        if self._error is None:
            self._error = ErrorInfo("ISCB-SDK-HUNG", {"detail": what})
        self._kill()

    # -- from the process

    @Slot()
    def _on_output(self) -> None:
        self._take(bytes(self._process.readAllStandardOutput().data()))

    def _take(self, data: bytes) -> None:
        dropped = self._lines.dropped
        for line in self._lines.feed(data):
            if self._phase in (_Phase.REFUSED, _Phase.STOPPING, _Phase.ENDED) or self._killed:
                return
            message = read(line)
            if message is None:
                self._on_garbage(line)
            else:
                self._on_message(message)
        if self._lines.dropped != dropped:
            _log.warning("session %s/%d: a line was too long", self.session, self.epoch)
            self._missed("")

    def _on_garbage(self, line: bytes) -> None:
        self._garbage += 1
        if self._garbage <= _GARBAGE_LOGGED:
            # A library's words in the middle of our line: what follows them may be a delivered licence.
            _log.warning("session %s/%d: not a line of ours: %r", self.session, self.epoch, _shown(line)[:200])
        if b'"event"' in line:
            self._missed(line[:TEXT_LIMIT].decode("utf-8", "replace"))

    def _missed(self, raw: str) -> None:
        """Something came that can't be read: it may have been a result, so the engine has to know."""
        self._on_event(Event(0, 0, "", {}, raw))

    def _on_message(self, message: Message) -> None:
        match message:
            case Event():
                self._on_event(message)
            case Returned():
                self._on_returned(message)
            case Pong():
                self._pongs = max(self._pongs, message.n)
            case Loaded():
                self._on_loaded(message)
            case Lost():
                _log.warning("session %s/%d: events were lost", self.session, self.epoch)
                self._missed("")
            case Fatal():
                self._on_fatal(message)

    def _on_loaded(self, message: Loaded) -> None:
        if self._phase is not _Phase.LOADING:
            return
        self.loaded = message
        self._phase = _Phase.INIT
        self._deadline.start(self._times.start)
        self._ping_timer.start(self._times.ping)
        self._send({"m": "call", "call": _INIT_CALL, "fn": "Init", "args": []})

    def _on_event(self, message: Event) -> None:
        event = SdkEvent(self._clock(), self.session, self.epoch, message.operate, message.params, message.raw)
        if self._phase is _Phase.READY:
            self._emit(event)
        elif self._phase in (_Phase.LOADING, _Phase.INIT) and len(self._early) < _EARLY_LIMIT:
            # Callbacks are registered before Init returns, and a desk may have an old result to deliver.
            self._early.append(event)

    def _on_returned(self, message: Returned) -> None:
        if message.call == _INIT_CALL:
            self._on_init(message)
            return
        function, path = self._calls.pop(message.call, (None, ""))
        if function is None or self._phase is not _Phase.READY:
            return
        error = None
        if not message.ok:
            error = call_error(function, path, message.status, message.vendor, message.text)
        self._emit(CallReturned(self._clock(), self.session, self.epoch, message.call, message.ok, error))

    def _on_init(self, message: Returned) -> None:
        if self._phase is not _Phase.INIT:
            return
        if message.ok:
            self._on_ready()
        else:
            self._phase = _Phase.REFUSED
            self._error = call_error("Init", "", message.status, message.vendor, message.text)
            self._close_process(self._times.grace)

    def _on_ready(self) -> None:
        self._phase = _Phase.READY
        self._deadline.stop()
        final = self.loaded is not None and self.loaded.failure_is_final
        self._emit(SessionReady(self._clock(), self.session, self.epoch, final))
        early, self._early = self._early, []
        for event in early:
            if self._phase is _Phase.READY:  # whoever listens may have stopped the session
                self._emit(event)

    def _on_fatal(self, message: Fatal) -> None:
        code = message.code if message.code in CODES else "ISCB-SDK-LOAD"
        self._error = ErrorInfo(code, message.params)
        self._ping_timer.stop()
        self._deadline.start(self._times.grace)

    @Slot()
    def _on_stderr(self) -> None:
        data = bytes(self._process.readAllStandardError().data())
        self._tail = (self._tail + data)[-_TAIL_LIMIT:]
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug("session %s/%d: %s", self.session, self.epoch, _shown(data).rstrip())

    # -- watching

    @Slot()
    def _on_ping(self) -> None:
        if self._pings - self._pongs >= self._times.missed_pings:
            self._hung("it does not answer")
            return
        self._pings += 1
        self._send({"m": "ping", "n": self._pings})

    @Slot()
    def _on_deadline(self) -> None:
        if self._killed:
            self._abandon()
        elif self._phase is _Phase.LOADING and self._error is None:
            self._hung("it does not come to load the library")
        elif self._phase is _Phase.INIT:
            self._hung("Init does not return")
        else:
            self._kill()

    @Slot(QProcess.ProcessError)
    def _on_process_error(self, error: QProcess.ProcessError) -> None:
        """Other errors than a failed start come with, or end in, `finished`."""
        if error == QProcess.ProcessError.FailedToStart:
            if self._error is None:
                detail = self._process.errorString()
                self._error = ErrorInfo("ISCB-SDK-LOAD", {"path": self._launch.program, "detail": detail})
            # On Windows this comes from inside start().
            QTimer.singleShot(0, self, self._end)

    @Slot(int, QProcess.ExitStatus)
    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._on_stderr()
        self._on_output()
        if self._error is None:
            self._error = ErrorInfo("ISCB-SDK-CRASHED", {"detail": _how_it_ended(code, status)})
            if self._phase not in (_Phase.STOPPING, _Phase.ENDED):
                _log.warning(
                    "session %s/%d: the SDK process ended by itself (%s); its last words: %s",
                    self.session,
                    self.epoch,
                    _how_it_ended(code, status),
                    _shown(self._tail),
                )
        self._end()

    def _abandon(self) -> None:
        """The system has not ended it yet. Deleting a QProcess waits for its end, so it is left behind instead."""
        _log.error("session %s/%d: process %d can't be ended", self.session, self.epoch, self.pid)
        process = self._process
        process.readyReadStandardOutput.disconnect(self._on_output)
        process.readyReadStandardError.disconnect(self._on_stderr)
        process.finished.disconnect(self._on_finished)
        process.errorOccurred.disconnect(self._on_process_error)
        process.setParent(None)
        _left_behind.add(process)
        process.finished.connect(_forget)
        self._end()

    @Slot()
    def _end(self) -> None:
        """The last word, once."""
        if self._phase is _Phase.ENDED:
            return
        phase, self._phase = self._phase, _Phase.ENDED
        self._deadline.stop()
        self._ping_timer.stop()
        self._calls.clear()
        now, error = self._clock(), self._error
        if phase is _Phase.REFUSED and error is not None:
            self._emit(SessionRefused(now, self.session, self.epoch, error))
        elif phase is _Phase.STOPPING:
            self._emit(SessionEnded(now, self.session, self.epoch, asked=True))
        else:
            self._emit(SessionEnded(now, self.session, self.epoch, asked=False, error=error))

    def _emit(self, value: Input) -> None:
        self.occurred.emit(value)


_left_behind: set[QProcess] = set()


def _forget() -> None:
    for process in [p for p in _left_behind if p.state() == QProcess.ProcessState.NotRunning]:
        _left_behind.discard(process)
        process.deleteLater()


def _shown(words: bytes) -> str:
    """Words of a foreign library for the log, without the lines that name a licence: they may hold one."""
    lines = words.decode("utf-8", "replace").splitlines()
    return "\n".join("(of a licence)" if "licen" in line.lower() else line for line in lines)


def _how_it_ended(code: int, status: QProcess.ExitStatus) -> str:
    """`signal 11` and `exit code 3` on POSIX; on Windows a crash has a status such as 0xC0000005."""
    if status == QProcess.ExitStatus.CrashExit and 0 < code < 65:
        return f"signal {code}"
    if not 0 <= code < 256:
        return f"exit code {code & 0xFFFFFFFF:#010x}"
    return f"exit code {code}"
