"""The sandbox cloud: a durable store of files and their versions. SQLite and content-addressed blobs, no Qt.

A version exists only when all its bytes do: the blob is flushed to the disk, with its name, before the row is
committed. The command line reads the store directly, also while the desk is not running.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self

from iscbridge.core.errors import SandboxError
from iscbridge.platform.longpaths import extended
from iscbridge.sandbox import archive
from iscbridge.sandbox.blobs import Blob, BlobStore, BlobWriter
from iscbridge.sandbox.places import Places

CHECKIN = "CHECKIN"
CHECKOUT = "CHECKOUT"
OPEN_ONLY = "OpenOnly"
OPEN_AND_CHECKOUT = "OpenAndCheckout"

#: Who works at this desk; checking out for somebody else is for tests.
ME = "sandbox-user"

_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE folder(path TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE item(
  id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  state TEXT NOT NULL, holder TEXT NOT NULL DEFAULT '');
CREATE INDEX item_name ON item(name);
CREATE TABLE version(
  item INTEGER NOT NULL REFERENCES item(id), number INTEGER NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
  created REAL NOT NULL, author TEXT NOT NULL, source TEXT NOT NULL, stem TEXT NOT NULL,
  serial INTEGER NOT NULL UNIQUE, PRIMARY KEY(item, number)) WITHOUT ROWID;
CREATE TABLE local(
  path TEXT PRIMARY KEY, item INTEGER NOT NULL REFERENCES item(id), open_type TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE call(
  id INTEGER PRIMARY KEY, created REAL NOT NULL, function TEXT NOT NULL, arguments TEXT NOT NULL);
"""
_CALLS_KEPT = 1000


@dataclass(frozen=True, slots=True)
class CloudVersion:
    """One version of one cloud file. `created` is seconds since the epoch, UTC."""

    path: str
    number: int
    sha256: str
    size: int
    created: float
    author: str
    source: str
    """The local path that it was saved from."""
    stem: str
    """Name of the file without suffix, or of the assembly folder, as it was saved."""


@dataclass(frozen=True, slots=True)
class CloudItem:
    """One cloud file: its state and its latest version."""

    path: str
    state: str
    """`CHECKIN` or `CHECKOUT`."""
    holder: str
    """Who has it checked out; empty if nobody."""
    latest: CloudVersion

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name

    @property
    def assembly(self) -> bool:
        """Whether it is delivered as an unzipped folder: the guide says so of every `.zip` (page OpenCloudFile)."""
        return self.path.lower().endswith(".zip")


class CloudStore:
    """The store of one sandbox. For one thread; each thread opens its own."""

    def __init__(self, places: Places, *, create: bool = True) -> None:
        """Open the store; `create=False` leaves a store that does not exist yet alone.

        Raises:
            SandboxError: ISCB-SANDBOX-NO-SUCH-FILE: there is no store and none is to be made.
            sqlite3.Error, OSError: it can't be opened.
        """
        if not create and not places.database.exists():
            raise SandboxError("ISCB-SANDBOX-NO-SUCH-FILE", path=str(places.database))
        places.root.mkdir(parents=True, exist_ok=True)
        self.blobs = BlobStore(places.blobs)
        self._db = sqlite3.connect(places.database, timeout=30, isolation_level=None)
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA foreign_keys=ON")
        if self._schema() == 0:
            with self._transaction():
                if self._schema() == 0:  # nobody was faster
                    for statement in filter(str.strip, _SCHEMA.split(";")):
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA user_version={_SCHEMA_VERSION}")
        if self._schema() != _SCHEMA_VERSION:
            raise sqlite3.DatabaseError(f"the sandbox cloud has schema {self._schema()}, not {_SCHEMA_VERSION}")

    def _schema(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # SQLite itself rolls back at some errors, such as a full disk
                self._db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    # -- reading

    def folders(self) -> list[str]:
        """All folders but the root, sorted."""
        named = {str(row[0]) for row in self._db.execute("SELECT path FROM folder")}
        for (path,) in self._db.execute("SELECT path FROM item"):
            named.update(str(parent) for parent in PurePosixPath(path).parents if str(parent) != "/")
        return sorted(named)

    def items(self) -> list[CloudItem]:
        """All files, by path."""
        return [_item(row) for row in self._db.execute(f"{_ITEMS} ORDER BY item.path")]

    def newest(self) -> CloudItem | None:
        """The file saved last; None if the cloud is empty."""
        row = self._db.execute(f"{_ITEMS} ORDER BY version.serial DESC LIMIT 1").fetchone()
        return _item(row) if row else None

    def item(self, path: str) -> CloudItem:
        """One file.

        Raises:
            SandboxError: ISCB-SANDBOX-NO-SUCH-FILE.
        """
        row = self._db.execute(f"{_ITEMS} WHERE item.path=?", (path,)).fetchone()
        if row is None:
            raise SandboxError("ISCB-SANDBOX-NO-SUCH-FILE", path=path)
        return _item(row)

    def versions(self, path: str) -> list[CloudVersion]:
        """All versions of a file, oldest first; numbers begin with 1.

        Raises:
            SandboxError: ISCB-SANDBOX-NO-SUCH-FILE.
        """
        rows = self._db.execute(
            f"SELECT item.path, {_VERSION} FROM version JOIN item ON item.id=version.item"  # noqa: S608 - a constant
            " WHERE item.path=? ORDER BY number",
            (path,),
        ).fetchall()
        if not rows:
            raise SandboxError("ISCB-SANDBOX-NO-SUCH-FILE", path=path)
        return [CloudVersion(*row) for row in rows]

    def version(self, path: str, number: int | None = None) -> CloudVersion:
        """One version; without a number the latest.

        Raises:
            SandboxError: ISCB-SANDBOX-NO-SUCH-FILE.
        """
        versions = self.versions(path)
        if number is None:
            return versions[-1]
        if not 1 <= number <= len(versions):
            raise SandboxError("ISCB-SANDBOX-NO-SUCH-FILE", path=f"{path} (version {number})")
        return versions[number - 1]

    def fetch(self, path: str, destination: Path, number: int | None = None, *, unpacked: bool = False) -> Path:
        """Copy what the cloud holds to `destination` (a file, or a folder to put it in).

        An assembly comes as its `.zip`, or `unpacked` as its folder. Returns the path written.

        Raises:
            SandboxError: ISCB-SANDBOX-NO-SUCH-FILE.
            archive.ArchiveError: it can't be unpacked.
            OSError: the destination can't be written.
        """
        version = self.version(path, number)
        assembly = path.lower().endswith(".zip")
        name = version.stem if unpacked and assembly else PurePosixPath(path).name
        target = destination / name if destination.is_dir() else destination
        if unpacked and assembly:
            archive.unpack(self.blobs.path(version.sha256), Path(extended(os.fspath(target))))
        else:
            temporary = target.with_name(f"{target.name}.part")
            shutil.copyfile(self.blobs.path(version.sha256), temporary)
            os.replace(temporary, target)
        return target

    def problems(self) -> list[str]:
        """What is wrong with the store: a version whose bytes are missing or others. Empty if all is well."""
        found = []
        for (sha256,) in self._db.execute("SELECT DISTINCT sha256 FROM version").fetchall():
            fault = self.blobs.check(sha256)
            if fault:
                found.append(fault)
        return found

    # -- saving and opening

    def writer(self) -> BlobWriter:
        """A place to write the bytes of a version to."""
        return self.blobs.writer()

    def may_save(self, local: str, *, name: str, identity: str, target: str | None = None) -> bool:
        """Whether a local path can be saved now (arguments as for `save`).

        Not if it was opened OpenOnly and is checked in (page OpenCloudFile), nor while somebody else has the cloud
        file checked out.
        """
        item = self._find(local, name, identity, target)
        if item is None:
            return True
        state, holder = self._db.execute("SELECT state, holder FROM item WHERE id=?", (item,)).fetchone()
        row = self._db.execute("SELECT open_type FROM local WHERE path=? AND item=?", (_key(local), item)).fetchone()
        return holder in {"", ME} and not (row == (OPEN_ONLY,) and state == CHECKIN)

    def save(
        self,
        local: str,
        blob: Blob,
        *,
        name: str,
        identity: str,
        target: str | None = None,
        check_in: bool = False,
    ) -> CloudVersion:
        """Add a version. Durable when this returns.

        Args:
            local: the local path that was saved.
            blob: its bytes, durable.
            name: name of the cloud file, if it is a new one.
            identity: `path` or `name`: how the cloud file of a local path is found.
            target: cloud path picked in save-as; it goes there whatever `identity` says.
            check_in: leave the cloud file checked in.
        """
        with self._transaction():
            item = self._find_or_make(local, name, identity, target)
            row = self._db.execute("SELECT COALESCE(MAX(number), 0) + 1 FROM version WHERE item=?", (item,)).fetchone()
            stem = _stem(name, local)
            self._db.execute(
                "INSERT INTO version SELECT ?,?,?,?,?,?,?,?, COALESCE(MAX(serial), 0) + 1 FROM version",
                (item, row[0], blob.sha256, blob.size, time.time(), ME, local, stem),
            )
            if check_in:
                self._db.execute("UPDATE item SET state=?, holder='' WHERE id=?", (CHECKIN, item))
            self._db.execute(
                "INSERT INTO local VALUES(?,?,'') ON CONFLICT(path) DO UPDATE SET item=excluded.item,"
                " open_type=CASE WHEN local.item=excluded.item THEN local.open_type ELSE '' END",
                (_key(local), item),
            )
            path = self._db.execute("SELECT path FROM item WHERE id=?", (item,)).fetchone()[0]
        return self.version(path, row[0])

    def _find(self, local: str, name: str, identity: str, target: str | None) -> int | None:
        if target is not None:
            row = self._db.execute("SELECT id FROM item WHERE path=?", (target,)).fetchone()
        elif identity == "path":
            row = self._db.execute("SELECT item FROM local WHERE path=?", (_key(local),)).fetchone()
        else:
            row = self._db.execute("SELECT id FROM item WHERE name=? ORDER BY id LIMIT 1", (name,)).fetchone()
        return None if row is None else int(row[0])

    def _find_or_make(self, local: str, name: str, identity: str, target: str | None) -> int:
        found = self._find(local, name, identity, target)
        if found is not None:
            return found
        path = target if target is not None else self._free_path(name)
        cursor = self._db.execute(
            "INSERT INTO item(path, name, state) VALUES(?,?,?)", (path, PurePosixPath(path).name, CHECKIN)
        )
        return int(cursor.lastrowid or 0)

    def _free_path(self, name: str) -> str:
        """A cloud path for a new file. Another file of that name: a folder more, since the name means something."""
        path, count = f"/{name}", 1
        while self._db.execute("SELECT 1 FROM item WHERE path=?", (path,)).fetchone():
            count += 1
            path = f"/{count}/{name}"
        return path

    def opened(self, path: str, local: str, open_type: str) -> None:
        """Remember that a cloud file was delivered at a local path.

        Raises:
            SandboxError: ISCB-SANDBOX-NO-SUCH-FILE.
        """
        with self._transaction():
            self._db.execute(
                "INSERT INTO local VALUES(?,?,?)"
                " ON CONFLICT(path) DO UPDATE SET item=excluded.item, open_type=excluded.open_type",
                (_key(local), self._id(path), open_type),
            )

    def check_out(self, path: str, holder: str = ME) -> bool:
        """Check a file out. False: somebody else has it.

        Raises:
            SandboxError: ISCB-SANDBOX-NO-SUCH-FILE.
        """
        with self._transaction():
            item = self._id(path)
            cursor = self._db.execute(
                "UPDATE item SET state=?, holder=? WHERE id=? AND holder IN ('', ?)", (CHECKOUT, holder, item, holder)
            )
        return cursor.rowcount == 1

    def check_in(self, path: str) -> None:
        """Check a file in, whoever has it.

        Raises:
            SandboxError: ISCB-SANDBOX-NO-SUCH-FILE.
        """
        with self._transaction():
            self._db.execute("UPDATE item SET state=?, holder='' WHERE id=?", (CHECKIN, self._id(path)))

    def make_folder(self, path: str) -> None:
        """Make a folder; one that is there is left alone."""
        with self._transaction():
            self._db.execute("INSERT OR IGNORE INTO folder VALUES(?)", (cloud_path(path),))

    def _id(self, path: str) -> int:
        row = self._db.execute("SELECT id FROM item WHERE path=?", (path,)).fetchone()
        if row is None:
            raise SandboxError("ISCB-SANDBOX-NO-SUCH-FILE", path=path)
        return int(row[0])

    # -- calls that are only noted

    def note_call(self, function: str, arguments: str) -> None:
        """Keep a call (`arguments` as JSON); the last 1000 are kept."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO call(created, function, arguments) VALUES(?,?,?)", (time.time(), function, arguments)
            )
            self._db.execute("DELETE FROM call WHERE id <= (SELECT MAX(id) FROM call) - ?", (_CALLS_KEPT,))

    def noted_calls(self) -> list[tuple[int, float, str, str]]:
        """Kept calls, oldest first: number, time, function, arguments as JSON."""
        return self._db.execute("SELECT id, created, function, arguments FROM call ORDER BY id").fetchall()

    def sweep(self) -> None:
        """Delete leftovers of uploads that were cut off. Only for the desk, before its first upload."""
        wanted = {str(row[0]) for row in self._db.execute("SELECT DISTINCT sha256 FROM version")}
        self.blobs.sweep(wanted)


_VERSION = "version.number, version.sha256, version.size, version.created, version.author, version.source, version.stem"
_ITEMS = (
    f"SELECT item.path, item.state, item.holder, {_VERSION} FROM item"  # noqa: S608 - constants only
    " JOIN version ON version.item=item.id"
    " AND version.number=(SELECT MAX(number) FROM version AS v WHERE v.item=item.id)"
)


def _item(row: tuple[Any, ...]) -> CloudItem:
    path, state, holder, *version = row
    return CloudItem(path, state, holder, CloudVersion(path, *version))


def _stem(name: str, local: str) -> str:
    """What a version's assembly folder is called when it is delivered: as the folder was when it was saved."""
    own = os.path.basename(os.path.normpath(local))
    return own if name == f"{own}.zip" else os.path.splitext(own)[0]


def _key(local: str) -> str:
    """A local path as the desk compares it: by its text, ignoring case where the system does."""
    return os.path.normcase(os.path.abspath(local))


def cloud_path(text: str) -> str:
    """A cloud path in its one form: '/' first and between parts, nothing else.

    Raises:
        SandboxError: ISCB-SANDBOX-NO-SUCH-FILE: it is empty, or has parts like '..'.
    """
    parts = [part for part in text.replace("\\", "/").split("/") if part]
    if not parts or any(part in {".", ".."} or "\0" in part for part in parts):
        raise SandboxError("ISCB-SANDBOX-NO-SUCH-FILE", path=text)
    return "/" + "/".join(parts)
