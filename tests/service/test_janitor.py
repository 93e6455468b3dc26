"""Housekeeping with the real journal and the real store: what may go goes, what somebody may need stays."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from iscbridge.core import effects as e
from iscbridge.core.jobs import Job, JobKind, JobState, Snapshot
from iscbridge.journal.capture import CaptureRequest, capture
from iscbridge.journal.journal import Journal
from iscbridge.journal.snapshots import SnapshotStore
from iscbridge.service.clock import wall_clock
from iscbridge.service.jobs.janitor import Janitor
from iscbridge.service.jobs.recover import Recover

DAY = 86400.0


class Ground:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.journal, _ = Journal.open(root / "journal.sqlite3")
        self.store = SnapshotStore(root / "snapshots", root / "staging")
        self.timers: dict[str, float] = {}
        self.bridge = SimpleNamespace(
            journal=self.journal,
            store=self.store,
            timers=SimpleNamespace(set=self.timers.__setitem__),
            engine=SimpleNamespace(jobs=list),
            config=SimpleNamespace(
                janitor_s=1.0, home=SimpleNamespace(staging=root / "staging", journal=root / "journal.sqlite3")
            ),
            work=lambda _lane, run, _then: run(threading.Event()),
        )

    def job(self, number: int, state: JobState, until: float | None) -> str:
        """A job in the journal with a snapshot in the store; gives the snapshot's object."""
        path = self.root / f"{number}.FCStd"
        path.write_bytes(b"%d" % number)
        snapshot: Snapshot = capture(
            CaptureRequest(path=str(path), assembly=False, files=None, opened_folders=()), self.store, threading.Event()
        )
        now = wall_clock() - 40 * DAY
        job = Job(f"j{number}", JobKind.SAVE, JobState.CAPTURED, str(path), now, now, "sandbox", snapshot=snapshot)
        self.journal.commit([e.WriteJob(job, "captured")])
        self.journal.commit([e.WriteJob(replace(job, state=state, snapshot_until=until), "done")])
        return hashlib.sha256(b"%d" % number).hexdigest()


@pytest.fixture
def ground(tmp_path: Path):
    made = Ground(tmp_path)
    yield made
    made.journal.close()


def test_no_snapshot_goes_while_a_damaged_journal_lies_there(ground: Ground) -> None:
    old = ground.job(1, JobState.DONE, until=wall_clock() - DAY)
    aside = ground.root / "journal.sqlite3.damaged-20260101T000000Z"
    aside.touch()
    # A store that was opened anew: it holds back nothing of its own accord.
    ground.bridge.store = SnapshotStore(ground.root / "snapshots", ground.root / "staging")
    Janitor(ground.bridge).run()  # type: ignore[arg-type]  # as below
    assert ground.store.holds(old)
    aside.unlink()
    Janitor(ground.bridge).run()  # type: ignore[arg-type]  # as below
    assert not ground.store.holds(old)


def test_only_snapshots_whose_time_is_over_go(ground: Ground) -> None:
    now = wall_clock()
    over = ground.job(1, JobState.DONE, now - DAY)
    week = ground.job(2, JobState.DONE, now + DAY)
    asked = ground.job(3, JobState.UNKNOWN, None)
    # a later run of the bridge: this one holds back for a day what it captured itself
    ground.bridge.store = SnapshotStore(ground.root / "snapshots", ground.root / "staging")
    Janitor(ground.bridge).run()  # type: ignore[arg-type]  # the parts of a bridge that a janitor uses
    assert [ground.store.holds(sha) for sha in (over, week, asked)] == [False, True, True]


class TestARecoveryThatTakesItsTime:
    """The time of a copy may run out while it is written to where a person wants it."""

    def asked(self, ground: Ground, tmp_path: Path) -> tuple[str, list[tuple[object, ...]], list[object]]:
        """A copy whose time is over, asked for; gives its object, the work that waits, and the answers."""
        sha = ground.job(1, JobState.DONE, wall_clock() - DAY)
        ground.bridge.store = SnapshotStore(ground.root / "snapshots", ground.root / "staging")
        waits: list[tuple[object, ...]] = []
        answers: list[object] = []
        bridge = SimpleNamespace(
            store=ground.bridge.store,
            work=lambda *task: waits.append(task),
            server=SimpleNamespace(
                answer=lambda _token, result: answers.append(result),
                answer_error=lambda _token, error: answers.append(error),
            ),
        )
        folder = tmp_path / "rescued"
        folder.mkdir(exist_ok=True)
        job = ground.journal.job("j1")
        request = SimpleNamespace(token=1, params=SimpleNamespace(folder=str(folder)))
        for _ in range(2):
            Recover(bridge).ask(request, job)  # type: ignore[arg-type]  # the parts that a recovery uses
        return sha, waits, answers

    def do(self, task: tuple[object, ...]) -> None:
        _lane, run, then = task
        then(run(threading.Event()))  # type: ignore[operator]  # as `Bridge.work` takes them

    def test_it_keeps_its_copy_until_the_last_one_is_written(self, ground: Ground, tmp_path: Path) -> None:
        sha, (first, second), answers = self.asked(ground, tmp_path)
        for task in (first, second):
            Janitor(ground.bridge).run()  # type: ignore[arg-type]  # as above
            assert ground.store.holds(sha)
            self.do(task)
        assert [Path(found.main).read_bytes() for found in answers] == [b"1", b"1"]  # type: ignore[attr-defined]  # of JobRecoverResult
        Janitor(ground.bridge).run()  # type: ignore[arg-type]  # as above
        assert not ground.store.holds(sha)

    def test_one_that_fails_lets_go_too(self, ground: Ground, tmp_path: Path) -> None:
        sha, tasks, answers = self.asked(ground, tmp_path)
        (tmp_path / "rescued").rmdir()
        for task in tasks:
            self.do(task)
        assert [found.code for found in answers] == ["ISCB-FILE-TARGET"] * 2  # type: ignore[attr-defined]  # of ErrorInfo
        Janitor(ground.bridge).run()  # type: ignore[arg-type]  # as above
        assert not ground.store.holds(sha)


def test_the_next_round_is_set_whatever_happens(ground: Ground) -> None:
    janitor = Janitor(ground.bridge)  # type: ignore[arg-type]  # as above
    janitor.start()
    assert ground.timers["janitor"] > wall_clock()
    ground.timers.clear()
    janitor.run()
    assert ground.timers["janitor"] > wall_clock() + 3000
