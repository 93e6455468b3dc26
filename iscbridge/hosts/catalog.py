"""The CADs that this ISCBridge knows: the machine's, those that ship with it, and those that the user added.

A name counts once, by the first that has it: the administrator's folder comes before ours, ours before the user's.
A description that can't be used is told and hides nothing else.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from iscbridge.core.errors import HostError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.paths import printable
from iscbridge.hosts.addin_files import read_source
from iscbridge.hosts.host_fields import HostFileError
from iscbridge.hosts.host_file import FILE_NAME, LARGEST, HostFile, parse_host_file
from iscbridge.platform import durable
from iscbridge.platform.faults import detail
from iscbridge.platform.folders import Home
from iscbridge.platform.machine import doubt, machine_folder
from iscbridge.platform.resources import resources_folder

_MOST_HOSTS = 200


class Origin(StrEnum):
    """Who put a description there."""

    MACHINE = "machine"
    SHIPPED = "shipped"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Entry:
    """One CAD of the catalogue."""

    host: HostFile
    folder: str
    """Where its description lies."""
    origin: Origin

    @property
    def addin(self) -> str | None:
        """The folder of its add-in; None if there is none."""
        if self.host.addin is None:
            return None
        folder = os.path.join(self.folder, self.host.addin.folder)
        return folder if os.path.isdir(folder) and not os.path.islink(folder) else None


@dataclass(frozen=True, slots=True)
class Catalog:
    """All that were found."""

    entries: tuple[Entry, ...]
    faults: tuple[ErrorInfo, ...] = ()

    def get(self, name: str) -> Entry:
        """The entry of a name.

        Raises:
            HostError: ISCB-HOST-UNKNOWN.
        """
        for entry in self.entries:
            if entry.host.name == name:
                return entry
        raise HostError("ISCB-HOST-UNKNOWN", host=printable(name, 80))


def user_hosts(home: Home) -> Path:
    """The descriptions that the user added."""
    return home.root / "hosts"


def catalog_folders(home: Home) -> list[tuple[Origin, Path]]:
    """Where descriptions lie, each in a folder of its own."""
    return [
        (Origin.MACHINE, machine_folder() / "hosts"),
        (Origin.SHIPPED, resources_folder("hosts")),
        (Origin.USER, user_hosts(home)),
    ]


def read_catalog(folders: Iterable[tuple[Origin, Path]]) -> Catalog:
    """Read every `<folder>/*/host.toml`. Blocking, on local disks; raises nothing.

    What lies in the machine's folder and is not an administrator's is told (ISCB-SET-MACHINE-RIGHTS) and not read:
    descriptions name programs that are run.
    """
    found: dict[str, Entry] = {}
    faults: list[ErrorInfo] = []
    for origin, folder in folders:
        for path in _files(folder, faults):
            told = doubt(path)
            if told is not None:
                faults.append(told)
                continue
            try:
                host = parse_host_file(_bytes(path))
            except (HostFileError, OSError) as error:
                faults.append(_unusable(path, error))
                continue
            found.setdefault(host.name, Entry(host, str(path.parent), origin))
    return Catalog(tuple(sorted(found.values(), key=lambda entry: entry.host.name)), tuple(faults))


def look_at(path: Path) -> HostFile:
    """The CAD that a file describes.

    Raises:
        HostError: ISCB-HOST-FILE.
    """
    try:
        return parse_host_file(_bytes(path))
    except (HostFileError, OSError) as error:
        raise HostError("ISCB-HOST-FILE", **_unusable(path, error).params) from error


def add_host(path: Path, home: Home) -> Entry:
    """Take a vendor's description, and the add-in beside it, into the profile. One that was added before is replaced.

    Raises:
        HostError: ISCB-HOST-FILE, ISCB-HOST-TAKEN, ISCB-HOST-SOURCE, ISCB-HOST-WRITE.
    """
    host = look_at(path)
    known = {entry.host.name: entry for entry in read_catalog(catalog_folders(home)).entries}
    if host.name in known and known[host.name].origin is not Origin.USER:
        raise HostError("ISCB-HOST-TAKEN", path=printable(str(path)), host=host.name)
    vendor = Entry(host, str(path.parent), Origin.USER)
    source = None if vendor.addin is None else read_source(vendor.addin)
    target = user_hosts(home) / host.name
    fresh, old = target.with_name(f".{host.name}.new"), target.with_name(f".{host.name}.old")
    try:
        for left_over in (fresh, old):
            shutil.rmtree(left_over, ignore_errors=True)
        fresh.mkdir(mode=0o700, parents=True)
        (fresh / FILE_NAME).write_bytes(_bytes(path))
        if source is not None and host.addin is not None:
            for name in source.files:
                copied = fresh / host.addin.folder / name
                copied.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(os.path.join(source.folder, name), copied)
        if target.exists():
            durable.replace(str(target), str(old))
        durable.replace(str(fresh), str(target))
        durable.flush_folder(str(target.parent))
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise HostError("ISCB-HOST-WRITE", path=printable(str(target)), detail=detail(error)) from error
    return Entry(host, str(target), Origin.USER)


def _files(folder: Path, faults: list[ErrorInfo]) -> list[Path]:
    told = doubt(folder)
    if told is not None:
        faults.append(told)
        return []
    try:
        below = sorted(path for path in folder.iterdir() if not path.name.startswith("."))[:_MOST_HOSTS]
        return [path / FILE_NAME for path in below if (path / FILE_NAME).is_file()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        faults.append(_unusable(folder, error))
        return []


def _bytes(path: Path) -> bytes:
    if not path.is_file():  # opening a pipe would wait for its other end
        raise HostFileError("it is not an ordinary file")
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _unusable(path: Path, error: HostFileError | OSError) -> ErrorInfo:
    words = detail(error) if isinstance(error, OSError) else str(error)
    return ErrorInfo("ISCB-HOST-FILE", {"path": printable(str(path)), "detail": words})
