"""From captured to the SDK: whose turn it is, the last look at the files, the call."""

from __future__ import annotations

from dataclasses import replace

from iscbridge.core import captures, lanes, pauses
from iscbridge.core.effects import CallSdk, IdentifyOpened, JobChanged, Prepare, SetTimer
from iscbridge.core.inputs import CheckOutcome, Prepared, Session
from iscbridge.core.jobs import ErrorInfo, JobKind, JobState, WaitReason
from iscbridge.core.outcome import close, job_timer, owe, wait_for_last_result
from iscbridge.core.state import Lane, LaneStatus, Live, Phase, State, step

_FUNCTIONS = {
    JobKind.SAVE: "Save",
    JobKind.SAVE_AS: "SelectSaveAsPath",
    JobKind.OPEN: "OpenCloudFile",
    JobKind.SOLVE: "GetSolution",
}
#: Causes that pass by themselves: the look at the files is repeated with growing pauses.
_PASSING = frozenset({"ISCB-FILE-LOCKED", "ISCB-FILE-SHARE-SLOW"})
_RESTLESS_ROUNDS = 3
#: Reasons to wait that no session would end.
_NOT_FOR_A_SESSION = (WaitReason.OTHER_CLOUD, WaitReason.LICENSE, WaitReason.PAUSED, WaitReason.CLOSING)


def schedule(state: State, now: float) -> None:
    """Give each free session its next job, start sessions that are wanted, and tell waiting jobs why they wait."""
    if state.desk.closing:
        return
    ready = sorted((live for live in state.lives.values() if live.phase is Phase.READY), key=lambda live: live.order)
    for live in ready:
        session = state.lane_for(live.job.kind)
        lane = state.lanes[session]
        reason = _reason(state, now, live, lane)
        if reason is None:
            _send_on(state, now, live, session)
            continue
        if lane.status is LaneStatus.OFF and reason not in _NOT_FOR_A_SESSION:
            lanes.want(state, session)
        _wait(state, now, live, reason)


def _reason(state: State, now: float, live: Live, lane: Lane) -> WaitReason | None:
    """Why the job can't go now; None when it can."""
    if live.job.cloud != state.config.cloud:
        return WaitReason.OTHER_CLOUD
    if live.job.limit is not None:
        return WaitReason.LICENSE
    if pauses.holds(state, live):
        return pauses.reason(state)
    if lane.status is LaneStatus.GAVE_UP:
        return WaitReason.SDK_GAVE_UP
    if lane.status is not LaneStatus.READY:
        return _while_not_ready(state)
    if lane.job is not None:
        holder = state.lives.get(lane.job)
        dialog = holder is not None and holder.job.kind in (JobKind.OPEN, JobKind.SAVE_AS)
        return WaitReason.DIALOG if dialog and state.desk.single else WaitReason.TURN
    if lane.usable_at > now:
        return WaitReason.TURN
    if live.not_before > now:
        return WaitReason.PREPARING
    if any(other.lane is not None or other.calls for other in state.same_file(live)):
        return WaitReason.SAME_FILE
    return None


def _while_not_ready(state: State) -> WaitReason:
    dialog = state.lanes[Session.INTERACTIVE]
    if state.desk.single and dialog.job is not None:
        return WaitReason.DIALOG
    return WaitReason.SDK_STARTING


def _wait(state: State, now: float, live: Live, reason: WaitReason) -> None:
    """The state is written once; later reasons are only told."""
    if live.job.state is not JobState.WAITING:
        state.store(replace(live, job=step(live, JobState.WAITING, now, reason=reason)), "waiting")
    elif live.job.reason is not reason:
        job = replace(live.job, reason=reason)
        state.lives.put(job.id, replace(live, job=job))
        state.emit(JobChanged(job))


def _send_on(state: State, now: float, live: Live, session: Session) -> None:
    """The session is this job's; files are looked at once more before they are handed over."""
    lanes.take(state, session, live.job.id)
    live = replace(live, lane=session)
    if live.job.snapshot is None:
        _call(state, now, live, "")
    else:
        prepare(state, live)


def prepare(state: State, live: Live) -> None:
    """Look at the files, then hand them over; also when the same content is handed over again for certainty."""
    snapshot = live.job.snapshot
    if snapshot is None:
        return
    live = replace(live, phase=Phase.PREPARING, attempt=state.number())
    state.lives.put(live.job.id, live)
    state.emit(Prepare(live.job.id, live.attempt, snapshot))


def on_prepared(state: State, event: Prepared) -> None:
    """The files against the snapshot: the same goes out, newer content is captured first."""
    live = state.lives.get(event.job_id)
    if live is None or live.phase is not Phase.PREPARING or live.attempt != event.attempt:
        return
    if event.outcome is CheckOutcome.SAME:
        usable_at = state.lanes[live.lane].usable_at if live.lane is not None else event.now
        if pauses.holds(state, live):
            _put_back(state, event.now, live)
        elif usable_at > event.now:
            _hold(state, event.now, live, usable_at)
        else:
            _call(state, event.now, live, event.handed_path)
    elif event.outcome is CheckOutcome.UNREADABLE and event.error is not None and event.error.code in _PASSING:
        _look_again(state, event.now, live)
    elif live.calls or live.repeat:
        error = event.error or ErrorInfo("ISCB-CLOUD-NO-RESULT", {"path": live.job.path})
        close(state, live, event.now, JobState.UNKNOWN, "unconfirmed" if live.calls else "changedSince", error=error)
    elif event.outcome is CheckOutcome.CHANGED:
        capture_again(state, event.now, live, "newer")
    elif event.outcome is CheckOutcome.MISSING:
        error = event.error or ErrorInfo("ISCB-FILE-MISSING", {"path": live.job.path})
        close(state, live, event.now, JobState.FAILED, "missing", error=error)
    else:
        error = event.error or ErrorInfo("ISCB-FILE-UNREADABLE", {"path": live.job.path})
        close(state, live, event.now, JobState.FAILED, "unreadable", error=error)


def _look_again(state: State, now: float, live: Live) -> None:
    delay = min(60.0, live.retry_delay * 2 or 5.0)
    _hold(state, now, replace(live, retry_delay=delay), now + delay)


def _put_back(state: State, now: float, live: Live) -> None:
    """A pause began while the files were looked at: they are looked at again when it is over."""
    if live.lane is not None:
        lanes.free(state, now, live.lane, live.job.id, settle=False)
    state.lives.put(live.job.id, replace(live, phase=Phase.READY, lane=None))


def _hold(state: State, now: float, live: Live, until: float) -> None:
    """Not now: the files are looked at again at a later time."""
    held = replace(live, phase=Phase.READY, not_before=until)
    if live.calls:
        held = replace(held, phase=Phase.DRAINING)
    else:
        held = replace(held, lane=None)
        if live.lane is not None:
            lanes.free(state, now, live.lane, live.job.id, settle=False)
    state.lives.put(live.job.id, held)
    state.emit(SetTimer(job_timer(live), until))


def capture_again(state: State, now: float, live: Live, cause: str) -> None:
    """Newer content is there: the old snapshot stays until the new one is safe. A restless file is left alone for a while."""
    owe(state, now, live)
    if live.lane is not None:
        lanes.free(state, now, live.lane, live.job.id, settle=bool(live.results))
        wait_for_last_result(state, now, live)
    rounds = live.rounds + 1
    uncertain = live.uncertain or live.job.state is JobState.SUBMITTED
    live = replace(live, lane=None, calls=0, results=0, successes=0, rounds=rounds, doubled=False, uncertain=uncertain)
    restless = rounds >= _RESTLESS_ROUNDS
    if live.job.state is JobState.SUBMITTED:
        reason = WaitReason.FILE_RESTLESS if restless else WaitReason.TURN
        live = replace(live, job=step(live, JobState.WAITING, now, f"note.{cause}", reason=reason))
        state.store(live, cause)
    if not restless:
        captures.begin(state, live)
        return
    at = now + state.config.restless_s
    state.lives.put(live.job.id, replace(live, phase=Phase.HELD, rounds=0, attempt=state.number()))
    state.emit(SetTimer(job_timer(live), at))


def _call(state: State, now: float, live: Live, path: str) -> None:
    """Hand over. The journal has it as submitted before the call is made."""
    session = live.lane
    if session is None or state.lanes[session].status is not LaneStatus.READY:
        return  # the session goes down; its end puts the job back
    call = state.number()
    first = live.calls == 0
    job = step(
        live,
        JobState.SUBMITTED,
        now,
        *(() if first else ("note.confirming",)),
        handed_path=path or None,
        submitted_at=now,
        attempts=live.job.attempts + 1,
    )
    live = replace(
        live, job=job, phase=Phase.CALLED, call=call, call_failed=False, calls=live.calls + 1, retry_delay=0.0
    )
    live = replace(live, first_called=now) if first else live
    state.store(live, "submitted" if first else "confirming")
    epoch = state.lanes[session].epoch
    state.emit(CallSdk(session, epoch, call, _FUNCTIONS[job.kind], path, job.assembly))


def identify(state: State, live: Live, path: str, params: dict[str, str]) -> None:
    """The cloud delivered a file: its identity is worked out off the loop."""
    live = replace(live, phase=Phase.IDENTIFYING, attempt=state.number())
    state.lives.put(live.job.id, live)
    assembly = params.get("assembly", "").strip().lower() == "true"
    open_type, work_state = params.get("openType", ""), params.get("workState", "")
    state.emit(IdentifyOpened(live.job.id, path, open_type, work_state, assembly, live.attempt))
