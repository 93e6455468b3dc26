"""The desk dies at any point of an upload: no version without its bytes, no half bytes under a name."""

from __future__ import annotations

from pathlib import Path

import pytest

from iscbridge.sandbox import control
from support.desk_wire import DeskClient, DeskProcess

SUCCESS = {"status": "success"}


def events(client: DeskClient) -> list[list[bytes]]:
    """What still comes until the connection ends."""
    found = []
    while (fields := client.next()) is not None:
        found.append(fields)
    return [fields for fields in found if fields[0] == b"event"]


@pytest.mark.parametrize(("when", "stored"), [("upload", 0), ("before_commit", 0), ("after_commit", 1)])
def test_crash_by_personality(own_desk: DeskProcess, part: Path, when: str, stored: int) -> None:
    own_desk.start(crash=when)
    client = own_desk.connect()
    client.send("Save", str(part), "false")
    assert events(client) == [], "no result"
    own_desk.wait_gone()
    own_desk.start()
    assert own_desk.state()["personality"] == {}, "once"
    assert own_desk.versions(f"/{part.name}") == stored
    assert own_desk.problems() == []
    assert own_desk.connect().save(part) == SUCCESS
    assert own_desk.versions(f"/{part.name}") == stored + 1
    assert own_desk.stored(f"/{part.name}") == part.read_bytes()


def test_crash_as_often_as_asked(own_desk: DeskProcess, part: Path) -> None:
    own_desk.start(crash="upload", crash_times=2)
    for _ in range(2):
        client = own_desk.connect()
        client.send("Save", str(part), "false")
        events(client)
        own_desk.wait_gone()
        own_desk.start()
    assert own_desk.connect().save(part) == SUCCESS


@pytest.mark.parametrize("place", ["start", "middle", "commit", "result"])
def test_killed_at_each_stage(own_desk: DeskProcess, assembly: Path, place: str) -> None:
    own_desk.start(hold=place)
    client = own_desk.connect()
    client.send("Save", str(assembly), "true")
    own_desk.upload(held=place)
    own_desk.kill()
    assert events(client) == []
    path = f"/{assembly.name}.zip"
    assert own_desk.versions(path) == (1 if place == "result" else 0)
    assert own_desk.problems() == [], "also before the desk has started again"
    own_desk.start(hold="none")
    leftovers = [p for p in own_desk.places.blobs.rglob("*") if p.is_file()]
    assert len(leftovers) == own_desk.versions(path)
    assert own_desk.connect().save(assembly, assembly=True) == SUCCESS
    assert own_desk.problems() == []


@pytest.mark.slow
def test_killed_at_any_moment(own_desk: DeskProcess, tmp_path: Path) -> None:
    """Every result that was seen is in the cloud; everything in the cloud is whole."""
    paths = [tmp_path / f"{number}.bin" for number in range(5)]
    for path in paths:
        path.write_bytes(path.name.encode() * 20_000)
    results = 0
    for round_number in range(8):
        own_desk.start()
        client = own_desk.connect()
        for path in paths * 4:
            client.send("Save", str(path), "false")
        seen = 0
        while seen < round_number * 2:
            fields = client.next()
            assert fields is not None
            seen += fields[0] == b"event"
        own_desk.kill()
        results += seen + len(events(client))
        assert own_desk.problems() == []
        stored = sum(own_desk.versions(f"/{path.name}") for path in paths)
        assert stored >= results
        for path in paths:
            for number in range(1, own_desk.versions(f"/{path.name}") + 1):
                assert own_desk.stored(f"/{path.name}", number) == path.read_bytes()
    assert control.running(own_desk.home) is None
