"""The journal's database file: opened, checked, made, or set aside when it is damaged."""

from __future__ import annotations

import datetime as dt
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from iscbridge.core.errors import JournalError
from iscbridge.core.paths import printable
from iscbridge.journal import schema
from iscbridge.platform import durable
from iscbridge.platform.faults import store_error

log = logging.getLogger(__name__)

#: The log has this size from the start (see `_make_room`), and a commit that finds it full makes a checkpoint itself.
_WAL_LIMIT = 8 * 1024 * 1024
_PAGE = 4096
_ROOM_STEP = 256 * 1024
_COMPANIONS = ("", "-wal", "-shm")
_FULL = {sqlite3.SQLITE_FULL}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Damaged(Exception):  # noqa: N818  says what was found, and is caught where the file is set aside
    """The file is no sound database."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection with the journal's settings. Manual transactions; for the thread that makes it.

    Raises:
        sqlite3.Error: the file can't be opened or is no database.
    """
    connection = sqlite3.connect(path, timeout=5.0, isolation_level=None, cached_statements=64)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA secure_delete = FAST")
        # Checkpoints belong to quiet moments (`Journal.rest`); this is only the upper bound.
        connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_LIMIT // _PAGE}")
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT}")
    except BaseException:
        connection.close()
        raise
    return connection


def reader(path: Path) -> sqlite3.Connection:
    """A connection that can't write; for any thread, beside the journal's own."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def open_or_make(path: Path) -> tuple[sqlite3.Connection, bool, Path | None]:
    """The journal's connection, whether its last run closed in good order, and where a damaged file was put.

    Raises:
        JournalError: ISCB-JOURNAL-NEWER, -DISK-FULL, -IO.
    """
    set_aside = None
    with translated(path):
        if _is_there(path):
            try:
                connection, clean = _open(path)
            except Damaged as fault:
                set_aside = _set_aside(path)
                log.error("the journal was damaged (%s) and is now %s", fault, set_aside)  # noqa: TRY400  no fault of ours
            else:
                return connection, clean, None
        _make(path)
        connection = connect(path)
        _make_room(connection)
        _note_running(connection)
    return connection, set_aside is None, set_aside


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Errors of SQLite and the system, as JournalError."""
    try:
        yield
    except sqlite3.Error as error:
        raise journal_error(error, path) from error
    except OSError as error:
        raise store_error(error, str(path.parent)) from error


def journal_error(error: sqlite3.Error, path: Path) -> JournalError:
    """What an error of SQLite means for the journal."""
    code = _primary(error)
    folder = printable(str(path.parent))
    if code in _FULL:
        return JournalError("ISCB-JOURNAL-DISK-FULL", folder=folder)
    if code in _DAMAGED:
        return JournalError("ISCB-JOURNAL-DAMAGED", path=printable(str(path)))
    return JournalError("ISCB-JOURNAL-IO", folder=folder, detail=str(error))


def _primary(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _is_there(path: Path) -> bool:
    # A log without its database is the rest of an accident: SQLite would throw it away.
    return path.exists() or Path(f"{path}-wal").exists()


def _open(path: Path) -> tuple[sqlite3.Connection, bool]:
    # The file is made under another name and renamed when it is whole: an empty one was cut off.
    if not path.exists() or path.stat().st_size == 0:
        raise Damaged("the file is empty or only its log is there")
    connection = None
    try:
        _check_version(path)
        connection = connect(path)
        clean = _was_clean(connection)
        if not clean:
            _check(connection)
        schema.migrate(connection)
        _make_room(connection)
        _note_running(connection)
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        if _primary(error) in _DAMAGED or "no such table" in str(error):
            raise Damaged(str(error)) from error
        raise
    except BaseException:
        if connection is not None:
            connection.close()
        raise
    return connection, clean


def _check_version(path: Path) -> None:
    """Refuse a newer journal before anything is written to it."""
    connection = reader(path)
    try:
        found = schema.version(connection)
    finally:
        connection.close()
    if found > schema.NEWEST:
        raise JournalError("ISCB-JOURNAL-NEWER", found=str(found), expected=str(schema.NEWEST))
    if found < 1:
        raise Damaged("no version in it")


def _was_clean(connection: sqlite3.Connection) -> bool:
    row = connection.execute("SELECT value FROM meta WHERE key = 'clean'").fetchone()
    return row is not None and row[0] == "1"


def _check(connection: sqlite3.Connection) -> None:
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise Damaged(found)


def _make_room(connection: sqlite3.Connection) -> None:
    """Let the log have its full size now; the next commit makes that durable.

    Where a log grows, each commit also waits for the file system to record the new size: a third of its time on ext4.
    A transaction that is larger than the cache is written to the log as it goes; rolled back, it leaves only room.
    """
    usual = connection.execute("PRAGMA cache_size").fetchone()[0]
    try:
        connection.execute("PRAGMA cache_size = 16")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE room (body BLOB)")
        for _ in range(_WAL_LIMIT // _ROOM_STEP):
            connection.execute("INSERT INTO room VALUES (zeroblob(?))", (_ROOM_STEP,))
    except sqlite3.OperationalError as error:
        log.info("no room ahead for the journal's log: %s", error)  # a full disk is found by the first real write
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.execute(f"PRAGMA cache_size = {usual}")


def _note_running(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('clean', '0')")


def _make(path: Path) -> None:
    """A fresh journal, which appears under its name only when it is whole."""
    fresh = Path(f"{path}.new")
    for ending in _COMPANIONS:
        with suppress(FileNotFoundError):
            os.unlink(f"{fresh}{ending}")
    connection = connect(fresh)
    try:
        schema.migrate(connection)
        _note_running(connection)
    finally:
        connection.close()  # folds the log in and removes it
    durable.replace(str(fresh), str(path))
    durable.flush_folder(str(path.parent))


def set_aside(path: Path) -> list[Path]:
    """Damaged journals that were set aside beside this one, oldest first; of each at least one file still lies there."""
    found = path.parent.glob(f"{path.name}.damaged-*")
    return sorted({name.with_name(name.name.removesuffix("-wal").removesuffix("-shm")) for name in found})


def _set_aside(path: Path) -> Path:
    """Rename the database with its companions; nothing of it is ever deleted."""
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    target = Path(f"{path}.damaged-{stamp}")
    number = 2
    while any(Path(f"{target}{ending}").exists() for ending in _COMPANIONS):
        target = Path(f"{path}.damaged-{stamp}-{number}")
        number += 1
    # The log first: should the power fail in between, the database without its log is found damaged again.
    for ending in reversed(_COMPANIONS):
        if Path(f"{path}{ending}").exists():
            durable.replace(f"{path}{ending}", f"{target}{ending}")
    durable.flush_folder(str(path.parent))
    return target
