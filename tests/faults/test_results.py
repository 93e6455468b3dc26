"""Results that come late, twice, contrary or broken are credited to nobody else, and what is uncertain is unknown."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iscbridge.ipc.client import BridgeError
from support.faults_promises import Promises, owed
from support.faults_scenario import content
from support.world import World, until

TIMES = {"quiet_s": 1.0, "rest_s": 0.2}
SIZE = 50_000


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("results"))
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
    world.ask_desk("personality", reset=True, set={})
    until(lambda: owed(world) == 0, "owed results to be given up")
    until(world.sdk_pids, "a session")
    yield
    world.ask_desk("personality", reset=True, set={})
    promises.check()


def _part(world: World, request: pytest.FixtureRequest, name: str = "part") -> Path:
    tag = "".join(c if c.isalnum() else "-" for c in request.node.name)
    return world.file(f"{tag}/{tag}-{name}.FCStd", content(f"{tag} {name}", SIZE))


def _save(world: World, path: Path) -> dict[str, Any]:
    return world.finish(world.ask().save(str(path))["job"])


@pytest.mark.parametrize(
    ("results", "state", "code"),
    [
        ("doubled", "done", None),
        ("capitals", "done", None),
        ("delayed", "done", None),
        ("conflict", "unknown", "ISCB-CLOUD-RESULT-CONFLICT"),
        ("broken_json", "unknown", "ISCB-CLOUD-BAD-RESULT"),
        ("broken_utf8", "unknown", "ISCB-CLOUD-BAD-RESULT"),
    ],
)
def test_a_result_that_is(
    world: World, request: pytest.FixtureRequest, results: str, state: str, code: str | None
) -> None:
    world.ask_desk("personality", set={"results": results, "results_times": 1, "results_delay_ms": 200})
    job = world.ask().save(str(_part(world, request)))["job"]
    ended = until(lambda: found if (found := world.state_of(job))["state"] == state else None, f"{job} to be {state}")
    assert (ended.get("error") or {}).get("code") == code
    other = _save(world, _part(world, request, "other"))
    assert other["state"] == "done", "the next one is not touched by it"


def test_a_result_that_never_comes_can_be_taken_back(world: World, request: pytest.FixtureRequest) -> None:
    world.ask_desk("personality", set={"results": "never", "results_times": 1})
    part, other = _part(world, request), _part(world, request, "other")
    job = world.ask().save(str(part))["job"]
    until(lambda: world.cloud_hashes() and not world.ask_desk("state")["uploads"], "the upload to be over")
    waiting = world.ask().save(str(other))["job"]
    until(lambda: world.state_of(waiting).get("reason") == "turn", "the other to wait for its turn")
    assert world.state_of(job)["state"] == "submitted", "slowness is no fault"
    world.ask().request("job.cancel", {"job": job})
    unknown = world.finish(job)
    assert (unknown["state"], unknown["error"]["code"]) == ("unknown", "ISCB-CLOUD-CANCELLED-LATE")
    assert world.finish(waiting)["state"] == "done"


@pytest.mark.parametrize("late", ["open", "connect", "call", "delay"])
def test_a_late_success_is_not_taken_for_the_next_file(world: World, request: pytest.FixtureRequest, late: str) -> None:
    """The first file's success comes into the session of the second one, whose own upload fails."""
    first, second = _part(world, request, "first"), _part(world, request, "second")
    world.ask_desk("personality", set={"late_result": late, "late_result_ms": 100, "hold": "result"})
    job = world.ask().save(str(first))["job"]
    world.upload(path=str(first), held="result")
    world.replace(first, content(f"{first.name} changed", SIZE))  # so that it is not repeated
    next_one = world.ask().save(str(second))["job"]
    [session] = [int(s["pid"]) for s in world.ask_desk("state")["sessions"]]
    os.kill(session, signal.SIGKILL)
    until(lambda: session not in world.sdk_pids(), "the session to be gone")
    world.ask_desk("personality", set={"hold": "none", "fail_next": 1})
    assert world.finish(job)["state"] == "unknown"
    ended = world.finish(next_one)
    assert ended["state"] in ("failed", "unknown", "done")  # done only if it was handed over again: the checker looks
    world.ask_desk("personality", set={"fail_next": 0})


def test_two_hosts_that_use_the_same_request_ids(world: World, request: pytest.FixtureRequest) -> None:
    hosts = [world.client(name) for name in ("host-a", "host-b")]
    parts = [_part(world, request, name) for name in ("a", "b")]
    jobs = [host.save(str(part), requestId="save-1")["job"] for host, part in zip(hosts, parts, strict=True)]
    assert len(set(jobs)) == 2
    again = [host.save(str(part), requestId="save-1")["job"] for host, part in zip(hosts, parts, strict=True)]
    assert again == jobs, "the same asked twice is one job"
    with pytest.raises(BridgeError) as reused:
        hosts[0].save(str(parts[1]), requestId="save-1")
    assert reused.value.code == "ISCB-REQ-ID-REUSED"
    assert {world.finish(job)["state"] for job in jobs} == {"done"}
    told = [[params["job"] for topic, params in host.poll(1.0) if topic == "job.changed"] for host in hosts]
    assert [set(seen) for seen in told] == [{jobs[0]}, {jobs[1]}], "each hears of its own"
    # Also after a restart.
    instances = [host.instance for host in hosts]
    world.kill_bridge()
    world.bridge(TIMES)
    for instance, part, job in zip(instances, parts, jobs, strict=True):
        host = world.client("host", instance=instance)
        assert host.save(str(part), requestId="save-1")["job"] == job
