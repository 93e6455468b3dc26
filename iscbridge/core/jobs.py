"""Jobs: one Save, Save-as, Open or Solve that somebody asked for.

Everything here is a frozen value. The engine replaces values, it never changes them, so a
value that was written to the journal or sent to a host can't differ from the one decided on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class JobKind(StrEnum):
    """What was asked for."""

    SAVE = "save"
    SAVE_AS = "saveAs"
    OPEN = "open"
    SOLVE = "solve"


class JobState(StrEnum):
    """Where a job stands. The table of transitions is `iscbridge.core.transitions`."""

    ACCEPTED = "accepted"
    """In the journal; the bytes are not yet copied."""
    CAPTURED = "captured"
    """A durable snapshot of every byte exists: from here no crash loses it."""
    WAITING = "waiting"
    """Ready, and waiting for its turn; `Job.reason` says for what."""
    SUBMITTED = "submitted"
    """Handed to the SDK; the result is not known yet."""
    DONE = "done"
    """The cloud said so."""
    FAILED = "failed"
    """It certainly did not happen; `Job.error` says why."""
    REFUSED = "refused"
    """A rule stood against it before anything was sent; `Job.error` says which."""
    CANCELLED = "cancelled"
    """Taken back before it was handed over."""
    REPLACED = "replaced"
    """A newer save of the same file stands for it; `Job.replaced_by` names it."""
    UNKNOWN = "unknown"
    """Handed over, and no certain result: it asks for a decision."""

    @property
    def is_final(self) -> bool:
        """Whether the engine has nothing left to do by itself."""
        return self in _FINAL


_FINAL = frozenset(
    {
        JobState.DONE,
        JobState.FAILED,
        JobState.REFUSED,
        JobState.CANCELLED,
        JobState.REPLACED,
        JobState.UNKNOWN,
    }
)


#: Note of a job in state unknown that somebody looked at and left as it is: it asks no more.
DISMISSED = "note.dismissed"


class WaitReason(StrEnum):
    """Why a job in `JobState.WAITING` waits. Shown to people; decides nothing."""

    TURN = "turn"
    """Another job of this session is on its way."""
    SDK_STARTING = "sdkStarting"
    """The SDK process starts, or rests after a fault before it starts again."""
    SDK_GAVE_UP = "sdkGaveUp"
    """The SDK process failed too often; a person has to start it again."""
    DIALOG = "dialog"
    """The only session is taken by a dialog that stands open in ISCDesk."""
    SAME_FILE = "sameFile"
    """An earlier save of this file is on its way."""
    FILE_RESTLESS = "fileRestless"
    """The file changed during several uploads in a row; waits until it is quiet."""
    PAUSED = "paused"
    """A person paused the hand-overs."""
    LICENSE = "license"
    """The licence of the host's product is being checked."""
    OTHER_CLOUD = "otherCloud"
    """It was meant for the other cloud (`Job.cloud`) than the one that this bridge runs with."""
    CLOSING = "closing"
    """ISCBridge closes for an upgrade of ISCDesk; the job goes out at the next start."""
    PREPARING = "preparing"
    """The file is compared with its snapshot, or the assembly folder is laid out."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Who asked: one instance of one host.

    `instance` is drawn by the host once per start and makes `request_id` unique among hosts.
    """

    instance: str = ""
    host: str = ""
    product: str = ""
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class CapturedFile:
    """One file of a snapshot.

    `name` is its place in the assembly folder ('/' between parts; the bare file name for a single file).
    `sha256` is of the bytes that go to the cloud, `source_sha256` of the bytes found at `source`: they
    differ only where flattening an assembly rewrote links. `mtime_ns`, `size` and `file_id` are those
    of `source` at the time of copying; `file_id` is opaque and names the file object on its volume.
    """

    name: str
    source: str
    size: int
    mtime_ns: int
    file_id: str
    sha256: str
    source_sha256: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What capture found and saved. `files[0]` is the file asked for, or the assembly's main file."""

    identity: str
    """Key of the file or assembly asked for: equal for every spelling of one file."""
    files: tuple[CapturedFile, ...]
    folder: str | None = None
    """Assembly: the folder that is handed to the SDK; None for a single file."""
    staged: bool = False
    """Whether `folder` is ours and is laid out from the snapshot just before the hand-over."""

    @property
    def total_size(self) -> int:
        """Bytes in all files together."""
        return sum(f.size for f in self.files)


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """An error as data: a code of `iscbridge.core.errors` and the parameters of its texts."""

    code: str
    params: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LicenseLimit:
    """Why new cloud work of a product may not go out, and what may all the same."""

    error: ErrorInfo
    opened_before: float | None = None
    """A save of a file that was opened from the cloud up to this time goes out; None: none does."""
    pending: bool = False
    """A check is under way that may lift the limit: the job waits for its end."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job. Times are seconds since the epoch, UTC."""

    id: str
    kind: JobKind
    state: JobState
    path: str
    """Absolute path as the host gave it; empty for open until the cloud delivered a file."""
    created: float
    updated: float
    cloud: str
    """`sandbox` or `iscdesk`."""
    origin: Origin = Origin()
    assembly: bool = False
    files: tuple[str, ...] | None = None
    """The host's own list of the assembly's files, absolute; None when the format is to be read."""
    force: bool = False
    """Try although the file is known to be opened read-only."""
    limit: LicenseLimit | None = None
    """The licence allowed no new cloud work when this was asked, and that is not settled yet."""
    snapshot: Snapshot | None = None
    snapshot_until: float | None = None
    """When the snapshot may be deleted; None while it must stay."""
    reason: WaitReason | None = None
    handed_path: str | None = None
    """The path given to the SDK."""
    submitted_at: float | None = None
    attempts: int = 0
    """Hand-overs to the SDK so far."""
    auto_repeats: int = 0
    """Hand-overs repeated by the bridge itself after a lost result (at most one)."""
    recaptures: int = 0
    """Times that newer content was captured because the file changed before or during the upload."""
    notes: tuple[str, ...] = ()
    """Message ids of what happened on the way (`note.torn`, `note.newer`, `note.repeated` ...), oldest first."""
    error: ErrorInfo | None = None
    replaced_by: str | None = None
    result_path: str | None = None
    """Open: the local path that the cloud delivered (the folder for an assembly)."""
    result: dict[str, str] = field(default_factory=dict)
    """Parameters of the SDK's result event, as text."""


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file or assembly folder that came from the cloud, as the SDK's event described it."""

    identity: str
    path: str
    open_type: str
    """`OpenOnly` or `OpenAndCheckout`; other text is kept as it came."""
    work_state: str
    """`CHECKIN` or `CHECKOUT`; other text is kept as it came."""
    assembly: bool
    opened_at: float

    @property
    def read_only(self) -> bool:
        """Whether the guide says that it can't be saved (page OpenCloudFile: checked in and opened OpenOnly)."""
        return self.open_type == "OpenOnly" and self.work_state == "CHECKIN"
