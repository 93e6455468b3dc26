"""The promises of the bridge, checked from outside: what the journal says against what store and cloud really hold.

1. What was captured is there: every byte of it, until its time is over.
2. Done means that the cloud holds exactly these bytes, as a version of the right file, made after the hand-over and
   before the job was called done, and that a result said so.
3. Failed, refused, cancelled mean that no such version was made.
4. Nothing is stuck: a job has ended, or says what it waits for.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
import zipfile
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from iscbridge.core.jobs import Job, JobKind, JobState, Snapshot
from iscbridge.core.transitions import is_allowed
from iscbridge.journal import database, history
from iscbridge.sandbox.cloud import CloudStore, CloudVersion
from support.world import World

SAVES = (JobKind.SAVE, JobKind.SAVE_AS)
#: The desk's clock and the bridge's are one; rounding of floats is not.
_ROUNDING_S = 0.002


@dataclass(frozen=True)
class Story:
    """A job with everything that the journal tells of it."""

    job: Job
    steps: tuple[history.Transition, ...]
    good_results: tuple[float, ...]
    """Times of results that said success while the job was on its way."""

    @property
    def life(self) -> tuple[history.Transition, ...]:
        """Steps since it was asked for last."""
        starts = [n for n, step in enumerate(self.steps) if step.cause in ("accepted", "retry")]
        return self.steps[starts[-1] :]

    @property
    def handed_over(self) -> list[float]:
        """Times of the hand-overs of this life."""
        return [step.at for step in self.life if step.state is JobState.SUBMITTED and step.cause != "doubled"]

    def __str__(self) -> str:
        way = " ".join(f"{step.state}({step.cause}{',' + step.reason if step.reason else ''})" for step in self.steps)
        return f"{self.job.kind} {self.job.path} {self.job.id}: {way}; error {self.job.error}; notes {self.job.notes}"


def stories(world: World) -> list[Story]:
    """Every job of the journal, oldest first. Reads the database beside the bridge."""
    with closing(database.reader(world.home.journal)) as db:
        db.execute("BEGIN")  # one moment of a journal that is written meanwhile
        cache = history.Snapshots()
        found = []
        before = None
        while True:
            page = history.jobs(db, cache, limit=200, before=before, states=None, text=None)
            found += page
            if len(page) < 200:
                break
            before = page[-1].id
        return [Story(job, tuple(history.transitions(db, job.id)), _good_results(db, job)) for job in reversed(found)]


def owed(world: World) -> int:
    """Results of abandoned hand-overs that may still turn up, as the journal has it."""
    with closing(database.reader(world.home.journal)) as db:
        return sum(
            sum(map(int, row["value"].split())) for row in db.execute("SELECT value FROM meta WHERE key = 'owed'")
        )


def _good_results(db: sqlite3.Connection, job: Job) -> tuple[float, ...]:
    good = []
    for event in history.events(db, 1000, job.id):
        try:
            params = json.loads(event.raw)["params"]
        except (ValueError, KeyError, TypeError):
            continue
        words = {str(key).lower(): str(value).lower() for key, value in params.items()}
        if (event.operate == "SaveResult" and words.get("status") == "success") or (
            event.operate == "OpenFile" and words.get("mainfile")
        ):
            good.append(event.at)
    return tuple(good)


class Promises:
    """Checks one world. Keeps what it has hashed, so that it can be asked after each of many scenarios."""

    def __init__(self, world: World, one_file: Callable[[str, str], bool] = lambda _a, _b: False) -> None:
        """`one_file`: whether two local paths may lead to one cloud file (opened from it, saved as it, same name)."""
        self._world = world
        self._one_file = one_file
        self._sound: set[tuple[str, int]] = set()
        self._seen: set[str] = set()

    def check(self, *, unfinished: Collection[str] = ()) -> list[Story]:
        """Check every promise; gives what the journal tells of the jobs that were not checked before.

        `unfinished`: ids of jobs that need not have ended, as long as they say what they wait for.
        """
        found = stories(self._world)
        fresh = []
        with self._cloud() as cloud:
            versions = [] if cloud is None else [v for item in cloud.items() for v in cloud.versions(item.path)]
            for story in found:
                self._captured_is_there(story)
                self._steps_are_allowed(story)
                self._not_stuck(story, unfinished)
                if story.job.id in self._seen:
                    continue
                if story.job.state.is_final:
                    self._seen.add(story.job.id)  # first of all: a broken promise is told once
                fresh.append(story)
                if story.job.state is JobState.DONE and story.job.kind in SAVES:
                    assert cloud is not None
                    self._done_is_true(story, versions, cloud)
                elif story.job.state is JobState.DONE and story.job.kind is JobKind.OPEN:
                    assert cloud is not None
                    self._opened_is_true(story, versions, cloud)
                elif story.job.state in (JobState.FAILED, JobState.REFUSED, JobState.CANCELLED):
                    self._nothing_arrived(story, found, versions)
                elif story.job.state is JobState.UNKNOWN:
                    assert story.job.error is not None, story
        return fresh

    def _cloud(self) -> _MaybeCloud:
        return _MaybeCloud(self._world)

    def _captured_is_there(self, story: Story) -> None:
        job = story.job
        if not any(step.state is JobState.CAPTURED for step in story.steps):
            return
        if job.snapshot_until is not None and job.snapshot_until < time.time():
            return
        assert job.snapshot is not None, f"captured, and no snapshot: {story}"
        for file in job.snapshot.files:
            path = self._world.home.snapshots / "objects" / file.sha256[:2] / file.sha256
            assert path.is_file(), f"{file.name} is not in the store: {story}"
            key = (file.sha256, path.stat().st_size)
            if key not in self._sound:
                with path.open("rb") as stored:
                    assert _sha256(stored) == file.sha256, f"{file.name} is damaged in the store: {story}"
                self._sound.add(key)

    @staticmethod
    def _steps_are_allowed(story: Story) -> None:
        before = None
        for step in story.steps:
            assert is_allowed(before, step.state, step.cause), f"{before} -> {step.state} ({step.cause}): {story}"
            before = step.state
        assert before is story.job.state, f"history and job differ: {story}"

    def _not_stuck(self, story: Story, unfinished: Collection[str]) -> None:
        job = story.job
        if job.state.is_final:
            if job.state in (JobState.FAILED, JobState.REFUSED):
                assert job.error is not None, f"no reason: {story}"
            return
        assert job.id in unfinished, f"stuck: {story}\n{self._world.said()[-3000:]}"
        told = self._world.state_of(job.id)
        if told["state"] == "waiting":
            assert told.get("reason"), f"waits and does not say for what: {told}"

    def _done_is_true(self, story: Story, versions: list[CloudVersion], cloud: CloudStore) -> None:
        job = story.job
        assert job.snapshot is not None
        assert story.handed_over, f"done and never handed over: {story}"
        assert any(at >= story.handed_over[0] for at in story.good_results), f"done without a result: {story}"
        done = story.steps[-1].at
        window = (story.handed_over[0] - _ROUNDING_S, done + _ROUNDING_S)
        own = [v for v in versions if v.source == job.handed_path and window[0] <= v.created <= window[1]]
        right = [v for v in own if _same_bytes(v, job.snapshot, cloud)]
        assert right, f"done, and the cloud does not hold it: {story}; it holds {own} of {versions}"
        for version in right:
            others = {v.source for v in versions if v.path == version.path} - {version.source}
            strangers = [other for other in others if not self._one_file(other, version.source)]
            assert not strangers, f"{version.path} is also {strangers}: {story}"

    def _opened_is_true(self, story: Story, versions: list[CloudVersion], cloud: CloudStore) -> None:
        job = story.job
        assert any(at >= story.handed_over[0] for at in story.good_results), f"done without a result: {story}"
        assert job.result_path, f"opened, and nobody knows where: {story}"
        delivered = Path(job.result_path)
        before = [v for v in versions if v.created <= story.steps[-1].at]
        if delivered.is_dir():
            found = {p.relative_to(delivered).as_posix(): _hash_of(p) for p in delivered.rglob("*") if p.is_file()}
            good = any(_members(v, cloud) == found for v in before if v.path.endswith(".zip"))
        else:
            good = _hash_of(delivered) in {v.sha256 for v in before}
        assert good, f"what was opened is nothing that the cloud held: {story}"

    @staticmethod
    def _nothing_arrived(story: Story, others: list[Story], versions: list[CloudVersion]) -> None:
        job = story.job
        if job.kind not in SAVES or not story.handed_over:
            return
        later = [at for other in others if other.job.handed_path == job.handed_path for at in other.handed_over]
        begin = story.handed_over[0]
        end = min((at for at in later if at > story.steps[-1].at), default=float("inf"))
        arrived = [v for v in versions if v.source == job.handed_path and begin <= v.created < end]
        assert not arrived, f"called {job.state}, and the cloud has it: {story}; {arrived}"


class _MaybeCloud:
    """The cloud's store, or None as long as there was never a desk."""

    def __init__(self, world: World) -> None:
        there = (world.home.sandbox / "cloud.sqlite3").exists()
        self._store = world.cloud() if there else None

    def __enter__(self) -> CloudStore | None:
        return self._store

    def __exit__(self, *_: object) -> None:
        if self._store is not None:
            self._store.close()


def _same_bytes(version: CloudVersion, snapshot: Snapshot, cloud: CloudStore) -> bool:
    if snapshot.folder is None:
        return version.sha256 == snapshot.files[0].sha256
    return _members(version, cloud) == {file.name: file.sha256 for file in snapshot.files}


def _members(version: CloudVersion, cloud: CloudStore) -> dict[str, str]:
    with zipfile.ZipFile(cloud.blobs.path(version.sha256)) as archive:
        found = {}
        for info in archive.infolist():
            if not info.is_dir():
                with archive.open(info) as member:
                    found[info.filename] = _sha256(member)
        return found


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return _sha256(file)


def _sha256(file: IO[bytes]) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # a zip member reads like a file
