"""`given`, `when`, `then`: one engine, one clock, and every answer of the world given by hand.

The three words are the same object; a test reads better with them.
"""

from __future__ import annotations

from typing import Any, TypeVar

from iscbridge.core import effects as fx
from iscbridge.core import inputs as i
from iscbridge.core.engine import Engine, EngineConfig
from iscbridge.core.jobs import (
    CapturedFile,
    ErrorInfo,
    Job,
    JobKind,
    JobState,
    LicenseLimit,
    OpenedFile,
    Origin,
    Snapshot,
)
from support.sim_journal import ModelJournal

E = TypeVar("E", bound=fx.Effect)

TRANSFER, INTERACTIVE = i.Session.TRANSFER, i.Session.INTERACTIVE
DAY = 86400.0


def snapshot(path: str, content: int = 1, *, folder: str | None = None, staged: bool = False) -> Snapshot:
    sha = str(content)
    file = CapturedFile(path, path, 1, content, path, sha, sha)
    return Snapshot(path.lower(), (file,), folder, staged)


class Scene:
    """Feeds the engine and remembers what it wrote and asked for."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        self.engine = Engine(EngineConfig())
        self.journal = ModelJournal()
        self.effects: list[fx.Effect] = []
        """Of the last input only."""
        self.log: list[fx.Effect] = []
        self.timers: dict[str, float] = {}
        self.epochs: dict[i.Session, int] = {}
        self.call_failure_is_final = False
        self._token = 0

    # ---- the loop

    def feed(self, item: i.Input) -> list[fx.Effect]:
        self.effects = self.engine.handle(item)
        self.journal.commit(self.effects)
        self.engine.commit()
        self.log += self.effects
        for effect in self.effects:
            match effect:
                case fx.SetTimer(key=key, at=at):
                    self.timers[key] = at
                case fx.ClearTimer(key=key):
                    self.timers.pop(key, None)
                case fx.StartSession(session=session, epoch=epoch):
                    self.epochs[session] = epoch
                case _:
                    pass
        return self.effects

    def time_passes(self, seconds: float) -> None:
        until = self.now + seconds
        while due := [(at, key) for key, at in self.timers.items() if at <= until]:
            at, key = min(due)
            del self.timers[key]
            self.now = max(self.now, at)
            self.feed(i.TimerFired(self.now, key))
        self.now = until

    def clock_set_back(self, seconds: float) -> None:
        """The system's clock is set back; the service moves its timers as well."""
        self.now -= seconds
        self.timers = {key: at - seconds for key, at in self.timers.items()}
        self.feed(i.ClockSetBack(self.now, seconds))

    def restarted(self, *, after: float = 1.0, clean: bool = False) -> None:
        """The service died (or was closed) and is started again."""
        self.now += after
        self.engine = Engine(EngineConfig())
        self.timers.clear()
        self.epochs.clear()
        self.feed(self.journal.recovered(self.now, clean=clean))

    # ---- what there is

    def job(self, job_id: str) -> Job:
        return self.journal.jobs[job_id]

    def state(self, job_id: str) -> JobState:
        return self.job(job_id).state

    def error(self, job_id: str) -> str | None:
        error = self.job(job_id).error
        return error.code if error else None

    def of(self, kind: type[E]) -> list[E]:
        """The effects of one type that the last input had."""
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def last(self, kind: type[E]) -> E:
        """The last effect of one type so far."""
        return next(effect for effect in reversed(self.log) if isinstance(effect, kind))

    def calls(self) -> list[str]:
        """Every function called so far, in order."""
        return [effect.function for effect in self.log if isinstance(effect, fx.CallSdk)]

    def answer(self) -> Any:
        """The one answer that the last input got."""
        answers = [
            e for e in self.effects if isinstance(e, fx.AnswerJob | fx.AnswerError | fx.AnswerOk | fx.AnswerStored)
        ]
        assert len(answers) == 1, answers
        return answers[0]

    def answered_code(self) -> str:
        return self.answer().error.code

    # ---- sessions

    def fresh(self) -> None:
        self.feed(i.Recovered(self.now))

    def ready(self, *sessions: i.Session) -> None:
        """The sessions (transfer by default) have started."""
        if not self.log:
            self.fresh()
        for session in sessions or (TRANSFER,):
            self.feed(i.SessionReady(self.now, session, self.epochs[session], self.call_failure_is_final))

    def refused(self, session: i.Session = TRANSFER) -> None:
        self.feed(i.SessionRefused(self.now, session, self.epochs[session], ErrorInfo("ISCB-SDK-INIT")))

    def ended(self, session: i.Session = TRANSFER, *, asked: bool = False) -> None:
        error = None if asked else ErrorInfo("ISCB-SDK-CRASHED")
        self.feed(i.SessionEnded(self.now, session, self.epochs[session], asked=asked, error=error))

    def sdk_gives_up(self) -> str:
        """The SDK process crashes again and again. Returns a save that waits for it."""
        self.ready()
        job = self.save("waits.prt")
        self.captured(job)
        for _ in range(5):
            self.ended()
            self.time_passes(60)
        return job

    def back_again(self, session: i.Session = TRANSFER) -> None:
        """The session that was stopped has ended, rested and started anew, and was listened to for a while."""
        self.ended(session, asked=True)
        self.started_again(session)

    def started_again(self, session: i.Session = TRANSFER) -> None:
        self.time_passes(3.0)
        self.ready(session)
        self.time_passes(3.0)

    # ---- requests

    def ask(
        self,
        kind: JobKind,
        path: str = "",
        *,
        request_id: str | None = None,
        host: str = "host-a",
        force: bool = False,
        assembly: bool = False,
        limit: LicenseLimit | None = None,
    ) -> str:
        self._token += 1
        job_id = f"j{self._token}"
        origin = Origin(host, "cad", "", request_id)
        self.feed(i.JobRequested(self.now, self._token, job_id, kind, path, origin, assembly, None, force, limit))
        return job_id

    def save(self, path: str = "a.prt", **more: Any) -> str:
        return self.ask(JobKind.SAVE, path, **more)

    def cancel(self, job_id: str) -> None:
        self._token += 1
        self.feed(i.CancelRequested(self.now, self._token, job_id))

    def _put_back(self, job_id: str) -> None:
        self._token += 1
        if self.job(job_id).state.is_final:
            self.feed(i.JobRevived(self.now, self.job(job_id)))

    def retry(self, job_id: str) -> None:
        self._put_back(job_id)
        self.feed(i.RetryRequested(self.now, self._token, job_id))

    def resolve(self, job_id: str, word: i.Resolution) -> None:
        self._put_back(job_id)
        self.feed(i.ResolveRequested(self.now, self._token, job_id, word))

    def shut_down(self) -> None:
        self._token += 1
        self.feed(i.ShutdownRequested(self.now, self._token))

    def pause(self, seconds: float | None = None) -> None:
        self._token += 1
        self.feed(i.PauseRequested(self.now, self._token, None if seconds is None else self.now + seconds))

    def resume(self) -> None:
        self._token += 1
        self.feed(i.ResumeRequested(self.now, self._token))

    def reconnect(self) -> None:
        self._token += 1
        self.feed(i.ReconnectRequested(self.now, self._token))

    # ---- files

    def captured(self, job_id: str, content: int = 1, *, staged: bool = False) -> None:
        capture = next(e for e in reversed(self.log) if isinstance(e, fx.Capture) and e.job_id == job_id)
        taken = snapshot(capture.path, content, folder="stage" if staged else None, staged=staged)
        self.feed(i.CaptureDone(self.now, job_id, capture.attempt, taken))

    def capture_fails(self, job_id: str, code: str = "ISCB-FILE-MISSING", *, refused: bool = False) -> None:
        attempt = self.last(fx.Capture).attempt
        self.feed(i.CaptureFailed(self.now, job_id, attempt, ErrorInfo(code), refused=refused))

    def prepared(self, outcome: i.CheckOutcome = i.CheckOutcome.SAME, code: str | None = None) -> None:
        """The last look before a hand-over is over."""
        asked = self.last(fx.Prepare)
        path = (asked.snapshot.folder or asked.snapshot.files[0].source) if outcome is i.CheckOutcome.SAME else ""
        error = ErrorInfo(code) if code else None
        self.feed(i.Prepared(self.now, asked.job_id, asked.attempt, outcome, path, error))

    def rechecked(self, outcome: i.CheckOutcome = i.CheckOutcome.SAME) -> None:
        asked = self.last(fx.Recheck)
        self.feed(i.Rechecked(self.now, asked.job_id, asked.attempt, outcome))

    def opened(self, path: str, open_type: str = "OpenOnly", work_state: str = "CHECKIN") -> None:
        """An earlier run opened this file from the cloud."""
        file = OpenedFile(path.lower(), path, open_type, work_state, assembly=False, opened_at=self.now)
        self.feed(i.Recovered(self.now, opened=(file,)))

    # ---- the SDK

    def event(self, operate: str, session: i.Session = TRANSFER, **params: str) -> None:
        self.feed(i.SdkEvent(self.now, session, self.epochs[session], operate, params, "raw"))

    def result(self, status: str = "success", session: i.Session = TRANSFER) -> None:
        self.event("SaveResult", session, status=status)

    def call_returns(self, *, ok: bool = True) -> None:
        call = self.last(fx.CallSdk)
        error = None if ok else ErrorInfo("ISCB-SDK-CALL-REFUSED")
        self.feed(i.CallReturned(self.now, call.session, call.epoch, call.call, ok=ok, error=error))

    def submitted(self, path: str = "a.prt", *, content: int = 1, staged: bool = False, **more: Any) -> str:
        """A save that was handed over, and no more."""
        if TRANSFER not in self.epochs:
            self.ready()
        job = self.save(path, **more)
        self.captured(job, content, staged=staged)
        self.prepared()
        assert self.state(job) is JobState.SUBMITTED
        return job

    def done(self, path: str = "a.prt") -> str:
        job = self.submitted(path)
        self.result()
        self.rechecked()
        assert self.state(job) is JobState.DONE
        return job
