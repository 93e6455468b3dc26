"""`job.history`: what became of a job step by step, what it sends, and how long its like took before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from iscbridge.core.changes import Change
from iscbridge.core.jobs import Job, JobKind, WaitReason
from iscbridge.core.usual import Usual, usual
from iscbridge.ipc import job_wire as w
from iscbridge.ipc.wire import job_to_wire, time_to_wire

if TYPE_CHECKING:
    from iscbridge.journal.history import Transition
    from iscbridge.journal.journal import Journal
    from iscbridge.texts.render import Language

#: A dialog stands open for as long as a person likes: only what needs nobody has a usual time.
_TIMED = (JobKind.SAVE, JobKind.SOLVE)
_FIRST = (Change.NEW, Change.CHANGED, Change.UNCHANGED, None)


def history(journal: Journal, job: Job, language: Language) -> w.JobHistoryResult:
    """The answer to `job.history`."""
    files = saved_files(journal, job)
    return w.JobHistoryResult(
        job=job_to_wire(job, language),
        steps=[_step(step) for step in journal.history(job.id)],
        files=listed(files),
        more=max(0, len(files) - w.MAX_LISTED),
        usual=_usual(journal, job),
    )


def saved_files(journal: Journal, job: Job) -> list[w.SavedFileObject]:
    """The files of the job's captured copy, each against what the cloud had before."""
    if job.snapshot is None:
        return []
    before = journal.baseline_before(job)
    return [
        w.SavedFileObject(name=file.name, source=file.source, size=file.size, change=before.of_captured(file))
        for file in job.snapshot.files
    ]


def listed(files: Sequence[w.SavedFileObject]) -> list[w.SavedFileObject]:
    """As many as one answer holds: the main file, then those that change something."""
    if len(files) <= w.MAX_LISTED:
        return list(files)
    rest = sorted(files[1:], key=lambda file: _FIRST.index(file.change))
    return [files[0], *rest[: w.MAX_LISTED - 1]]


def _step(step: Transition) -> w.StepObject:
    reason = None if step.reason is None or step.reason not in set(WaitReason) else WaitReason(step.reason)
    return w.StepObject(time_to_wire(step.at), step.state, step.cause, reason, step.error)


def _usual(journal: Journal, job: Job) -> w.UsualObject | None:
    if job.kind not in _TIMED or job.snapshot is None:
        return None
    found: Usual | None = usual(journal.durations(job.kind, job.cloud), job.snapshot.total_size)
    return None if found is None else w.UsualObject(round(found.seconds, 1), found.samples)
