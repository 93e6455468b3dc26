"""Objects of the local protocol that tell of a job's past, of its captured copy, and of an assembly before its save."""

from __future__ import annotations

from iscbridge.core.changes import Change, PartState
from iscbridge.core.jobs import JobState, WaitReason
from iscbridge.ipc.wire import ErrorObject, JobObject, Time, Wire

#: Files in one answer: some 2 MB of text, which a window can still show. The ones that matter come first.
MAX_LISTED = 5000


class StepObject(Wire, frozen=True):
    """One step of a job."""

    at: Time
    state: JobState
    cause: str
    reason: WaitReason | None = None
    error: str | None = None
    """The code of an error."""


class SavedFileObject(Wire, frozen=True):
    """One file of a job's captured copy."""

    name: str
    source: str
    size: int
    change: Change | None = None


class UsualObject(Wire, frozen=True):
    """How long such a job took before."""

    seconds: float
    samples: int


class JobHistoryResult(Wire, frozen=True):
    job: JobObject
    steps: list[StepObject]
    files: list[SavedFileObject]
    more: int = 0
    usual: UsualObject | None = None


class JobRecoverResult(Wire, frozen=True):
    path: str
    main: str
    files: int


class PartObject(Wire, frozen=True):
    """One file of an assembly that was looked at."""

    path: str
    name: str
    state: PartState
    blocks: bool
    size: int | None = None
    error: ErrorObject | None = None


class AssemblyCheckResult(Wire, frozen=True):
    path: str
    main: str
    ready: bool
    files: list[PartObject]
    more: int = 0
    error: ErrorObject | None = None
