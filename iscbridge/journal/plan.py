"""What a request is about: which files, under which names, in which folder. Reads the disk, writes nothing."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from iscbridge.core.errors import AssemblyError, FileError
from iscbridge.core.paths import check_member_name, check_path, is_inside, name_key, printable
from iscbridge.hosts.closure import MAX_FILES, Closure, Stopped, Way, closure
from iscbridge.hosts.collect import place, shown
from iscbridge.hosts.described import Described
from iscbridge.hosts.formats import format_of
from iscbridge.hosts.links import Format
from iscbridge.platform.faults import file_error
from iscbridge.platform.files import FileStamp, stamp
from iscbridge.platform.identity import canonical, identity_key
from iscbridge.platform.longpaths import extended

_WINDOWS = sys.platform == "win32"
_KEY_LENGTH = 16


@dataclass(frozen=True, slots=True)
class CaptureRequest:
    """What is to be captured; the fields of effect `Capture`. `staging` is the store's own unless given."""

    path: str
    assembly: bool = False
    files: tuple[str, ...] | None = None
    opened_folders: tuple[str, ...] = ()
    staging: Path | None = None
    described: Described | None = None
    """CADs that are known by a description alone; None: none."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One file to copy."""

    name: str
    source: str
    stamp: FileStamp
    renamed: dict[str, str] = field(default_factory=dict)
    """References to write anew in the copy."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`files[0]` is the file asked for, or the main file. `folder`, `staged`: as in `Snapshot`."""

    identity: str
    files: tuple[Planned, ...]
    folder: str | None = None
    staged: bool = False
    form_of: Callable[[str], Format | None] = field(default=format_of, compare=False)
    """Writes the references in the copies anew."""


def make_plan(request: CaptureRequest, staging: Path, stop: threading.Event) -> Plan:
    """Find out what belongs to the request.

    Raises:
        RequestError, FileError, AssemblyError: see `iscbridge.core.errors`.
        Stopped: `stop` was set.
    """
    path = request.path
    check_path(path, windows=_WINDOWS)
    if not _WINDOWS:  # there the system's own spelling begins with the volume's id, and no link leads to a device
        check_path(canonical(path), windows=False)  # a link may lead into /proc
    for listed_path in request.files or ():
        check_path(listed_path, windows=_WINDOWS)
    if not request.assembly:
        return Plan(file_identity(path), (Planned(os.path.basename(path), path, stamp(path)),))
    if os.path.isdir(extended(path)):
        main = project_of(path, request, stop)
        if main is None:
            return _in_place(path, None, request, stop)
        path = main
    stamp(path)  # says what is wrong with it, if anything is
    home = opened_home(path, request.opened_folders)
    if home is not None:
        return _in_place(home, path, request, stop)
    return _staged(path, request, staging, stop)


def way_of(path: str, request: CaptureRequest, stop: threading.Event, *, in_place: bool = False) -> Way:
    """How the files of the assembly with this main file are found. Raises as `Described.way`."""
    if request.files is not None:
        return Way() if in_place else Way.by_host(request.files)
    return Way() if request.described is None else request.described.way(path, stop, in_place=in_place)


def project_of(folder: str, request: CaptureRequest, stop: threading.Event) -> str | None:
    """The main file of a project folder that did not come from the cloud: not all that lies in it is to be sent."""
    described = request.described
    inside = os.path.join(folder, "x")
    if described is None or request.files is not None or opened_home(inside, request.opened_folders) is not None:
        return None
    named = described.projects_among(name for _, name in each_below(folder, stop, deep=False))
    stem = name_key(os.path.basename(os.path.normpath(folder)))
    same = [name for name in named if name_key(os.path.splitext(name)[0]) == stem]
    found = same[0] if same else named[0] if len(named) == 1 else None
    return None if found is None else os.path.join(folder, found)


def file_identity(path: str) -> str:
    """Identity of a single file."""
    return f"file:{identity_key(path)}"


def folder_identity(path: str) -> str:
    """Identity of an assembly that is handed over in its own folder."""
    return f"folder:{identity_key(path)}"


def assembly_identity(main: str) -> str:
    """Identity of an assembly that is laid out in a folder of ours, by its main file."""
    return f"assembly:{identity_key(main)}"


def identities(path: str) -> tuple[str, ...]:
    """Every identity under which a save that concerns this file or folder may be known, the most telling first."""
    if os.path.isdir(extended(path)):
        return (folder_identity(path),)
    folder = os.path.dirname(os.path.abspath(path))
    return file_identity(path), assembly_identity(path), folder_identity(folder)


def identify_opened(path: str, assembly: bool) -> str:
    """Identity of what the cloud delivered (`assembly`: the folder), equal to that of a later save of it."""
    if assembly or os.path.isdir(extended(path)):
        return folder_identity(path)
    return file_identity(path)


def staged_folder(staging: Path, identity: str, main_name: str) -> str:
    """Where an assembly is laid out: always the same place for the same assembly; the desk knows files by path."""
    import hashlib

    key = hashlib.sha256(identity.encode()).hexdigest()[:_KEY_LENGTH]
    return os.path.join(str(staging.absolute()), key, os.path.splitext(os.path.basename(main_name))[0])


def walk(folder: str, stop: threading.Event) -> dict[str, FileStamp]:
    """Every file below a folder by its place in it ('/' between parts), links to folders left out.

    Raises:
        FileError: something can't be looked at, or is neither file nor folder.
        RequestError: a name that is not Unicode, or too long.
        AssemblyError: ISCB-ASM-TOO-LARGE.
    """
    found: dict[str, FileStamp] = {}
    for path, name in each_below(folder, stop):
        if len(found) >= MAX_FILES:
            raise AssemblyError("ISCB-ASM-TOO-LARGE", path=printable(folder), limit=str(MAX_FILES))
        found[name] = look_at(path, name)
    return found


def look_at(path: str, name: str) -> FileStamp:
    """The stamp of one file of an assembly folder. Raises as `walk`."""
    check_path(path, windows=_WINDOWS)
    if not check_member_name(name):
        raise FileError("ISCB-FILE-PATH-NOT-EXPRESSIBLE", path=printable(path))
    return stamp(path)


def each_below(folder: str, stop: threading.Event, *, deep: bool = True) -> Iterator[tuple[str, str]]:
    """Path and place in the folder of everything below it that is no folder. Raises as `walk`."""

    def fail(error: OSError) -> None:
        raise file_error(error, error.filename or folder) from error

    for parent, folders, names in os.walk(extended(folder), onerror=fail):
        if stop.is_set():
            raise Stopped
        folders.sort()
        below = os.path.relpath(parent, extended(folder))
        for name in sorted(names):
            place_in = name if below == os.curdir else f"{below.replace(os.sep, '/')}/{name}"
            yield os.path.join(folder, below, name) if below != os.curdir else os.path.join(folder, name), place_in
        if not deep:
            return


def opened_home(path: str, opened_folders: tuple[str, ...]) -> str | None:
    """The folder from the cloud that this file lies in."""
    if not opened_folders:
        return None
    key = identity_key(path)
    for folder in opened_folders:
        if key.startswith(identity_key(folder).rstrip("\\/") + os.sep):
            return folder
    return None


def _in_place(folder: str, asked: str | None, request: CaptureRequest, stop: threading.Event) -> Plan:
    found = walk(folder, stop)
    main = main_of(folder, asked, found, request.described)
    main_path = os.path.join(folder, main)
    way = way_of(main_path, request, stop, in_place=True)
    _check_inside(closure(main_path, stop, way), request.files or (), folder)
    names = [main, *(name for name in found if name != main)]
    files = tuple(Planned(name, os.path.join(folder, *name.split("/")), found[name]) for name in names)
    return Plan(folder_identity(folder), files, folder)


def main_of(folder: str, asked: str | None, found: dict[str, FileStamp], described: Described | None = None) -> str:
    """The file with the folder's own name: the guide's rule (page Sdk::Save)."""
    stem = os.path.basename(os.path.normpath(folder))
    named = [name for name in found if "/" not in name and name_key(os.path.splitext(name)[0]) == name_key(stem)]
    if not named:
        raise AssemblyError("ISCB-ASM-NO-MAIN", path=printable(folder))
    asked_name = None if asked is None else os.path.basename(asked)

    def rank(name: str) -> tuple[bool, bool, bool, str]:
        known = format_of(name) is not None or (described is not None and described.main_of_host(name) is not None)
        return name != asked_name, not known, os.path.splitext(name)[0] != stem, name

    return min(named, key=rank)


def _check_inside(found: Closure, files: tuple[str, ...], folder: str) -> None:
    if found.missing:
        raise AssemblyError(
            "ISCB-ASM-MISSING-PARTS", path=printable(found.members[0].path), names=shown(list(found.missing))
        )
    outside = outside_of(folder, [member.path for member in found.members] + list(files))
    if outside:
        raise AssemblyError(
            "ISCB-ASM-OUTSIDE", path=printable(folder), names=shown([printable(path) for path in outside])
        )


def outside_of(folder: str, paths: list[str]) -> list[str]:
    """Those of the paths that do not lie in the folder."""
    home = canonical(folder)
    return [path for path in paths if not is_inside(canonical(path), home, windows=_WINDOWS)]


def _staged(path: str, request: CaptureRequest, staging: Path, stop: threading.Event) -> Plan:
    stem = os.path.splitext(os.path.basename(path))[0]
    if _WINDOWS and stem != stem.rstrip(" ."):
        # Windows drops these from a folder's name, which then is no longer the file's.
        raise FileError("ISCB-FILE-PATH-NOT-EXPRESSIBLE", path=printable(path))
    way = way_of(path, request, stop)
    members = closure(path, stop, way)
    if members.missing:
        raise AssemblyError("ISCB-ASM-MISSING-PARTS", path=printable(path), names=shown(list(members.missing)))
    identity = assembly_identity(path)
    files = tuple(
        Planned(placed.name, placed.member.path, placed.member.stamp, placed.renamed)
        for placed in place(members.members, path, way)
    )
    return Plan(identity, files, staged_folder(staging, identity, path), staged=True, form_of=way.form_of)
