"""What is read from the journal, and what leaves it when it is old."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass

from iscbridge.core.jobs import DISMISSED, Job, JobState, OpenedFile, Snapshot
from iscbridge.journal import codec

log = logging.getLogger(__name__)

_MOST_ROWS = 1000
_DIGEST = 32
_JOBS = "SELECT * FROM jobs"
_CACHED_SNAPSHOTS = 64
_CACHED_FILES = 50_000
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of a job. `at` is seconds since the epoch, UTC."""

    at: float
    state: JobState
    cause: str
    reason: str | None
    error: str | None
    """An error's code."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One SDK event as it came. `at` is seconds since the epoch, UTC."""

    at: float
    session: str
    epoch: int
    operate: str
    raw: str
    job_id: str | None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much history is kept."""

    jobs: int = 10_000
    days: float = 365.0
    events: int = 20_000
    transitions_per_job: int = 1000


class Snapshots:
    """Unpacked snapshots by row, so that a list that is shown again and again does not unpack them each time."""

    def __init__(self) -> None:
        self._found: dict[int, Snapshot] = {}
        self._files = 0

    def get(self, db: sqlite3.Connection, row: int | None) -> Snapshot | None:
        """The snapshot of a row; None for none. Raises CodecError."""
        if row is None:
            return None
        found = self._found.get(row)
        if found is None:
            body = db.execute("SELECT body FROM snapshots WHERE id = ?", (row,)).fetchone()
            if body is None:
                raise codec.CodecError(f"snapshot {row} is not there")
            found = codec.unpack_snapshot(body[0])
            self._keep(row, found)
        return found

    def forget(self) -> None:
        """Let go of all: rows were deleted, and their numbers may be given again."""
        self._found.clear()
        self._files = 0

    def _keep(self, row: int, snapshot: Snapshot) -> None:
        self._found[row] = snapshot
        self._files += len(snapshot.files)
        while len(self._found) > 1 and (len(self._found) > _CACHED_SNAPSHOTS or self._files > _CACHED_FILES):
            oldest = next(iter(self._found))
            self._files -= len(self._found.pop(oldest).files)


def job(db: sqlite3.Connection, cache: Snapshots, job_id: str) -> Job | None:
    """One job, whole."""
    return _one(db, cache, "WHERE id = ?", (job_id,))


def last_save(db: sqlite3.Connection, cache: Snapshots, identity: str) -> Job | None:
    """The newest save or save-as of a file."""
    where = "WHERE identity = ? AND kind IN ('save', 'saveAs') ORDER BY seq DESC LIMIT 1"
    return _one(db, cache, where, (identity,))


def to_take_up(db: sqlite3.Connection, cache: Snapshots, request_life: float) -> list[Job]:
    """Jobs that are not final, and recent final ones with a request id (without snapshot), oldest first."""
    found = [_unpack(db, cache, row) for row in db.execute(f"{_JOBS} WHERE NOT final ORDER BY seq").fetchall()]
    recent = f"{_JOBS} WHERE final AND request_key IS NOT NULL AND created >= ?"
    found += [_unpack(db, None, row) for row in db.execute(recent, (time.time() - request_life,)).fetchall()]
    return sorted((job for job in found if job is not None), key=lambda job: (job.created, job.id))


def jobs(
    db: sqlite3.Connection,
    cache: Snapshots,
    *,
    limit: int,
    before: str | None,
    states: Sequence[JobState | str] | None,
    text: str | None,
) -> list[Job]:
    """Jobs, newest first, whole."""
    clause, values = _listed(before, states, text)
    rows = db.execute(f"{_JOBS} {clause}", (*values, max(1, min(limit, _MOST_ROWS)))).fetchall()
    return [job for job in (_unpack(db, cache, row) for row in rows) if job is not None]


def job_ids(
    db: sqlite3.Connection, *, limit: int, before: str | None, states: Sequence[JobState | str] | None, text: str | None
) -> list[str]:
    """Their ids only, also of those that can't be read."""
    clause, values = _listed(before, states, text)
    query = f"SELECT id FROM jobs {clause}"  # noqa: S608  fixed texts
    return [str(row[0]) for row in db.execute(query, (*values, max(1, min(limit, _MOST_ROWS))))]


def _listed(
    before: str | None, states: Sequence[JobState | str] | None, text: str | None
) -> tuple[str, tuple[object, ...]]:
    where: list[str] = []
    values: list[object] = []
    if before is not None:
        where.append("seq < coalesce((SELECT seq FROM jobs WHERE id = ?), 0)")
        values.append(before)
    if states is not None:
        where.append(f"state IN ({', '.join('?' * len(states))})")
        values += [str(state) for state in states]
    if text:
        where.append("search LIKE ? ESCAPE '\\'")
        values.append(f"%{_literal(text.casefold())}%")
    clause = f"WHERE {' AND '.join(where)}" if where else ""
    return f"{clause} ORDER BY seq DESC LIMIT ?", tuple(values)


def transitions(db: sqlite3.Connection, job_id: str) -> list[Transition]:
    """Every step of a job, oldest first."""
    rows = db.execute(
        "SELECT t.* FROM transitions t JOIN jobs ON jobs.seq = t.job WHERE jobs.id = ? ORDER BY n", (job_id,)
    )
    return [Transition(row["at"], JobState(row["state"]), row["cause"], row["reason"], row["error"]) for row in rows]


def events(db: sqlite3.Connection, limit: int, job_id: str | None) -> list[StoredEvent]:
    """The newest events, newest first."""
    clause = "" if job_id is None else "WHERE job = ?"
    values: tuple[object, ...] = () if job_id is None else (job_id,)
    rows = db.execute(f"SELECT * FROM events {clause} ORDER BY seq DESC LIMIT ?", (*values, limit))  # noqa: S608  fixed texts
    return [StoredEvent(r["at"], r["session"], r["epoch"], r["operate"], r["raw"], r["job"]) for r in rows]


def opened(db: sqlite3.Connection, identity: str) -> OpenedFile | None:
    """A file that came from the cloud."""
    row = db.execute("SELECT * FROM opened WHERE identity = ?", (identity,)).fetchone()
    return None if row is None else codec.unpack_opened(row)


def all_opened(db: sqlite3.Connection) -> tuple[OpenedFile, ...]:
    """All files that came from the cloud, in the order in which they came."""
    return tuple(codec.unpack_opened(row) for row in db.execute("SELECT * FROM opened ORDER BY opened_at"))


def count_unknown(db: sqlite3.Connection) -> int:
    """Jobs in state unknown that nobody has looked at."""
    found: int = db.execute(
        """
        SELECT count(*) FROM jobs WHERE state = 'unknown' AND NOT
            (json_valid(doc) AND EXISTS (SELECT 1 FROM json_each(doc, '$.notes') WHERE value = ?))
        """,
        (DISMISSED,),
    ).fetchone()[0]
    return found


def objects_in_use(db: sqlite3.Connection, now: float | None) -> set[str]:
    """Digests of all objects whose snapshot must stay."""
    rows = db.execute(
        """
        SELECT objects FROM snapshots WHERE id IN (
            SELECT snapshot FROM jobs WHERE NOT final OR snapshot_until IS NULL OR snapshot_until > ?)
        """,
        (time.time() if now is None else now,),
    )
    found: set[str] = set()
    for (packed,) in rows:
        found.update(packed[at : at + _DIGEST].hex() for at in range(0, len(packed), _DIGEST))
    return found


def prune(db: sqlite3.Connection, now: float, limits: Limits) -> None:
    """Drop what is beyond the limits, in one transaction."""
    db.execute("BEGIN IMMEDIATE")
    try:
        # A final job whose snapshot must stay (undecided, failed) stays with it.
        free = "final AND (snapshot IS NULL OR snapshot_until <= :now) AND NOT (state = 'unknown' AND snapshot_until IS NULL)"
        newest = "SELECT seq FROM jobs ORDER BY seq DESC LIMIT 1 OFFSET :jobs"
        old = f"updated < :oldest OR seq <= coalesce(({newest}), -1)"
        db.execute(
            f"DELETE FROM jobs WHERE {free} AND ({old})",  # noqa: S608  fixed texts
            {"now": now, "oldest": now - limits.days * _DAY, "jobs": limits.jobs},
        )
        db.execute("DELETE FROM transitions WHERE job NOT IN (SELECT seq FROM jobs)")
        db.execute("DELETE FROM snapshots WHERE id NOT IN (SELECT snapshot FROM jobs WHERE snapshot IS NOT NULL)")
        db.execute(
            """
            DELETE FROM transitions WHERE (job, n) IN (
                SELECT t.job, t.n FROM transitions t JOIN (
                    SELECT job, max(n) AS last FROM transitions GROUP BY job HAVING count(*) > :most
                ) long ON long.job = t.job WHERE t.n <= long.last - :most AND t.n > 1)
            """,
            {"most": limits.transitions_per_job},
        )
        db.execute("DELETE FROM events WHERE seq <= (SELECT max(seq) FROM events) - ?", (limits.events,))
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _one(db: sqlite3.Connection, cache: Snapshots, where: str, values: tuple[object, ...]) -> Job | None:
    row = db.execute(f"{_JOBS} {where}", values).fetchone()
    return None if row is None else _unpack(db, cache, row)


def _unpack(db: sqlite3.Connection, cache: Snapshots | None, row: sqlite3.Row) -> Job | None:
    try:
        snapshot = None if cache is None else cache.get(db, row["snapshot"])
        return codec.unpack_job(row, codec.unpack_files(row["files"]), snapshot)
    except codec.CodecError as fault:
        log.error("a row of the journal can't be read and is left out: %s", fault)  # noqa: TRY400  the text says it all
        return None


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
