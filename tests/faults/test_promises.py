"""The checker of the promises sees what it is there to see."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from support.faults_promises import Promises
from support.faults_scenario import content
from support.world import World


@pytest.fixture
def saved(world: World) -> World:
    world.desk()
    world.bridge()
    assert (
        world.finish(world.ask().save(str(world.file("part.FCStd", content("part", 5000))))["job"])["state"] == "done"
    )
    Promises(world).check()
    return world


def test_a_snapshot_that_is_gone(saved: World) -> None:
    [held] = [p for p in (saved.home.snapshots / "objects").rglob("*") if p.is_file()]
    held.unlink()
    with pytest.raises(AssertionError, match="not in the store"):
        Promises(saved).check()


def test_a_snapshot_that_is_damaged(saved: World) -> None:
    [held] = [p for p in (saved.home.snapshots / "objects").rglob("*") if p.is_file()]
    held.chmod(0o600)
    held.write_bytes(content("other", 5000))
    with pytest.raises(AssertionError, match="damaged in the store"):
        Promises(saved).check()


@pytest.mark.parametrize(
    "change", ["sha256 = 'other'", "source = '/another/file'", "created = created - 60", "created = created + 60"]
)
def test_a_cloud_that_holds_something_else(saved: World, change: str) -> None:
    with closing(sqlite3.connect(saved.home.sandbox / "cloud.sqlite3")) as db, db:
        db.execute(f"UPDATE version SET {change}")
    with pytest.raises(AssertionError, match="the cloud does not hold it"):
        Promises(saved).check()


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_job_that_arrived_and_is_called_otherwise(saved: World, state: str) -> None:
    with closing(sqlite3.connect(saved.home.journal)) as db, db:
        cause = {"failed": "failed", "cancelled": "cancelled"}[state]
        db.execute("UPDATE jobs SET state = ?", (state,))
        db.execute("UPDATE transitions SET state = ?, cause = ? WHERE state = 'done'", (state, cause))
    with pytest.raises(AssertionError):
        Promises(saved).check()


def test_a_done_that_no_result_said(saved: World) -> None:
    with closing(sqlite3.connect(saved.home.journal)) as db, db:
        db.execute("DELETE FROM events")
    with pytest.raises(AssertionError, match="done without a result"):
        Promises(saved).check()


def test_a_job_that_is_stuck(saved: World) -> None:
    saved.stop_desk()
    saved.ask().save(str(saved.file("late.FCStd")))
    with pytest.raises(AssertionError, match="stuck"):
        Promises(saved).check()
