"""The working files in the journal: what the cloud has of each, and how it is saved again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from iscbridge.core.workfile_model import Policy, Stat
from iscbridge.journal import database

#: Of a file that came from the cloud: nobody knows any more what it was when it came.
NEVER_SEEN = Stat(0, 0)
#: In the place of a digest: nobody knows what the cloud has. No content has it.
NOBODYS = "?"
NOBODYS_STAT = Stat(0, 0, NOBODYS)
_COLUMNS = "path, identity, size, mtime_ns, file_id, sha256, saved, main, assembly, host, product, job, policy"
_PUT = f"""
    INSERT INTO workfiles (cloud, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (cloud, path) DO UPDATE SET
        identity = excluded.identity, size = excluded.size, mtime_ns = excluded.mtime_ns, file_id = excluded.file_id,
        sha256 = excluded.sha256, saved = excluded.saved, main = excluded.main, assembly = excluded.assembly,
        host = excluded.host, product = excluded.product, job = excluded.job
"""  # noqa: S608  names of columns of ours
_REMEMBER = "UPDATE workfiles SET size = ?, mtime_ns = ?, file_id = ?, sha256 = ? WHERE cloud = ? AND path = ?"


class Together(IntEnum):
    """With what a working file is saved."""

    ALONE = 0
    BY_FORMAT = 1
    """With its assembly, whose files its format lists."""
    BY_HOST = 2
    """With its assembly, whose files the host listed."""


@dataclass(frozen=True, slots=True)
class Workfile:
    """One working file. `path` is in the one spelling that stands for it."""

    path: str
    identity: str
    """Of the file itself: `iscbridge.platform.identity`."""
    stat: Stat
    sha256: str
    """Empty: it came from the cloud with this stat, and was not read yet."""
    saved: float | None
    """When the cloud took it; None: it came from there."""
    main: str
    """The path that a save of it names."""
    together: Together = Together.ALONE
    host: str = ""
    product: str = ""
    job: str = ""
    """The save or open that made it what it is."""
    policy: Policy | None = None


class WorkfileTable:
    """The working files of one cloud.

    Every method runs on the journal's thread and raises JournalError for what SQLite or the disk refuses.
    """

    def __init__(self, connection: Callable[[], sqlite3.Connection], path: Path, cloud: str) -> None:
        self._connection = connection
        self._path = path
        self._cloud = cloud

    def page(self, after: str, limit: int) -> list[Workfile]:
        """The files whose path comes after this one, by path."""
        query = f"SELECT {_COLUMNS} FROM workfiles WHERE cloud = ? AND path > ? ORDER BY path LIMIT ?"  # noqa: S608  as above
        with database.translated(self._path):
            return [_workfile(row) for row in self._connection().execute(query, (self._cloud, after, limit))]

    def get(self, path: str) -> Workfile | None:
        """The file with this spelling."""
        with database.translated(self._path):
            query = f"SELECT {_COLUMNS} FROM workfiles WHERE cloud = ? AND path = ?"  # noqa: S608  as above
            row = self._connection().execute(query, (self._cloud, path)).fetchone()
        return None if row is None else _workfile(row)

    def spelling(self, identity: str) -> str | None:
        """The path that stands for a file."""
        with database.translated(self._path):
            query = "SELECT path FROM workfiles WHERE identity = ? AND cloud = ? LIMIT 1"
            row = self._connection().execute(query, (identity, self._cloud)).fetchone()
        return None if row is None else str(row[0])

    def members(self, main: str) -> list[str]:
        """The files that are saved with this assembly, its main file first if it is one of them."""
        with database.translated(self._path):
            query = """
                SELECT path FROM workfiles WHERE cloud = ? AND main = ? AND assembly != 0 ORDER BY path <> main, path
            """
            return [str(row[0]) for row in self._connection().execute(query, (self._cloud, main))]

    def count(self) -> int:
        """How many there are."""
        with database.translated(self._path):
            query = "SELECT count(*) FROM workfiles WHERE cloud = ?"
            return int(self._connection().execute(query, (self._cloud,)).fetchone()[0])

    def put(self, files: Sequence[Workfile], done: str | None = None) -> None:
        """Enter files, or what is new of them (their policy stays). `done`: that was all of this job's."""
        with self._transaction() as db:
            db.executemany(_PUT, ((self._cloud, *_row(file)) for file in files))
            if done is not None:
                db.execute("DELETE FROM workfile_news WHERE job = ?", (done,))

    def write(self, remember: dict[str, tuple[Stat, str]], forget: Sequence[str]) -> None:
        """What a file had as its stat when it held the content that the cloud has; and files that are watched no more."""
        with self._transaction() as db:
            db.executemany(_REMEMBER, ((*stat, sha256, self._cloud, path) for path, (stat, sha256) in remember.items()))
            db.executemany(
                "DELETE FROM workfiles WHERE cloud = ? AND path = ?", ((self._cloud, path) for path in forget)
            )

    def set_policy(self, path: str, policy: Policy | None) -> None:
        """A policy of its own, or none."""
        with self._transaction() as db:
            db.execute("UPDATE workfiles SET policy = ? WHERE cloud = ? AND path = ?", (policy, self._cloud, path))

    def news(self) -> list[str]:
        """Ids of done jobs of any cloud whose files were not entered yet, oldest first."""
        with database.translated(self._path):
            return [str(row[0]) for row in self._connection().execute("SELECT job FROM workfile_news ORDER BY seq")]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with database.translated(self._path):
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise


def _row(file: Workfile) -> tuple[object, ...]:
    return (
        *(file.path, file.identity, *file.stat, file.sha256, file.saved, file.main, int(file.together)),
        *(file.host, file.product, file.job, file.policy),
    )


def _workfile(row: sqlite3.Row) -> Workfile:
    path, identity, size, mtime_ns, file_id, sha256, saved, main, together, host, product, job, policy = row
    known = policy if policy in set(Policy) else None  # a word of a later version counts as none
    own = None if known is None else Policy(known)
    stat = Stat(size, mtime_ns, file_id)
    return Workfile(path, identity, stat, sha256, saved, main, _together(together), host, product, job, own)


def _together(number: int) -> Together:
    return Together(number) if number in set(Together) else Together.BY_FORMAT
