"""Working files in the journal, and old journals that have none."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iscbridge.core.effects import WriteJob
from iscbridge.core.errors import JournalError
from iscbridge.core.jobs import JobKind, JobState
from iscbridge.core.workfile_model import Policy, Stat
from iscbridge.journal import schema
from iscbridge.journal.journal import Journal
from iscbridge.journal.workfiles import Together, Workfile
from support.made_jobs import job, snapshot

VERSION_1 = Path(__file__).parent / "version-1.sql"
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
stats = st.builds(Stat, st.integers(0, 2**50), st.integers(-(2**62), 2**62), text)
workfiles = st.builds(
    Workfile,
    path=text.map("/{}".format),
    identity=text,
    stat=stats,
    sha256=text,
    saved=st.none() | st.floats(0, 4e9),
    main=text,
    together=st.sampled_from(Together),
    host=text,
    product=text,
    job=text,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    made, _ = Journal.open(path)
    yield made
    made.close()


def workfile(path: str = "/cad/gear.FCStd", **members: object) -> Workfile:
    made = Workfile(path, f"file:{path}", Stat(3, 1, "id"), "abc", 1000.0, path)
    return replace(made, **members)


def test_a_journal_of_version_1_is_brought_up_whole(path: Path) -> None:
    old = sqlite3.connect(path)
    old.executescript(VERSION_1.read_text("utf-8"))
    old.close()
    journal, damaged = Journal.open(path)
    assert damaged is None
    assert schema.version(journal._connection) == schema.NEWEST == 2
    jobs, _, clean = journal.load()
    assert clean
    assert {found.id for found in journal.jobs()} == {"j1", "j2", "j3", "j4", "j5", "j6"}
    assert [found.id for found in jobs] == ["j6"]
    assert journal.owed() == (1, 0)
    # What is in the cloud is to be watched from now on: the newest save of each file, and what came from there.
    assert journal.workfiles("sandbox").news() == ["j2", "j3"]
    assert journal.job("j2").snapshot.files[0].source == "/cad/gear.FCStd"
    journal.close()
    again, _ = Journal.open(path)
    assert again.workfiles("sandbox").news() == ["j2", "j3"]
    again.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(workfiles, max_size=8, unique_by=lambda file: file.path), st.integers(1, 3))
def test_what_is_put_is_read_back_in_order_page_by_page(
    tmp_path_factory: pytest.TempPathFactory, files: list[Workfile], size: int
) -> None:
    journal, _ = Journal.open(tmp_path_factory.mktemp("journal") / "j.sqlite3")
    try:
        journal.workfiles("sandbox").put(files)
        found: list[Workfile] = []
        while page := journal.workfiles("sandbox").page(found[-1].path if found else "", size):
            found += page
        assert found == sorted(files, key=lambda file: file.path.encode())
        assert journal.workfiles("sandbox").count() == len(files)
        for file in files:
            assert journal.workfiles("sandbox").get(file.path) == file
            spelling = journal.workfiles("sandbox").spelling(file.identity)
            assert journal.workfiles("sandbox").get(spelling).identity == file.identity
    finally:
        journal.close()


def test_a_newer_save_changes_all_but_the_policy(journal: Journal) -> None:
    table = journal.workfiles("sandbox")
    table.put([workfile()])
    table.set_policy("/cad/gear.FCStd", Policy.AUTOMATIC)
    newer = workfile(
        stat=Stat(9, 9, "n"), sha256="def", saved=2000.0, main="/cad/pump.FCStd", together=Together.BY_HOST
    )
    table.put([newer])
    assert table.get("/cad/gear.FCStd") == replace(newer, policy=Policy.AUTOMATIC)
    table.set_policy("/cad/gear.FCStd", None)
    assert table.get("/cad/gear.FCStd") == newer


def test_a_file_that_was_never_read_has_no_stat(journal: Journal) -> None:
    journal.workfiles("sandbox").put([workfile(sha256="", saved=None)])
    assert journal.workfiles("sandbox").get("/cad/gear.FCStd").sha256 == ""
    journal.workfiles("sandbox").write(
        {"/cad/gear.FCStd": (Stat(5, 6, "z"), "fff"), "/not/there": (Stat(1, 1), "x")}, ()
    )
    found = journal.workfiles("sandbox").get("/cad/gear.FCStd")
    assert (found.stat, found.sha256) == (Stat(5, 6, "z"), "fff")
    assert journal.workfiles("sandbox").count() == 1


def test_what_is_forgotten_is_gone(journal: Journal) -> None:
    journal.workfiles("sandbox").put([workfile("/a"), workfile("/b")])
    journal.workfiles("sandbox").write({}, ["/a", "/never"])
    assert [file.path for file in journal.workfiles("sandbox").page("", 10)] == ["/b"]


def test_the_members_of_an_assembly_begin_with_its_main_file(journal: Journal) -> None:
    together = {"main": "/p/pump", "together": Together.BY_FORMAT}
    journal.workfiles("sandbox").put(
        [workfile("/p/a", **together), workfile("/p/pump", **together), workfile("/p/alone")]
    )
    assert journal.workfiles("sandbox").members("/p/pump") == ["/p/pump", "/p/a"]


@pytest.mark.parametrize("kind", [JobKind.SAVE, JobKind.SAVE_AS, JobKind.OPEN])
def test_a_done_job_is_news_in_the_very_transaction(path: Path, journal: Journal, kind: JobKind) -> None:
    done = job("j1", kind=kind, state=JobState.DONE, snapshot=snapshot("x"))
    journal.commit([WriteJob(done, "done")])
    journal.close()  # as after a crash: nobody has entered its files
    again, _ = Journal.open(path)
    assert again.workfiles("sandbox").news() == ["j1"]
    again.workfiles("sandbox").put([workfile()], done="j1")
    assert again.workfiles("sandbox").news() == []
    again.close()


@pytest.mark.parametrize("state", [state for state in JobState if state is not JobState.DONE])
def test_no_other_job_is_news(journal: Journal, state: JobState) -> None:
    journal.commit([WriteJob(job("j1", state=state), "step"), WriteJob(job("j2", kind=JobKind.SOLVE), "step")])
    assert journal.workfiles("sandbox").news() == []


def test_a_transaction_that_fails_leaves_nothing(journal: Journal) -> None:
    files = [workfile("/a"), workfile("/b", main=None)]
    with pytest.raises(JournalError):
        journal.workfiles("sandbox").put(files)
    assert journal.workfiles("sandbox").count() == 0
    journal.workfiles("sandbox").put(files[:1])


def test_a_policy_of_a_later_version_counts_as_none(journal: Journal) -> None:
    journal.workfiles("sandbox").put([workfile()])
    journal._connection.execute("UPDATE workfiles SET policy = 'later', assembly = 7")
    found = journal.workfiles("sandbox").get("/cad/gear.FCStd")
    assert (found.policy, found.together) == (None, Together.BY_FORMAT)


def test_one_cloud_says_nothing_of_another(journal: Journal) -> None:
    sandbox, real = journal.workfiles("sandbox"), journal.workfiles("iscdesk")
    sandbox.put([workfile()])
    assert (real.count(), real.get("/cad/gear.FCStd"), real.spelling("file:/cad/gear.FCStd")) == (0, None, None)
    real.put([workfile(sha256="other", main="/cad/pump", together=Together.BY_FORMAT)])
    real.set_policy("/cad/gear.FCStd", Policy.OFF)
    real.write({"/cad/gear.FCStd": (Stat(8, 8), "newer")}, ())
    assert sandbox.page("", 10) == [workfile()]
    assert sandbox.members("/cad/pump") == []
    real.write({}, ["/cad/gear.FCStd"])
    assert (sandbox.count(), real.count()) == (1, 0)
