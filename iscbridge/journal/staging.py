"""Assembly folders of our own, laid out from the snapshot store for a hand-over.

`<staging>/<key>/<stem>/` is the folder that the SDK gets; beside it `layout.json` notes what was written there,
so that a part that is still as we left it need not be written again. Files are copies (or share blocks), never
hard links: a desk that writes into one must not reach the store.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from iscbridge.core.errors import FileError
from iscbridge.core.jobs import CapturedFile, Snapshot
from iscbridge.hosts.closure import Stopped
from iscbridge.journal.plan import staged_folder
from iscbridge.journal.snapshots import SnapshotStore, hash_path
from iscbridge.platform import durable
from iscbridge.platform.faults import file_error, store_error
from iscbridge.platform.files import FileStamp, stamp
from iscbridge.platform.longpaths import extended

_LAYOUT = "layout.json"
#: Held while a folder is claimed for a hand-over, and while one is found to be old and deleted.
_claims = threading.Lock()
_Layout = dict[str, tuple[str, FileStamp]]
"""By name: SHA-256 of what was written, and its stamp then."""


def lay_out(snapshot: Snapshot, store: SnapshotStore, staging: Path, stop: threading.Event) -> str:
    """Make the assembly's folder hold exactly the snapshot.

    Returns:
        The folder.

    Raises:
        JournalError: ISCB-JOURNAL-SNAPSHOT-LOST, -DISK-FULL, -IO.
        FileError: something in the folder is held by another program (ISCB-FILE-LOCKED, ISCB-FILE-DENIED).
        Stopped: `stop` was set.
    """
    folder = staged_folder(staging, snapshot.identity, snapshot.files[0].name)
    if stop.is_set():
        raise Stopped  # given up while the sources were compared: another may be at work in the folder by now
    layout: _Layout = {}
    try:
        layout = _claim(folder)
        _remove_strangers(folder, {file.name for file in snapshot.files})
        for file in snapshot.files:
            if stop.is_set():
                raise Stopped
            target = os.path.join(folder, *file.name.split("/"))
            if not _is_as_left(target, file, layout):
                os.makedirs(extended(os.path.dirname(target)), exist_ok=True)
                store.copy_out(file, target, stop)
                layout[file.name] = (file.sha256, stamp(target))
    except OSError as error:
        found = file_error(error, error.filename or folder)
        if found.code in ("ISCB-FILE-LOCKED", "ISCB-FILE-DENIED"):
            raise found from error  # the desk, or a scanner, holds a file of the folder
        raise store_error(error, str(staging)) from error
    finally:
        names = {file.name for file in snapshot.files}
        _write_layout(folder, {name: entry for name, entry in layout.items() if name in names})
    return folder


def _claim(folder: str) -> _Layout:
    """Make the folder, or show `prune` that it is in use; gives what was noted of it."""
    with _claims:
        os.makedirs(extended(folder), mode=0o700, exist_ok=True)
        layout = _read_layout(folder)
        _write_layout(folder, layout)
        return layout


def is_as_laid_out(snapshot: Snapshot, staging: Path, stop: threading.Event, *, hash_all: bool) -> bool:
    """Whether the folder still holds the snapshot's bytes. Files that a desk added beside them do no harm.

    Raises:
        FileError: a file can't be read.
    """
    folder = staged_folder(staging, snapshot.identity, snapshot.files[0].name)
    layout = _read_layout(folder)
    for file in snapshot.files:
        if stop.is_set():
            raise Stopped
        target = os.path.join(folder, *file.name.split("/"))
        try:
            if (hash_all or not _is_as_left(target, file, layout)) and hash_path(target, stop) != file.sha256:
                return False
        except FileError as error:
            if error.code == "ISCB-FILE-MISSING":
                return False
            raise
    return True


def prune(staging: Path, before: float) -> None:
    """Delete assembly folders that were laid out last before this time (seconds since the epoch)."""
    with suppress(FileNotFoundError):
        for entry in list(os.scandir(extended(str(staging)))):
            with suppress(OSError), _claims:
                layout = os.path.join(entry.path, _LAYOUT)
                if os.stat(layout if os.path.exists(layout) else entry.path).st_mtime < before:
                    shutil.rmtree(entry.path, ignore_errors=True)


def _is_as_left(target: str, file: CapturedFile, layout: _Layout) -> bool:
    known = layout.get(file.name)
    if known is None or known[0] != file.sha256:
        return False
    try:
        return stamp(target) == known[1] and not os.path.islink(extended(target))
    except FileError:
        return False


def _remove_strangers(folder: str, names: set[str]) -> None:
    """Delete what the snapshot does not hold; a link is removed and never followed."""
    folders = {name.rsplit("/", depth)[0] for name in names for depth in range(1, name.count("/") + 1)}
    root = extended(folder)
    for parent, below, files in os.walk(root, topdown=True):
        place = os.path.relpath(parent, root).replace(os.sep, "/")
        prefix = "" if place == "." else f"{place}/"
        for name in files:
            path = os.path.join(parent, name)
            if f"{prefix}{name}" not in names or os.path.islink(path):
                durable.remove(path)
        for name in list(below):
            path = os.path.join(parent, name)
            if os.path.islink(path):
                durable.remove(path)
            elif f"{prefix}{name}" not in folders:
                shutil.rmtree(path)
            else:
                continue
            below.remove(name)


def _layout_path(folder: str) -> str:
    return os.path.join(os.path.dirname(folder), _LAYOUT)


def _read_layout(folder: str) -> _Layout:
    """What was noted; nothing if there is none or it can't be understood: then everything is written again."""
    try:
        with open(extended(_layout_path(folder)), encoding="utf-8") as file:
            found: dict[str, Any] = json.load(file)
        return {name: (sha, FileStamp(*rest)) for name, (sha, *rest) in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write_layout(folder: str, layout: _Layout) -> None:
    """Only saves work next time, so it need not be durable, and its failure does no harm."""
    path = _layout_path(folder)
    found = {name: [sha, made.size, made.mtime_ns, made.file_id] for name, (sha, made) in layout.items()}
    with suppress(OSError):
        with open(extended(f"{path}.part"), "w", encoding="utf-8") as file:
            json.dump(found, file)
        durable.replace(f"{path}.part", path)
