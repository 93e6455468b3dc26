"""The files of an add-in: what is to be copied, what lies at its place, and whose each file is."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from iscbridge.core.errors import HostError
from iscbridge.core.paths import printable
from iscbridge.platform.faults import detail
from iscbridge.platform.longpaths import extended
from iscbridge.platform.machine import doubt
from iscbridge.platform.resources import client_file

#: The list of what ISCBridge put there, in the add-in's own folder.
LIST_NAME = "iscbridge-installed.json"
FORM = 1
MOST_FILES = 5000
MOST_BYTES = 256 * 1024 * 1024
_LIST_BYTES = 4 * 1024 * 1024
_BLOCK = 1024 * 1024
_NAME = re.compile(r'[^\\/:*?"<>|\x00-\x1f]{1,255}')
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Installed:
    """What the list says."""

    host: str
    version: str
    files: Mapping[str, str]
    """SHA-256 by path below the add-in's folder, with `/`."""


@dataclass(frozen=True, slots=True)
class Content:
    """What lies in an add-in's folder, against its list."""

    installed: Installed | None
    """None: there is no list of ours, or not one that can be read."""
    changed: tuple[str, ...] = ()
    """Files of the list that are not as they were put there; also those that are missing."""
    missing: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    """Files that are not in the list, but for the bytecode that Python makes of ours."""


@dataclass(frozen=True, slots=True)
class Source:
    """An add-in as this version brings it."""

    folder: str
    files: Mapping[str, str] = field(default_factory=dict)
    client: str = ""
    """The one of the files that is the protocol's client: it comes from this program, and not from the folder."""

    def path(self, name: str) -> str:
        """Where one of the files is."""
        return str(client_file()) if name == self.client else os.path.join(self.folder, *name.split("/"))


def read_source(folder: str, client: str = "") -> Source:
    """The files that are to be copied.

    Args:
        folder: the add-in as it comes.
        client: what the copy of the protocol's client is called in it; empty: it wants none.

    Raises:
        HostError: ISCB-HOST-SOURCE: links, too many or too large files, names that not every system has; or others than
            administrators may change what lies in the machine's folder.
    """
    files: dict[str, str] = {}
    size = 0
    try:
        for name, found in walk(folder):
            if is_bytecode(name):
                continue
            if not stat.S_ISREG(found.st_mode):
                raise _unusable(folder, f"{printable(name)} is no ordinary file")
            size += found.st_size
            if len(files) >= MOST_FILES or size > MOST_BYTES:
                raise _unusable(folder, f"it has more than {MOST_FILES} files or {MOST_BYTES} bytes")
            if not is_plain(name) or name == LIST_NAME:
                raise _unusable(folder, f"{printable(name)} is a name that not every system has")
            path = os.path.join(folder, name)
            if doubt(Path(path)) is not None:
                raise _unusable(folder, f"others than administrators may change {printable(name)}")
            files[name] = hash_of(path)
        if client in files:
            raise _unusable(folder, f"{printable(client)} is put there by the installation")
        if client:
            files[client] = hash_of(str(client_file()))
    except OSError as error:
        raise _unusable(folder, detail(error)) from error
    if not files:
        raise _unusable(folder, "it is empty")
    return Source(folder, files, client)


def read_content(folder: str) -> Content:
    """What lies there. The folder exists and is no link.

    Raises:
        OSError: it can't be read.
    """
    installed = read_list(folder)
    files = installed.files if installed is not None else {}
    present: set[str] = set()
    changed: list[str] = []
    extras: list[str] = []
    for name, found in walk(folder):
        if name in files:
            present.add(name)
            if not stat.S_ISREG(found.st_mode) or hash_of(os.path.join(folder, name)) != files[name]:
                changed.append(name)
        elif not (name == LIST_NAME and installed is not None) and not _is_ours(name, files):
            extras.append(name)
    missing = sorted(set(files) - present)
    return Content(installed, tuple(sorted([*changed, *missing])), tuple(missing), tuple(sorted(extras)))


def read_list(folder: str) -> Installed | None:
    """The list of a folder; None if there is none that can be believed."""
    path = os.path.join(folder, LIST_NAME)
    try:
        if not stat.S_ISREG(os.lstat(extended(path)).st_mode):
            return None
        with open(extended(path), "rb") as file:
            found = json.loads(file.read(_LIST_BYTES))
        files = found["files"]
        good = (
            found["form"] == FORM
            and isinstance(files, dict)
            and len(files) <= MOST_FILES
            and all(
                is_plain(name) and isinstance(value, str) and _HASH.fullmatch(value) for name, value in files.items()
            )
        )
        return Installed(str(found["host"])[:64], str(found["version"])[:64], files) if good else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def read_command(folder: str) -> list[str]:
    """The command in a folder's list that starts this program; empty: there is none that can be believed."""
    try:
        with open(extended(os.path.join(folder, LIST_NAME)), "rb") as file:
            found = json.loads(file.read(_LIST_BYTES))["command"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    return found if isinstance(found, list) and all(isinstance(word, str) for word in found) else []


def list_bytes(host: str, version: str, files: Mapping[str, str], command: Sequence[str] = ()) -> bytes:
    """The list as it is written, with the command that starts this program: the add-in finds it there."""
    document = {
        "form": FORM,
        "host": host,
        "version": version,
        "command": list(command),
        "files": dict(sorted(files.items())),
    }
    return json.dumps(document, indent=1, ensure_ascii=True).encode() + b"\n"


def walk(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Everything below a folder that is no folder, as (name with `/`, its own stat: links are not followed).

    Raises:
        OSError: a folder can't be read.
    """
    stack = [""]
    while stack:
        inner = stack.pop()
        with os.scandir(extended(os.path.join(folder, inner))) as entries:
            for entry in entries:
                name = f"{inner}/{entry.name}" if inner else entry.name
                found = os.lstat(extended(os.path.join(folder, name)))
                if stat.S_ISDIR(found.st_mode) and not _is_junction(found):
                    stack.append(name)
                else:
                    yield name, found


def hash_of(path: str) -> str:
    """SHA-256 of a file.

    Raises:
        OSError: it can't be read.
    """
    digest = hashlib.sha256()
    with open(extended(path), "rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def is_plain(name: str) -> bool:
    """Whether a relative path stays below its folder and can be written on every system."""
    parts = name.split("/")
    return 1 <= len(parts) <= 32 and all(
        _NAME.fullmatch(part) and part not in (".", "..") and part[-1] not in ". " for part in parts
    )


def is_bytecode(name: str) -> bool:
    """Whether Python made this file of another one."""
    return "/__pycache__/" in f"/{name}" and name.endswith(".pyc")


def _is_ours(name: str, files: Mapping[str, str]) -> bool:
    """Whether it is bytecode of a file of ours: it goes where that goes."""
    if not is_bytecode(name):
        return False
    folder, _, compiled = name.rpartition("/")
    source = f"{folder.removesuffix('__pycache__')}{compiled.split('.', 1)[0]}.py"
    return source in files


def _is_junction(found: os.stat_result) -> bool:
    """Whether it is a link of Windows that looks like a folder."""
    return bool(getattr(found, "st_reparse_tag", 0))


def _unusable(folder: str, words: str) -> HostError:
    return HostError("ISCB-HOST-SOURCE", path=printable(folder), detail=words)
