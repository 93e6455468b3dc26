"""The blocking work on files, as functions for the workers: each gives the engine input that answers its effect."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

from iscbridge.core import effects as e
from iscbridge.core import inputs as i
from iscbridge.core.errors import BridgeError
from iscbridge.core.jobs import ErrorInfo, OpenedFile
from iscbridge.hosts.described import Described
from iscbridge.ipc.manifest import read_manifest
from iscbridge.journal import capture as cap
from iscbridge.journal.snapshots import SnapshotStore
from iscbridge.platform.files import FileStamp
from iscbridge.service.clock import wall_clock

log = logging.getLogger(__name__)


def capture(
    effect: e.Capture, store: SnapshotStore, stop: threading.Event, described: Described | None = None
) -> i.Input | None:
    """Copy what was asked for into the snapshot store."""
    request = cap.CaptureRequest(
        path=effect.path,
        assembly=effect.assembly,
        files=effect.files,
        opened_folders=effect.opened_folders,
        described=described,
    )
    try:
        snapshot = cap.capture(request, store, stop)
    except BridgeError as error:
        return i.CaptureFailed(wall_clock(), effect.job_id, effect.attempt, error.info, refused=cap.is_rule(error))
    except cap.Stopped:
        return None  # the engine has taken the job back and waits for nothing
    except Exception:
        log.exception("capture of job %s failed in an unforeseen way", effect.job_id)
        unforeseen = ErrorInfo("ISCB-BRIDGE-INTERNAL")
        return i.CaptureFailed(wall_clock(), effect.job_id, effect.attempt, unforeseen, refused=False)
    return i.CaptureDone(wall_clock(), effect.job_id, effect.attempt, snapshot)


#: By job: the stamps that its files had when they were handed over.
Stamps = dict[str, tuple[FileStamp, ...]]


def prepare(
    effect: e.Prepare, store: SnapshotStore, staging: Path, stamps: Stamps, stop: threading.Event
) -> i.Input | None:
    """Compare with the snapshot and lay out what is handed over; note the stamps for `recheck`."""
    try:
        found = cap.prepare(effect.snapshot, store, staging, stop)
    except BridgeError as error:
        return i.Prepared(wall_clock(), effect.job_id, effect.attempt, i.CheckOutcome.UNREADABLE, "", error.info)
    except cap.Stopped:
        return None
    except Exception:
        log.exception("preparing job %s failed in an unforeseen way", effect.job_id)
        unforeseen = ErrorInfo("ISCB-BRIDGE-INTERNAL")
        return i.Prepared(wall_clock(), effect.job_id, effect.attempt, i.CheckOutcome.UNREADABLE, "", unforeseen)
    if not stop.is_set():
        stamps[effect.job_id] = found.stamps
    return i.Prepared(wall_clock(), effect.job_id, effect.attempt, found.outcome, found.handed_path, found.error)


def recheck(effect: e.Recheck, staging: Path, stamps: Stamps, stop: threading.Event) -> i.Input | None:
    """Compare once more, after the result."""
    try:
        outcome = cap.recheck(effect.snapshot, staging, stop, stamps.get(effect.job_id, ()))
    except cap.Stopped:
        return None
    except Exception:
        log.exception("the look at the files of job %s failed", effect.job_id)
        outcome = i.CheckOutcome.UNREADABLE
    return i.Rechecked(wall_clock(), effect.job_id, effect.attempt, outcome)


def identify(effect: e.IdentifyOpened) -> i.Input:
    """Who is the file that the cloud delivered?"""
    path = as_delivered(effect.path)
    try:
        identity = cap.identify_opened(path, effect.assembly)
    except (BridgeError, OSError):
        identity = path  # not readable now: known by the path that the SDK gave
    return _identified(effect, path, identity)


def not_identified(effect: e.IdentifyOpened) -> i.Input:
    """The same where the disk does not answer."""
    return _identified(effect, effect.path, effect.path)


def _identified(effect: e.IdentifyOpened, path: str, identity: str) -> i.Input:
    opened = OpenedFile(
        identity=identity,
        path=path,
        open_type=effect.open_type,
        work_state=effect.work_state,
        assembly=effect.assembly,
        opened_at=wall_clock(),
    )
    return i.OpenedIdentified(opened.opened_at, effect.job_id, opened, effect.attempt)


def as_delivered(path: str) -> str:
    """The path that the SDK means.

    The guide's sample of EVENT_OPENCLOUDFILE_RESULT doubles each backslash once more than JSON needs, so a decoded
    path may still hold pairs of them. The start of a UNC path is a pair
    by right.
    """
    head, rest = ("\\\\", path.lstrip("\\")) if path.startswith("\\\\") else ("", path)
    if "\\\\" not in rest:
        return path
    single = head + rest.replace("\\\\", "\\")
    return single if os.path.exists(single) else path


def manifest(path: str) -> tuple[str, ...] | ErrorInfo:
    """The files that a manifest lists, or why it can't be used."""
    try:
        return read_manifest(path)
    except BridgeError as error:
        return error.info
