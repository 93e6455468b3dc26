"""A small working day of two hosts, for a desk of any personality: what they ask for, and how it comes to an end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iscbridge.ipc.client import FINAL_STATES, BridgeError, Client
from iscbridge.sandbox import control
from support.world import PATIENCE_S, World

#: Slow enough that a second save falls into the first one's upload.
SPEED = 2_000_000
PART_BYTES = 300_000
#: Longer than any delay that a desk is given in these tests: after this much silence nothing comes by itself.
SILENCE_S = 1.0


@dataclass
class Day:
    """The jobs of one scenario, by what they are."""

    world: World
    name: str
    hosts: tuple[Client, Client]
    jobs: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    """Requests that did not become a job: the error's code."""

    def file(self, name: str, size: int = 2_000, tag: str = "") -> Path:
        """A file whose bytes no other file has."""
        return self.world.file(f"{self.name}/{name}", content(f"{self.name}/{name}{tag}", size))

    def ask(self, what: str, host: int, method: str, **params: Any) -> None:
        """A request of one host that becomes a job."""
        job = self.hosts[host].request(method, {"requestId": f"{self.name}-{len(self.jobs) // 2}", **params})
        assert job["state"] == "accepted"
        assert job["job"] not in self.jobs.values(), "two hosts, one request id: two jobs"
        self.jobs[what] = job["job"]

    def call(self, what: str, method: str, params: Mapping[str, Any]) -> None:
        """A request that is passed through to the SDK: it is answered, well or with a code."""
        try:
            self.hosts[0].request(method, dict(params))
        except BridgeError as error:
            self.refused[what] = error.code


def content(tag: str, size: int) -> bytes:
    """Bytes that differ from those of every other tag from the first to the last."""
    piece = f"<{tag}>".encode()
    return (piece * (size // len(piece) + 1))[:size]


def work(day: Day) -> None:
    """Two hosts with the same request ids: parts, an assembly, a second save in the middle of the first, open, save-as."""
    part, other = day.file("part.FCStd", PART_BYTES), day.file("elsewhere/part.FCStd")
    for name in ("pump.step", "rotor.step", "sub/seal.step"):
        day.file(f"pump/{name}")
    copied = day.file(f"copy-{day.name}.FCStd")
    day.ask("part", 0, "cloud.save", path=str(part))
    day.ask("other", 1, "cloud.save", path=str(other))
    _until_started(day, day.jobs["part"])
    day.world.replace(part, content(f"{day.name}/part.FCStd second", PART_BYTES))
    day.ask("part again", 0, "cloud.save", path=str(part))
    day.ask("assembly", 1, "cloud.save", path=str(part.parent / "pump"), assembly=True)
    day.ask("open", 0, "cloud.open")
    day.ask("save-as", 1, "cloud.saveAs", path=str(copied))
    day.ask("solve", 0, "cloud.solve", path=str(other))
    day.call("licence", "license.request", {"product": "test", "form": "string", "deviceInfo": "test"})
    day.call("upgrade", "upgrade.check", {})


def _until_started(day: Day, job_id: str) -> None:
    """Wait until a save is under way, or for a moment: there may be no desk that takes it."""
    deadline = time.monotonic() + SILENCE_S
    while day.world.state_of(job_id)["state"] in ("accepted", "captured", "waiting"):
        if time.monotonic() > deadline:
            return
        time.sleep(0.01)


def come_to_an_end(day: Day) -> dict[str, dict[str, Any]]:
    """Make the desk a good one, wait until every job has ended; take back what a result will never come for.

    Gives the jobs by what they are.
    """
    world = day.world
    _be_good(world)
    silent_since = time.monotonic()
    deadline = time.monotonic() + PATIENCE_S
    before: object = None
    while True:
        jobs = {what: world.state_of(job_id) for what, job_id in day.jobs.items()}
        left = [job for job in jobs.values() if job["state"] not in FINAL_STATES]
        if not left:
            return jobs
        assert time.monotonic() < deadline, f"these do not end: {left}\n{world.said()[-4000:]}"
        busy, now = (
            _desk_is_busy(world),
            [(job["job"], job["state"], job.get("reason"), job["updated"]) for job in left],
        )
        if busy or now != before:
            before, silent_since = now, time.monotonic()
        if time.monotonic() - silent_since > SILENCE_S:
            for job in left:
                if job["state"] == "submitted":
                    _take_back(world, job["job"])
                    silent_since = time.monotonic()
        time.sleep(0.02)


def _take_back(world: World, job_id: str) -> None:
    try:
        world.ask().request("job.cancel", {"job": job_id})
    except BridgeError as error:
        if error.code != "ISCB-REQ-WRONG-STATE":  # its result came in this very moment
            raise


def _be_good(world: World) -> None:
    if control.running(world.home) is None:
        world.desk()
    world.ask_desk("script", answers=[], clear=True)
    world.ask_desk("personality", reset=True, set={})
    world.cancel_dialogs()
    world.ask().request("bridge.reconnect")


def _desk_is_busy(world: World) -> bool:
    state = world.ask_desk("state")
    return bool(state["uploads"] or state["dialogs"])
