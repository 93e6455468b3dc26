"""The journal: every job, every step it took, and what the SDK said, on the disk before anybody acts on it.

One object belongs to one thread, except where a method says otherwise. Its owner holds the profile's lock.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from iscbridge.core.changes import Baseline
from iscbridge.core.effects import Effect, WriteEvent, WriteJob, WriteOpened, WriteOwed
from iscbridge.core.errors import RequestError
from iscbridge.core.jobs import Job, JobKind, JobState, OpenedFile, Snapshot
from iscbridge.core.paths import printable
from iscbridge.core.usual import Sample
from iscbridge.journal import codec, comparisons, database, history
from iscbridge.journal.history import Limits, StoredEvent, Transition
from iscbridge.journal.workfiles import WorkfileTable

#: How long a request id stands for its job (design: idempotent for 7 days).
REQUEST_LIFE_S = 7 * 86_400.0
#: An SDK event is kept up to this length.
MAX_RAW = 64 * 1024

_INSERT_JOB = """
    INSERT INTO jobs (id, kind, state, final, path, instance, request_id, request_key, created, updated,
                      identity, snapshot, snapshot_until, search, files, doc)
    VALUES (:id, :kind, :state, :final, :path, :instance, :request_id, :request_key, :created, :updated,
            :identity, :snapshot, :snapshot_until, :search, :files, :doc)
"""
_UPDATE_JOB = """
    UPDATE jobs SET state = :state, final = :final, path = :path, updated = :updated, identity = :identity,
                    snapshot = :snapshot, snapshot_until = :snapshot_until, search = :search, doc = :doc
    WHERE id = :id
"""
_INSERT_TRANSITION = "INSERT INTO transitions (job, n, at, state, cause, reason, error) VALUES (?, ?, ?, ?, ?, ?, ?)"
_FREE_REQUEST = """
    UPDATE jobs SET request_key = NULL WHERE instance = :instance AND request_key = :request_key AND created < :since
"""


@dataclass(slots=True)
class _Known:
    """A job that is under way: what of it is on the disk and need not be written or looked up again."""

    seq: int
    steps: int
    snapshot: Snapshot | None = None
    snapshot_row: int | None = None


class Journal:
    """See the module. Every method that reads or writes raises JournalError for what SQLite or the disk refuses."""

    def __init__(self, connection: sqlite3.Connection, path: Path, *, clean: bool) -> None:
        self._db: sqlite3.Connection | None = connection
        self._path = path
        self._clean = clean
        self._known: dict[str, _Known] = {}
        self._snapshots = history.Snapshots()
        self._durations: dict[tuple[JobKind, str], list[Sample]] = {}
        """By kind and cloud, until a job of the kind ends."""

    @classmethod
    def open(cls, path: Path) -> tuple[Journal, Path | None]:
        """The journal at `path`, made if there is none, and where a damaged one was put (None: it was sound).

        Raises:
            JournalError: ISCB-JOURNAL-NEWER (the file was not touched), -DISK-FULL, -IO.
        """
        connection, clean, damaged = database.open_or_make(path)
        return cls(connection, path, clean=clean), damaged

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._db is None

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._db is None:
            raise ValueError("the journal is closed")
        return self._db

    def load(self) -> tuple[tuple[Job, ...], tuple[OpenedFile, ...], bool]:
        """Jobs to take up, files opened from the cloud, and whether the last run closed in good order.

        Jobs are those that are not final, whole, and final ones of the last 7 days that carry a request id,
        without their snapshots (`job` gives those); oldest first. A row that can't be read is left out and stays
        where it is.
        """
        with database.translated(self._path):
            jobs = history.to_take_up(self._connection, self._snapshots, REQUEST_LIFE_S)
            for job in jobs:
                if not job.state.is_final:
                    self._known[job.id] = self._look_up(job)
            return tuple(jobs), history.all_opened(self._connection), self._clean

    def owed(self) -> tuple[int, int]:
        """Results of saves and of opens that may still turn up for hand-overs of an earlier run (effect WriteOwed)."""
        with database.translated(self._path):
            row = self._connection.execute("SELECT value FROM meta WHERE key = 'owed'").fetchone()
        words = str(row[0]).split() if row else []
        if len(words) != 2 or not all(word.isdecimal() for word in words):
            return 0, 0
        return int(words[0]), int(words[1])

    def commit(self, effects: Sequence[Effect]) -> None:
        """Make these writes durable together: all of them or, on an error, none. Other effects are passed over.

        Raises:
            JournalError: ISCB-JOURNAL-DISK-FULL, -IO or -DAMAGED. The journal stays usable.
            RequestError: ISCB-REQ-ID-REUSED: another job has this request id; ISCB-REQ-PATH-ENCODING: a path, instance
                or request id that is no Unicode text.
        """
        db = self._connection
        known: dict[str, _Known] = {}
        try:
            with database.translated(self._path):
                db.execute("BEGIN IMMEDIATE")
                for effect in effects:
                    self._write(effect, known)
                db.execute("COMMIT")
        except BaseException as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            if isinstance(error, UnicodeEncodeError):
                raise RequestError("ISCB-REQ-PATH-ENCODING", path=printable(error.object)) from error
            raise
        for job_id, entry in known.items():
            self._known[job_id] = entry
        for effect in effects:
            if isinstance(effect, WriteJob) and effect.job.state.is_final:
                self._known.pop(effect.job.id, None)
                self._forget_durations(effect.job.kind)

    def job(self, job_id: str) -> Job | None:
        """A job as it was last committed, with its snapshot."""
        with database.translated(self._path):
            return history.job(self._connection, self._snapshots, job_id)

    def jobs(
        self,
        limit: int = 50,
        before: str | None = None,
        states: Sequence[JobState | str] | None = None,
        text: str | None = None,
    ) -> list[Job]:
        """Jobs, newest first.

        Args:
            limit: at most this many, 1 to 1,000.
            before: id of the last job of the page before; a page is not disturbed by jobs that come or change.
            states: only these.
            text: only jobs whose path, id, host, product, error code or result path holds it, case ignored.
        """
        with database.translated(self._path):
            return history.jobs(self._connection, self._snapshots, limit=limit, before=before, states=states, text=text)

    def history(self, job_id: str) -> list[Transition]:
        """Every step that the job took, oldest first."""
        with database.translated(self._path):
            return history.transitions(self._connection, job_id)

    def events(self, limit: int = 100, job_id: str | None = None) -> list[StoredEvent]:
        """The newest SDK events, newest first; of one job if it is named."""
        with database.translated(self._path):
            return history.events(self._connection, limit, job_id)

    def last_save(self, identity: str) -> Job | None:
        """The newest save or save-as of a file."""
        with database.translated(self._path):
            return history.last_save(self._connection, self._snapshots, identity)

    def baseline_before(self, job: Job) -> Baseline:
        """What the cloud had of a job's files before the job came to its end."""
        with database.translated(self._path):
            return comparisons.baseline_before(self._connection, self._snapshots, job)

    def baseline(self, identity: str, cloud: str) -> Baseline:
        """What the cloud has of a file or assembly, as far as is known here. Callable on any thread."""
        with database.translated(self._path):
            connection = database.reader(self._path)
            try:
                return comparisons.baseline(connection, identity, cloud)
            finally:
                connection.close()

    def durations(self, kind: JobKind, cloud: str) -> list[Sample]:
        """How long the newest done jobs of this kind took, newest first."""
        found = self._durations.get((kind, cloud))
        if found is None:
            with database.translated(self._path):
                found = comparisons.durations(self._connection, kind, cloud)
            self._durations[kind, cloud] = found
        return list(found)

    def opened(self, identity: str) -> OpenedFile | None:
        """What is known of a file that came from the cloud."""
        with database.translated(self._path):
            return history.opened(self._connection, identity)

    def job_ids(
        self,
        *,
        limit: int,
        before: str | None = None,
        states: Sequence[JobState | str] | None = None,
        text: str | None = None,
    ) -> list[str]:
        """As `jobs`, but their ids only, also of those that can't be read: quick, whatever their snapshots hold."""
        with database.translated(self._path):
            return history.job_ids(self._connection, limit=limit, before=before, states=states, text=text)

    def count_unknown(self) -> int:
        """How many jobs wait for a person's decision."""
        with database.translated(self._path):
            return history.count_unknown(self._connection)

    def objects_in_use(self, now: float | None = None) -> set[str]:
        """SHA-256 of every snapshot object that a job still needs, for `SnapshotStore.collect`. Callable on any thread."""
        with database.translated(self._path):
            connection = database.reader(self._path)
            try:
                return history.objects_in_use(connection, now)
            finally:
                connection.close()

    def prune(self, now: float, limits: Limits | None = None) -> None:
        """Drop old history within `limits`; never a job that is under way, undecided or holds a snapshot in force."""
        with database.translated(self._path):
            history.prune(self._connection, now, limits or Limits())
        self._snapshots.forget()
        self._durations.clear()
        self.rest()

    def rest(self) -> None:
        """Fold the log into the database; for a quiet moment. What can't be done now is done another time."""
        with database.translated(self._path):
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def workfiles(self, cloud: str) -> WorkfileTable:
        """The working files of a cloud (`sandbox`, `iscdesk`), in the same database."""
        return WorkfileTable(lambda: self._connection, self._path, cloud)

    def mark_clean(self) -> None:
        """Note that this run closed in good order; call it right before `close`."""
        with database.translated(self._path):
            self._connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('clean', '1')")

    def close(self) -> None:
        """Let go of the file. Harmless if called twice."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def _forget_durations(self, kind: JobKind) -> None:
        for key in [key for key in self._durations if key[0] is kind]:
            del self._durations[key]

    def _write(self, effect: Effect, known: dict[str, _Known]) -> None:
        db = self._connection
        match effect:
            case WriteJob():
                self._write_job(effect, known)
            case WriteEvent():
                db.execute(
                    "INSERT INTO events (at, session, epoch, operate, raw, job) VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        effect.now,
                        effect.session,
                        effect.epoch,
                        codec.storable(effect.operate),
                        codec.storable(effect.raw[:MAX_RAW]),
                        effect.job_id,
                    ),
                )
            case WriteOpened(opened=o):
                db.execute(
                    "INSERT OR REPLACE INTO opened VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        *map(codec.storable, (o.identity, o.path, o.open_type, o.work_state)),
                        int(o.assembly),
                        o.opened_at,
                    ),
                )
            case WriteOwed(saves=saves, opens=opens):
                db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('owed', ?)", (f"{saves} {opens}",))
            case _:
                pass

    def _write_job(self, effect: WriteJob, known: dict[str, _Known]) -> None:
        job = effect.job
        before = known.get(job.id) or self._known.get(job.id)
        if before is not None and before.snapshot is job.snapshot:
            snapshot_row = before.snapshot_row
        else:
            snapshot_row = None if job.snapshot is None else self._store_snapshot(job.snapshot)
        values = {
            "id": job.id,
            "kind": job.kind,
            "state": job.state,
            "final": int(job.state.is_final),
            "path": job.path,
            "updated": job.updated,
            "identity": None if job.snapshot is None else job.snapshot.identity,
            "snapshot": snapshot_row,
            "snapshot_until": job.snapshot_until,
            "search": codec.search_text(job),
            "doc": codec.pack_job(job),
        }
        entry = self._insert_job(job, values) if before is None else _Known(before.seq, before.steps)
        if entry is None:
            entry = self._look_up(job)
        if entry.steps > 0:
            self._connection.execute(_UPDATE_JOB, values)
        entry.steps += 1
        entry.snapshot = job.snapshot
        entry.snapshot_row = snapshot_row
        error = None if job.error is None else job.error.code
        step = (entry.seq, entry.steps, job.updated, job.state, effect.cause, job.reason, error)
        self._connection.execute(_INSERT_TRANSITION, step)
        if job.state is JobState.DONE and job.kind is not JobKind.SOLVE:
            self._connection.execute("INSERT INTO workfile_news (job) VALUES (?)", (job.id,))
        known[job.id] = entry

    def _insert_job(self, job: Job, values: dict[str, object]) -> _Known | None:
        """Add a job's row; None if it has one."""
        request = job.origin.request_id
        values = values | {
            "instance": job.origin.instance,
            "request_id": request,
            "request_key": request,
            "created": job.created,
            "files": codec.pack_files(job.files),
            "since": job.created - REQUEST_LIFE_S,
        }
        for attempt in (1, 2):
            try:
                cursor = self._connection.execute(_INSERT_JOB, values)
            except sqlite3.IntegrityError as error:
                # Of two indexes that are violated SQLite names one; with a request id it need not be the job's id.
                if self._connection.execute("SELECT 1 FROM jobs WHERE id = ?", (job.id,)).fetchone():
                    return None
                if request is None or "jobs.request_key" not in str(error):
                    raise
                # An id may come again when its time is over.
                if attempt == 2 or self._connection.execute(_FREE_REQUEST, values).rowcount == 0:
                    raise RequestError("ISCB-REQ-ID-REUSED", requestId=request) from error
            else:
                return _Known(cursor.lastrowid or 0, 0)
        return None

    def _look_up(self, job: Job) -> _Known:
        query = """
            SELECT seq, (SELECT coalesce(max(n), 0) FROM transitions WHERE job = seq), snapshot FROM jobs WHERE id = ?
        """
        seq, steps, snapshot_row = self._connection.execute(query, (job.id,)).fetchone()
        return _Known(seq, max(steps, 1), job.snapshot, snapshot_row)

    def _store_snapshot(self, snapshot: Snapshot) -> int:
        packed = codec.pack_snapshot(snapshot)
        db = self._connection
        db.execute(
            "INSERT INTO snapshots (digest, files, size, objects, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (packed.digest, len(snapshot.files), snapshot.total_size, packed.objects, packed.body),
        )
        row: int = db.execute("SELECT id FROM snapshots WHERE digest = ?", (packed.digest,)).fetchone()[0]
        return row
