"""The journal's tables, and the steps from each version to the next."""

from __future__ import annotations

import sqlite3

# As few indexes as the queries allow: each one more is a page more in every durable commit. For the same reason no
# AUTOINCREMENT: a number that `prune` gave free may come again, since all that hung on it went with it.
_VERSION_1 = (
    """
    CREATE TABLE jobs (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        final INTEGER NOT NULL,
        path TEXT NOT NULL,
        instance TEXT NOT NULL,
        request_id TEXT,
        request_key TEXT,
        created REAL NOT NULL,
        updated REAL NOT NULL,
        identity TEXT,
        snapshot INTEGER REFERENCES snapshots (id),
        snapshot_until REAL,
        search TEXT NOT NULL,
        files BLOB,
        doc TEXT NOT NULL
    ) STRICT
    """,
    # request_key is request_id while the id may not be used again, and NULL afterwards
    "CREATE UNIQUE INDEX jobs_request ON jobs (instance, request_key) WHERE request_key IS NOT NULL",
    "CREATE INDEX jobs_identity ON jobs (identity, seq) WHERE identity IS NOT NULL",
    "CREATE INDEX jobs_unknown ON jobs (seq) WHERE state = 'unknown'",
    """
    CREATE TABLE snapshots (
        id INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        files INTEGER NOT NULL,
        size INTEGER NOT NULL,
        objects BLOB NOT NULL,
        body BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE transitions (
        job INTEGER NOT NULL,
        n INTEGER NOT NULL,
        at REAL NOT NULL,
        state TEXT NOT NULL,
        cause TEXT NOT NULL,
        reason TEXT,
        error TEXT,
        PRIMARY KEY (job, n)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        at REAL NOT NULL,
        session TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        operate TEXT NOT NULL,
        raw TEXT NOT NULL,
        job TEXT
    ) STRICT
    """,
    """
    CREATE TABLE opened (
        identity TEXT PRIMARY KEY,
        path TEXT NOT NULL,
        open_type TEXT NOT NULL,
        work_state TEXT NOT NULL,
        assembly INTEGER NOT NULL,
        opened_at REAL NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
)

_VERSION_2 = (
    # What one cloud has says nothing of another, so a file stands here once for each. sha256 is empty for a file that
    # came from the cloud and was not read yet. `main` is the path that a save of it names: its own, or that of the
    # assembly. assembly: 0 none, 1 as its format lists it, 2 as the host listed it.
    """
    CREATE TABLE workfiles (
        cloud TEXT NOT NULL,
        path TEXT NOT NULL,
        identity TEXT NOT NULL,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        file_id TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        saved REAL,
        main TEXT NOT NULL,
        assembly INTEGER NOT NULL,
        host TEXT NOT NULL,
        product TEXT NOT NULL,
        job TEXT NOT NULL,
        policy TEXT,
        PRIMARY KEY (cloud, path)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX workfiles_identity ON workfiles (identity, cloud)",
    # jobs that are done and whose files are not in `workfiles` yet: written with the job, so that no crash comes between
    "CREATE TABLE workfile_news (seq INTEGER PRIMARY KEY, job TEXT NOT NULL) STRICT",
    """
    INSERT INTO workfile_news (job)
    SELECT id FROM jobs WHERE seq IN (
        SELECT max(seq) FROM jobs WHERE state = 'done' AND kind IN ('save', 'saveAs', 'open')
        GROUP BY coalesce(identity, id)
    ) ORDER BY seq
    """,
)

#: `MIGRATIONS[n]` leads from version n to n + 1. A step that was released never changes again.
MIGRATIONS: tuple[tuple[str, ...], ...] = (_VERSION_1, _VERSION_2)
NEWEST = len(MIGRATIONS)


def version(connection: sqlite3.Connection) -> int:
    """The version of the journal behind a connection; 0 for an empty one."""
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables to the newest version, each step in a transaction of its own."""
    for number in range(version(connection), NEWEST):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in MIGRATIONS[number]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
