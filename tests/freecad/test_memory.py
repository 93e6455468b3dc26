"""A save that ISCBridge has not taken yet outlives FreeCAD, is done once, and belongs to one FreeCAD at a time."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.freecad import FreeCad
from support.world import PATIENCE_S, World, until

PART = """
part = App.newDocument(stem)
part.addObject("Part::Box", "Box")
part.recompute()
part.saveAs(path)
"""


@pytest.fixture
def own_world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "w")
    made.home.ensure()
    made.desk()
    try:
        yield made
    finally:
        made.close()


def lists(cad: FreeCad) -> list[Path]:
    return sorted((cad.user / "ISCBridge").glob("*.json"))


def jobs(world: World) -> list[str]:
    return [job["path"] for job in world.ask().request("job.list", {"limit": 500})["jobs"]]


def check(cad: FreeCad) -> None:
    assert cad.boxes() == []
    assert "Traceback" not in cad.said()


def save(cad: FreeCad, path: Path, command: str = "save") -> None:
    cad.do(PART, stem=path.stem, path=str(path))
    cad.press(command)


def test_saves_that_wait_are_taken_up_by_the_next_freecad(start, own_world, folder):
    first = start(own_world)
    paths = [folder / "Größe 法兰.FCStd", folder / "bolt.FCStd"]
    for number, path in enumerate(paths):
        save(first, path)
        first.until(f"result = commands.bridge.waiting == {number + 1}")
    assert [stat.S_IMODE(path.stat().st_mode) for path in lists(first)] == [0o600]
    first.close()
    second = start(own_world, again=first)
    until(lambda: "Not yet in the cloud when FreeCAD was closed" in second.said(), "it to be told")
    own_world.bridge()
    until(lambda: len(own_world.cloud_hashes()) == len(paths), "both saves to arrive")
    assert sorted(jobs(own_world)) == sorted(map(str, paths))
    second.until_told("is in the cloud")
    for path in paths:
        assert own_world.cloud_bytes(f"/{path.name}") == path.read_bytes()
    until(lambda: not list((second.user / "ISCBridge").iterdir()), "nothing to be left to remember")
    check(second)


def test_what_the_bridge_had_taken_after_all_is_not_done_twice(start, own_world, folder):
    own_world.bridge()
    first = start(own_world)
    first.until("result = commands.bridge.state == 'connected'")
    os.kill(own_world.bridge_pid, signal.SIGSTOP)
    try:
        save(first, folder / "bolt.FCStd")
        first.until("result = commands.bridge.waiting == 1 and commands.bridge._orders[0].asked_at is not None")
        first.close()
    finally:
        os.kill(own_world.bridge_pid, signal.SIGCONT)
    until(lambda: jobs(own_world), "the bridge to read what was sent")
    second = start(own_world, again=first)
    # By what was left behind this is told before "Connected", or after it: so not by the last line.
    until(lambda: "“bolt.FCStd” is in the cloud" in second.said(), "to be told that the save is done")
    assert jobs(own_world) == [str(folder / "bolt.FCStd")]
    check(second)


def test_what_a_running_freecad_remembers_is_its_own(start, own_world, folder):
    first = start(own_world)
    save(first, folder / "bolt.FCStd")
    first.until("result = commands.bridge.waiting == 1")
    second = start(own_world, again=first)
    assert second.do("result = commands._left_behind") == []
    own_world.bridge()
    first.until_told("“bolt.FCStd” is in the cloud")
    assert second.do("result = commands._jobs") == {}
    assert lists(first) == []


def test_questions_to_a_person_end_with_freecad(start, own_world, folder):
    first = start(own_world)
    save(first, folder / "bolt.FCStd", "saveAs")
    first.until_told("keep FreeCAD open until then")
    assert lists(first) == []


def test_a_damaged_list_stops_nothing(start, own_world, folder):
    first = start(own_world)
    left = first.user / "ISCBridge"
    left.mkdir()
    for number, content in enumerate((b"", b"no json", b"[]", b'{"form": 9}', b'{"form": 1, "orders": [{"a": 1}, 5]}')):
        (left / f"{number:032x}.json").write_bytes(content)
    (left / "other.txt").write_bytes(b"not ours")
    first.close()
    own_world.bridge()
    second = start(own_world, again=first)
    second.until("result = commands.bridge.state == 'connected'")
    save(second, folder / "bolt.FCStd")
    second.until_told("“bolt.FCStd” is in the cloud")
    assert (left / "other.txt").exists()
    check(second)


def test_a_disk_that_takes_nothing_stops_no_save(start, own_world, folder):
    cad = start(own_world)
    (cad.user / "ISCBridge").write_bytes(b"a file where the folder should be")
    save(cad, folder / "bolt.FCStd")
    cad.until_told("Keep FreeCAD open until then")
    cad.until("result = commands.bridge.waiting == 1")
    own_world.bridge()
    cad.until_told("“bolt.FCStd” is in the cloud")
    check(cad)


@pytest.mark.parametrize("runs", [False, True])
def test_a_save_right_before_freecad_is_closed_is_not_lost(start, own_world, folder, runs):
    """FreeCAD is closed while the saved files are still looked at."""
    if runs:
        own_world.bridge()
    first = start(own_world)
    first.until(f"result = commands.bridge.state == {'connected' if runs else 'absent'!r}")
    path = folder / "bolt.FCStd"
    first.do(PART, stem="bolt", path=str(path))
    first.do("button('save').click(); Gui.getMainWindow().close()")
    first.process.wait(PATIENCE_S)
    if not runs:
        own_world.bridge()
    second = start(own_world, again=first)
    until(own_world.cloud_hashes, "the save to arrive")
    assert own_world.cloud_bytes("/bolt.FCStd") == path.read_bytes()
    assert jobs(own_world) == [str(path)]
    until(lambda: not lists(second), "nothing to be left to remember")
    check(second)
