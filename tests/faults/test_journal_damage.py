"""A journal that is damaged is set aside and named; the bridge starts with a fresh one and says so."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from support.faults_promises import Promises
from support.world import World, until


def _garbage_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(os.urandom(100))


def _cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _emptied(path: Path) -> None:
    os.truncate(path, 0)


def _flipped_pages(path: Path) -> None:
    with path.open("r+b") as file:
        for page in range(1, path.stat().st_size // 4096):
            file.seek(page * 4096)
            head = file.read(16)
            file.seek(page * 4096)
            file.write(bytes(byte ^ 0xFF for byte in head))


def _another_file(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 this is no database at all" * 1000)


def _only_the_log(path: Path) -> None:
    Path(f"{path}-wal").write_bytes(os.urandom(5000))
    path.unlink()


DAMAGES = (_garbage_header, _cut_in_half, _emptied, _flipped_pages, _another_file, _only_the_log)


def _fold(world: World) -> None:
    """All of the journal into its one file: then the damage hits everything."""
    with closing(sqlite3.connect(world.home.journal)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.mark.parametrize("damage", DAMAGES)
def test_it_is_set_aside_and_said(world: World, promises: Promises, damage: Callable[[Path], None]) -> None:
    world.bridge()
    part = world.file("part.FCStd", b"captured before the accident")
    job = world.ask().save(str(part))["job"]
    world.until_state(job, "captured", "waiting")
    [held] = [p for p in (world.home.snapshots / "objects").rglob("*") if p.is_file()]
    world.kill_bridge()
    _fold(world)
    damage(world.home.journal)
    damaged = world.home.journal.read_bytes() if world.home.journal.exists() else b""

    world.desk()
    world.bridge({"janitor_s": 0.1})
    if damage is _only_the_log:
        assert list(world.home.root.glob("journal.sqlite3.damaged-*-wal"))
    else:
        [aside] = [
            p for p in world.home.root.glob("journal.sqlite3.damaged-*") if p.suffix[-4:] not in ("-wal", "-shm")
        ]
        assert aside.read_bytes() == damaged, "nothing of it is lost"
    status = json.loads(world.cli("status", "--json").stdout)
    assert "ISCB-JOURNAL-DAMAGED" in [warning["code"] for warning in status["warnings"]]
    assert "damaged-" in world.said()

    # New work goes its way.
    again = world.file("again.FCStd", b"after the accident")
    code, lines = world.cli_json("save", str(again), "--wait")
    assert (code, lines[-1]["state"]) == (0, "done")
    until(lambda: "all snapshots stay" in world.said(), "housekeeping to have come round")
    assert held.read_bytes() == part.read_bytes(), "captured work outlives its journal"
    promises.check()

    code, lines = world.cli_json("doctor")
    assert code == 1
    told = [line for line in lines if line["error"] == "ISCB-JOURNAL-DAMAGED"]
    assert told
    assert "damaged-" in told[0]["text"]


def test_a_journal_of_a_newer_version_is_not_touched(world: World) -> None:
    world.bridge()
    assert world.stop_bridge() == 0
    with closing(sqlite3.connect(world.home.journal)) as db:
        db.execute("PRAGMA user_version = 99")
    before = world.home.journal.read_bytes()
    world.bridge(wait=False)
    assert world.wait_bridge() == 1
    assert "ISCB-JOURNAL-NEWER" in world.said()
    assert world.home.journal.read_bytes() == before


def test_damage_after_an_orderly_end_is_found_too(world: World) -> None:
    world.desk()
    world.bridge()
    jobs = [world.ask().save(str(world.file(f"part{n}.FCStd", b"%d" % n * 3000)))["job"] for n in range(20)]
    for job in jobs:
        world.finish(job)
    assert world.stop_bridge() == 0
    _fold(world)
    _flipped_pages(world.home.journal)
    world.bridge()
    status = json.loads(world.cli("status", "--json").stdout)
    assert "ISCB-JOURNAL-DAMAGED" in [warning["code"] for warning in status["warnings"]]
    assert world.cli("save", str(world.file("again.FCStd")), "--wait").returncode == 0
