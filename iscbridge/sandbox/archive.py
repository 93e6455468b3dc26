"""Assemblies as `.zip` files: packing a folder the same way each time, and unpacking one without trusting it."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

#: Bounds of what is unpacked, far above any real assembly.
MOST_ENTRIES = 500_000
MOST_BYTES = 256 * 1024**3

_TIME = (1980, 1, 1, 0, 0, 0)  # the oldest that a zip can hold: equal folders give equal archives


#: What zipfile raises for damaged archives: more than its documentation says (a name marked UTF-8 that is not, ...).
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OverflowError)


class ArchiveError(Exception):
    """The folder can't be packed or the archive can't be unpacked; the message says why."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file or an empty folder of an assembly folder."""

    name: str
    """Relative, '/' between parts; ends in '/' for a folder."""
    path: str
    size: int


def list_folder(folder: str) -> list[Member]:
    """Everything in a folder, sorted by name.

    Raises:
        ArchiveError: something in it is neither a file nor a folder, or has a name that is not UTF-8.
        OSError: a folder can't be read.
    """
    return sorted(_walk(folder, ""), key=lambda member: member.name)


def _walk(folder: str, prefix: str) -> Iterator[Member]:
    with os.scandir(folder) as entries:
        found = list(entries)
    if not found and prefix:
        yield Member(prefix, folder, 0)
    for entry in found:
        name = prefix + entry.name
        try:
            name.encode("utf-8")
        except UnicodeEncodeError as error:
            raise ArchiveError(f"{name!r}: name is not UTF-8") from error
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path, f"{name}/")
            continue
        found_as = entry.stat()  # a link to a file counts as the file
        if not stat.S_ISREG(found_as.st_mode):
            raise ArchiveError(f"{name!r} is neither a file nor a folder")
        yield Member(name, entry.path, found_as.st_size)


def pack(members: list[Member], target: BinaryIO, copy: Callable[[str, Callable[[bytes], object]], None]) -> None:
    """Write an archive. `copy(path, write)` reads a file in its own way and hands every piece to `write`.

    Stored, not compressed, with fixed times: equal content gives equal bytes on every machine.

    Raises:
        ArchiveError: a file grew beyond what its entry can hold while it was read.
        OSError, and whatever `copy` raises.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for member in members:
            info = zipfile.ZipInfo(member.name, _TIME)
            info.create_system = 3  # Unix on every machine, for equal bytes
            info.external_attr = (0o40755 << 16 | 0x10) if member.name.endswith("/") else 0o100644 << 16
            if member.name.endswith("/"):
                archive.writestr(info, b"")
                continue
            info.file_size = member.size
            try:
                with archive.open(info, "w") as entry:
                    copy(member.path, entry.write)
            except RuntimeError as error:  # zipfile's own word for "larger than announced"
                raise ArchiveError(f"{member.name!r} grew too large while it was read") from error


def unpack(source: Path, target: Path) -> None:
    """Unpack an archive into a new folder `target`. After an error nothing is left of it.

    Raises:
        ArchiveError: not an archive, damaged, too large, or with a name that leads out of the folder.
        OSError: the disk is full, or `target` is there already.
    """
    target.mkdir(parents=True)
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_BYTES:
                raise ArchiveError("the archive is too large")
            for entry in entries:
                _unpack_entry(archive, entry, target)
    except BaseException as error:
        shutil.rmtree(target, ignore_errors=True)
        if isinstance(error, _DAMAGE) and not isinstance(error, ArchiveError):
            raise ArchiveError(f"the archive can't be read: {error}") from error
        raise


def _unpack_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    parts = safe_parts(entry.filename)
    path = target.joinpath(*parts)
    if entry.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as packed, path.open("xb") as file:
        shutil.copyfileobj(packed, file, 1024 * 1024)


def safe_parts(name: str, flavour: ModuleType = os.path) -> list[str]:
    """The parts of an entry's name, if they stay below the folder.

    `flavour` is `posixpath` or `ntpath`: a backslash or a drive letter leads out on Windows only.

    Raises:
        ArchiveError: they do not.
    """
    parts = name.rstrip("/").split("/")
    for part in parts:
        if part in {"", ".", ".."} or "\0" in part or flavour.split(part)[0] or flavour.splitdrive(part)[0]:
            raise ArchiveError(f"a name in the archive leads out of its folder: {name!r}")
    return parts
