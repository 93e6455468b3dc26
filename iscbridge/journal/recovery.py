"""Gives a job's captured files back to their owner: into a new folder of their own, verified, never over anything."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from dataclasses import dataclass

from iscbridge.core.errors import FileError, JournalError
from iscbridge.core.jobs import Snapshot
from iscbridge.core.paths import check_member_name, printable
from iscbridge.hosts.closure import Stopped
from iscbridge.journal.snapshots import SnapshotStore
from iscbridge.platform import durable
from iscbridge.platform.faults import detail
from iscbridge.platform.longpaths import extended

__all__ = ["Recovered", "Stopped", "recover"]

_WINDOWS = sys.platform == "win32"
#: Bytes (UTF-16 units on Windows) of a file's name in the folder's: with time and number it still is a name everywhere.
_LONGEST_STEM = 200
_MOST_NUMBERS = 1000


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was written."""

    folder: str
    main: str
    files: int


def recover(snapshot: Snapshot, store: SnapshotStore, parent: str, label: str, stop: threading.Event) -> Recovered:
    """Write every file of a snapshot into a new folder below `parent`, which is named after its main file and `label`.

    The bytes are verified while they are copied. Whatever goes wrong, the new folder is gone again.

    Raises:
        JournalError: ISCB-JOURNAL-SNAPSHOT-LOST: a file is not in the store any more, or was damaged.
        FileError: ISCB-FILE-TARGET: `parent` is not there, or can't be written.
        Stopped: `stop` was set.
    """
    main = snapshot.files[0]
    for file in snapshot.files:
        if not check_member_name(file.name):  # a journal that was tampered with leads nowhere else
            raise JournalError("ISCB-JOURNAL-SNAPSHOT-LOST", path=printable(file.source))
        if not store.holds(file.sha256):
            raise JournalError("ISCB-JOURNAL-SNAPSHOT-LOST", path=printable(file.source))
    stem = os.path.splitext(os.path.basename(main.name))[0]
    try:
        folder = _new_folder(parent, f"{_short(stem)} {label}")
        try:
            _write(snapshot, store, folder, stop)
        except BaseException:
            shutil.rmtree(extended(folder), ignore_errors=True)
            raise
    except OSError as error:
        raise FileError("ISCB-FILE-TARGET", path=printable(parent), detail=detail(error)) from error
    return Recovered(folder, _place(folder, main.name), len(snapshot.files))


def _write(snapshot: Snapshot, store: SnapshotStore, folder: str, stop: threading.Event) -> None:
    made = {folder}
    for file in snapshot.files:
        if stop.is_set():
            raise Stopped
        target = _place(folder, file.name)
        if os.path.lexists(extended(target)):
            # Two names that this folder does not tell apart: the second must not take the place of the first.
            raise FileExistsError(None, f"{file.name} is there already")
        parent = os.path.dirname(target)
        if parent not in made:
            os.makedirs(extended(parent), exist_ok=True)
            made.add(parent)
        store.copy_out(file, target, stop)
    for path in made:
        durable.flush_folder(extended(path))


def _place(folder: str, name: str) -> str:
    return os.path.join(folder, *name.split("/"))


def _new_folder(parent: str, name: str) -> str:
    """A folder that was not there before; its name is numbered if need be."""
    for number in range(1, _MOST_NUMBERS):
        folder = os.path.join(parent, name if number == 1 else f"{name} ({number})")
        try:
            os.mkdir(extended(folder))
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(None, f"{name} is there {_MOST_NUMBERS} times already")


def _short(stem: str) -> str:
    """The beginning of a name, whole characters only."""
    if _WINDOWS:
        return stem.encode("utf-16-le")[: 2 * _LONGEST_STEM].decode("utf-16-le", "ignore")
    return os.fsencode(stem)[:_LONGEST_STEM].decode("utf-8", "ignore")
