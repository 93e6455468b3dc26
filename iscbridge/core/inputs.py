"""What can happen to the engine. Every input carries the time; the engine has no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from iscbridge.core.jobs import ErrorInfo, Job, JobKind, LicenseLimit, OpenedFile, Origin, Snapshot


class Session(StrEnum):
    """The SDK sessions: saves never wait behind a dialog (design: two sessions, one if the desk allows no more)."""

    TRANSFER = "transfer"
    INTERACTIVE = "interactive"


class CheckOutcome(StrEnum):
    """What comparing a job's files with its snapshot showed."""

    SAME = "same"
    CHANGED = "changed"
    MISSING = "missing"
    UNREADABLE = "unreadable"


class Resolution(StrEnum):
    """A person's answer to a job in state unknown."""

    REPEAT = "repeat"
    DISMISS = "dismiss"


@dataclass(frozen=True, slots=True)
class Input:
    """Base of all inputs; `now` is seconds since the epoch, UTC."""

    now: float


@dataclass(frozen=True, slots=True)
class Recovered(Input):
    """First input of all: what the journal held. `clean` tells whether the last run closed in good order."""

    jobs: tuple[Job, ...] = ()
    """Every job that is not final, and recent final ones with a request id, oldest first."""
    opened: tuple[OpenedFile, ...] = ()
    clean: bool = True
    owed_saves: int = 0
    """As last written by effect WriteOwed: results that may still turn up for hand-overs of an earlier run."""
    owed_opens: int = 0


@dataclass(frozen=True, slots=True)
class JobRequested(Input):
    """A host asks for a job. `token` names the pending request that gets the answer."""

    token: int
    job_id: str
    kind: JobKind
    path: str = ""
    origin: Origin = Origin()
    assembly: bool = False
    files: tuple[str, ...] | None = None
    force: bool = False
    limit: LicenseLimit | None = None
    """What the licence of the origin's product says; None: nothing against it."""


@dataclass(frozen=True, slots=True)
class CancelRequested(Input):
    token: int
    job_id: str


@dataclass(frozen=True, slots=True)
class RetryRequested(Input):
    """Do a failed, refused, cancelled or unknown job again, as it stands now on disk."""

    token: int
    job_id: str
    limit: LicenseLimit | None = None
    """As in JobRequested, for the job's own product."""


@dataclass(frozen=True, slots=True)
class ResolveRequested(Input):
    token: int
    job_id: str
    resolution: Resolution


@dataclass(frozen=True, slots=True)
class ReconnectRequested(Input):
    """A person wants the SDK process tried again after it gave up."""

    token: int


@dataclass(frozen=True, slots=True)
class PauseRequested(Input):
    """A person wants nothing new handed over to ISCDesk for now; asked again it moves the end."""

    token: int
    until: float | None = None
    """None: until somebody resumes."""


@dataclass(frozen=True, slots=True)
class ResumeRequested(Input):
    """A person ends the pause."""

    token: int


@dataclass(frozen=True, slots=True)
class LicenseSettled(Input):
    """What a product's licence says now, for the jobs that wait for it."""

    product: str
    limit: LicenseLimit | None = None


@dataclass(frozen=True, slots=True)
class CallRequested(Input):
    """A licence or upgrade call that a host passes through to the SDK; answered when the call returned."""

    token: int
    function: str
    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobRevived(Input):
    """A job that the engine no longer holds (final, from the journal) is put back before a retry or resolve."""

    job: Job


@dataclass(frozen=True, slots=True)
class CaptureDone(Input):
    job_id: str
    attempt: int
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class CaptureFailed(Input):
    """`refused` tells a rule (missing part, name collision) from a fault of the moment (unreadable, disk full)."""

    job_id: str
    attempt: int
    error: ErrorInfo
    refused: bool


@dataclass(frozen=True, slots=True)
class CaptureSlow(Input):
    """The volume did not answer within its deadline; the capture goes on."""

    job_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Prepared(Input):
    """Answer to effect Prepare: the files against the snapshot, and what to hand over if they are the same."""

    job_id: str
    attempt: int
    outcome: CheckOutcome
    handed_path: str = ""
    error: ErrorInfo | None = None


@dataclass(frozen=True, slots=True)
class Rechecked(Input):
    """Answer to effect Recheck, after the result came."""

    job_id: str
    attempt: int
    outcome: CheckOutcome


@dataclass(frozen=True, slots=True)
class SessionReady(Input):
    """The SDK process has loaded the library and Init succeeded.

    `call_failure_is_final`: a call that returns a failure raises no event afterwards
    (known for the sandbox; for a vendor's SDK its vendor file says so).
    """

    session: Session
    epoch: int
    call_failure_is_final: bool = False


@dataclass(frozen=True, slots=True)
class SessionRefused(Input):
    """Init failed: the desk takes no (second) session, is not there or not logged in. The process has ended."""

    session: Session
    epoch: int
    error: ErrorInfo


@dataclass(frozen=True, slots=True)
class SessionEnded(Input):
    """The SDK process is gone: stopped by us (`asked`), crashed, hung and killed, or could not be started."""

    session: Session
    epoch: int
    asked: bool
    error: ErrorInfo | None = None


@dataclass(frozen=True, slots=True)
class CallReturned(Input):
    """A call came back from the SDK. Says nothing of the result, which comes as an event."""

    session: Session
    epoch: int
    call: int
    ok: bool
    error: ErrorInfo | None = None


@dataclass(frozen=True, slots=True)
class SdkEvent(Input):
    """One event of the SDK. `operate` as printed in the guide (`SaveResult` ...), `params` as text.

    `operate` is "" when the event could not be read; `raw` keeps what came (at most 64 KiB of it).
    """

    session: Session
    epoch: int
    operate: str
    params: dict[str, str] = field(default_factory=dict)
    raw: str = ""


@dataclass(frozen=True, slots=True)
class OpenedIdentified(Input):
    """The identity of a file that the cloud delivered (worked out off the loop)."""

    job_id: str
    opened: OpenedFile
    attempt: int = 0
    """That of effect IdentifyOpened; 0 if not known."""


@dataclass(frozen=True, slots=True)
class TimerFired(Input):
    key: str


@dataclass(frozen=True, slots=True)
class ClockSetBack(Input):
    """The system's clock shows less than before: `now`, and every time from here on, is by the new one."""

    by: float
    """Seconds; more than 0."""


@dataclass(frozen=True, slots=True)
class DrainRequested(Input):
    """The bridge will close soon: nothing new is handed over, what is handed over is finished."""


@dataclass(frozen=True, slots=True)
class ShutdownRequested(Input):
    """The bridge closes: nothing new is started; `token` is answered, the journal keeps the rest."""

    token: int
