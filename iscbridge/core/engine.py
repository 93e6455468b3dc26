"""The engine: a pure state machine. `handle(input) -> effects`; no threads, no clock, no I/O.

How it is used, by one owner on one thread:

1. `effects = engine.handle(input)`, for one or several inputs;
2. all `Write*` effects go to the journal in one durable transaction;
3. if that worked: `engine.commit()`, then the other effects in their order;
   if not: `engine.rollback()`: the inputs never happened.

The rules stand beside each other by concern: `requests` (what is asked), `captures` (until the bytes are safe),
`handover` (whose turn, the call), `results` (what comes back), `outcome` (how a job ends), `lanes` (SDK sessions).
"""

from __future__ import annotations

from iscbridge.core import captures, clock_steps, handover, lanes, pauses, permits, requests, results
from iscbridge.core import inputs as i
from iscbridge.core.effects import Effect, WriteOwed
from iscbridge.core.jobs import Job
from iscbridge.core.outcome import forget_owed
from iscbridge.core.state import EngineConfig, LaneStatus, Phase, State

__all__ = ["Engine", "EngineConfig"]

_FORGET_EVERY = 1024


class Engine:
    """Decides what happens to every job. Not thread-safe: it has one owner."""

    def __init__(self, config: EngineConfig | None = None) -> None:
        self._state = State(config or EngineConfig())
        self._handled = 0
        self._last_number = 0

    def handle(self, event: i.Input) -> list[Effect]:
        """Take one input; returns what the world has to do, in order. Raises nothing for any input in any order."""
        state = self._state
        state.out = []
        before = state.desk
        self._dispatch(event)
        handover.schedule(state, event.now)
        owed = (state.desk.owed, state.desk.owed_open)
        if owed != (before.owed, before.owed_open):
            state.emit(WriteOwed(*owed))
        self._handled += 1
        if self._handled % _FORGET_EVERY == 0:
            requests.forget_old_requests(state, event.now)
        return state.out

    def commit(self) -> None:
        """What was handled since the last commit is durable."""
        self._state.undo.clear()
        self._last_number = self._state.last_number

    def rollback(self) -> None:
        """What was handled since the last commit did not happen."""
        for undo in reversed(self._state.undo):
            undo()
        self._state.undo.clear()
        self._state.last_number = self._last_number

    def stats(self) -> dict[str, int]:
        """Sizes of the engine's memory, and what is under way."""
        state = self._state
        return {
            "jobs": len(state.lives),
            "requests": len(state.asked),
            "opened": len(state.opened),
            "calls": len(state.calls),
            "closed": len(state.closed),
            "owed": state.desk.owed,
            "undo": len(state.undo),
        }

    def job(self, job_id: str) -> Job | None:
        """A job that is not final, as it is now; None for all others."""
        live = self._state.lives.get(job_id)
        return None if live is None else live.job

    def jobs(self) -> list[Job]:
        """Every job that is not final."""
        return [live.job for live in self._state.lives.values()]

    def sessions(self) -> dict[str, str]:
        """Each SDK session's status, in small letters, for `bridge.status`."""
        return {session.value: lane.status.name.lower() for session, lane in self._state.lanes.items()}

    def opened_folders(self) -> tuple[str, ...]:
        """Folders of the assemblies that came from the cloud: such a one is saved in its place."""
        return captures.opened_folders(self._state)

    @property
    def pause(self) -> tuple[bool, float | None]:
        """Whether a pause is on, and when it ends by itself (None: not by itself)."""
        return self._state.desk.paused, self._state.desk.paused_until

    @property
    def idle(self) -> bool:
        """Whether nothing is on its way to ISCDesk and nothing is being captured."""
        return pauses.idle(self._state)

    @property
    def gave_up(self) -> bool:
        """Whether a session failed so often that a person has to ask for another try."""
        return any(lane.status is LaneStatus.GAVE_UP for lane in self._state.lanes.values())

    def _dispatch(self, event: i.Input) -> None:
        state = self._state
        match event:
            case i.Recovered():
                requests.on_recovered(state, event)
            case i.JobRequested():
                requests.on_requested(state, event)
            case i.CancelRequested():
                requests.on_cancel(state, event)
            case i.RetryRequested():
                requests.on_retry(state, event)
            case i.ResolveRequested():
                requests.on_resolve(state, event)
            case i.ReconnectRequested():
                requests.on_reconnect(state, event)
            case i.PauseRequested():
                pauses.on_pause(state, event)
            case i.ResumeRequested():
                pauses.on_resume(state, event)
            case i.DrainRequested():
                pauses.on_drain(state)
            case i.LicenseSettled():
                for live in permits.on_settled(state, event):
                    if live.job.id in state.lives:  # else a newer one of the same file stands for it by now
                        captures.settle_same_file(state, event.now, live)
            case i.CallRequested():
                requests.on_call(state, event)
            case i.ShutdownRequested():
                requests.on_shutdown(state, event)
            case i.JobRevived():
                requests.on_revived(state, event)
            case i.CaptureDone():
                captures.on_done(state, event)
            case i.CaptureFailed():
                captures.on_failed(state, event)
            case i.CaptureSlow():
                captures.on_slow(state, event)
            case i.TimerFired():
                self._on_timer(event)
            case i.ClockSetBack():
                clock_steps.on_set_back(state, event)
            case _:
                self._dispatch_sdk(event)

    def _dispatch_sdk(self, event: i.Input) -> None:
        state = self._state
        match event:
            case i.Prepared():
                handover.on_prepared(state, event)
            case i.Rechecked():
                results.on_rechecked(state, event)
            case i.SdkEvent():
                results.on_event(state, event)
            case i.CallReturned():
                results.on_returned(state, event)
            case i.OpenedIdentified():
                results.on_identified(state, event)
            case i.SessionReady():
                lanes.ready(state, event.now, event.session, event.epoch, event.call_failure_is_final)
            case i.SessionRefused():
                self._on_session_over(event.now, event.session, event.epoch)
                lanes.refused(state, event.now, event.session, event.epoch)
            case i.SessionEnded():
                self._on_session_over(event.now, event.session, event.epoch)
                lanes.ended(state, event.now, event.session, event.epoch, event.asked)
            case _:
                pass  # an input of a later version: the engine raises nothing

    def _on_session_over(self, now: float, session: i.Session, epoch: int) -> None:
        state = self._state
        if lanes.current(state, session, epoch) is not None and not state.desk.closing:
            results.on_lost(state, now, session)

    def _on_timer(self, event: i.TimerFired) -> None:
        state = self._state
        kind, _, name = event.key.partition(":")
        if kind == "lane" and name in set(i.Session):
            session = i.Session(name)
            if state.lanes[session].usable_at <= event.now:
                lanes.rested(state, session)
        elif kind == "job":
            self._on_job_timer(event.now, name)
        elif kind == "quiet":
            forget_owed(state, event.now)
        elif kind == "pause":
            pauses.on_timer(state, event.now)

    def _on_job_timer(self, now: float, job_id: str) -> None:
        state = self._state
        live = state.lives.get(job_id)
        if live is None or state.desk.closing:
            return
        if live.phase is Phase.HELD:
            captures.begin(state, live)
        elif live.phase is Phase.DRAINING:
            results.drained(state, now, live)
        elif live.phase is Phase.CALLED and live.call_failed:
            results.no_event_after_failed_call(state, now, live)
