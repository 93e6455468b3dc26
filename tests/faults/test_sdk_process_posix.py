"""The SDK process is killed, hangs (SIGSTOP) or crashes (SIGSEGV), in every state that it and a job can be in."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.faults_promises import Promises, owed
from support.faults_scenario import content
from support.world import World, until

#: `sdk_ping_s`: three times this long a process that is well has to come to answer; `sdk_start_s`: and to start.
TIMES = {"quiet_s": 0.5, "sdk_ping_s": 1.0, "sdk_start_s": 6.0, "sdk_margin_s": 1.0, "restart_max_s": 0.2}
ENDS = {"kill": signal.SIGKILL, "hang": signal.SIGSTOP, "crash": signal.SIGSEGV}
SIZE = 50_000


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("sdk"))
    try:
        made.desk()
        made.bridge(TIMES)
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def promises(world: World) -> Promises:
    return Promises(world)


@pytest.fixture(autouse=True)
def _fresh(world: World, promises: Promises) -> Iterator[None]:
    """Each test begins with a good desk and a bridge that has forgotten past failures, and ends with the promises."""
    _be_good(world)
    world.ask().request("bridge.reconnect")
    until(lambda: owed(world) == 0, "owed results to be given up")
    until(world.sdk_pids, "a session")
    yield
    _be_good(world)
    promises.check()


def _be_good(world: World) -> None:
    world.ask_desk("script", answers=[], clear=True)
    world.ask_desk("personality", reset=True, set={})
    world.cancel_dialogs()


def _part(world: World, request: pytest.FixtureRequest) -> Path:
    name = request.node.name.replace("[", "-").replace("]", "")
    return world.file(f"{name}/{name}.FCStd", content(name, SIZE))


def _session_of_upload(world: World) -> int:
    state = world.ask_desk("state")
    number = state["uploads"][-1]["session"]
    return next(int(s["pid"]) for s in state["sessions"] if s["number"] == number)


def _children(world: World) -> list[int]:
    """Processes that the bridge has started and that live."""
    found = []
    for task in Path(f"/proc/{world.bridge_pid}/task").iterdir():
        found += [int(pid) for pid in (task / "children").read_text().split()]
    return [pid for pid in found if _lives(pid)]


def _lives(pid: int) -> bool:
    """Neither gone, which may be since a moment ago, nor a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("end", ENDS)
def test_while_nothing_is_under_way(world: World, request: pytest.FixtureRequest, end: str) -> None:
    pid = until(world.sdk_pids, "an SDK process")[0]
    os.kill(pid, ENDS[end])
    job = world.finish(world.ask().save(str(_part(world, request)))["job"])
    assert job["state"] == "done"
    until(lambda: not Path(f"/proc/{pid}").exists(), "the old process to be gone")


@pytest.mark.parametrize("end", ENDS)
def test_while_it_starts(world: World, request: pytest.FixtureRequest, end: str) -> None:
    world.ask_desk("personality", set={"hang": "all"})
    for pid in world.sdk_pids():
        os.kill(pid, signal.SIGKILL)
    old = set(world.sdk_pids())
    job = world.ask().save(str(_part(world, request)))["job"]
    starting = until(lambda: [pid for pid in _children(world) if pid not in old], "a process that starts")
    # not before: until then it is the bridge's own image, whose options name the SDK too, and the bridge waits for it
    until(lambda: b"iscbridge.sdk.host" in Path(f"/proc/{starting[0]}/cmdline").read_bytes(), "it to run our program")
    os.kill(starting[0], ENDS[end])
    waiting = world.until_state(job, "waiting")
    assert waiting["reason"] == "sdkStarting"
    world.ask_desk("personality", set={"hang": "no"})
    assert world.finish(job)["state"] == "done"


@pytest.mark.parametrize(
    ("end", "gate"),
    [
        *(("kill", gate) for gate in ("start", "middle", "commit", "result")),
        *((end, gate) for end in ("hang", "crash") for gate in ("middle", "result")),
    ],
)
def test_during_an_upload(world: World, request: pytest.FixtureRequest, end: str, gate: str) -> None:
    part = _part(world, request)
    world.ask_desk("hold", at=gate)
    job = world.ask().save(str(part))["job"]
    world.upload(path=str(part), held=gate)
    os.kill(_session_of_upload(world), ENDS[end])
    until(lambda: "note.repeated" in world.state_of(job)["notes"], "the loss to be noticed")
    world.ask_desk("release")
    done = world.finish(job)
    assert done["state"] == "done"
    assert world.cloud_bytes(f"/{part.name}") == part.read_bytes()


def test_twice_during_one_save_is_unknown(world: World, request: pytest.FixtureRequest) -> None:
    part = _part(world, request)
    world.ask_desk("hold", at="middle")
    job = world.ask().save(str(part))["job"]
    world.upload(path=str(part), held="middle")
    os.kill(_session_of_upload(world), signal.SIGKILL)
    until(lambda: len(world.ask_desk("state")["uploads"]) == 2, "the repeat")
    os.kill(_session_of_upload(world), signal.SIGKILL)
    lost = world.finish(job)
    assert (lost["state"], lost["error"]["code"]) == ("unknown", "ISCB-CLOUD-NO-RESULT")
    world.ask_desk("release")
    world.ask().request("job.resolve", {"job": job, "answer": "repeat"})
    assert world.finish(job)["state"] == "done"


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("kind", ["open", "saveAs"])
def test_while_a_dialog_stands_open(world: World, request: pytest.FixtureRequest, end: str, kind: str) -> None:
    part = _part(world, request)
    assert world.finish(world.ask().save(str(part))["job"])["state"] == "done"
    world.ask_desk("script", answers=[{"action": "wait"}], clear=True)
    job = (world.ask().open() if kind == "open" else world.ask().save_as(str(part)))["job"]
    dialogs = until(lambda: world.ask_desk("state")["dialogs"], "the dialog")
    pids = {s["number"]: int(s["pid"]) for s in world.ask_desk("state")["sessions"]}
    os.kill(pids[dialogs[0]["session"]], ENDS[end])
    # Another file goes its way meanwhile.
    other = world.file(f"{part.stem}/beside.FCStd", content(f"{part.stem} beside", SIZE))
    assert world.finish(world.ask().save(str(other))["job"])["state"] == "done"
    lost = world.finish(job)
    assert (lost["state"], lost["error"]["code"]) == ("unknown", "ISCB-CLOUD-NO-RESULT")


def test_a_hang_is_named(world: World) -> None:
    os.kill(world.sdk_pids()[0], signal.SIGSTOP)

    def named() -> bool:
        sessions = world.ask().request("bridge.status")["sessions"]
        return any((session.get("error") or {}).get("code") == "ISCB-SDK-HUNG" for session in sessions)

    until(named, "the status to name the hang")


def test_after_five_crashes_it_gives_up_until_it_is_asked(world: World, request: pytest.FixtureRequest) -> None:
    client = world.ask()

    world.ask_desk("personality", set={"hang": "all"})  # a result in between would count as good health
    for pid in world.sdk_pids():
        os.kill(pid, signal.SIGSEGV)
    job = client.save(str(_part(world, request)))["job"]

    def gave_up() -> bool:
        for pid in _children(world):
            os.kill(pid, signal.SIGSEGV)
        return world.state_of(job).get("reason") == "sdkGaveUp"

    until(gave_up, "the bridge to give up and the job to say so")
    assert "ISCB-SDK-GAVE-UP" in [warning["code"] for warning in client.request("bridge.status")["warnings"]]
    world.ask_desk("personality", set={"hang": "no"})
    assert world.cli("reconnect").returncode == 0
    assert world.finish(job)["state"] == "done"
