"""Compares files with their snapshot before a hand-over and after its result, and prepares what is handed over."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from iscbridge.core.errors import BridgeError, JournalError
from iscbridge.core.inputs import CheckOutcome
from iscbridge.core.jobs import CapturedFile, ErrorInfo, Snapshot
from iscbridge.hosts.closure import Stopped
from iscbridge.journal import staging as stage
from iscbridge.journal.plan import walk
from iscbridge.journal.snapshots import SnapshotStore, hash_path
from iscbridge.platform.files import FileStamp, stamp

#: Up to this size everything is read again; beyond, only what has another stamp.
_SMALL = 64 * 1024 * 1024
_GONE = ("ISCB-FILE-MISSING", "ISCB-FILE-IS-FOLDER")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `prepare` found. `handed_path` and `stamps` (of the sources, for `recheck`) are set for SAME, `error` for UNREADABLE."""

    outcome: CheckOutcome
    handed_path: str = ""
    error: ErrorInfo | None = None
    stamps: tuple[FileStamp, ...] = ()


def prepare(snapshot: Snapshot, store: SnapshotStore, staging: Path, stop: threading.Event | None = None) -> Comparison:
    """Compare the sources with the snapshot and, if they are the same, make ready what is handed to the SDK.

    Raises:
        Stopped: `stop` was set. Everything else is in the answer.
    """
    stop = stop or threading.Event()
    try:
        outcome, stamps = _compare(snapshot, stop)
        if outcome is not CheckOutcome.SAME:
            return Comparison(outcome)
        if snapshot.staged:
            return Comparison(outcome, stage.lay_out(snapshot, store, staging, stop), stamps=stamps)
    except JournalError as error:
        if error.code == "ISCB-JOURNAL-SNAPSHOT-LOST":
            return Comparison(CheckOutcome.CHANGED)  # the sources are as they were: capturing again heals it
        return Comparison(CheckOutcome.UNREADABLE, error=error.info)
    except BridgeError as error:
        return Comparison(CheckOutcome.UNREADABLE, error=error.info)
    return Comparison(outcome, snapshot.folder or snapshot.files[0].source, stamps=stamps)


def recheck(
    snapshot: Snapshot, staging: Path, stop: threading.Event | None = None, stamps: tuple[FileStamp, ...] = ()
) -> CheckOutcome:
    """Compare again after the result: the files that the SDK was to read, ours or the user's.

    `stamps`: what `prepare` found. A file that was another one only while the SDK read it has the right bytes again
    and another stamp: it counts as changed.

    Raises:
        Stopped: `stop` was set.
    """
    stop = stop or threading.Event()
    try:
        if not snapshot.staged:
            outcome, found = _compare(snapshot, stop)
            meanwhile = bool(stamps) and found != stamps
            return CheckOutcome.CHANGED if outcome is CheckOutcome.SAME and meanwhile else outcome
        same = stage.is_as_laid_out(snapshot, staging, stop, hash_all=snapshot.total_size <= _SMALL)
    except BridgeError:
        return CheckOutcome.UNREADABLE
    return CheckOutcome.SAME if same else CheckOutcome.CHANGED


def _compare(snapshot: Snapshot, stop: threading.Event) -> tuple[CheckOutcome, tuple[FileStamp, ...]]:
    """The sources against the snapshot, and their stamps if they are the same.

    Only a missing main file counts as missing: for the rest capture has the words.
    """
    in_place = snapshot.folder is not None and not snapshot.staged
    if in_place:
        main = _stamp_of(snapshot.files[0])
        if main is None:
            return CheckOutcome.MISSING, ()
        if snapshot.folder is not None and walk(snapshot.folder, stop).keys() != {file.name for file in snapshot.files}:
            return CheckOutcome.CHANGED, ()
    stamps: list[FileStamp] = []
    for file in snapshot.files:
        if stop.is_set():
            raise Stopped
        found = _stamp_of(file)
        if found is None:
            return (CheckOutcome.MISSING if file is snapshot.files[0] else CheckOutcome.CHANGED), ()
        if found.size != file.size:
            return CheckOutcome.CHANGED, ()
        stamps.append(found)
    hash_all = snapshot.folder is None or snapshot.total_size <= _SMALL
    for file, found in zip(snapshot.files, stamps, strict=True):
        if not hash_all and found == FileStamp(file.size, file.mtime_ns, file.file_id):
            continue
        if hash_path(file.source, stop) != file.source_sha256 or _stamp_of(file) != found:
            return CheckOutcome.CHANGED, ()
    return CheckOutcome.SAME, tuple(stamps)


def _stamp_of(file: CapturedFile) -> FileStamp | None:
    try:
        return stamp(file.source)
    except BridgeError as error:
        if error.code in _GONE:
            return None
        raise
