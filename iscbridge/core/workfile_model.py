"""Words of the working files: what is known of each, what can happen to it, what the world is asked to do.

No input carries a time, unlike those of the job engine: every period here is a timer's business. A clock that is set,
forward or back, then can't end a quiet period early or stretch it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class FileState(StrEnum):
    """What is told of a working file."""

    SAVED = "saved"
    """Its content is that of the last cloud save, or as it came from the cloud."""
    CHANGED = "changed"
    """Its content is another one."""
    CHANGING = "changing"
    """It was written to a moment ago: what it holds is not read yet."""
    MISSING = "missing"
    """There is no file at its path."""
    UNREADABLE = "unreadable"
    """It is there or should be, and can't be looked at or read: no right, held by a program, a share that is away."""
    UNKNOWN = "unknown"
    """Not looked at yet since the bridge started, or just opened."""


class Policy(StrEnum):
    """What happens to a file that stays changed for a quiet period."""

    OFF = "off"
    ASK = "ask"
    AUTOMATIC = "automatic"


class Stat(NamedTuple):
    """What tells one state of a file from another without reading it: as `iscbridge.platform.files.FileStamp`.

    `file_id` is opaque and may be empty where a look could not tell it (listing a folder on Windows).
    """

    size: int
    mtime_ns: int
    file_id: str = ""


def same(one: Stat | None, other: Stat | None) -> bool:
    """Whether both are of one state of a file; an id that is not known says nothing. None is no file: same as nothing."""
    if one is None or other is None or one.size != other.size or one.mtime_ns != other.mtime_ns:
        return False
    return not one.file_id or not other.file_id or one.file_id == other.file_id


@dataclass(frozen=True, slots=True)
class Input:
    """Base of all inputs. Paths are absolute and in one spelling for each file: who feeds them maps the others."""


@dataclass(frozen=True, slots=True)
class Known(Input):
    """At the start: what the journal holds of the last cloud save. The file is looked at by the first scan."""

    path: str
    stat: Stat
    sha256: str


@dataclass(frozen=True, slots=True)
class Opened(Input):
    """A file came from the cloud. What it holds is read once, and is its saved content if nobody wrote before that."""

    path: str
    stat: Stat | None = None
    """As it came. None: that is not known any more; then whatever it holds counts as changed."""


@dataclass(frozen=True, slots=True)
class Saved(Input):
    """The cloud said that it has these bytes; `stat` is of the user's file when they were captured."""

    path: str
    stat: Stat
    sha256: str


@dataclass(frozen=True, slots=True)
class EventSeen(Input):
    """The system told of something at this path."""

    path: str


@dataclass(frozen=True, slots=True)
class ScanFound(Input):
    """A scan found the file other than it had been."""

    path: str


@dataclass(frozen=True, slots=True)
class LockSeen(Input):
    """The CAD's lock file beside this file came or went. Only a hint: the look before a save decides."""

    path: str
    locked: bool


@dataclass(frozen=True, slots=True)
class Seen(Input):
    """The answer to effect Look: the file as it is (None: there is none), and whether its CAD's lock file is there."""

    path: str
    number: int
    stat: Stat | None
    locked: bool = False
    readable: bool = True
    """Whether it could be looked at; if not, `stat` means nothing."""


@dataclass(frozen=True, slots=True)
class Hashed(Input):
    """The answer to effect Hash.

    `sha256` is given only if the file's stat was `stat` before and after reading. None with a `stat`: it changed while
    it was read. Both None: it can't be read.
    """

    path: str
    number: int
    stat: Stat | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class TimerFired(Input):
    """The time of effect SetTimer is over."""

    path: str
    number: int


@dataclass(frozen=True, slots=True)
class PolicyChanged(Input):
    """A new policy for one file, or for every file that has none of its own (`path` None).

    `policy` None with a path: the file follows the common one again. `quiet_s` None: the quiet period stays; it is one
    for all files, and periods that run already run to their end.
    """

    policy: Policy | None
    quiet_s: float | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Forgotten(Input):
    """The file is watched no more."""

    path: str


@dataclass(frozen=True, slots=True)
class ScanBegun(Input):
    """A scan begins. To be given before the scanner is started: what becomes known later is left to the next scan."""


@dataclass(frozen=True, slots=True)
class FolderScanned(Input):
    """The scan is through with a folder. `whole`: every known file of it was looked at."""

    folder: str
    whole: bool


@dataclass(frozen=True, slots=True)
class ScanEnded(Input):
    """The scan ended or was stopped; folders it did not report were not looked at."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Base of all effects."""


@dataclass(frozen=True, slots=True)
class Look(Effect):
    """Look at the file and for its lock files, now -> Seen, always, however long it takes."""

    path: str
    number: int


@dataclass(frozen=True, slots=True)
class Hash(Effect):
    """Read the file -> Hashed, always, however long it takes."""

    path: str
    number: int


@dataclass(frozen=True, slots=True)
class Remember(Effect):
    """Keep for the next start: this content is in the cloud, and the file had this stat when it held it."""

    path: str
    stat: Stat
    sha256: str


@dataclass(frozen=True, slots=True)
class Forget(Effect):
    """Remove from the journal what Remember put there."""

    path: str


@dataclass(frozen=True, slots=True)
class Told(Effect):
    """The file's state is another one now."""

    path: str
    state: FileState
    locked: bool = False
    """CHANGED: what the policy wants waits for the CAD's lock file to go."""


@dataclass(frozen=True, slots=True)
class AskPerson(Effect):
    """Ask whether to save the file; the next Told of another state than CHANGED takes the question back."""

    path: str


@dataclass(frozen=True, slots=True)
class SaveNow(Effect):
    """Save the file to the cloud, as a host would ask -> Saved when the cloud has it."""

    path: str


@dataclass(frozen=True, slots=True)
class SetTimer(Effect):
    """Send TimerFired(path, number) after so many seconds. A file has one timer: a new one replaces the old one."""

    path: str
    number: int
    after_s: float


@dataclass(frozen=True, slots=True)
class ClearTimer(Effect):
    path: str
