"""How a job ends: the last word in the journal, how long its snapshot stays, what its session still owes."""

from __future__ import annotations

from dataclasses import replace

from iscbridge.core import lanes
from iscbridge.core.effects import ClearTimer, SetTimer
from iscbridge.core.jobs import ErrorInfo, Job, JobKind, JobState
from iscbridge.core.state import Live, Phase, State, step

_DAY = 86400.0
_SAVES = (JobKind.SAVE, JobKind.SAVE_AS)


def job_timer(live: Live) -> str:
    """Name of the one timer that a job has."""
    return f"job:{live.job.id}"


def close(
    state: State,
    live: Live,
    now: float,
    final: JobState,
    cause: str,
    *notes: str,
    error: ErrorInfo | None = None,
    replaced_by: str | None = None,
    result_path: str | None = None,
    got_result: bool = False,
    over: bool = False,
) -> Job:
    """End the job. Results of its hand-overs that did not come stay owed.

    Its session is free, or recycled if such a result could still come in it (`over`: it is at its end already).
    Failed, refused and cancelled mean that it certainly did not happen. With an earlier hand-over (torn, or its result
    lost) nobody can say so: the job ends as unknown, with the same cause and error.
    """
    if live.uncertain and final in (JobState.FAILED, JobState.REFUSED, JobState.CANCELLED):
        final = JobState.UNKNOWN
    job = step(
        live,
        final,
        now,
        *notes,
        error=error,
        replaced_by=replaced_by,
        result_path=result_path,
        snapshot_until=_snapshot_until(state, now, live, final),
    )
    state.lives.drop(job.id)
    state.store_final(job, cause)
    state.emit(ClearTimer(job_timer(live)))
    owe(state, now, live)
    if live.lane is not None:
        lanes.free(state, now, live.lane, job.id, settle=got_result)
        if got_result:
            wait_for_last_result(state, now, live)
        lane = state.lanes[live.lane]
        if final is JobState.DONE and job.kind in _SAVES:
            state.lanes.put(live.lane, replace(lane, last_done=job))
        if _may_still_answer(state, live, final) and not over:
            lanes.taint(state, live.lane)
        lanes.release_dialog_session(state)
    return job


def _may_still_answer(state: State, live: Live, final: JobState) -> bool:
    """Whether a job leaves its session with a result outstanding that the next job would be given."""
    if not live.calls or live.job.kind is JobKind.SOLVE or final is JobState.DONE:
        return False
    return live.calls > live.results or (live.job.kind in _SAVES and state.desk.owed > 0)


def _snapshot_until(state: State, now: float, live: Live, final: JobState) -> float | None:
    if live.job.snapshot is None or final is JobState.UNKNOWN:
        return None
    if final in (JobState.FAILED, JobState.REFUSED):
        return now + state.config.failed_snapshot_days * _DAY
    return now + state.config.snapshot_days * _DAY


def owe(state: State, now: float, live: Live) -> None:
    """Count the results that may still come for hand-overs that nobody waits for any more."""
    missing = max(0, live.calls - live.results)
    extra = max(0, live.results - live.calls)
    if live.job.kind is JobKind.OPEN:
        state.desk = replace(state.desk, owed_open=state.desk.owed_open + missing)
    elif live.job.kind in _SAVES and (missing or extra):
        state.desk = replace(state.desk, owed=max(0, state.desk.owed + missing - extra))
    if missing:
        state.desk = replace(state.desk, owed_at=now)
    watch_quiet(state, now)


def watch_quiet(state: State, now: float) -> None:
    """While results are owed: once nothing was in flight for long enough they are no longer expected."""
    if state.desk.owed or state.desk.owed_open:
        state.emit(SetTimer("quiet", now + state.config.quiet_s))


def wait_for_last_result(state: State, now: float, live: Live) -> None:
    """A save had to be handed over again to be certain; one result may still come, of its last hand-over.

    If the first result was a late one, the others are each one behind, and the last comes about as long after this one
    as an upload of this file takes: at most the time since the first call. Twice that is waited; the next save then
    need not be handed over twice.
    """
    if live.calls < 2 or not state.desk.owed or live.lane is None:
        return
    until = now + max(state.config.rest_s, 2 * (now - live.first_called))
    lanes.listen(state, live.lane, until + state.config.settle_s)
    state.emit(SetTimer("quiet", until))


def is_quiet(state: State, kinds: tuple[JobKind, ...]) -> bool:
    """Whether nothing of these kinds is in flight in any session."""
    return not any(live.calls and live.job.kind in kinds for live in state.lives.values())


def forget_owed(state: State, now: float) -> None:
    """Owed results did not come for long enough, though the sessions were there to hear them."""
    if (state.desk.owed or state.desk.owed_open) and lanes.all_listening(state):
        owed = state.desk.owed if not is_quiet(state, _SAVES) else 0
        owed_open = state.desk.owed_open if not is_quiet(state, (JobKind.OPEN,)) else 0
        state.desk = replace(state.desk, owed=owed, owed_open=owed_open)
        if not owed and not owed_open:
            lanes.nothing_owed(state, now)


def repeat_or_ask(state: State, now: float, live: Live, cause: str, error: str) -> None:
    """The result of a hand-over is lost: repeat a fresh save once by itself, else ask a person."""
    job = live.job
    fresh = job.submitted_at is not None and now - job.submitted_at < state.config.repeat_window_s
    if job.kind is not JobKind.SAVE or job.auto_repeats or not fresh:
        close(state, live, now, JobState.UNKNOWN, cause, error=ErrorInfo(error, {"path": job.path}), over=True)
        return
    owe(state, now, live)
    if live.lane is not None:
        lanes.free(state, now, live.lane, job.id, settle=False)
    repeated = step(live, JobState.WAITING, now, "note.repeated", auto_repeats=1)
    state.emit(ClearTimer(job_timer(live)))
    state.store(
        replace(
            live,
            job=repeated,
            phase=Phase.READY,
            lane=None,
            repeat=True,
            uncertain=True,
            calls=0,
            results=0,
            successes=0,
            attempt=state.number(),
        ),
        "repeat",
    )
