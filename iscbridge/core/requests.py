"""What people and hosts ask of the engine, and what it finds in the journal when it starts."""

from __future__ import annotations

from dataclasses import replace

from iscbridge.core import captures, lanes, permits
from iscbridge.core.effects import AnswerError, AnswerJob, AnswerOk, AnswerStored, CallSdk, JobChanged, WriteJob
from iscbridge.core.inputs import (
    CallRequested,
    CancelRequested,
    JobRequested,
    JobRevived,
    ReconnectRequested,
    Recovered,
    Resolution,
    ResolveRequested,
    RetryRequested,
    Session,
    ShutdownRequested,
)
from iscbridge.core.jobs import DISMISSED, ErrorInfo, Job, JobKind, JobState
from iscbridge.core.outcome import close, repeat_or_ask, watch_quiet
from iscbridge.core.state import Asked, LaneStatus, Live, Phase, State, step

_DAY = 86400.0


def on_recovered(state: State, event: Recovered) -> None:
    """The journal of the last run: what was not handed over goes on, what was is repeated once or asked about."""
    for opened in event.opened:
        state.opened.put(opened.identity, opened)
    state.desk = replace(state.desk, owed=event.owed_saves, owed_open=event.owed_opens, owed_at=event.now)
    for job in event.jobs:
        _remember_request(state, job)
        if not job.state.is_final:
            _revive(state, event.now, job)
    lanes.want(state, Session.TRANSFER)


def _revive(state: State, now: float, job: Job) -> None:
    repeat = job.state is JobState.WAITING and job.auto_repeats > 0 and job.handed_path is not None
    uncertain = job.submitted_at is not None and job.state is not JobState.SUBMITTED
    live = replace(_new_live(state, job), phase=Phase.READY, repeat=repeat, uncertain=uncertain)
    state.lives.put(job.id, live)
    if job.state is JobState.SUBMITTED:
        repeat_or_ask(state, now, replace(live, calls=1), "lost", "ISCB-CLOUD-NO-RESULT")
        watch_quiet(state, now)
    elif job.state is JobState.ACCEPTED and job.kind is not JobKind.OPEN:
        captures.begin(state, live)  # also with a snapshot of an earlier life


def _new_live(state: State, job: Job) -> Live:
    return Live(job, state.number(), Phase.READY)


def _remember_request(state: State, job: Job) -> None:
    if job.origin.request_id is None:
        return
    key = (job.origin.instance, job.origin.request_id)
    state.asked.put(key, Asked(job.id, job.created, (job.kind, job.path, job.assembly, job.files, job.force)))


def on_requested(state: State, event: JobRequested) -> None:
    """A new job, unless the same was asked before."""
    if event.origin.request_id is not None and _asked_before(state, event):
        return  # also while closing: who asks again must learn that the job is here
    if state.desk.closing:
        state.emit(AnswerError(event.token, ErrorInfo("ISCB-BRIDGE-CLOSING")))
        return
    if event.limit is not None and permits.refuses_at_once(event.limit, event.kind):
        state.emit(AnswerError(event.token, event.limit.error))
        return
    job = Job(
        id=event.job_id,
        kind=event.kind,
        state=JobState.ACCEPTED,
        path=event.path,
        created=event.now,
        updated=event.now,
        cloud=state.config.cloud,
        origin=event.origin,
        assembly=event.assembly,
        files=event.files,
        force=event.force,
        limit=event.limit,
    )
    _remember_request(state, job)
    live = _new_live(state, job)
    _accept(state, event.token, live, "accepted")


def _accept(state: State, token: int, live: Live, cause: str) -> None:
    state.lives.put(live.job.id, live)
    state.emit(WriteJob(live.job, cause))
    state.emit(AnswerJob(token, live.job))
    state.emit(JobChanged(live.job))
    if live.job.kind is not JobKind.OPEN:
        captures.begin(state, live)


def _asked_before(state: State, event: JobRequested) -> bool:
    """Answer a repeated request id: the same job for the same words, an error for others."""
    key = (event.origin.instance, event.origin.request_id or "")
    asked = state.asked.get(key)
    if asked is None or event.now - asked.created > state.config.request_days * _DAY:
        return False
    if asked.parameters != (event.kind, event.path, event.assembly, event.files, event.force):
        error = ErrorInfo("ISCB-REQ-ID-REUSED", {"requestId": event.origin.request_id or ""})
        state.emit(AnswerError(event.token, error))
        return True
    live = state.lives.get(asked.job_id)
    if live is not None:
        state.emit(AnswerJob(event.token, live.job))
    else:
        state.emit(AnswerStored(event.token, asked.job_id))
    return True


def forget_old_requests(state: State, now: float) -> None:
    """Drop request ids that are out of their time. They stand in the order of asking: the first young one ends it."""
    old = []
    for key, asked in state.asked.items():
        if now - asked.created <= state.config.request_days * _DAY:
            break
        old.append(key)
    for key in old:
        state.asked.drop(key)


def _held(state: State, job_id: str) -> Job | None:
    """The job from memory, or the one just put back from the journal."""
    live = state.lives.get(job_id)
    if live is not None:
        return live.job
    revived = state.desk.revived
    return revived if revived is not None and revived.id == job_id else None


def _no_such(state: State, token: int, job_id: str) -> None:
    state.emit(AnswerError(token, ErrorInfo("ISCB-REQ-NO-SUCH-JOB", {"job": job_id})))


def _wrong_state(state: State, token: int, job: Job) -> None:
    state.emit(AnswerError(token, ErrorInfo("ISCB-REQ-WRONG-STATE", {"job": job.id, "state": job.state.value})))


def on_revived(state: State, event: JobRevived) -> None:
    """A final job is put back from the journal, unless something newer is known of it."""
    if event.job.id not in state.lives:
        state.desk = replace(state.desk, revived=state.closed.get(event.job.id) or event.job)


def on_cancel(state: State, event: CancelRequested) -> None:
    """Before the hand-over a job is simply taken back; after it the cloud may have it all the same."""
    live = state.lives.get(event.job_id)
    if live is None:
        job = _held(state, event.job_id)
        _wrong_state(state, event.token, job) if job else _no_such(state, event.token, event.job_id)
        return
    captures.stop(state, live)
    handed_over = live.job.state is JobState.SUBMITTED or live.uncertain
    if not handed_over or live.job.kind is JobKind.OPEN:
        closed = close(state, live, event.now, JobState.CANCELLED, "cancelled")
    else:
        error = ErrorInfo("ISCB-CLOUD-CANCELLED-LATE", {"path": live.job.path})
        closed = close(state, live, event.now, JobState.UNKNOWN, "cancelledLate", error=error)
    state.emit(AnswerJob(event.token, closed))


def on_retry(state: State, event: RetryRequested) -> None:
    """The same job lives again, with the file as it is now."""
    live = state.lives.get(event.job_id)
    if live is not None:
        if state.lanes[state.lane_for(live.job.kind)].status is LaneStatus.GAVE_UP:
            lanes.reconnect(state)
            state.emit(AnswerJob(event.token, live.job))
        else:
            _wrong_state(state, event.token, live.job)
        return
    job = _held(state, event.job_id)
    if job is None:
        _no_such(state, event.token, event.job_id)
    elif job.state is JobState.DONE or not job.state.is_final:
        _wrong_state(state, event.token, job)
    else:
        limit = permits.for_retry(event.limit, job)
        if limit is not None and permits.refuses_at_once(limit, job.kind):
            state.emit(AnswerError(event.token, limit.error))
        else:
            _again(state, event.now, event.token, replace(job, limit=limit))


def _again(state: State, now: float, token: int, job: Job) -> None:
    if state.desk.closing:
        state.emit(AnswerError(token, ErrorInfo("ISCB-BRIDGE-CLOSING")))
        return
    state.desk = replace(state.desk, revived=None)
    # Done again, it may get out of sight again, and is then a new question.
    live = _new_live(state, replace(job, notes=tuple(note for note in job.notes if note != DISMISSED)))
    fresh = step(
        live,
        JobState.ACCEPTED,
        now,
        error=None,
        replaced_by=None,
        snapshot_until=None,
        submitted_at=None,
        handed_path=None,
        auto_repeats=0,
        result={},
        result_path=None,
    )
    if any(lane.status is LaneStatus.GAVE_UP for lane in state.lanes.values()):
        lanes.reconnect(state)
    _accept(state, token, replace(live, job=fresh), "retry")


def on_resolve(state: State, event: ResolveRequested) -> None:
    """A person's word on a job whose outcome nobody knows."""
    job = _held(state, event.job_id)
    if job is None:
        _no_such(state, event.token, event.job_id)
    elif job.state is not JobState.UNKNOWN:
        _wrong_state(state, event.token, job)
    elif event.resolution is Resolution.REPEAT:
        _again(state, event.now, event.token, replace(job, limit=None))  # it was handed over once: no new work
    else:
        state.desk = replace(state.desk, revived=None)
        live = Live(job, 0, Phase.READY)
        until = event.now + state.config.snapshot_days * _DAY if job.snapshot else None
        dismissed = step(live, JobState.UNKNOWN, event.now, DISMISSED, snapshot_until=until)
        state.store_final(dismissed, "dismissed")
        state.emit(AnswerJob(event.token, dismissed))


def on_reconnect(state: State, event: ReconnectRequested) -> None:
    """Try the SDK again."""
    if not state.desk.closing:
        lanes.reconnect(state)
    state.emit(AnswerOk(event.token))


def on_call(state: State, event: CallRequested) -> None:
    """Pass a licence or upgrade call through to the SDK."""
    lane = state.lanes[Session.TRANSFER]
    if lane.status is not LaneStatus.READY:
        state.emit(AnswerError(event.token, ErrorInfo("ISCB-SDK-NOT-CONNECTED")))
        lanes.want(state, Session.TRANSFER)
        return
    call = state.number()
    state.calls.put(call, (event.token, Session.TRANSFER))
    state.emit(CallSdk(Session.TRANSFER, lane.epoch, call, event.function, args=event.args))


def on_shutdown(state: State, event: ShutdownRequested) -> None:
    """Nothing new is handed over; what is in flight stays submitted in the journal for the next start."""
    state.desk = replace(state.desk, closing=True)
    for session in Session:
        lanes.stop(state, session)
    state.emit(AnswerOk(event.token))
