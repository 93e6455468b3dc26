"""A share that does not answer: whoever looks at it waits. Nobody else does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from iscbridge.ipc.client import BridgeError
from support.faults_cases import another_volume
from support.faults_promises import Promises, owed
from support.faults_scenario import content
from support.faults_shim import Shim
from support.world import World, until

#: `slow_s`: what is not slow has to be answered within it, beside anything else that runs.
TIMES = {"slow_s": 2.0, "quiet_s": 0.5}
SIZE = 50_000


@pytest.fixture(scope="module")
def shim(shim_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Shim:
    return Shim(shim_library, tmp_path_factory.mktemp("orders"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, shim: Shim) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("share"))
    try:
        made.desk()
        made.bridge(TIMES, **shim.environment)
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def promises(world: World) -> Promises:
    return Promises(world)


@pytest.fixture
def share(world: World, promises: Promises) -> Iterator[Path]:
    until(lambda: owed(world) == 0, "owed results to be given up")
    with another_volume() as folder:
        yield folder
        world.ask_desk("personality", reset=True, set={})
        for job in world.ask().request("job.list", {"states": ["accepted", "captured", "waiting", "submitted"]})[
            "jobs"
        ]:
            world.finish(job["job"])
        promises.check()


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(content(f"{folder.name} {name}", SIZE))
    return path


def _others_go_on(world: World, tag: str) -> None:
    """Nothing else is held up: another save, the list, the status."""
    client = world.ask()
    other = world.file(f"{tag}/here.FCStd", content(f"{tag} here", SIZE))
    assert world.finish(client.save(str(other))["job"])["state"] == "done"
    assert client.request("job.list", {})["jobs"]
    assert client.request("bridge.status")["pid"] == world.bridge_pid
    assert client.request("file.status", {"path": str(other)})["job"]["state"] == "done"


def test_a_save_from_it_is_accepted_at_once_and_holds_up_nobody(world: World, shim: Shim, share: Path) -> None:
    path = _file(share, "part.FCStd")
    with shim.dead_share(share):
        jobs = [world.ask().save(str(path))["job"] for _ in range(3)]
        shim.until_blocked()
        _others_go_on(world, share.name)
        until(lambda: "note.shareSlow" in world.state_of(jobs[0])["notes"], "the slowness to be told")
        assert {world.state_of(job)["state"] for job in jobs} == {"accepted"}
        taken_back = world.ask().request("job.cancel", {"job": jobs[1]})
        assert taken_back["state"] == "cancelled"
    assert world.finish(jobs[2])["state"] == "done"
    assert world.finish(jobs[0])["state"] in ("done", "replaced")
    assert world.cloud_bytes("/part.FCStd") == path.read_bytes()


def test_questions_about_it_are_answered_in_time(world: World, shim: Shim, share: Path) -> None:
    path = _file(share, "part.FCStd")
    manifest = share / "files.json"
    manifest.write_text(json.dumps({"files": [str(path)]}))
    client = world.client("impatient")
    answers: dict[str, BridgeError | None] = {}
    with shim.dead_share(share):
        for name, method, params in (
            ("status", "file.status", {"path": str(path)}),
            ("manifest", "cloud.save", {"path": str(path), "assembly": True, "manifest": str(manifest)}),
        ):
            client.send(method, params, lambda _result, error, name=name: answers.update({name: error}))
        shim.until_blocked()
        _others_go_on(world, share.name)

        def answered() -> bool:
            client.poll(0.05)
            return len(answers) == 2

        until(answered, "answers")
    assert {name: error.code if error else None for name, error in answers.items()} == dict.fromkeys(
        ("status", "manifest"), "ISCB-FILE-SHARE-SLOW"
    )
    # The request that was answered with an error has not become a job behind the host's back.
    assert client.request("file.status", {"path": str(path)}).get("job") is None


def test_one_that_dies_before_the_hand_over(world: World, shim: Shim, share: Path) -> None:
    path = _file(share, "part.FCStd")
    world.ask_desk("hold", at="start")
    first = world.file(f"{share.name}/first.FCStd", content(f"{share.name} first", SIZE))
    world.ask().save(str(first))
    world.upload(path=str(first), held="start")
    job = world.ask().save(str(path))["job"]
    world.until_state(job, "waiting")
    with shim.dead_share(share):
        world.ask_desk("release")
        shim.until_blocked()
        _others_go_on(world, share.name)
        assert world.state_of(job)["state"] == "waiting"
        assert world.state_of(job)["reason"]
    assert world.finish(job)["state"] == "done"


def test_one_that_dies_before_the_result_leaves_it_unknown(world: World, shim: Shim, share: Path) -> None:
    path = _file(share, "part.FCStd")
    world.ask_desk("hold", at="result")
    job = world.ask().save(str(path))["job"]
    world.upload(path=str(path), held="result")
    with shim.dead_share(share):
        world.ask_desk("release")
        shim.until_blocked()
        _others_go_on(world, share.name)
        unknown = world.finish(job)
        assert (unknown["state"], unknown["error"]["code"]) == ("unknown", "ISCB-FILE-UNREADABLE")
    world.ask().request("job.resolve", {"job": job, "answer": "repeat"})
    assert world.finish(job)["state"] == "done"


def test_an_assembly_that_reaches_into_it_holds_up_only_itself(world: World, shim: Shim, share: Path) -> None:
    """The main file lies here, its part there: they are one capture, and behind it wait saves of this volume."""
    part = _file(share, "rotor.step")
    main = world.file(f"{share.name}/pump.step", content(f"{share.name} pump", SIZE))
    with shim.dead_share(share):
        job = world.ask().save(str(main), assembly=True, files=[str(part)])["job"]
        shim.until_blocked()
        _others_go_on(world, share.name)
        assert world.state_of(job)["state"] == "accepted"
    assert world.finish(job)["state"] == "done"


def test_the_bridge_closes_all_the_same(world: World, shim: Shim, share: Path) -> None:
    path = _file(share, "part.FCStd")
    with shim.dead_share(share):
        job = world.ask().save(str(path))["job"]
        shim.until_blocked()
        assert world.stop_bridge() == 0
    world.bridge(TIMES, **shim.environment)
    assert world.finish(job)["state"] == "done"
