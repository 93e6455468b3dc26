"""Working files with a real bridge, the sandbox desk and real files."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from support.world import World, until

#: Seconds, not minutes.
QUICK = {
    "workfile_settle_s": 0.3,
    "workfile_gone_s": 0.3,
    "workfile_retry_s": 0.5,
    "workfile_lock_s": 0.3,
    "workfile_quiet_s": 0.6,
    "workfile_scan_s": 0.5,
    "workfile_gather_s": 0.2,
}
#: No events at all: what is found, a scan has found.
DEAF = {**QUICK, "workfile_folders": 0.0}
#: No scan but the first.
EVENTS_ONLY = {**QUICK, "workfile_scan_s": 3600.0}


def set_policy(world: World, policy: str) -> None:
    assert world.cli("config", "set", "files.when_changed", policy).returncode == 0


def listed(world: World, **params: Any) -> list[dict[str, Any]]:
    return list(world.ask().request("workfile.list", params)["files"])


def state_of(world: World, path: object) -> str | None:
    return next((file["state"] for file in listed(world, text=os.path.basename(str(path)))), None)


def until_file(world: World, path: object, state: str) -> None:
    until(lambda: state_of(world, path) == state, f"{path} to be {state}; {world.said()[-2000:]}")


def saved(world: World, name: str, content: bytes = b"the first content", **params: Any) -> Any:
    path = world.file(name, content)
    job = world.ask().request("cloud.save", {"path": str(path), **params})
    world.until_state(job["job"], "done")
    until_file(world, path, "saved")
    return path


def jobs_of(world: World, host: str = "ISCBridge") -> list[dict[str, Any]]:
    return [job for job in world.ask().request("job.list", {"limit": 500})["jobs"] if job.get("host") == host]


@pytest.fixture
def start(world: World) -> Callable[..., None]:
    def run(timings: dict[str, float] = QUICK, policy: str = "off") -> None:
        world.desk()
        set_policy(world, policy)
        world.bridge(timings)

    return run


@pytest.mark.parametrize("timings", [EVENTS_ONLY, DEAF], ids=["events", "scan"])
def test_a_change_is_found_told_and_saved_on_request(world: World, start, timings: dict[str, float]) -> None:
    start(timings)
    told: list[dict[str, Any]] = []
    listener = world.client("listener", events=["workfile.changed"])
    path = saved(world, "gear.FCStd")
    world.replace(path, b"another content")
    until_file(world, path, "changed")

    def heard() -> bool:
        told.extend(params for topic, params in listener.poll(0.05) if topic == "workfile.changed")
        return any(file["path"] == str(path) and file["state"] == "changed" for p in told for file in p["files"])

    until(heard, "workfile.changed")
    job = world.ask().request("workfile.save", {"path": str(path)})
    assert job["host"] == "ISCBridge"
    world.until_state(job["job"], "done")
    until_file(world, path, "saved")
    assert world.cloud_bytes("/gear.FCStd") == b"another content"
