"""Settings of a bridge that runs for real."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from iscbridge.sdk.library import find_library
from support.world import World

_DAY = 86_400


def kept_days(world: World, job: str) -> float:
    """For how many days after its end a job's snapshot is kept."""
    connection = sqlite3.connect(f"{world.home.journal.as_uri()}?mode=ro", uri=True)
    try:
        updated, until = connection.execute("SELECT updated, snapshot_until FROM jobs WHERE id = ?", (job,)).fetchone()
    finally:
        connection.close()
    return float(until - updated) / _DAY


def test_what_is_set_holds_from_the_next_start(world: World) -> None:
    world.desk(fail_next=1)
    for key, value in (
        ("files.snapshot_days", "3"),
        ("files.failed_snapshot_days", "44"),
        ("advanced.log_level", "debug"),
    ):
        assert world.cli("config", "set", key, value).returncode == 0
    pid = world.bridge()
    part = world.file("bracket.FCStd")
    _, failed = world.cli_json("save", str(part), "--wait")
    _, done = world.cli_json("save", str(world.file("plate.FCStd")), "--wait")
    assert [lines[-1]["state"] for lines in (failed, done)] == ["failed", "done"]
    assert round(kept_days(world, failed[-1]["job"])) == 44
    assert round(kept_days(world, done[-1]["job"])) == 3
    assert "DEBUG iscbridge.service.process.setup: setting files.snapshot_days = 3 (file)" in world.said()
    changed = world.cli("config", "unset", "files.snapshot_days")
    assert f"(process {pid})" in changed.stdout
    assert "(process" not in world.cli("config", "unset", "advanced.log_level").stdout, "it holds at once"
    before = world.said().count(" DEBUG ")
    assert world.stop_bridge() == 0
    world.bridge()
    assert world.stop_bridge() == 0
    assert world.said().count(" DEBUG ") == before


def test_a_broken_file_is_set_aside_at_the_start_and_the_bridge_says_so(world: World) -> None:
    world.desk()
    world.home.ensure()
    world.home.config.write_text("[files\n")
    for _ in range(2):
        world.bridge()
        (warning,) = world.cli_json("status")[1][0]["warnings"]
        assert warning["code"] == "ISCB-SET-SET-ASIDE"
        assert not world.home.config.exists()
        assert world.stop_bridge() == 0
    (aside,) = world.home.root.glob("config.toml.damaged-*")
    assert aside.read_text() == "[files\n"
    assert str(aside) in world.said()
    assert "ISCB-SET-SET-ASIDE" in [finding["error"] for finding in world.cli_json("doctor")[1]]


def test_the_library_of_the_settings_is_loaded(world: World) -> None:
    world.desk()
    library = find_library(None, world.env)
    assert world.cli("config", "set", "advanced.sdk_library", str(library)).returncode == 0
    world.bridge()
    status = world.cli_json("status")[1][0]
    assert status["cloud"] == "iscdesk", "what a library is named for counts as the real cloud"
    assert world.stop_bridge() == 0


def test_a_library_that_is_not_there_is_not_replaced_by_the_sandbox(world: World, tmp_path: Path) -> None:
    assert world.cli("config", "set", "advanced.sdk_library", str(tmp_path / "none.so")).returncode == 0
    world.bridge(wait=False)
    assert world.wait_bridge() == 1
    assert "ISCB-SDK-LOAD" in world.said()
    world.home.config.write_text("advanced.sdk_library = 5\n")
    world.bridge(wait=False)
    assert world.wait_bridge() == 1
