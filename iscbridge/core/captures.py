"""From accepted to captured: the bytes become safe, and newer saves stand for older ones."""

from __future__ import annotations

from dataclasses import replace

from iscbridge.core import permits
from iscbridge.core.effects import Capture, StopCapture
from iscbridge.core.inputs import CaptureDone, CaptureFailed, CaptureSlow
from iscbridge.core.jobs import ErrorInfo, JobKind, JobState
from iscbridge.core.outcome import close
from iscbridge.core.state import Live, Phase, State, step

_NOT_HANDED_OVER = (Phase.CAPTURING, Phase.HELD, Phase.READY)


def begin(state: State, live: Live) -> Live:
    """Ask for a capture of the job's file as it is now."""
    job = live.job
    live = replace(live, phase=Phase.CAPTURING, attempt=state.number(), lane=None)
    state.lives.put(job.id, live)
    state.emit(Capture(job.id, live.attempt, job.path, job.assembly, job.files, opened_folders(state)))
    return live


def opened_folders(state: State) -> tuple[str, ...]:
    """Folders of the assemblies that came from the cloud."""
    return tuple(opened.path for opened in state.opened.values() if opened.assembly)


def stop(state: State, live: Live) -> None:
    """Stop a capture under way, if there is one."""
    if live.phase is Phase.CAPTURING:
        state.emit(StopCapture(live.job.id, live.attempt))


def _awaited(state: State, job_id: str, attempt: int) -> Live | None:
    live = state.lives.get(job_id)
    if live is None or live.phase is not Phase.CAPTURING or live.attempt != attempt:
        return None
    return live


def on_slow(state: State, event: CaptureSlow) -> None:
    """The share takes its time; people are told, the capture goes on."""
    live = _awaited(state, event.job_id, event.attempt)
    if live is None or "note.shareSlow" in live.job.notes:
        return
    job = step(live, live.job.state, event.now, "note.shareSlow", reason=live.job.reason)
    state.store(replace(live, job=job), "shareSlow")


def on_failed(state: State, event: CaptureFailed) -> None:
    """A rule stands against it, or the moment does."""
    live = _awaited(state, event.job_id, event.attempt)
    if live is None:
        return
    if event.refused:
        close(state, live, event.now, JobState.REFUSED, "refused", error=event.error)
    else:
        close(state, live, event.now, JobState.FAILED, "captureFailed", error=event.error)


def on_done(state: State, event: CaptureDone) -> None:
    """The bytes are safe. From here the job can be refused, replaced or queued, but not lost."""
    live = _awaited(state, event.job_id, event.attempt)
    if live is None:
        return
    first = live.job.state is JobState.ACCEPTED
    notes = () if first else ("note.newer",)
    job = step(
        live,
        JobState.CAPTURED,
        event.now,
        *notes,
        snapshot=event.snapshot,
        snapshot_until=None,
        handed_path=None,
        recaptures=live.job.recaptures + (0 if first else 1),
    )
    live = replace(live, job=job, phase=Phase.READY)
    if _opened_read_only(state, live):
        error = ErrorInfo("ISCB-CLOUD-OPENED-READ-ONLY", {"path": job.path})
        close(state, live, event.now, JobState.REFUSED, "refused", error=error)
        return
    permitted = permits.decide(state, event.now, live)
    if permitted is None:
        return
    state.store(permitted, "captured" if first else "recaptured")
    settle_same_file(state, event.now, permitted)


def _opened_read_only(state: State, live: Live) -> bool:
    """Guide page OpenCloudFile: a file that is checked in and was opened OpenOnly can't be saved."""
    if live.job.kind is not JobKind.SAVE or live.job.force or live.job.snapshot is None:
        return False
    opened = state.opened.get(live.job.snapshot.identity)
    return opened is not None and opened.read_only


def settle_same_file(state: State, now: float, live: Live) -> None:
    """Of several saves of one file that were not handed over only the newest goes on.

    One that waits for its licence stands for no other: it may be refused yet.
    """
    if live.job.kind is not JobKind.SAVE or live.job.limit is not None:
        return
    waiting = [
        other
        for other in state.same_file(live)
        if other.job.kind is JobKind.SAVE
        and other.phase in _NOT_HANDED_OVER
        and other.job.state is not JobState.ACCEPTED
    ]
    newest = max((live, *(other for other in waiting if other.job.limit is None)), key=lambda other: other.order)
    for other in (*waiting, live):
        if other.order > newest.order:
            continue
        if other is not newest:
            stop(state, other)
            close(state, other, now, JobState.REPLACED, "replaced", replaced_by=newest.job.id)
