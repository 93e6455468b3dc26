"""The tray shows the first run by itself once, and never to a start that nobody looks at."""

from __future__ import annotations

import json
import sys

import pytest

from support.world import World, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ends the tray by a signal")


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    made.env["QT_QPA_PLATFORM"] = "offscreen"
    try:
        yield made
    finally:
        made.close()


def windows(world) -> list[str]:
    return [line.split()[-2] for line in world.said().splitlines() if " window " in line and line.endswith(" opens")]


def started(world, *options: str) -> None:
    world.bridge(command=("tray", *options))
    until(lambda: world.ask().request("bridge.status")["tray"], "the tray to be connected")


def test_a_first_start_shows_it(world):
    started(world)
    until(lambda: windows(world) == ["first_run"], "the first run to open")


def test_done_once_it_stays_away(world):
    world.home.ensure()
    (world.home.root / "tray.json").write_text(json.dumps({"first_run_done": True}))
    started(world, "--window", "about")
    started_with = until(lambda: windows(world), "a window to open")
    assert started_with == ["about"]
    world.stop_bridge()
    started(world)
    assert "first_run" not in windows(world)


def test_a_quiet_start_shows_nothing(world):
    started(world, "--quiet")
    assert windows(world) == []
