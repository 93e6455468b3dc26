"""A damaged, cut off, foreign or newer journal."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from iscbridge.core.effects import WriteJob
from iscbridge.core.errors import JournalError
from iscbridge.journal import schema
from iscbridge.journal.journal import Journal
from support.made_jobs import job, snapshot


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal with content, closed without a word, as after a crash."""
    made = tmp_path / "journal.sqlite3"
    journal, _ = Journal.open(made)
    for number in range(200):
        journal.commit([WriteJob(job(f"job-{number}", snapshot=snapshot(str(number))), "accepted")])
    journal.close()
    return made


def assert_set_aside(path: Path) -> Path:
    content = path.read_bytes() if path.exists() else None
    journal, damaged = Journal.open(path)
    assert damaged is not None
    assert damaged.name.startswith("journal.sqlite3.damaged-")
    if content is not None:
        assert damaged.read_bytes() == content
    assert journal.load() == ((), (), False)
    journal.commit([WriteJob(job("new"), "accepted")])
    journal.close()
    again, damaged_again = Journal.open(path)
    assert damaged_again is None
    assert [entry.id for entry in again.jobs()] == ["new"]
    again.close()
    return damaged


def test_garbage_in_the_header(path: Path) -> None:
    with open(path, "r+b") as file:
        file.write(os.urandom(100))
    assert_set_aside(path)


def test_a_file_that_was_cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)
    assert_set_aside(path)


def test_an_empty_file(path: Path) -> None:
    os.truncate(path, 0)
    assert_set_aside(path)


def test_a_file_of_another_kind(path: Path) -> None:
    path.write_bytes(b"not a database at all\n" * 1000)
    assert_set_aside(path)


def test_somebody_elses_database(path: Path) -> None:
    path.unlink()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    assert_set_aside(path)


def test_pages_of_noise_in_the_middle(path: Path) -> None:
    dice = random.Random(1)
    with open(path, "r+b") as file:
        for page in range(2, path.stat().st_size // 4096, 2):
            file.seek(page * 4096)
            file.write(dice.randbytes(4096))
    assert_set_aside(path)


def test_a_log_without_its_database(path: Path) -> None:
    path.unlink()
    log = Path(f"{path}-wal")
    log.write_bytes(b"the rest of an accident")
    damaged = assert_set_aside(path)
    assert Path(f"{damaged}-wal").read_bytes() == b"the rest of an accident"


def test_the_log_goes_with_a_damaged_database(path: Path) -> None:
    journal, _ = Journal.open(path)
    journal.commit([WriteJob(job("in the log"), "accepted")])
    shutil.copy(path, f"{path}.copy")
    shutil.copy(f"{path}-wal", f"{path}.copy-wal")
    journal.close()
    os.replace(f"{path}.copy", path)
    os.replace(f"{path}.copy-wal", f"{path}-wal")
    log = Path(f"{path}-wal").read_bytes()
    os.truncate(path, 0)
    damaged = assert_set_aside(path)
    assert Path(f"{damaged}-wal").read_bytes() == log


def test_a_second_accident_in_the_same_second_keeps_both(path: Path) -> None:
    for _ in range(3):
        path.write_bytes(b"x")
        Journal.open(path)[0].close()
    assert len(list(path.parent.glob("journal.sqlite3.damaged-*"))) == 3


def test_a_cut_off_start_leaves_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    Path(f"{path}.new").write_bytes(b"half made")
    Path(f"{path}.new-wal").write_bytes(b"half made")
    journal, damaged = Journal.open(path)
    assert damaged is None
    journal.close()
    assert [entry.name for entry in tmp_path.iterdir()] == ["journal.sqlite3"]


def test_a_newer_journal_is_left_untouched(path: Path) -> None:
    newer = sqlite3.connect(path)
    newer.execute(f"PRAGMA user_version = {schema.NEWEST + 1}")
    newer.close()
    before = path.read_bytes()
    with pytest.raises(JournalError) as caught:
        Journal.open(path)
    assert caught.value.code == "ISCB-JOURNAL-NEWER"
    assert caught.value.params == {"found": str(schema.NEWEST + 1), "expected": str(schema.NEWEST)}
    assert path.read_bytes() == before


def test_damage_while_running_is_called_damage_and_found_at_the_next_start(path: Path) -> None:
    journal, _ = Journal.open(path)
    with open(path, "r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    journal._connection.execute("PRAGMA shrink_memory")  # else SQLite answers from what it has read before
    with pytest.raises(JournalError) as caught:
        journal.jobs(text="anything")
    assert caught.value.code == "ISCB-JOURNAL-DAMAGED"
    journal.close()
    assert_set_aside(path)


def test_versions_are_climbed_step_by_step(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = ("ALTER TABLE meta ADD COLUMN note TEXT", "UPDATE meta SET note = 'climbed'")
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, step))
    monkeypatch.setattr(schema, "NEWEST", schema.NEWEST + 1)
    journal, damaged = Journal.open(path)
    assert damaged is None
    assert len(journal.jobs(limit=1000)) == 200
    assert journal._connection.execute("SELECT DISTINCT note FROM meta").fetchone()[0] in ("climbed", None)
    assert schema.version(journal._connection) == schema.NEWEST
    journal.close()


def test_a_step_that_fails_leaves_the_version_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = ("ALTER TABLE meta ADD COLUMN note TEXT", "nonsense")
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, step))
    monkeypatch.setattr(schema, "NEWEST", schema.NEWEST + 1)
    with pytest.raises(JournalError):
        Journal.open(path)
    monkeypatch.undo()
    journal, damaged = Journal.open(path)
    assert damaged is None
    assert len(journal.jobs(limit=1000)) == 200
    journal.close()
