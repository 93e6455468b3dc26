"""TerminateProcess at any moment: what the bridge accepted arrives, byte for byte, after the next start."""

from __future__ import annotations

import hashlib

import pytest

from iscbridge.platform.processes import end_process
from support.faults_scenario import content
from support.world import World, until


def arrives(world: World, job: str, data: bytes) -> None:
    """The job is done, or asked about, and repeated then."""
    found = world.finish(job)
    if found["state"] == "unknown":
        world.ask().request("job.resolve", {"job": job, "answer": "repeat"})
        found = world.finish(job)
    assert found["state"] == "done", found
    assert hashlib.sha256(data).hexdigest() in world.cloud_hashes()


@pytest.mark.parametrize("gate", ["start", "middle"])
def test_the_bridge_while_it_uploads(world: World, gate: str) -> None:
    world.desk()
    world.bridge()
    world.ask_desk("hold", at=gate)
    data = content(gate, 60_000)
    job = world.ask().save(str(world.file("Gehäuse 零件.FCStd", data)))["job"]
    world.upload(held=gate)
    world.kill_bridge()
    until(lambda: not world.sdk_pids(), "the SDK process to follow its bridge")
    world.ask_desk("release")
    world.bridge()
    arrives(world, job, data)


def test_the_bridge_while_saves_wait_for_the_desk(world: World) -> None:
    world.bridge()
    accepted = {}
    for number in range(5):
        data = content(str(number), 20_000)
        path = world.file(f"part {number}.FCStd", data)
        accepted[world.ask().save(str(path))["job"]] = data
    for job in accepted:
        world.until_state(job, "captured", "waiting")
    world.kill_bridge()
    world.desk()
    world.bridge()
    for job, data in accepted.items():
        arrives(world, job, data)


def test_the_sdk_process_while_it_uploads(world: World) -> None:
    world.desk()
    pid = world.bridge()
    world.ask_desk("hold", at="middle")
    data = content("part", 60_000)
    job = world.ask().save(str(world.file("part.FCStd", data)))["job"]
    world.upload(held="middle")
    for sdk in world.sdk_pids():
        end_process(sdk, at_once=True)
        end_process(sdk, at_once=True)  # one that has gone is no error
    world.ask_desk("release")
    arrives(world, job, data)
    assert world.ask().request("bridge.status")["pid"] == pid


def test_the_desk_while_it_uploads(world: World) -> None:
    world.desk()
    world.bridge()
    world.ask_desk("hold", at="middle")
    data = content("part", 60_000)
    job = world.ask().save(str(world.file("part.FCStd", data)))["job"]
    world.upload(held="middle")
    world.kill_desk()
    world.desk(hold="none")
    arrives(world, job, data)
