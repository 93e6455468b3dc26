"""What past jobs say about one of today: which bytes the cloud has, and how long such jobs took."""

from __future__ import annotations

import json
import logging
import sqlite3
from typing import Any

from iscbridge.core.changes import Baseline
from iscbridge.core.jobs import Job, JobKind, Snapshot
from iscbridge.core.usual import Sample
from iscbridge.journal import history
from iscbridge.journal.codec import CodecError
from iscbridge.journal.history import Snapshots

log = logging.getLogger(__name__)

#: Done jobs that are looked at for one answer, and jobs among which they are searched: an answer takes milliseconds.
_LOOKED_AT = 200
_SEARCHED = 4000


def baseline_before(db: sqlite3.Connection, cache: Snapshots, job: Job) -> Baseline:
    """See `Journal.baseline_before`."""
    if job.snapshot is None:
        return Baseline()
    ended = job.updated if job.state.is_final else None
    return _baseline(db, cache, job.snapshot.identity, job.cloud, other_than=job.id, until=ended)


def baseline(db: sqlite3.Connection, identity: str, cloud: str) -> Baseline:
    """See `Journal.baseline`. With a cache of its own: that of the journal belongs to one thread."""
    return _baseline(db, Snapshots(), identity, cloud, other_than="", until=None)


def durations(db: sqlite3.Connection, kind: JobKind, cloud: str) -> list[Sample]:
    """See `Journal.durations`."""
    rows = db.execute(
        """
        SELECT jobs.updated, jobs.doc, snapshots.size FROM jobs JOIN snapshots ON snapshots.id = jobs.snapshot
        WHERE jobs.seq > (SELECT max(seq) FROM jobs) - ? AND jobs.state = 'done' AND jobs.kind = ?
        ORDER BY jobs.seq DESC LIMIT ?
        """,
        (_SEARCHED, kind, _LOOKED_AT),
    )
    samples = []
    for row in rows:
        doc = _doc(row["doc"])
        handed_over = doc.get("submittedAt")
        if doc.get("cloud") == cloud and isinstance(handed_over, int | float):
            samples.append(Sample(row["size"], row["updated"] - handed_over))
    return samples


def _baseline(
    db: sqlite3.Connection, cache: Snapshots, identity: str, cloud: str, *, other_than: str, until: float | None
) -> Baseline:
    """The last of what a confirmed save sent there and what came from there."""
    rows = db.execute(
        "SELECT id, state, kind, updated, snapshot, doc FROM jobs WHERE identity = ? ORDER BY seq DESC LIMIT ?",
        (identity, _LOOKED_AT),
    ).fetchall()
    good = [
        row
        for row in rows
        if row["state"] == "done"
        and row["kind"] in (JobKind.SAVE, JobKind.SAVE_AS)
        and row["id"] != other_than
        and (until is None or row["updated"] <= until)
        and _doc(row["doc"]).get("cloud") == cloud
    ]
    # A retried job is newer than its place in the list says.
    last = max(good, key=lambda row: float(row["updated"]), default=None)
    opened = history.opened(db, identity)
    came = opened is not None and (until is None or opened.opened_at <= until)
    if opened is not None and came and (last is None or opened.opened_at > last["updated"]):
        return Baseline(opened_at=opened.opened_at)
    snapshot = None if last is None else _snapshot(db, cache, last)
    return Baseline() if snapshot is None else Baseline({file.name: file for file in snapshot.files})


def _snapshot(db: sqlite3.Connection, cache: Snapshots, row: sqlite3.Row) -> Snapshot | None:
    try:
        return cache.get(db, row["snapshot"])
    except CodecError as fault:
        log.error("the snapshot of job %s can't be read: %s", row["id"], fault)  # noqa: TRY400  the text says it all
        return None


def _doc(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
