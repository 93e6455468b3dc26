"""At every state of a job: ISCDesk closes, dies, logs out and in again, while nothing, a save or a dialog is under way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.faults_promises import Promises, owed
from support.faults_scenario import content
from support.world import World, until

TIMES = {"quiet_s": 0.5, "rest_s": 0.1, "restart_max_s": 0.3}
SIZE = 50_000


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("desk"))
    try:
        made.bridge(TIMES)
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def promises(world: World) -> Promises:
    return Promises(world)


@pytest.fixture(autouse=True)
def _fresh(world: World, promises: Promises) -> Iterator[None]:
    world.desk()
    _be_good(world)
    until(lambda: owed(world) == 0, "owed results to be given up")
    # A session is opened when it is needed first.
    before = world.file("before.FCStd", content("before", SIZE))
    assert world.finish(world.ask().save(str(before))["job"])["state"] == "done"
    yield
    world.desk()
    _be_good(world)
    promises.check()


def _be_good(world: World) -> None:
    world.ask_desk("script", answers=[], clear=True)
    world.ask_desk("personality", reset=True, set={})
    world.cancel_dialogs()


def _part(world: World, request: pytest.FixtureRequest) -> Path:
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)
    return world.file(f"{name}/{name}.FCStd", content(name, SIZE))


def _close(world: World) -> None:
    world.stop_desk()


def _die(world: World) -> None:
    world.kill_desk()


def _close_sessions(world: World) -> None:
    world.ask_desk("close")


def _log_out(world: World) -> None:
    world.ask_desk("logout")


def _start_again(world: World) -> None:
    world.desk(hold="none", login="in", client_closed="event")


ENDS: dict[str, Callable[[World], None]] = {
    end.__name__.strip("_"): end for end in (_close, _die, _close_sessions, _log_out)
}


@pytest.mark.parametrize("end", ENDS)
def test_while_nothing_is_under_way(world: World, request: pytest.FixtureRequest, end: str) -> None:
    ENDS[end](world)
    job = world.ask().save(str(_part(world, request)))["job"]
    if end != "close_sessions":
        until(lambda: world.state_of(job).get("reason") == "sdkStarting", "the job to say what it waits for")
        assert _named(world) in ("ISCB-SDK-INIT", "ISCB-SDK-DESK-CLOSED")
    _start_again(world)
    assert world.finish(job)["state"] == "done"


def test_a_desk_that_closed_without_a_word_can_be_used_again(tmp_path: Path) -> None:
    """The guide names no event for this end: the bridge learns of it by the next call, which is refused."""
    world = World(tmp_path)
    try:
        world.desk(client_closed="absent")
        world.bridge(TIMES)
        assert world.finish(world.ask().save(str(world.file("first.FCStd")))["job"])["state"] == "done"
        world.stop_desk()
        job = world.finish(world.ask().save(str(world.file("second.FCStd")))["job"])
        if job["state"] == "failed":
            world.desk()
            world.ask().request("job.retry", {"job": job["job"]})
            job = world.finish(job["job"])
        Promises(world).check()
        assert job["state"] == "done"
    finally:
        world.close()


def _named(world: World) -> str:
    def error() -> str:
        [transfer] = [s for s in world.ask().request("bridge.status")["sessions"] if s["session"] == "transfer"]
        return str((transfer.get("error") or {}).get("code", ""))

    return str(until(error, "the status to name what is wrong"))


@pytest.mark.parametrize("gate", ["start", "middle", "result"])
@pytest.mark.parametrize("end", ENDS)
def test_during_an_upload(world: World, request: pytest.FixtureRequest, end: str, gate: str) -> None:
    part = _part(world, request)
    world.ask_desk("hold", at=gate)
    job = world.ask().save(str(part))["job"]
    world.upload(path=str(part), held=gate)
    ENDS[end](world)
    until(lambda: "note.repeated" in world.state_of(job)["notes"], "the loss to be noticed")
    _start_again(world)
    assert world.finish(job)["state"] == "done"
    assert world.cloud_bytes(f"/{part.name}") == part.read_bytes()


@pytest.mark.parametrize("kind", ["open", "saveAs"])
@pytest.mark.parametrize("end", ["close", "die", "log_out"])
def test_while_a_dialog_stands_open(world: World, request: pytest.FixtureRequest, end: str, kind: str) -> None:
    part = _part(world, request)
    world.ask_desk("script", answers=[{"action": "wait"}], clear=True)
    job = (world.ask().open() if kind == "open" else world.ask().save_as(str(part)))["job"]
    until(lambda: world.ask_desk("state")["dialogs"], "the dialog")
    ENDS[end](world)
    lost = world.finish(job)
    assert (lost["state"], lost["error"]["code"]) == ("unknown", "ISCB-CLOUD-NO-RESULT")


def test_many_saves_wait_for_a_desk_and_all_arrive_in_order(world: World, request: pytest.FixtureRequest) -> None:
    part = _part(world, request)
    world.stop_desk()
    files = [world.file(f"{part.stem}/{n}-{part.name}", content(f"{part.name} {n}", SIZE)) for n in range(12)]
    jobs = [world.ask().save(str(file))["job"] for file in files]
    _start_again(world)
    ended = [world.finish(job) for job in jobs]
    assert {job["state"] for job in ended} == {"done"}
    with world.cloud() as cloud:
        created = [cloud.version(f"/{file.name}").created for file in files]
    assert created == sorted(created)


def test_doctor_says_what_is_wrong_with_it(world: World) -> None:
    def findings() -> dict[str, Any]:
        done = world.cli("doctor", "--json")
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return {line["error"]: line for line in lines if line["error"]}

    assert not {code for code in findings() if code.startswith("ISCB-SDK")}
    world.stop_desk()
    assert "ISCB-SANDBOX-NOT-RUNNING" in findings()
