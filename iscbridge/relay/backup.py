"""Backup and restore of a relay: settings, secrets and SQLite's database in one owner-only file.

The database is copied by SQLite's own on-line backup while the relay serves: the copy is one moment of it. PostgreSQL
is backed up by its own tools (`docs/relay.md`); the file then holds settings and secrets.

    manifest.json   {"form": 1, "version", "made", "members": {name: SHA-256}}
    relay.toml, secrets/..., relay.db
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sqlite3
import struct
import tempfile
import time
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from iscbridge.core.errors import RelayError
from iscbridge.platform.private import write_private
from iscbridge.relay.config import Settings, parse_settings, read_settings
from iscbridge.relay.install import SETTINGS_FILE
from iscbridge.version import VERSION

DATABASE = "relay.db"
_MANIFEST = "manifest.json"
_SECRETS = "secrets"
_FORM = 1
_MOST_MEMBERS = 1000
_CHUNK = 1024 * 1024
_DAMAGE = (OSError, EOFError, KeyError, ValueError, RuntimeError, struct.error, zlib.error, zipfile.BadZipFile)
"""What reading a damaged archive raises."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a backup holds."""

    members: list[str]
    database: bool
    """Whether the database is in it."""


def back_up(folder: Path, file: Path) -> Told:
    """Write a backup of a relay, which may serve meanwhile.

    Raises:
        RelayError: ISCB-RELAY-SETTINGS; ISCB-RELAY-EXISTS; ISCB-RELAY-DATABASE: it can't be read.
        OSError: the file can't be written, or a secret not be read.
    """
    settings = read_settings(folder / SETTINGS_FILE)
    if file.exists():
        raise RelayError("ISCB-RELAY-EXISTS", path=str(file))
    names = {SETTINGS_FILE: folder / SETTINGS_FILE}
    secrets = folder / settings.relay.secrets
    names |= {f"{_SECRETS}/{path.relative_to(secrets).as_posix()}": path
              for path in sorted(secrets.rglob("*")) if path.is_file()}  # fmt: skip
    source = database_file(settings, folder)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as work:  # the owner's alone
        if source is not None:
            names[DATABASE] = _copied(source, Path(work) / DATABASE)
        fresh = Path(work) / "archive"
        with fresh.open("xb") as raw:
            os.chmod(fresh, 0o600)
            _write(raw, names)
            raw.flush()
            os.fsync(raw.fileno())
        os.link(fresh, file)  # never over a file that has come meanwhile
    return Told(sorted(names), source is not None)


def restore(file: Path, folder: Path) -> Told:
    """Make a relay's folder from a backup. Every member is verified before the first is written.

    Raises:
        RelayError: ISCB-RELAY-BACKUP: it is none, or not whole; ISCB-RELAY-EXISTS: the folder holds something.
        OSError: the folder can't be written.
    """
    if folder.exists() and any(folder.iterdir()):
        raise RelayError("ISCB-RELAY-EXISTS", path=str(folder))
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGE as error:
        raise _bad(file, type(error).__name__) from error
    with archive:
        try:
            members = _verified(archive, file)
            settings = parse_settings(archive.read(SETTINGS_FILE), Path(SETTINGS_FILE))
        except _DAMAGE as error:
            raise _bad(file, type(error).__name__) from error
        places = {name: _place(name, settings, folder) for name in members}
        os.makedirs(folder, mode=0o700, exist_ok=True)
        os.chmod(folder, 0o700)
        for name, place in places.items():
            _restored(archive, name, place)
    return Told(sorted(members), DATABASE in members)


def database_file(settings: Settings, folder: Path) -> Path | None:
    """SQLite's file, or None if the database is another's."""
    url = settings.relay.database
    if not url.startswith("sqlite:///"):
        return None
    return folder / url.removeprefix("sqlite:///").split("?")[0]


def _copied(source: Path, target: Path) -> Path:
    try:
        # Not made if there is none: a relay that never served has no database.
        with (
            contextlib.closing(sqlite3.connect(f"{source.as_uri()}?mode=rw", uri=True)) as old,
            contextlib.closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
            new.execute("PRAGMA journal_mode=DELETE")  # one file
            if new.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise RelayError("ISCB-RELAY-DATABASE", detail="it is damaged")
    except sqlite3.Error as error:
        raise RelayError("ISCB-RELAY-DATABASE", detail=type(error).__name__) from error
    return target


def _write(raw: io.BufferedWriter, names: dict[str, Path]) -> None:
    digests: dict[str, str] = {}
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in names.items():
            digest = hashlib.sha256()
            with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as member:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    member.write(chunk)
            digests[name] = digest.hexdigest()
        manifest = {"form": _FORM, "version": VERSION, "made": int(time.time()), "members": digests}
        archive.writestr(_MANIFEST, json.dumps(manifest, sort_keys=True))


def _verified(archive: zipfile.ZipFile, file: Path) -> list[str]:
    """Names of the members, each of which is as the manifest says."""
    try:
        manifest = json.loads(archive.read(_MANIFEST))
        told = dict(manifest["members"])
        form = manifest["form"]
    except (ValueError, TypeError, KeyError) as error:
        raise _bad(file, "it has no manifest") from error
    if form != _FORM:
        raise _bad(file, "it is of another form")
    there = archive.namelist()
    if sorted([*told, _MANIFEST]) != sorted(there) or len(there) > _MOST_MEMBERS or SETTINGS_FILE not in told:
        raise _bad(file, "its members are not those of its manifest")
    for name, expected in told.items():
        parts = PurePosixPath(name).parts
        if not _is_ours(name) or any(part in ("..", "") or "\\" in part or ":" in part for part in parts):
            raise _bad(file, "a member has a name that no backup has")
        digest = hashlib.sha256()
        with archive.open(name) as member:
            while chunk := member.read(_CHUNK):
                digest.update(chunk)
        if digest.hexdigest() != expected:
            raise _bad(file, f"{name} was changed")
    return list(told)


def _is_ours(name: str) -> bool:
    return name in (SETTINGS_FILE, DATABASE) or (name.startswith(f"{_SECRETS}/") and len(name) > len(_SECRETS) + 1)


def _place(name: str, settings: Settings, folder: Path) -> Path:
    """Where a member belongs: secrets and database may lie outside of the folder, as the settings say."""
    if name == DATABASE:
        place = database_file(settings, folder) or folder / DATABASE
    elif name == SETTINGS_FILE:
        place = folder / SETTINGS_FILE
    else:
        place = folder / settings.relay.secrets / name.removeprefix(f"{_SECRETS}/")
    if place.exists():
        raise RelayError("ISCB-RELAY-EXISTS", path=str(place))
    return place


def _restored(archive: zipfile.ZipFile, name: str, place: Path) -> None:
    if name != DATABASE:
        write_private(os.fspath(place), archive.read(name))
        return
    os.makedirs(place.parent, mode=0o700, exist_ok=True)
    fd = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(fd, "wb") as target, archive.open(name) as member:
        while chunk := member.read(_CHUNK):
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())


def _bad(file: Path, detail: str) -> RelayError:
    return RelayError("ISCB-RELAY-BACKUP", path=str(file), detail=detail)
