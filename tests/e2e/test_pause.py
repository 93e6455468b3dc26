"""A pause, over the protocol and the command line, with the real desk behind it."""

from __future__ import annotations

import pytest

from iscbridge.ipc.client import BridgeError
from support.world import World, until


def test_saves_are_safe_in_a_pause_and_go_out_after_it(world: World) -> None:
    world.desk()
    world.bridge()
    client = world.client()
    client.request("bridge.pause", {})
    job = client.save(str(world.file("bracket.FCStd")))["job"]
    waiting = until(lambda: j if (j := world.state_of(job)).get("reason") == "paused" else None, "the job to be held")
    assert (waiting["state"], waiting["files"]) == ("waiting", 1)
    assert not world.cloud_hashes()
    status = client.request("bridge.status", {})
    assert status["paused"]
    assert "pausedUntil" not in status
    client.request("bridge.resume", {})
    assert world.finish(job)["state"] == "done"
    assert not client.request("bridge.status", {})["paused"]


def test_a_person_who_opens_in_a_pause_wants_that(world: World) -> None:
    world.desk()
    world.bridge()
    client = world.client()
    assert world.finish(client.save(str(world.file("bracket.FCStd")))["job"])["state"] == "done"
    client.request("bridge.pause", {"minutes": 60})
    assert world.finish(client.open()["job"])["state"] == "done"
    assert client.request("bridge.status", {})["pausedUntil"] > client.request("bridge.status", {})["started"]


def test_a_restart_ends_a_pause(world: World) -> None:
    world.desk()
    world.bridge()
    client = world.client()
    client.request("bridge.pause", {})
    job = client.save(str(world.file("bracket.FCStd")))["job"]
    world.until_state(job, "waiting")
    client.close()
    assert world.stop_bridge() == 0
    world.bridge()
    assert world.finish(job)["state"] == "done"


def test_on_the_command_line(world: World) -> None:
    world.desk()
    world.bridge()
    said = world.cli("pause", "--minutes", "5")
    assert (said.returncode, "5 minute" in said.stdout) == (0, True)
    assert "Paused until" in world.cli("status").stdout
    assert "goes on" in world.cli("resume").stdout
    assert "Paused" not in world.cli("status").stdout
    assert world.cli("pause", "--minutes", "0").returncode == 2
    assert world.cli("pause").returncode == 0


def test_changes_are_told_to_those_who_asked(world: World) -> None:
    world.desk()
    world.bridge()
    host, watcher = world.client("cad"), world.client("watcher", events=["bridge.changed"])
    for method, paused in (("bridge.pause", True), ("bridge.resume", False)):
        until(lambda: not watcher.poll(0.3), "what was told before to be over")
        host.request(method, {})
        until(lambda: ("bridge.changed", {}) in watcher.poll(0.1), "the change to be told")
        assert watcher.request("bridge.status", {})["paused"] is paused
    assert host.poll(0.3) == []  # it did not name it


def test_minutes_that_are_none(world: World) -> None:
    world.bridge()
    for minutes in (0, -1, 44641, 1.5, "5"):
        with pytest.raises(BridgeError) as refused:
            world.ask().request("bridge.pause", {"minutes": minutes})
        assert refused.value.code == "ISCB-REQ-PARAMS", minutes
    assert not world.ask().request("bridge.status", {})["paused"]
