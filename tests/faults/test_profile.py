"""A second bridge on the same profile, and a journal that is damaged."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.faults_promises import Promises
from support.world import World


def serve_again(world: World) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "iscbridge", "serve"],
        env=world.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_a_second_bridge_ends_and_the_first_goes_on(world: World, promises: Promises) -> None:
    world.desk(hold="middle")
    world.bridge()
    job = world.client().save(str(world.file("bracket.FCStd")))["job"]
    world.until_state(job, "submitted")
    second = serve_again(world)
    assert second.returncode == 1
    assert "ISCB-BRIDGE-SECOND" in second.stderr
    world.ask_desk("release")
    assert world.finish(job)["state"] == "done"
    promises.check()


def test_the_next_bridge_may_start_when_the_first_was_killed(world: World, promises: Promises) -> None:
    world.desk()
    world.bridge()
    world.kill_bridge()
    world.bridge()
    job = world.client().save(str(world.file("bracket.FCStd")))["job"]
    assert world.finish(job)["state"] == "done"
    promises.check()


def fold(journal: Path) -> None:
    """Put what is in the log into the database, so that the damage hits all of it."""
    connection = sqlite3.connect(journal)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def garbage_header(path: Path) -> None:
    path.write_bytes(b"this is no database" * 100 + path.read_bytes()[2000:])


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 + 100])


def flipped_pages(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for page in range(4096, len(content), 4096):
        content[page : page + 64] = bytes(64 * [0xA5])
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [garbage_header, truncated, flipped_pages])
def test_a_damaged_journal_is_set_aside_and_named(world: World, damage: Callable[[Path], None]) -> None:
    world.desk()
    world.bridge()
    for name in ("first.FCStd", "second.FCStd", "third.FCStd"):
        assert world.finish(world.client().save(str(world.file(name)))["job"])["state"] == "done"
    world.kill_bridge()
    journal = world.home.journal
    fold(journal)
    damage(journal)
    damaged = journal.read_bytes()
    world.bridge()
    (aside,) = [p for p in journal.parent.glob("journal.sqlite3.damaged-*") if not p.name.endswith(("-wal", "-shm"))]
    assert aside.read_bytes() == damaged
    status = world.client().request("bridge.status", {})
    assert [w["code"] for w in status["warnings"]] == ["ISCB-JOURNAL-DAMAGED"]
    assert str(aside) in str(status["warnings"])
    doctor = world.cli("doctor")
    assert doctor.returncode == 1
    assert aside.name in doctor.stdout
    # what was captured is still in the store, and the fresh journal works
    assert list((world.home.snapshots / "objects").rglob("?" * 64))
    job = world.finish(world.client().save(str(world.file("fourth.FCStd", b"saved after it")))["job"])
    assert job["state"] == "done"
