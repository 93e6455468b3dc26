"""The SDK sessions: start, rest, back-off, taint, giving up. No job is decided on here."""

from __future__ import annotations

from dataclasses import replace

from iscbridge.core.effects import AnswerError, SetTimer, StartSession, StopSession
from iscbridge.core.inputs import Session
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.state import Lane, LaneStatus, State

_RUNNING = (LaneStatus.STARTING, LaneStatus.READY)


def timer_key(session: Session) -> str:
    """Name of the one timer that a session has."""
    return f"lane:{session.value}"


def want(state: State, session: Session) -> None:
    """Start the session if it is off."""
    lane = state.lanes[session]
    if lane.status is LaneStatus.OFF and not state.desk.closing:
        _start(state, session, lane)


def _start(state: State, session: Session, lane: Lane) -> None:
    epoch = lane.epoch + 1
    fresh = replace(lane, status=LaneStatus.STARTING, epoch=epoch, job=None, last_done=None, heard=None)
    state.lanes.put(session, fresh)
    state.emit(StartSession(session, epoch))


def current(state: State, session: Session, epoch: int) -> Lane | None:
    """The session's lane if `epoch` is the one that runs, else None: its news are old."""
    lane = state.lanes[session]
    return lane if lane.epoch == epoch and lane.status in (*_RUNNING, LaneStatus.STOPPING) else None


def ready(state: State, now: float, session: Session, epoch: int, call_failure_is_final: bool) -> None:
    """Init succeeded. While a late result may still come the session is only listened to at first."""
    lane = current(state, session, epoch)
    if lane is None or lane.status is not LaneStatus.STARTING:
        return
    owed = state.desk.owed or state.desk.owed_open
    usable_at = now + state.config.rest_s if owed else now
    state.lanes.put(
        session,
        replace(
            lane,
            status=LaneStatus.READY,
            ready_at=now,
            usable_at=usable_at,
            call_failure_is_final=call_failure_is_final,
        ),
    )
    if usable_at > now:
        state.emit(SetTimer(timer_key(session), usable_at))
    if owed:
        state.emit(SetTimer("quiet", now + state.config.quiet_s))


def refused(state: State, now: float, session: Session, epoch: int) -> None:
    """Init failed: the desk is absent, logged out, or takes no second session."""
    lane = current(state, session, epoch)
    if lane is None:
        return
    other_session = Session.INTERACTIVE if session is Session.TRANSFER else Session.TRANSFER
    other = state.lanes[other_session]
    if other.status is LaneStatus.READY and not state.desk.closing:
        state.desk = replace(state.desk, single=True)
    if state.desk.single and session is Session.INTERACTIVE:
        state.lanes.put(session, replace(lane, status=LaneStatus.OFF, job=None))
        return
    _rest(state, now, session, lane, _back_off(state, lane))
    release_dialog_session(state)


def all_listening(state: State) -> bool:
    """Whether an owed result had somewhere to turn up: every session in use is ready, one of them is newer than the debt.

    If none is newer, an idle one is started anew: a desk may keep such a result for the next session that opens.
    """
    statuses = {lane.status for lane in state.lanes.values()}
    if LaneStatus.READY not in statuses or not statuses <= {LaneStatus.READY, LaneStatus.OFF}:
        return False
    ready = [(session, lane) for session, lane in state.lanes.items() if lane.status is LaneStatus.READY]
    if any(lane.ready_at >= state.desk.owed_at for _, lane in ready):
        return True
    for session, lane in ready:
        if lane.job is None:
            stop(state, session)
            break
    return False


def release_dialog_session(state: State) -> None:
    """With one session only, an idle dialog session gives way to the one that both kinds of jobs can use."""
    lane = state.lanes[Session.INTERACTIVE]
    if state.desk.single and lane.status is LaneStatus.READY and lane.job is None:
        stop(state, Session.INTERACTIVE)


def ended(state: State, now: float, session: Session, epoch: int, asked: bool) -> None:
    """The process is gone. An unasked end counts towards giving up."""
    lane = current(state, session, epoch)
    if lane is None:
        return
    _answer_calls(state, session)
    if state.desk.closing:
        state.lanes.put(session, replace(lane, status=LaneStatus.OFF, job=None))
        return
    if session is Session.TRANSFER and state.desk.single:
        state.desk = replace(state.desk, single=False)
    if asked or lane.status is LaneStatus.STOPPING:
        pause = state.config.rest_s * 2 ** max(0, min(lane.taints, 10) - 1) if lane.taints else 0.0
        _rest(state, now, session, lane, min(pause, state.config.rest_max_s))
        return
    ends = (*(t for t in lane.ends if now - t < state.config.give_up_window_s), now)
    lane = replace(lane, ends=ends)
    if len(ends) >= state.config.give_up_count:
        state.lanes.put(session, replace(lane, status=LaneStatus.GAVE_UP, job=None))
        return
    _rest(state, now, session, lane, _back_off(state, lane))


def _back_off(state: State, lane: Lane) -> float:
    return float(min(state.config.restart_max_s, 2 ** min(lane.failures, 10)))


def _rest(state: State, now: float, session: Session, lane: Lane, pause: float) -> None:
    state.lanes.put(
        session,
        replace(lane, status=LaneStatus.RESTING, job=None, usable_at=now + pause, failures=lane.failures + 1),
    )
    state.emit(SetTimer(timer_key(session), now + pause))


def _answer_calls(state: State, session: Session) -> None:
    for call, (token, owner) in list(state.calls.items()):
        if owner is session:
            state.calls.drop(call)
            state.emit(AnswerError(token, ErrorInfo("ISCB-SDK-NOT-CONNECTED")))


def rested(state: State, session: Session) -> None:
    """The pause is over: the session is off, and starts again when somebody wants it.

    While results are owed it starts at once: they can only turn up in a running session, and until they have, or it is
    clear that they won't, saves are handed over twice.
    """
    lane = state.lanes[session]
    if lane.status is LaneStatus.RESTING:
        state.lanes.put(session, replace(lane, status=LaneStatus.OFF, wanted_again=False))
        shared = state.desk.single and session is Session.INTERACTIVE
        if (state.desk.owed or state.desk.owed_open or lane.wanted_again) and not shared:
            want(state, session)


def stop(state: State, session: Session) -> None:
    """Shut the session down; SessionEnded follows."""
    lane = state.lanes[session]
    if lane.status in _RUNNING:
        state.lanes.put(session, replace(lane, status=LaneStatus.STOPPING, job=None))
        state.emit(StopSession(session, lane.epoch))


def taint(state: State, session: Session) -> None:
    """What this session says can't be trusted to belong to what was asked: shut it down, pause, start anew."""
    lane = state.lanes[session]
    if lane.status in _RUNNING:
        state.lanes.put(session, replace(lane, taints=lane.taints + 1))
        stop(state, session)


def reconnect(state: State) -> None:
    """A person wants another try: forget past failures."""
    for session in Session:
        lane = state.lanes[session]
        fresh = replace(lane, ends=(), failures=0)
        if lane.status in (LaneStatus.GAVE_UP, LaneStatus.RESTING):
            fresh = replace(fresh, status=LaneStatus.OFF)
        state.lanes.put(session, fresh)
        if fresh.status is LaneStatus.READY and fresh.job is None:
            # it may be a session that the desk has left without a word
            state.lanes.put(session, replace(fresh, wanted_again=session is Session.TRANSFER))
            stop(state, session)
    want(state, Session.TRANSFER)


def take(state: State, session: Session, job_id: str) -> None:
    """The session is this job's until `free`."""
    state.lanes.put(session, replace(state.lanes[session], job=job_id))


def free(state: State, now: float, session: Session, job_id: str, *, settle: bool) -> None:
    """The job has left the session; after a result the next hand-over waits a moment: a doubled result falls into it."""
    lane = state.lanes[session]
    if lane.job != job_id:
        return
    lane = replace(lane, job=None)
    if settle:
        lane = replace(lane, usable_at=max(lane.usable_at, now + state.config.settle_s), failures=0, taints=0)
    state.lanes.put(session, lane)
    if lane.usable_at > now and lane.status is LaneStatus.READY:
        state.emit(SetTimer(timer_key(session), lane.usable_at))


def heard(state: State, now: float, session: Session, success: bool) -> bool:
    """A result came, whosever it is: no hand-over before the settle gap is over, its double may follow.

    Returns whether it may be such a double: the same word as the last one, and within the gap.
    """
    lane = state.lanes[session]
    doubled = lane.heard is success and now - lane.heard_at <= state.config.settle_s
    usable_at = max(lane.usable_at, now + state.config.settle_s)
    lane = replace(lane, usable_at=usable_at, heard=success, heard_at=now)
    state.lanes.put(session, lane)
    if lane.job is None:
        state.emit(SetTimer(timer_key(session), lane.usable_at))
    return doubled


def listen(state: State, session: Session, until: float) -> None:
    """Hand nothing over in this session before then."""
    lane = state.lanes[session]
    state.lanes.put(session, replace(lane, usable_at=max(lane.usable_at, until)))
    state.emit(SetTimer(timer_key(session), max(lane.usable_at, until)))


def nothing_owed(state: State, now: float) -> None:
    """The last owed result came: sessions need wait for it no longer."""
    for session in Session:
        lane = state.lanes[session]
        soon = now + state.config.settle_s
        if lane.usable_at > soon and lane.status is LaneStatus.READY:
            state.lanes.put(session, replace(lane, usable_at=soon))
            state.emit(SetTimer(timer_key(session), soon))
