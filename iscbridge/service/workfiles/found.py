"""Which working files a finished job brings. Asks the disk, so it runs on a worker."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from typing import NamedTuple

from iscbridge.core.errors import BridgeError
from iscbridge.core.jobs import Job, JobKind
from iscbridge.core.workfile_model import Stat
from iscbridge.hosts.closure import Stopped
from iscbridge.journal.plan import walk
from iscbridge.journal.workfiles import NEVER_SEEN
from iscbridge.platform.files import stamp
from iscbridge.platform.identity import identity_key
from iscbridge.platform.longpaths import extended

log = logging.getLogger(__name__)

#: The coarsest file system writes times in steps of so many seconds.
_CLOCKS_S = 2.0


class Found(NamedTuple):
    """One file of the job, as it was when the cloud had its content."""

    path: str
    identity: str
    stat: Stat
    sha256: str
    """Empty: it came from the cloud, and what it holds is still to be read: the file with that stat has it."""
    in_assembly: bool


def found_in_job(job: Job, stop: threading.Event, *, news: bool = False) -> list[Found] | None:
    """The files, or None if the disk does not tell now. A laid-out assembly folder is ours: its sources are the files.

    `news`: the job ended in an earlier run. What was written to since it came is then not what the cloud has.
    """
    latest = job.updated + _CLOCKS_S if news else None
    try:
        return [one for one in _files(job, latest, stop) if _is_text(one.path) and not stop.is_set()]
    except Stopped:
        return None
    except BridgeError as error:
        log.warning("the files of job %s can't be told now: %s", job.id, error.code)
        return [] if error.code == "ISCB-FILE-MISSING" else None


def _files(job: Job, latest: float | None, stop: threading.Event) -> Iterator[Found]:
    if job.kind is not JobKind.OPEN:
        for file in () if job.snapshot is None else job.snapshot.files:
            stat = Stat(file.size, file.mtime_ns, file.file_id)
            yield Found(file.source, identity_key(file.source), stat, file.source_sha256, job.assembly)
        return
    path = job.result_path or ""
    if not os.path.isdir(extended(path)):
        yield _opened(path, latest, in_assembly=False)
        return
    for name in walk(path, stop):
        yield _opened(os.path.join(path, *name.split("/")), latest, in_assembly=True)


def _opened(path: str, latest: float | None, *, in_assembly: bool) -> Found:
    return Found(path, identity_key(path), _as_it_came(path, latest), "", in_assembly)


def _as_it_came(path: str, latest: float | None) -> Stat:
    try:
        found = stamp(path)
    except BridgeError:
        return NEVER_SEEN
    if latest is not None and found.mtime_ns > latest * 1e9:
        return NEVER_SEEN
    return Stat(found.size, found.mtime_ns, found.file_id)


def _is_text(path: str) -> bool:
    """A name that is no Unicode text can be told to nobody."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
