"""What a product's licence means for its jobs. Accepted work is finished; only new cloud work can be stopped.

A job that comes while its licence allows no new cloud work may still be good: it may save a file that was opened from
the cloud while the licence stood, which only its capture can tell, or a check under way may lift the limit. Such a
job is accepted and captured, so that its bytes are safe, and decided on afterwards.
"""

from __future__ import annotations

from dataclasses import replace

from iscbridge.core.inputs import LicenseSettled
from iscbridge.core.jobs import Job, JobKind, JobState, LicenseLimit, WaitReason
from iscbridge.core.outcome import close
from iscbridge.core.state import Live, Phase, State, step


def refuses_at_once(limit: LicenseLimit | None, kind: JobKind) -> bool:
    """Whether nothing can come of a new job of this kind."""
    if limit is None or limit.pending:
        return False
    return kind is not JobKind.SAVE or limit.opened_before is None


def for_retry(limit: LicenseLimit | None, job: Job) -> LicenseLimit | None:
    """The limit for a job that is asked for again.

    One that was accepted before the licence stopped, and that nobody took back, is no new work: as long as files
    opened before may be saved, it may be finished. One that never got past its licence was not accepted yet, also if
    the licence is said to have stopped later than it did then (a refusal that comes after the end of the grace).
    """
    if limit is None or limit.opened_before is None or job.limit is not None:
        return limit
    if job.state in (JobState.CANCELLED, JobState.REFUSED):
        return limit
    return None if job.created <= limit.opened_before else limit


def decide(state: State, now: float, live: Live) -> Live | None:
    """Settle a limited job whose content is known: let it go on, keep it waiting, or refuse it (then None).

    A refused job keeps its snapshot like any other: once the licence stands again, a retry sends it.
    """
    limit = live.job.limit
    if limit is None:
        return live
    if _opened_in_time(state, live, limit):
        return _free(live)
    if limit.pending:
        return live
    close(state, live, now, JobState.REFUSED, "refused", error=limit.error)
    return None


def on_settled(state: State, event: LicenseSettled) -> list[Live]:
    """Apply what a product's licence says now to its jobs that wait for it; gives those that may go on.

    That a job may go on is written: it is accepted from then on, whatever the licence says after a crash.
    """
    freed = []
    waiting = [
        live for live in state.lives.values() if live.job.limit is not None and live.job.origin.product == event.product
    ]
    for found in sorted(waiting, key=lambda live: live.order):
        live = replace(found, job=replace(found.job, limit=event.limit))
        state.lives.put(live.job.id, live)
        decided: Live | None = live  # while its capture is under way only the licence itself can allow it
        if live.phase is Phase.READY:
            decided = decide(state, event.now, live)
        if decided is None or decided.job.limit is not None:
            continue
        _write(state, event.now, decided)
        if live.phase is Phase.READY:
            freed.append(state.lives[live.job.id])
    return freed


def _write(state: State, now: float, live: Live) -> None:
    reason = WaitReason.TURN if live.job.state is JobState.WAITING else None
    state.store(replace(live, job=step(live, live.job.state, now, reason=reason)), "permitted")


def _free(live: Live) -> Live:
    return replace(live, job=replace(live.job, limit=None))


def _opened_in_time(state: State, live: Live, limit: LicenseLimit) -> bool:
    if limit.opened_before is None or live.job.kind is not JobKind.SAVE or live.job.snapshot is None:
        return False
    opened = state.opened.get(live.job.snapshot.identity)
    return opened is not None and opened.opened_at <= limit.opened_before
