"""Opens a file in a CAD as its description says: the program that was found on this machine, and a list of arguments."""

from __future__ import annotations

import os
from dataclasses import dataclass

from iscbridge.core.errors import AssemblyError, HostError
from iscbridge.core.paths import name_key, printable
from iscbridge.hosts.catalog import Catalog, Entry, catalog_folders, read_catalog
from iscbridge.hosts.finding import find_installations, newest
from iscbridge.hosts.roots import Roots
from iscbridge.platform.faults import detail, file_error
from iscbridge.platform.folders import Home
from iscbridge.platform.programs import start_program


@dataclass(frozen=True, slots=True)
class Opened:
    """What was started."""

    program: str
    path: str
    """The file: of an assembly's folder its main file."""


def open_in(home: Home, name: str, path: str, *, roots: Roots | None = None, catalog: Catalog | None = None) -> Opened:
    """Start a CAD with a file, or with the main file of an assembly's folder; does not wait for it. Blocking.

    Raises:
        HostError: ISCB-HOST-UNKNOWN, -NO-OPEN, -NO-PROGRAM, -OPEN.
        FileError: the file or folder is not there or can't be looked at.
        AssemblyError: ISCB-ASM-NO-MAIN.
    """
    entry = (catalog or read_catalog(catalog_folders(home))).get(name)
    host = entry.host
    title = host.title["en"]
    if host.opening is None:
        raise HostError("ISCB-HOST-NO-OPEN", host=title)
    file = _file(os.path.abspath(path), entry)
    found = find_installations(host, roots or Roots.of_this_machine())
    if not found:
        raise HostError("ISCB-HOST-NO-PROGRAM", host=title, path=printable(file))
    program = newest(found).program
    arguments = [file if word == "{file}" else word for word in host.opening.arguments]
    try:
        start_program([program, *arguments], _resting_folder(program))
    except OSError as error:
        raise HostError("ISCB-HOST-OPEN", host=title, path=printable(file), detail=detail(error)) from error
    return Opened(program, file)


def _resting_folder(program: str) -> str:
    """Where the program works, which is never where the file lies.

    A library or module that somebody laid beside it might be taken for the program's own, and Windows would keep the
    folder from being moved or removed.
    """
    home = os.path.expanduser("~")
    return home if os.path.isdir(home) else os.path.dirname(program)


def _file(path: str, entry: Entry) -> str:
    try:
        if not os.path.isdir(path):
            os.stat(path)
            return path
        names = sorted(os.listdir(path))
    except OSError as error:
        raise file_error(error, path) from error
    documents = entry.host.documents
    suffixes = () if documents is None else (*documents.assembly, *documents.types)
    stem = name_key(os.path.basename(path))
    for suffix in suffixes:
        for name in names:
            bare, own = os.path.splitext(name)
            if own.lower() == suffix and name_key(bare) == stem:
                return os.path.join(path, name)
    raise AssemblyError("ISCB-ASM-NO-MAIN", path=printable(path))
