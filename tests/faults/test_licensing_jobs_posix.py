"""Saves while a licence comes and goes: what was accepted is finished, what waits is decided, through every end of a process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.faults_shim import Shim
from support.licensed import PRODUCT
from support.licensed_faults import FaultyWorld
from support.world import until


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FaultyWorld]:
    made = FaultyWorld(tmp_path)
    try:
        made.store()
        made.desk()
        made.bridge()
        yield made
    finally:
        made.close()


def waiting(world: FaultyWorld, name: str, content: bytes = b"the first content") -> str:
    """A save that waits for its licence: the grace is over, and the store holds the check."""
    world.hold("heartbeat")
    world.days_pass(30)
    job = world.host().save(str(world.file(name, content)))
    assert job["state"] == "accepted"
    assert world.until_state(job["job"], "waiting")["reason"] == "license"
    world.until_held("heartbeat")
    return str(job["job"])


def test_what_was_accepted_is_finished_whatever_dies(world: FaultyWorld) -> None:
    code = world.activated()
    world.ask_desk("hold")
    jobs = [world.host().save(str(world.file(f"{n}.step", b"%d" % n)))["job"] for n in range(3)]
    world.until_state(jobs[0], "submitted")
    world.ask_store("expire", code=code)
    assert world.refresh()["state"] == "expired"
    world.crash()
    world.until_license("expired")
    world.kill_desk()
    world.desk()
    world.ask_desk("release")
    for number, job in enumerate(jobs):
        assert world.finish(job)["state"] == "done"
        assert world.cloud_bytes(f"/{number}.step") == b"%d" % number
    refused = world.finish(world.host().save(str(world.file("new.step")))["job"])
    assert (refused["state"], refused["error"]["code"]) == ("refused", "ISCB-LIC-EXPIRED")


@pytest.mark.parametrize("end", ["good", "expired", "offline"])
def test_a_save_that_waits_for_its_licence_survives_and_is_decided(world: FaultyWorld, end: str) -> None:
    code = world.activated()
    job = waiting(world, "monday.step")
    world.kill_bridge()
    if end == "expired":
        world.ask_store("expire", code=code)
    world.behave()
    if end == "offline":
        world.stop_store()
    world.bridge()
    found = world.finish(job)
    if end == "good":
        assert found["state"] == "done"
        return
    wanted = {"expired": "ISCB-LIC-EXPIRED", "offline": "ISCB-LIC-GRACE-OVER"}[end]
    assert (found["state"], found["error"]["code"]) == ("refused", wanted)
    # retained, and a retry after the renewal sends what is there then
    world.store()
    world.ask_store("renew", code=code, days=30)
    assert world.refresh()["state"] == "active"
    changed = b"changed since it was refused"
    (world.work / "monday.step").write_bytes(changed)
    world.ask().request("job.retry", {"job": job})
    assert world.finish(job)["state"] == "done"
    assert hashlib.sha256(changed).hexdigest() in world.cloud_hashes()


def test_killed_before_the_use_was_written_it_is_asked_all_the_same(
    world: FaultyWorld, shim_library: Path, tmp_path: Path
) -> None:
    """The save is durable, the day's first use is not yet: the next life has to ask before it refuses."""
    shim = Shim(shim_library, tmp_path / "faults")
    world.activated()
    world.restart(**shim.environment)
    world.hold("heartbeat")
    with shim.dead_share(world.record_path(PRODUCT).with_name(f"{world.record_path(PRODUCT).name}.new")):
        world.days_pass(30)
        job = str(world.host().save(str(world.file("monday.step")))["job"])
        assert world.until_state(job, "waiting")["reason"] == "license"
        world.kill_bridge()
    world.behave()
    world.bridge()
    assert world.finish(job)["state"] == "done"


def test_a_snapshot_that_was_refused_stays_and_nothing_else_is_sent(world: FaultyWorld) -> None:
    world.activated()
    world.stop_store()
    world.days_pass(30)
    job = world.finish(world.host().save(str(world.file("part.step", b"kept")))["job"])
    assert job["state"] == "refused"
    kept = [path for path in world.home.snapshots.rglob("*") if path.is_file()]
    assert any(path.read_bytes() == b"kept" for path in kept)
    world.crash()
    assert [path for path in kept if path.is_file()] == kept
    assert world.error_of("job.retry", job=job["job"]) in ("ISCB-LIC-GRACE-OVER", "")
    world.finish(job["job"])
    assert not world.cloud_hashes()


def test_a_waiting_save_is_cancelled(world: FaultyWorld) -> None:
    world.activated()
    job = waiting(world, "part.step")
    world.ask().request("job.cancel", {"job": job})
    assert world.finish(job)["state"] == "cancelled"
    world.let_go()
    world.rest()
    world.refresh()
    assert world.state_of(job)["state"] == "cancelled"
    assert not world.cloud_hashes()


def test_a_bridge_that_is_closed_while_a_save_waits_ends_and_takes_it_up_again(world: FaultyWorld) -> None:
    world.activated()
    job = waiting(world, "part.step", b"waited for")
    assert world.stop_bridge() == 0
    world.behave()
    world.bridge()
    assert world.finish(job)["state"] == "done"
    assert world.cloud_bytes("/part.step") == b"waited for"


def test_what_was_saved_again_meanwhile_is_sent_whole(world: FaultyWorld) -> None:
    """As for any save that waits: the file is looked at again before it goes, and captured anew if it changed."""
    world.activated()
    job = waiting(world, "part.step", b"as it was saved")
    until(
        lambda: any(p.read_bytes() == b"as it was saved" for p in world.home.snapshots.rglob("*") if p.is_file()), "it"
    )
    world.replace(world.work / "part.step", b"written over meanwhile")
    world.kill_bridge()
    world.behave()
    world.bridge()
    assert world.finish(job)["state"] == "done"
    assert world.cloud_hashes() <= {hashlib.sha256(b"written over meanwhile").hexdigest()}
