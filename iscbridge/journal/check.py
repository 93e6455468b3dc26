"""An assembly before its save: whether capture would take it, and what stands against which file.

The verdict is that of `make_plan`, which capture itself goes by, and of opening each file as capture opens it. The
list of files is made by the same walk; where capture ends at the first fault, here it goes on to name them all.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from iscbridge.core.changes import Baseline, PartState
from iscbridge.core.errors import BridgeError, HostError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.paths import check_member_name, printable
from iscbridge.hosts.closure import Stopped, survey
from iscbridge.hosts.collect import colliding, scattered, wanted_names
from iscbridge.journal import plan as p
from iscbridge.journal.snapshots import hash_path
from iscbridge.platform.files import FileStamp, open_shared
from iscbridge.platform.longpaths import extended

Before = Callable[[str], Baseline]
"""What the cloud has of an identity."""
_BLOCKS = frozenset(
    {PartState.MISSING, PartState.TOO_LONG, PartState.COLLISION, PartState.UNREADABLE, PartState.OUTSIDE}
)


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the assembly."""

    path: str
    name: str
    """Its place in the folder that the cloud gets, '/' between parts."""
    state: PartState
    size: int | None = None
    error: ErrorInfo | None = None

    @property
    def blocks(self) -> bool:
        """Whether the assembly can't be saved because of this file."""
        return self.state in _BLOCKS


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found. `error`: why a save would not be captured now; None: it would be."""

    main: str
    parts: tuple[Part, ...]
    error: ErrorInfo | None
    identity: str = ""
    """Of the assembly, if it can be captured."""


def check(request: p.CaptureRequest, staging: Path, before: Before, stop: threading.Event) -> Checked:
    """Look at an assembly as a save of it would.

    Raises:
        BridgeError: it is none: the path or its main file is not there or can't be looked at.
        Stopped: `stop` was set.
    """
    try:
        plan = p.make_plan(request, staging, stop)
    except HostError as error:
        return Checked(
            request.path, (), error.info
        )  # who could list the files did not; asked again he would not either
    except BridgeError as error:
        try:
            return _with_faults(request, error.info, before, stop)
        except BridgeError:
            return Checked(request.path, (), error.info)  # nothing of it can be listed
    compare = _Compare(before(plan.identity), stop)
    parts = tuple(compare.part(file.source, file.name, file.stamp) for file in plan.files)
    fault = next((part.error for part in parts if part.blocks), None)
    return Checked(plan.files[0].source, parts, fault, plan.identity)


class _Compare:
    """Files against what the cloud has, and whether they can be read."""

    def __init__(self, before: Baseline, stop: threading.Event) -> None:
        self._before = before
        self._stop = stop

    def part(self, path: str, name: str, found: FileStamp) -> Part:
        """A file that is there, and that nothing stands against so far."""
        if self._stop.is_set():
            raise Stopped
        try:
            os.close(open_shared(path)[0])
            change = self._before.by_stamp(name, found.size, found.mtime_ns, found.file_id)
            if change is None:
                change = self._before.by_bytes(name, hash_path(path, self._stop))
        except BridgeError as error:
            return faulty(path, name, error.info, found.size)
        return Part(path, name, PartState(change.value), found.size)


def faulty(path: str, name: str, error: ErrorInfo, size: int | None = None) -> Part:
    """A file that can't be captured as it is."""
    if error.code in ("ISCB-FILE-MISSING", "ISCB-FILE-IS-FOLDER"):
        state = PartState.MISSING
    elif error.code == "ISCB-REQ-PATH-TOO-LONG":
        state = PartState.TOO_LONG
    else:
        state = PartState.UNREADABLE
    return Part(path, name, state, size, error)


def _with_faults(request: p.CaptureRequest, error: ErrorInfo, before: Before, stop: threading.Event) -> Checked:
    path = request.path
    if os.path.isdir(extended(path)):
        main = p.project_of(path, request, stop)
        if main is None:
            return _folder(path, None, request, error, before, stop)
        path = main
    home = p.opened_home(path, request.opened_folders)
    if home is not None:
        return _folder(home, path, request, error, before, stop)
    return _gathered(path, request, error, before, stop)


def _folder(
    folder: str, asked: str | None, request: p.CaptureRequest, error: ErrorInfo, before: Before, stop: threading.Event
) -> Checked:
    """An assembly in a folder of its own: what lies in it, and what its main file needs besides."""
    compare = _Compare(before(p.folder_identity(folder)), stop)
    parts: dict[str, Part] = {}
    found: dict[str, FileStamp] = {}
    for path, name in p.each_below(folder, stop):
        try:
            found[name] = p.look_at(path, name)
        except BridgeError as fault:
            parts[path] = faulty(path, name, fault.info)
        else:
            parts[path] = compare.part(path, name, found[name])
    main = os.path.join(folder, p.main_of(folder, asked, found, request.described))
    seen = survey(main, p.way_of(main, request, stop, in_place=True), stop)
    for path, info in seen.faults.items():
        parts[path] = faulty(path, _name(path, folder), info)
    for path in seen.found.missing:
        parts[path] = Part(path, _name(path, folder), PartState.MISSING)
    needed = [member.path for member in seen.found.members] + list(request.files or ())
    for path in p.outside_of(folder, needed):
        if path in parts and parts[path].blocks:
            continue  # what the verdict says of it comes first
        parts[path] = Part(path, os.path.basename(path), PartState.OUTSIDE)
    first = parts.pop(main)
    return Checked(main, (first, *parts.values()), error)


def _gathered(main: str, request: p.CaptureRequest, error: ErrorInfo, before: Before, stop: threading.Event) -> Checked:
    """An assembly whose files lie anywhere."""
    way = p.way_of(main, request, stop)
    seen = survey(main, way, stop)
    compare = _Compare(before(p.assembly_identity(main)), stop)
    members = seen.found.members
    lost = {id(member) for member in colliding(members, way)}
    outside = set() if way.movable else {id(member) for member in scattered(members)}
    faults = dict(seen.faults)
    parts = []
    for member, name in zip(members, wanted_names(members), strict=True):
        fault = faults.pop(member.path, None)
        if fault is not None:
            parts.append(faulty(member.path, name, fault, member.stamp.size))
        elif not check_member_name(name):
            not_expressible = ErrorInfo("ISCB-FILE-PATH-NOT-EXPRESSIBLE", {"path": printable(member.path)})
            parts.append(faulty(member.path, name, not_expressible, member.stamp.size))
        elif id(member) in outside:
            parts.append(Part(member.path, name, PartState.OUTSIDE, member.stamp.size))
        elif id(member) in lost:
            parts.append(Part(member.path, name, PartState.COLLISION, member.stamp.size))
        else:
            parts.append(compare.part(member.path, name, member.stamp))
    parts += [faulty(path, os.path.basename(path), fault) for path, fault in faults.items()]
    parts += [Part(path, os.path.basename(path), PartState.MISSING) for path in seen.found.missing]
    return Checked(main, tuple(parts), error)


def _name(path: str, folder: str) -> str:
    prefix = folder.rstrip("\\/") + os.sep
    inside = path[len(prefix) :] if path.startswith(prefix) else os.path.basename(path)
    return inside.replace(os.sep, "/")
