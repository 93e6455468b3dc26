"""What past jobs say about one of today."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from iscbridge.core.changes import Baseline, Change
from iscbridge.core.effects import WriteJob, WriteOpened
from iscbridge.core.jobs import Job, JobKind, JobState, OpenedFile, Snapshot
from iscbridge.core.usual import Sample
from iscbridge.journal import comparisons
from iscbridge.journal.journal import Journal
from support.made_jobs import job, snapshot

IDENTITY = "file:/cad/a"


@pytest.fixture
def journal(tmp_path: Path):
    made, _ = Journal.open(tmp_path / "journal.sqlite")
    yield made
    made.close()


def done(job_id: str, taken: Snapshot, at: float = 1000.0, **fields: object) -> Job:
    values = {"submitted_at": at - 2.0, "updated": at, "created": at - 3.0, **fields}
    return job(job_id, state=JobState.DONE, snapshot=taken, **values)


def write(journal: Journal, *jobs: Job) -> None:
    journal.commit([WriteJob(one, "done") for one in jobs])


def content(found: Baseline) -> str | None:
    return found.files["f0"].sha256 if found.files else None


def sha(text: str) -> str:
    return snapshot(text).files[0].sha256


def test_nothing_is_known_at_first(journal: Journal) -> None:
    assert journal.baseline(IDENTITY, "sandbox") == Baseline()
    assert journal.durations(JobKind.SAVE, "sandbox") == []


def test_the_last_confirmed_save_counts_and_no_other(journal: Journal) -> None:
    write(
        journal,
        done("1", snapshot("old"), 1000.0),
        done("2", snapshot("good"), 2000.0),
        done("3", snapshot("of the other cloud"), 3000.0, cloud="iscdesk"),
        done("4", snapshot("of another file", identity="file:/cad/b"), 4000.0),
        replace(done("5", snapshot("failed"), 5000.0), state=JobState.FAILED),
        replace(done("6", snapshot("unknown"), 6000.0), state=JobState.UNKNOWN),
        replace(done("7", snapshot("only solved"), 7000.0), kind=JobKind.SOLVE),
    )
    assert content(journal.baseline(IDENTITY, "sandbox")) == sha("good")
    assert content(journal.baseline(IDENTITY, "iscdesk")) == sha("of the other cloud")


def test_an_older_job_that_was_retried_is_the_newer_save(journal: Journal) -> None:
    write(journal, job("1", state=JobState.FAILED), done("2", snapshot("first"), 1000.0))
    write(journal, done("1", snapshot("retried"), 2000.0))
    assert content(journal.baseline(IDENTITY, "sandbox")) == sha("retried")


def test_a_job_is_compared_with_what_was_there_before_it(journal: Journal) -> None:
    first, second, third = (done(str(n), snapshot(f"content {n}"), 1000.0 * n) for n in (1, 2, 3))
    write(journal, first, second, third)
    assert content(journal.baseline_before(first)) is None
    assert content(journal.baseline_before(second)) == sha("content 1")
    waiting = job("4", state=JobState.WAITING, snapshot=snapshot("new"), updated=1500.0)
    assert content(journal.baseline_before(waiting)) == sha("content 3")  # it will follow on that one
    assert journal.baseline_before(job("5")) == Baseline()


def test_what_came_from_the_cloud_is_known_until_it_is_saved(journal: Journal) -> None:
    opened = OpenedFile(IDENTITY, "/cad/a", "OpenAndCheckout", "CHECKOUT", assembly=False, opened_at=2000.0)
    write(journal, done("1", snapshot("before"), 1000.0))
    journal.commit([WriteOpened(opened)])
    assert journal.baseline(IDENTITY, "sandbox") == Baseline(opened_at=2000.0)
    second = done("2", snapshot("after"), 3000.0)
    assert journal.baseline_before(second) == Baseline(opened_at=2000.0)
    assert content(journal.baseline_before(done("0", snapshot("x"), 1500.0))) == sha("before")
    write(journal, second)
    assert content(journal.baseline(IDENTITY, "sandbox")) == sha("after")


def test_it_can_be_asked_on_any_thread(journal: Journal) -> None:
    write(journal, done("1", snapshot("good")))
    found: list[Baseline] = []
    thread = threading.Thread(target=lambda: found.append(journal.baseline(IDENTITY, "sandbox")))
    thread.start()
    thread.join()
    assert found[0].by_bytes("f0", sha("good")) is Change.UNCHANGED


def test_durations_are_from_the_last_hand_over_to_the_end(journal: Journal) -> None:
    write(
        journal,
        done("1", snapshot("xx"), 1000.0, submitted_at=990.0),
        done("2", snapshot("xxxx"), 2000.0, submitted_at=1999.5),
        done("3", snapshot("x"), 3000.0, submitted_at=2000.0, cloud="iscdesk"),
        done("4", snapshot("x"), 3000.0, submitted_at=2000.0, kind=JobKind.SAVE_AS),
        replace(done("5", snapshot("x"), 4000.0), state=JobState.FAILED),
        done("6", snapshot("x"), 5000.0, submitted_at=None),
    )
    assert journal.durations(JobKind.SAVE, "sandbox") == [Sample(4, 0.5), Sample(2, 10.0)]
    assert journal.durations(JobKind.SAVE, "iscdesk") == [Sample(1, 1000.0)]


def test_durations_follow_what_ends_and_what_is_pruned(journal: Journal) -> None:
    first = done("1", snapshot("xx"), 1000.0, submitted_at=990.0)
    write(journal, first)
    found = journal.durations(JobKind.SAVE, "sandbox")
    found.append(Sample(0, 0.0))  # a caller's list is its own
    assert journal.durations(JobKind.SAVE, "sandbox") == [Sample(2, 10.0)]
    write(journal, done("2", snapshot("x"), 2000.0, submitted_at=1999.0, snapshot_until=3001.0))
    assert journal.durations(JobKind.SAVE, "sandbox") == [Sample(1, 1.0), Sample(2, 10.0)]
    write(journal, replace(first, state=JobState.UNKNOWN, updated=3000.0))  # a contradicting result came
    assert journal.durations(JobKind.SAVE, "sandbox") == [Sample(1, 1.0)]
    write(journal, replace(first, state=JobState.DONE, updated=3000.0, snapshot_until=3001.0))
    journal.prune(1e9)
    assert journal.durations(JobKind.SAVE, "sandbox") == []


def test_durations_are_read_once_while_no_job_of_the_kind_ends(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(journal, done("1", snapshot("xx"), 1000.0, submitted_at=990.0))
    journal.durations(JobKind.SAVE, "sandbox")
    monkeypatch.setattr(comparisons, "durations", lambda *_: pytest.fail("read again"))
    write(journal, replace(done("2", snapshot("x"), 2000.0), state=JobState.SUBMITTED))
    write(journal, done("3", snapshot("x"), 2000.0, kind=JobKind.SOLVE))
    assert journal.durations(JobKind.SAVE, "sandbox") == [Sample(2, 10.0)]


def test_only_the_newest_are_looked_at(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparisons, "_LOOKED_AT", 3)
    monkeypatch.setattr(comparisons, "_SEARCHED", 5)
    write(journal, *(done(str(n), snapshot(f"{n}"), 1000.0 + n) for n in range(4)))
    assert len(journal.durations(JobKind.SAVE, "sandbox")) == 3
    write(journal, *(job(f"f{n}", state=JobState.FAILED) for n in range(4)))
    assert len(journal.durations(JobKind.SAVE, "sandbox")) == 1
    assert content(journal.baseline(IDENTITY, "sandbox")) == sha("3")


def test_a_row_that_cannot_be_read_is_nothing(journal: Journal, tmp_path: Path) -> None:
    import sqlite3

    write(journal, done("1", snapshot("good")))
    with sqlite3.connect(tmp_path / "journal.sqlite") as other:
        other.execute("UPDATE snapshots SET body = x'00'")
    other.close()
    assert journal.baseline(IDENTITY, "sandbox") == Baseline()
    with sqlite3.connect(tmp_path / "journal.sqlite") as other:
        other.execute("UPDATE jobs SET doc = 'no json'")
    other.close()
    assert journal.baseline(IDENTITY, "sandbox") == Baseline()
    assert journal.durations(JobKind.SAVE, "sandbox") == []
