from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iscbridge.core.effects import JobChanged, WriteEvent, WriteJob, WriteOpened
from iscbridge.core.errors import RequestError
from iscbridge.core.inputs import Session
from iscbridge.core.jobs import ErrorInfo, Job, JobState, OpenedFile, Origin
from iscbridge.journal.history import Limits
from iscbridge.journal.journal import MAX_RAW, Journal
from support import made_jobs
from support.made_jobs import job, snapshot

DAY = 86_400.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    made, damaged = Journal.open(path)
    assert damaged is None
    yield made
    made.close()


def reopened(journal: Journal, path: Path) -> Journal:
    journal.close()
    made, damaged = Journal.open(path)
    assert damaged is None
    return made


def write(journal: Journal, *jobs: Job) -> None:
    journal.commit([WriteJob(entry, "step") for entry in jobs])


def ids(jobs: list[Job]) -> list[str]:
    return [entry.id for entry in jobs]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=min(60, settings().max_examples))
@given(st.lists(made_jobs.jobs, max_size=4))
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, jobs: list[Job]) -> None:
    path = tmp_path_factory.mktemp("journal") / "j.sqlite3"
    journal, _ = Journal.open(path)
    write(journal, *jobs)
    journal = reopened(journal, path)
    try:
        assert [journal.job(entry.id) for entry in jobs] == jobs
        taken_up, _, _ = journal.load()
        assert {entry.id: entry for entry in taken_up if not entry.state.is_final} == {
            entry.id: entry for entry in jobs if not entry.state.is_final
        }
    finally:
        journal.close()


def test_an_empty_journal(journal: Journal) -> None:
    assert journal.load() == ((), (), True)
    assert journal.job("none") is None
    assert journal.jobs() == []
    assert journal.history("none") == []
    assert journal.count_unknown() == 0


def test_what_was_looked_at_waits_for_no_decision(journal: Journal) -> None:
    journal.commit([WriteJob(job("j1", state=JobState.UNKNOWN), "noResult")])
    journal.commit([WriteJob(job("j2", state=JobState.UNKNOWN, notes=("note.torn",)), "noResult")])
    journal.commit([WriteJob(job("j3", state=JobState.UNKNOWN, notes=("note.torn", "note.dismissed")), "dismissed")])
    assert journal.count_unknown() == 2


def test_each_step_is_one_line_of_history(journal: Journal, path: Path) -> None:
    first = job(updated=1.0)
    journal.commit([WriteJob(first, "accepted")])
    failed = replace(first, state=JobState.FAILED, updated=2.0, error=ErrorInfo("ISCB-FILE-MISSING", {"path": "x"}))
    journal.commit([WriteJob(failed, "captureFailed")])
    journal = reopened(journal, path)
    journal.commit([WriteJob(replace(first, updated=3.0), "retried")])
    steps = [(step.at, step.state, step.cause, step.error) for step in journal.history("job-1")]
    assert steps == [
        (1.0, "accepted", "accepted", None),
        (2.0, "failed", "captureFailed", "ISCB-FILE-MISSING"),
        (3.0, "accepted", "retried", None),
    ]
    journal.close()


def test_a_job_with_a_request_id_lives_again(journal: Journal) -> None:
    asked = job("job-1", state=JobState.FAILED, origin=Origin("instance", "host", "", "request"))
    write(journal, asked)
    write(journal, replace(asked, state=JobState.ACCEPTED))
    assert [step.state for step in journal.history("job-1")] == ["failed", "accepted"]


def test_a_batch_is_written_together_or_not_at_all(journal: Journal) -> None:
    taken = Origin("host", "freecad", "", "request")
    write(journal, job("job-0", origin=taken))
    with pytest.raises(RequestError) as caught:
        write(journal, job("job-1"), job("job-2", origin=taken), job("job-3"))
    assert caught.value.code == "ISCB-REQ-ID-REUSED"
    assert ids(journal.jobs()) == ["job-0"]
    write(journal, job("job-1"))
    assert ids(journal.jobs()) == ["job-1", "job-0"]


def test_the_clean_mark_is_for_one_start(journal: Journal, path: Path) -> None:
    journal = reopened(journal, path)
    assert journal.load()[2] is False
    journal.mark_clean()
    journal = reopened(journal, path)
    assert journal.load()[2] is True
    journal = reopened(journal, path)
    assert journal.load()[2] is False
    journal.close()


def test_recent_final_jobs_with_a_request_id_come_back_without_snapshot(journal: Journal, path: Path) -> None:
    now = time.time()
    origin = Origin("i", "h", "p", "r")
    write(
        journal,
        job("recent", state=JobState.DONE, origin=origin, created=now - DAY, snapshot=snapshot("a"), files=("/f",)),
        job("old", state=JobState.DONE, origin=replace(origin, request_id="s"), created=now - 8 * DAY),
        job("plain", state=JobState.DONE, created=now),
        job("open", state=JobState.WAITING, created=now, snapshot=snapshot("b")),
    )
    journal = reopened(journal, path)
    jobs, _, _ = journal.load()
    assert ids(list(jobs)) == ["recent", "open"]
    assert jobs[0].snapshot is None
    assert jobs[0].files == ("/f",)
    assert jobs[1].snapshot == snapshot("b")
    recent = journal.job("recent")
    assert recent is not None
    assert recent.snapshot == snapshot("a")
    journal.close()


def test_request_ids_are_each_hosts_own_and_free_after_a_week(journal: Journal) -> None:
    one, two = Origin("one", "h", "p", "r"), Origin("two", "h", "p", "r")
    write(journal, job("a", origin=one, created=1000.0), job("b", origin=two, created=1000.0))
    with pytest.raises(RequestError):
        write(journal, job("early", origin=one, created=1000.0 + 6 * DAY))
    write(journal, job("c", origin=one, created=1000.0 + 8 * DAY))
    with pytest.raises(RequestError):
        write(journal, job("again", origin=one, created=1000.0 + 9 * DAY))
    kept = journal.job("a")
    assert kept is not None
    assert kept.origin == one


def test_pages_are_not_disturbed_by_new_jobs(journal: Journal) -> None:
    write(journal, *(job(f"job-{number}") for number in range(7)))
    page = journal.jobs(limit=3)
    assert ids(page) == ["job-6", "job-5", "job-4"]
    write(journal, job("job-new"), replace(job("job-3"), updated=5000.0))
    page = journal.jobs(limit=3, before=page[-1].id)
    assert ids(page) == ["job-3", "job-2", "job-1"]
    assert ids(journal.jobs(limit=3, before=page[-1].id)) == ["job-0"]
    assert journal.jobs(before="job-0") == []
    assert journal.jobs(before="no such job") == []


def test_search(journal: Journal) -> None:
    write(
        journal,
        job("a", path="/cad/GEHÄUSE 100%.FCStd"),
        job("b", path="/cad/bolt_2.FCStd", state=JobState.FAILED, error=ErrorInfo("ISCB-FILE-MISSING")),
        job("c", path="/cad/bolt12.FCStd", origin=Origin("i", "FreeCAD", "Gear Designer")),
    )
    assert ids(journal.jobs(text="gehäuse")) == ["a"]
    assert ids(journal.jobs(text="100%")) == ["a"]
    assert ids(journal.jobs(text="bolt_")) == ["b"]
    assert ids(journal.jobs(text="freecad")) == ["c"]
    assert ids(journal.jobs(text="file-missing")) == ["b"]
    assert ids(journal.jobs(text="bolt", states=[JobState.ACCEPTED])) == ["c"]
    assert ids(journal.jobs(states=["failed", "accepted"])) == ["c", "b", "a"]
    assert journal.jobs(text="' OR 1=1 --") == []


def test_events_are_kept_as_they_came(journal: Journal) -> None:
    raws = ["{}", "broken {", "\ud800 half", "x" * (MAX_RAW + 10)]
    journal.commit(
        [WriteEvent(Session.TRANSFER, 3, "SaveResult", raw, "job-1", float(n)) for n, raw in enumerate(raws)]
    )
    found = journal.events(limit=10)
    assert [event.raw for event in reversed(found)] == ["{}", "broken {", "\\ud800 half", "x" * MAX_RAW]
    assert (found[0].session, found[0].epoch, found[0].operate, found[0].job_id) == (
        "transfer",
        3,
        "SaveResult",
        "job-1",
    )
    assert len(journal.events(job_id="job-1")) == 4
    assert journal.events(job_id="other") == []


def test_opened_files(journal: Journal, path: Path) -> None:
    first = OpenedFile("file:/a", "/a", "OpenOnly", "CHECKIN", False, 1.0)
    second = replace(first, open_type="OpenAndCheckout", work_state="CHECKOUT", opened_at=2.0)
    journal.commit([WriteOpened(first), WriteOpened(replace(first, identity="file:/b")), WriteOpened(second)])
    journal = reopened(journal, path)
    assert journal.opened("file:/a") == second
    assert journal.opened("file:/none") is None
    assert {entry.identity for entry in journal.load()[1]} == {"file:/a", "file:/b"}
    journal.close()


def test_effects_that_write_nothing_are_passed_over(journal: Journal) -> None:
    journal.commit([JobChanged(job())])
    assert journal.jobs() == []


def test_half_a_surrogate_is_refused_or_kept_as_an_escape(journal: Journal) -> None:
    with pytest.raises(RequestError) as caught:
        write(journal, job(path="/cad/\ud800"))
    assert caught.value.code == "ISCB-REQ-PATH-ENCODING"
    odd = job(state=JobState.DONE, result={"reason": "\udcff"}, result_path="/\ud800")
    write(journal, odd)
    assert journal.job(odd.id) == odd


def test_the_last_save_of_a_file(journal: Journal) -> None:
    write(journal, job("a", snapshot=snapshot("1")), job("b", snapshot=snapshot("2")), job("c"))
    found = journal.last_save("file:/cad/a")
    assert found is not None
    assert found.id == "b"
    assert journal.last_save("file:/none") is None


def test_a_big_snapshot_is_stored_once(journal: Journal, path: Path) -> None:
    big = snapshot(*(str(number) for number in range(10_000)))
    entry = job(state=JobState.CAPTURED, snapshot=big)
    write(journal, entry)
    journal.rest()
    before = Path(f"{path}-wal").stat().st_size
    for state in (JobState.WAITING, JobState.SUBMITTED, JobState.DONE):
        write(journal, replace(entry, state=state))
    write(journal, job("again", snapshot=snapshot(*(str(number) for number in range(10_000)))))
    assert Path(f"{path}-wal").stat().st_size <= before
    assert journal.job(entry.id) == replace(entry, state=JobState.DONE)
    assert len(journal.objects_in_use()) == 10_000


def test_objects_in_use_follow_the_snapshots_time(journal: Journal) -> None:
    def sha(content: str) -> str:
        return snapshot(content).files[0].sha256

    write(
        journal,
        job("running", state=JobState.WAITING, snapshot=snapshot("run"), snapshot_until=1.0),
        job("undecided", state=JobState.UNKNOWN, snapshot=snapshot("ask")),
        job("done", state=JobState.DONE, snapshot=snapshot("week"), snapshot_until=5000.0),
        job("over", state=JobState.DONE, snapshot=snapshot("over"), snapshot_until=50.0),
    )
    assert journal.objects_in_use(100.0) == {sha("run"), sha("ask"), sha("week")}
    found: list[set[str]] = []
    thread = threading.Thread(target=lambda: found.append(journal.objects_in_use(6000.0)))
    thread.start()
    thread.join()
    assert found == [{sha("run"), sha("ask")}]


def test_pruning_keeps_what_matters(journal: Journal) -> None:
    old = {"created": 0.0, "updated": 0.0}
    write(
        journal,
        job("running", **old),
        job("undecided", state=JobState.UNKNOWN, **old),
        job("failed", state=JobState.FAILED, snapshot=snapshot("f"), **old),
        job("done", state=JobState.DONE, snapshot=snapshot("d"), snapshot_until=10.0, **old),
        job("fresh", state=JobState.DONE, created=400 * DAY, updated=400 * DAY),
    )
    journal.prune(401 * DAY)
    assert ids(journal.jobs()) == ["fresh", "failed", "undecided", "running"]
    assert journal.history("done") == []
    journal.prune(401 * DAY, Limits(jobs=1))
    assert ids(journal.jobs()) == ["fresh", "failed", "undecided", "running"]
    write(journal, job("newer", state=JobState.DONE, created=401 * DAY, updated=401 * DAY))
    journal.prune(401 * DAY, Limits(jobs=1))
    assert ids(journal.jobs()) == ["newer", "failed", "undecided", "running"]
    failed = journal.job("failed")
    assert failed is not None
    assert failed.snapshot == snapshot("f")


def test_pruning_bounds_events_and_steps(journal: Journal) -> None:
    entry = job()
    for number in range(30):
        write(journal, replace(entry, updated=float(number)))
    journal.commit([WriteEvent(Session.TRANSFER, 1, "HeartBeat", str(n), None, float(n)) for n in range(30)])
    journal.prune(100.0, Limits(events=10, transitions_per_job=10))
    assert [event.raw for event in journal.events()] == [str(n) for n in range(29, 19, -1)]
    steps = [step.at for step in journal.history(entry.id)]
    assert steps[0] == 0.0
    assert steps[1:] == [float(number) for number in range(20, 30)]
    write(journal, replace(entry, updated=99.0))
    assert journal.history(entry.id)[-1].at == 99.0


def test_a_row_that_makes_no_job_is_left_out(journal: Journal) -> None:
    write(journal, job("good"), job("bad"))
    journal._connection.execute("UPDATE jobs SET doc = 'x' WHERE id = 'bad'")
    assert ids(journal.jobs()) == ["good"]
    assert ids(list(journal.load()[0])) == ["good"]


def test_a_closed_journal_says_so(journal: Journal) -> None:
    journal.close()
    journal.close()
    assert journal.closed
    with pytest.raises(ValueError, match="closed"):
        write(journal, job())


def test_ids_are_those_of_the_jobs_and_also_of_what_can_t_be_read(journal: Journal, path: Path) -> None:
    for number in range(6):
        state = JobState.DONE if number % 2 else JobState.FAILED
        journal.commit([WriteJob(job(f"j{number}", state=state, path=f"/cad/p{number}.FCStd"), "x")])
    for wanted in ({}, {"before": "j4"}, {"states": ("done",)}, {"text": "P3"}, {"limit": 2}):
        listed = [found.id for found in journal.jobs(**{"limit": 10, **wanted})]
        assert journal.job_ids(**{"limit": 10, **wanted}) == listed
    with sqlite3.connect(path) as other:
        other.execute("UPDATE jobs SET doc = 'no JSON' WHERE id = 'j4'")
    other.close()
    assert [found.id for found in journal.jobs(limit=10)] == ["j5", "j3", "j2", "j1", "j0"]
    assert journal.job_ids(limit=10) == ["j5", "j4", "j3", "j2", "j1", "j0"]
