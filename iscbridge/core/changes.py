"""Which bytes the cloud has already: files of today against the last save that the cloud confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from iscbridge.core.jobs import CapturedFile

_NS = 1_000_000_000


class Change(StrEnum):
    """One file against what the cloud has."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class PartState(StrEnum):
    """What would become of one file of an assembly, if it were saved now."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    MISSING = "missing"
    TOO_LONG = "tooLong"
    COLLISION = "collision"
    UNREADABLE = "unreadable"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is known of the cloud's state of a file or an assembly: its last confirmed save, or its coming from there."""

    files: Mapping[str, CapturedFile] = field(default_factory=dict)
    """By their names in that save."""
    opened_at: float | None = None
    """When it came from the cloud, if no save was confirmed since. Seconds since the epoch."""

    def by_stamp(self, name: str, size: int, mtime_ns: int, file_id: str | None) -> Change | None:
        """What the file's stamp alone tells; None: its bytes have to be compared (`by_bytes`).

        An equal stamp needs no reading: capture waited until no later write could leave it as it was
        (`FileStamp.unsettled_for`). Another one proves nothing, for a copy back or a touch changes it too.
        """
        if self.opened_at is not None:
            return Change.CHANGED if mtime_ns > self.opened_at * _NS else Change.UNCHANGED
        known = self.files.get(name)
        if known is None:
            return Change.NEW
        if size != known.size:
            return Change.CHANGED
        same = (mtime_ns, file_id) == (known.mtime_ns, known.file_id)
        return Change.UNCHANGED if same else None

    def by_bytes(self, name: str, sha256: str) -> Change:
        """What the file's own bytes tell."""
        known = self.files.get(name)
        if known is None:
            return Change.NEW
        return Change.UNCHANGED if known.source_sha256 == sha256 else Change.CHANGED

    def of_captured(self, file: CapturedFile) -> Change:
        """A file that was captured."""
        if self.opened_at is not None:
            return Change.CHANGED if file.mtime_ns > self.opened_at * _NS else Change.UNCHANGED
        return self.by_bytes(file.name, file.source_sha256)
