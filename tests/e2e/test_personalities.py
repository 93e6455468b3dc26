"""The promises hold whatever the desk is like: one day of work for every value of every trait.

The values come from the traits' own declaration, so a new one is tested by itself. One bridge and one desk live
through all of them; whatever one day leaves behind (a debt of results, a tainted session) the next has to bear.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from iscbridge.sandbox import control
from iscbridge.sandbox.personality import TRAITS, Trait
from support.faults_promises import Promises
from support.faults_scenario import SPEED, Day, come_to_an_end, work
from support.world import World, until

TIMES = {"quiet_s": 1.0, "call_s": 0.5, "upgrade_grace_s": 0.5, "upgrade_wait_s": 5.0}

#: Numbers and free texts: one value that shows. A trait that is not named here gets a value next to its default.
VALUES: dict[str, Any] = {
    "late_ms": 50,
    "late_result_max": 3,
    "late_result_ms": 50,
    "results_times": 2,
    "results_delay_ms": 150,
    "fail_next": 2,
    "drop_times": 2,
    "crash_times": 2,
    "upload_speed": 400_000,
    "heartbeat_ms": 50,
    "license_content": "another licence",
}
#: What else a value needs to show.
WITH: dict[str, dict[str, Any]] = {
    "late_ms": {"picker_cancel": "late"},
    "late_result": {"drop": "upload"},
    "late_result_max": {"late_result": "connect", "drop": "upload", "drop_times": 3},
    "late_result_ms": {"late_result": "delay", "drop": "upload"},
    "abandoned": {"drop": "upload", "late_result": "connect"},
    "results_times": {"results": "doubled"},
    "results_delay_ms": {"results": "delayed"},
    "drop_times": {"drop": "result"},
    "crash_times": {"crash": "before_commit"},
    "logged_out": {"login": "out"},
}
#: Here the engineer cancels the dialogs.
CANCELLING = ("picker_cancel", "late_ms")
#: Here the bridge ends in the middle of the day, since ISCDesk wants to be replaced.
FORCED = ("update", "forced")


def _values() -> list[Any]:
    """Every value of every trait. A default that shows nothing of its own is the ordinary desk, which comes first."""
    found = [pytest.param("", None, id="ordinary")]
    for trait in TRAITS:
        values = trait.choices or (VALUES.get(trait.key, _next_to(trait)),)
        found += [
            pytest.param(trait.key, value, id=f"{trait.key}={value}")
            for value in values
            if value != trait.default or trait.key in WITH or trait.key in CANCELLING
        ]
    return found


def _next_to(trait: Trait) -> Any:
    return trait.default + 1 if isinstance(trait.default, int) else f"{trait.default}x"


def _close_for_upgrade(day: Day) -> None:
    """Wait for the end that a forced upgrade brings, and start again: what is left goes on."""
    world = day.world

    def is_closed() -> bool:
        day.call("upgrade", "upgrade.check", {})
        return not world.bridge_pid

    until(is_closed, "the forced upgrade to end the bridge")
    day.refused.pop("upgrade", None)
    assert world.wait_bridge() == 0, world.said()
    world.bridge(TIMES)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("personalities"))
    try:
        made.desk()
        made.bridge(TIMES)
        # Calls without a job, such as a licence's, are refused while no session is there: it opens with the first save.
        assert made.finish(made.ask().save(str(made.file("first.FCStd")))["job"])["state"] == "done"
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def promises(world: World) -> Promises:
    return Promises(world, lambda a, b: os.path.basename(a) == os.path.basename(b))


@pytest.mark.timeout(600)  # each wait in it has its own, shorter end
@pytest.mark.parametrize(("key", "value"), _values())
def test_the_promises_hold(world: World, promises: Promises, key: str, value: Any) -> None:
    if control.running(world.home) is None:
        world.desk()
    until(lambda: len(world.sdk_pids()) <= 2, "old sessions to be gone")
    script = [{"action": "cancel"}, {"action": "cancel"}] if key in CANCELLING else []
    world.ask_desk("script", answers=script, clear=True)
    settings = {"upload_speed": SPEED, **WITH.get(key, {}), **({key: value} if key else {})}
    world.ask_desk("personality", reset=True, set=settings)
    day = Day(world, f"{key}-{value}", (world.client("host-a"), world.client("host-b")))
    try:
        work(day)
        if (key, value) == FORCED:
            _close_for_upgrade(day)
        jobs = come_to_an_end(day)
    finally:
        for host in day.hosts:
            host.close()
    assert all(code.startswith("ISCB-SDK-") for code in day.refused.values()), day.refused
    checked = {story.job.id for story in promises.check()}
    assert checked >= set(day.jobs.values())
    if not key:
        assert {what: job["state"] for what, job in jobs.items() if what != "part"} == dict.fromkeys(
            ("other", "part again", "assembly", "open", "save-as", "solve"), "done"
        )
        assert not day.refused
    assert world.bridge_pid, world.said()
