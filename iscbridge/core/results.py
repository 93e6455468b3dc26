"""What comes back from the SDK. Results carry no id, so this is where credit is given, and where it is withheld."""

from __future__ import annotations

from dataclasses import replace

from iscbridge.core import handover, lanes
from iscbridge.core.effects import (
    Announce,
    AnswerError,
    AnswerOk,
    ClearTimer,
    Recheck,
    SetTimer,
    WriteEvent,
    WriteOpened,
)
from iscbridge.core.event_params import param_of
from iscbridge.core.inputs import CallReturned, CheckOutcome, OpenedIdentified, Rechecked, SdkEvent, Session
from iscbridge.core.jobs import ErrorInfo, JobKind, JobState
from iscbridge.core.outcome import close, job_timer, repeat_or_ask, watch_quiet
from iscbridge.core.state import LaneStatus, Live, Phase, State, step

_AWAITING_SAVE = (Phase.PREPARING, Phase.CALLED, Phase.DRAINING, Phase.RECHECKING)
_ANNOUNCED = {"UpgradeNotice": "upgrade.announced", "Update": "upgrade.announced", "LicenseVerify": "license.received"}


def on_event(state: State, event: SdkEvent) -> None:
    """One event of the SDK, sorted by the operate text of the guide."""
    lane = lanes.current(state, event.session, event.epoch)
    live = state.lives.get(lane.job) if lane is not None and lane.job is not None else None
    job_id = live.job.id if live else None
    state.emit(WriteEvent(event.session, event.epoch, event.operate, _without_license(event), job_id, event.now))
    if lane is None or lane.status is not LaneStatus.READY:
        return
    if event.operate == "SaveResult":
        _on_save_result(state, event, live)
    elif event.operate == "OpenFile":
        _on_open_file(state, event, live)
    elif event.operate == "ClientClosed":
        on_lost(state, event.now, event.session)
        lanes.stop(state, event.session)
    elif event.operate == "":
        _on_unreadable(state, event, live)
    elif event.operate in _ANNOUNCED:
        state.emit(Announce(_ANNOUNCED[event.operate], {"operate": event.operate, **event.params}))


def _without_license(event: SdkEvent) -> str:
    """What the journal keeps of an event: a delivered licence is a secret (guide page GetLicenseStringRequest)."""
    return "" if event.operate == "LicenseVerify" or "licensecontent" in event.raw.lower() else event.raw


def _on_save_result(state: State, event: SdkEvent, live: Live | None) -> None:
    status = param_of(event.params, "status").strip().lower()
    if status not in ("success", "failed"):
        _on_unreadable(state, event, live)
        return
    success = status == "success"
    doubled = lanes.heard(state, event.now, event.session, success)
    if doubled and state.desk.owed:
        return  # a double must not be taken for the result that is owed
    awaited = (
        live is not None
        and live.job.kind in (JobKind.SAVE, JobKind.SAVE_AS)
        and live.phase in _AWAITING_SAVE
        and live.calls > 0
    )
    if live is None or not awaited:
        _on_orphan(state, event.now, event.session, success)
    elif live.phase is Phase.RECHECKING:
        _on_doubled(state, event.now, live, success)
    else:
        _count(state, event.now, replace(live, job=replace(live.job, result=dict(event.params))), success)


def _count(state: State, now: float, live: Live, success: bool) -> None:
    """Close only on what is certain.

    `owed` results of abandoned hand-overs may be among those received. So a save is done when more successes came
    than results are owed, and failed when more failures came than that and it was handed over just once.
    """
    live = replace(live, results=live.results + 1, successes=live.successes + success)
    owed = state.desk.owed
    failures = live.results - live.successes
    if live.job.kind is JobKind.SAVE_AS and owed:
        error = ErrorInfo("ISCB-CLOUD-NO-RESULT", {"path": live.job.path})
        close(state, live, now, JobState.UNKNOWN, "unconfirmed", error=error, got_result=True)
    elif live.successes > owed:
        _recheck(state, live)
    elif failures > owed and live.calls == 1:
        error = ErrorInfo("ISCB-CLOUD-FAILED", {"path": live.job.path})
        close(state, live, now, JobState.FAILED, "failed", error=error, got_result=True)
    elif live.phase is Phase.PREPARING:
        state.lives.put(live.job.id, live)
    else:
        state.lives.put(live.job.id, replace(live, phase=Phase.DRAINING))
        state.emit(SetTimer(job_timer(live), now + state.config.rest_s))


def _recheck(state: State, live: Live) -> None:
    snapshot = live.job.snapshot
    if snapshot is None:
        return
    live = replace(live, phase=Phase.RECHECKING, attempt=state.number())
    state.lives.put(live.job.id, live)
    state.emit(ClearTimer(job_timer(live)))
    state.emit(Recheck(live.job.id, live.attempt, snapshot))


def drained(state: State, now: float, live: Live) -> None:
    """No further result came: hand over once more, or give up and ask."""
    if live.calls > state.desk.owed + 1 or live.lane is None:
        error = ErrorInfo("ISCB-CLOUD-NO-RESULT", {"path": live.job.path})
        close(state, live, now, JobState.UNKNOWN, "unconfirmed", error=error, got_result=True)
        return
    handover.prepare(state, live)


def _on_doubled(state: State, now: float, live: Live, success: bool) -> None:
    """A second result while the first is being checked."""
    live = replace(live, results=live.results + 1)
    if live.calls >= live.results or state.desk.owed:
        state.lives.put(live.job.id, live)
        return
    if success:
        job = step(live, JobState.SUBMITTED, now, "note.doubled")
        state.store(replace(live, job=job, doubled=True, results=live.results - 1), "doubled")
        return
    session = live.lane
    error = ErrorInfo("ISCB-CLOUD-RESULT-CONFLICT", {"path": live.job.path})
    close(state, replace(live, results=live.calls), now, JobState.UNKNOWN, "conflict", error=error, got_result=True)
    if session is not None:
        lanes.taint(state, session)


def _on_orphan(state: State, now: float, session: Session, success: bool) -> None:
    """A result that nobody waits for: it settles a debt, or it shows that this session can't be trusted."""
    desk = state.desk
    if desk.owed:
        state.desk = replace(desk, owed=desk.owed - 1)
        watch_quiet(state, now)
        if desk.owed == 1 and not desk.owed_open:
            lanes.nothing_owed(state, now)
        return
    last = state.lanes[session].last_done
    if last is not None and not success:
        error = ErrorInfo("ISCB-CLOUD-RESULT-CONFLICT", {"path": last.path})
        job = replace(last, state=JobState.UNKNOWN, updated=now, error=error, snapshot_until=None)
        state.store_final(job, "conflict")
    lanes.taint(state, session)


def _on_open_file(state: State, event: SdkEvent, live: Live | None) -> None:
    lanes.heard(state, event.now, event.session, success=True)
    if live is None or live.job.kind is not JobKind.OPEN or live.phase is not Phase.CALLED:
        desk = state.desk
        if desk.owed_open:
            state.desk = replace(desk, owed_open=desk.owed_open - 1)
        elif live is None or live.phase is not Phase.IDENTIFYING:
            lanes.taint(state, event.session)
        return
    live = replace(live, results=1, job=replace(live.job, result=dict(event.params)))
    path = param_of(event.params, "mainFile")
    if not path:
        close(state, live, event.now, JobState.CANCELLED, "pickerCancelled", "note.pickerCancelled", got_result=True)
        return
    handover.identify(state, live, path, event.params)


def on_identified(state: State, event: OpenedIdentified) -> None:
    """The delivered file is known: remember how it was opened and tell the host that asked."""
    live = state.lives.get(event.job_id)
    if live is None or live.phase is not Phase.IDENTIFYING or event.attempt not in (0, live.attempt):
        return
    opened = event.opened
    state.opened.put(opened.identity, opened)
    state.emit(WriteOpened(opened))
    close(state, live, event.now, JobState.DONE, "done", result_path=opened.path, got_result=True)
    params = {
        "job": live.job.id,
        "path": opened.path,
        "openType": opened.open_type,
        "workState": opened.work_state,
        "assembly": "true" if opened.assembly else "false",
    }
    state.emit(Announce("file.opened", params, live.job.origin))


def _on_unreadable(state: State, event: SdkEvent, live: Live | None) -> None:
    """An event that can't be read may have been the result: nothing certain can follow in this session."""
    if live is None or not live.calls or live.phase is Phase.RECHECKING:
        return
    error = ErrorInfo("ISCB-CLOUD-BAD-RESULT", {"path": live.job.path})
    close(state, live, event.now, JobState.UNKNOWN, "badResult", error=error)
    lanes.taint(state, event.session)


def on_rechecked(state: State, event: Rechecked) -> None:
    """The cloud said success; were these the bytes?"""
    live = state.lives.get(event.job_id)
    if live is None or live.phase is not Phase.RECHECKING or live.attempt != event.attempt:
        return
    session = live.lane
    path = {"path": live.job.path}
    if event.outcome is CheckOutcome.SAME:
        close(state, live, event.now, JobState.DONE, "done", got_result=True)
    elif event.outcome is CheckOutcome.CHANGED and live.job.kind is JobKind.SAVE:
        handover.capture_again(state, event.now, live, "torn")
    elif event.outcome is CheckOutcome.CHANGED:
        error = ErrorInfo("ISCB-FILE-TORN", path)
        close(state, live, event.now, JobState.UNKNOWN, "torn", "note.torn", error=error, got_result=True)
    elif event.outcome is CheckOutcome.MISSING:
        error = ErrorInfo("ISCB-FILE-MISSING", path)
        close(state, live, event.now, JobState.UNKNOWN, "missing", error=error, got_result=True)
    else:
        error = ErrorInfo("ISCB-FILE-UNREADABLE", path)
        close(state, live, event.now, JobState.UNKNOWN, "unreadable", error=error, got_result=True)
    if live.doubled and session is not None:
        lanes.taint(state, session)


def on_returned(state: State, event: CallReturned) -> None:
    """A call came back. Success says nothing; a failure may be the last word or not."""
    if event.call in state.calls:
        _on_passed_through(state, event)
        return
    lane = lanes.current(state, event.session, event.epoch)
    live = state.lives.get(lane.job) if lane is not None and lane.job is not None else None
    if lane is None or live is None or live.call != event.call or live.phase is not Phase.CALLED:
        return
    if event.ok:
        if live.job.kind is JobKind.SOLVE:
            live = replace(live, results=live.calls)
            close(state, live, event.now, JobState.DONE, "done", "note.noResultDocumented", got_result=True)
        return
    if lane.call_failure_is_final or live.job.kind is JobKind.SOLVE:
        _call_refused(state, event, replace(live, calls=live.calls - 1))
    else:
        state.lives.put(live.job.id, replace(live, call_failed=True))
        state.emit(SetTimer(job_timer(live), event.now + state.config.failed_call_wait_s))


def _on_passed_through(state: State, event: CallReturned) -> None:
    token, _ = state.calls[event.call]
    state.calls.drop(event.call)
    if event.ok:
        state.emit(AnswerOk(token))
    else:
        state.emit(AnswerError(token, event.error or ErrorInfo("ISCB-SDK-CALL-REFUSED")))


def _call_refused(state: State, event: CallReturned, live: Live) -> None:
    """A refused call may mean that the desk went without a word: the next job gets a session that has made Init."""
    error = event.error or ErrorInfo("ISCB-SDK-CALL-REFUSED", {"path": live.job.path})
    if live.calls or live.results:
        close(state, live, event.now, JobState.UNKNOWN, "unconfirmed", error=error)
    else:
        close(state, live, event.now, JobState.FAILED, "callRefused", error=error, got_result=True)
    lanes.stop(state, event.session)


def no_event_after_failed_call(state: State, now: float, live: Live) -> None:
    """The wait after a failed call is over: whether it was uploaded can't be known."""
    error = ErrorInfo("ISCB-CLOUD-NO-RESULT", {"path": live.job.path})
    close(state, live, now, JobState.UNKNOWN, "lost", error=error)


def on_lost(state: State, now: float, session: Session) -> None:
    """The session ends under its job. A result that already came still counts."""
    for live in [live for live in state.lives.values() if live.lane is session]:
        if live.phase in (Phase.RECHECKING, Phase.IDENTIFYING):
            state.lives.put(live.job.id, replace(live, lane=None))
        elif live.calls:
            repeat_or_ask(state, now, live, "lost", "ISCB-CLOUD-NO-RESULT")
        else:
            state.lives.put(live.job.id, replace(live, lane=None, phase=Phase.READY, attempt=state.number()))
            lanes.free(state, now, session, live.job.id, settle=False)
