"""What the engine asks the world to do.

The owner commits all `Write*` effects of one batch durably before it carries out any other effect of
that batch, in order. If the commit fails it calls `Engine.rollback()` and carries out none of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from iscbridge.core.inputs import Session
from iscbridge.core.jobs import ErrorInfo, Job, OpenedFile, Origin, Snapshot


@dataclass(frozen=True, slots=True)
class Effect:
    """Base of all effects."""


@dataclass(frozen=True, slots=True)
class WriteJob(Effect):
    """Store the job as it is now, and one line of its history: `cause` is a short stable word (`captured`, `torn` ...)."""

    job: Job
    cause: str


@dataclass(frozen=True, slots=True)
class WriteEvent(Effect):
    """Store an SDK event as it came (bounded history; helps when a result is disputed)."""

    session: Session
    epoch: int
    operate: str
    raw: str
    job_id: str | None
    now: float


@dataclass(frozen=True, slots=True)
class WriteOpened(Effect):
    opened: OpenedFile


@dataclass(frozen=True, slots=True)
class WriteOwed(Effect):
    """Store how many results of abandoned hand-overs may still turn up: the next run has to know (`Recovered`)."""

    saves: int
    opens: int


@dataclass(frozen=True, slots=True)
class AnswerJob(Effect):
    """Answer the pending request `token` with the job as it is now."""

    token: int
    job: Job


@dataclass(frozen=True, slots=True)
class AnswerError(Effect):
    token: int
    error: ErrorInfo


@dataclass(frozen=True, slots=True)
class AnswerOk(Effect):
    token: int


@dataclass(frozen=True, slots=True)
class JobChanged(Effect):
    """Tell everyone who follows this job."""

    job: Job


@dataclass(frozen=True, slots=True)
class Announce(Effect):
    """A notification for all hosts: `topic` is a protocol name such as `upgrade.announced` or `file.opened`."""

    topic: str
    params: dict[str, str] = field(default_factory=dict)
    origin: Origin | None = None
    """Only to this host instance, if given."""


@dataclass(frozen=True, slots=True)
class Capture(Effect):
    """Find the closure, check it, copy it into the snapshot store -> CaptureDone, CaptureFailed, CaptureSlow.

    One volume's captures run in the order in which they were asked.
    """

    job_id: str
    attempt: int
    path: str
    assembly: bool
    files: tuple[str, ...] | None
    opened_folders: tuple[str, ...]
    """Assembly folders that came from the cloud: such a one is handed over in place."""


@dataclass(frozen=True, slots=True)
class StopCapture(Effect):
    """The job was taken back: stop copying as soon as it can be. No input answers it."""

    job_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Prepare(Effect):
    """Compare the files with the snapshot; lay out a staged assembly folder -> Prepared."""

    job_id: str
    attempt: int
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Recheck(Effect):
    """Compare again after the result -> Rechecked."""

    job_id: str
    attempt: int
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class IdentifyOpened(Effect):
    """Work out the identity of a delivered file -> OpenedIdentified."""

    job_id: str
    path: str
    open_type: str
    work_state: str
    assembly: bool
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class StartSession(Effect):
    """Start an SDK process -> SessionReady, SessionRefused or SessionEnded with this epoch."""

    session: Session
    epoch: int


@dataclass(frozen=True, slots=True)
class StopSession(Effect):
    """Shut the process down (ShutOut, then kill after a grace) -> SessionEnded(asked=True)."""

    session: Session
    epoch: int


@dataclass(frozen=True, slots=True)
class CallSdk(Effect):
    """Call one function of the SDK, by the guide's name (`Save`, `OpenCloudFile` ...) -> CallReturned, SdkEvent."""

    session: Session
    epoch: int
    call: int
    function: str
    path: str = ""
    assembly: bool = False
    args: tuple[str, ...] = ()
    """For the licence and upgrade calls: their arguments in the guide's order, booleans as `true`/`false`."""


@dataclass(frozen=True, slots=True)
class SetTimer(Effect):
    """Send TimerFired(key) at time `at` or soon after; setting a key again moves it."""

    key: str
    at: float


@dataclass(frozen=True, slots=True)
class ClearTimer(Effect):
    key: str


@dataclass(frozen=True, slots=True)
class AnswerStored(Effect):
    """Answer the pending request `token` with the job as the journal has it (a repeated request id)."""

    token: int
    job_id: str
