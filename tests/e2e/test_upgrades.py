"""Upgrades that the desk announces, with real processes: one answer for all; forced, the bridge ends in good order."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from iscbridge.ipc.client import BridgeError, Client
from support.world import World, until

QUICK = {"upgrade_grace_s": 0.5, "upgrade_wait_s": 60.0}


class Host:
    """A host that keeps all that it is told."""

    def __init__(self, world: World, name: str, **more: Any) -> None:
        self.client: Client = world.client(name, **more)
        self.heard: list[tuple[str, dict[str, Any]]] = []

    def hear(self) -> list[tuple[str, dict[str, Any]]]:
        self.heard += self.client.poll(0.2)
        return self.heard

    def told(self, topic: str, **members: object) -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            return next(
                (p for t, p in self.hear() if t == topic and all(p.get(k) == v for k, v in members.items())), None
            )

        result: dict[str, Any] = until(found, f"{topic} {members}")
        return result

    def check(self) -> None:
        """Ask ISCDesk; the first question of a bridge starts the session."""
        until(self._checked, "ISCDesk to take the question")

    def _checked(self) -> bool:
        try:
            self.client.request("upgrade.check", {})
        except BridgeError as error:
            if error.code != "ISCB-SDK-NOT-CONNECTED":
                raise
            return False
        return True


def answers(world: World) -> list[list[str]]:
    """What ISCDesk was told, as its own list of calls has it."""
    calls = world.ask_desk("calls")["calls"]
    return [call["arguments"] for call in calls if call["function"] == "UpgradeNotify"]


def test_no_upgrade(world: World) -> None:
    world.desk(update="none")
    world.bridge()
    host = Host(world, "cad")
    host.check()
    assert host.told("upgrade.announced") == {"available": False}
    assert "upgrade" not in host.client.request("bridge.status", {})


def test_the_first_answer_counts_and_everybody_sees_it(world: World) -> None:
    world.desk(update="offered")
    world.bridge()
    one, two = Host(world, "cad"), Host(world, "other", language="zh")
    one.check()
    assert one.told("upgrade.announced", forced=False)["text"].startswith("ISCDesk has an upgrade")
    assert two.told("upgrade.announced", forced=False)["text"].startswith("ISCDesk 有升级")
    assert two.client.request("upgrade.answer", {"upgrade": False}) == {"upgrade": False}
    one.told("upgrade.announced", answer=False)
    assert one.client.request("upgrade.answer", {"upgrade": True}) == {"upgrade": False}
    assert one.client.request("bridge.status", {})["upgrade"]["answer"] is False
    until(lambda: answers(world), "UpgradeNotify at the desk")
    assert answers(world) == [["false"]]


def test_the_same_again_on_the_same_day_asks_nobody(world: World) -> None:
    world.desk(update="old")
    world.bridge()
    host = Host(world, "cad")
    host.check()
    host.told("upgrade.announced", forced=False)
    host.client.request("upgrade.answer", {"upgrade": True})
    host.told("upgrade.announced", answer=True)
    host.hear()
    host.heard.clear()
    host.check()
    assert host.told("upgrade.announced")["answer"] is True
    assert answers(world) == [["true"], ["true"]]


def test_forced_finishes_what_is_on_its_way_keeps_the_rest_and_ends(world: World) -> None:
    world.desk(update="forced", hold="middle")
    world.bridge(QUICK)
    host = Host(world, "cad")
    first = host.client.save(str(world.file("first.step", b"one")))["job"]
    until(lambda: host.client.request("job.get", {"job": first})["state"] == "submitted", "the first to be on its way")
    host.check()
    assert host.told("upgrade.announced", forced=True)["text"]
    second = host.client.save(str(world.file("second.step", b"two")))["job"]
    waiting = host.told("job.changed", job=second, state="waiting")
    assert waiting["reason"] == "closing"
    world.ask_desk("release")
    assert host.told("job.changed", job=first, state="done")
    assert host.told("bridge.closing")["reason"] == "upgrade"
    assert world.wait_bridge() == 0
    assert "second.step" not in str(world.ask_desk("calls"))
    world.desk(update="none", hold="none")
    world.bridge()
    again = Host(world, "cad")
    until(lambda: again.client.request("job.get", {"job": second})["state"] == "done", "the second to go out")


def test_forced_does_not_wait_for_ever(world: World) -> None:
    world.desk(update="forced", hold="middle")
    world.bridge({"upgrade_grace_s": 0.2, "upgrade_wait_s": 1.0})
    host = Host(world, "cad")
    job = host.client.save(str(world.file("slow.step")))["job"]
    until(lambda: host.client.request("job.get", {"job": job})["state"] == "submitted", "it to be on its way")
    host.check()
    host.told("bridge.closing")
    assert world.wait_bridge() == 0


def test_forced_ends_the_tray_too_for_the_desk_waits_for_all_of_it(world: World) -> None:
    world.desk(update="forced")
    with (world.home.root.parent / "tray.out").open("wb") as said:
        tray = subprocess.Popen(
            [sys.executable, "-m", "iscbridge", "tray", "--quiet", "--timing", "upgrade_grace_s=0.2"],
            env={**world.env, "QT_QPA_PLATFORM": "offscreen"},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
    try:
        until(lambda: is_up(world), "the bridge of the tray")
        host = Host(world, "cad")
        host.check()
        assert host.told("bridge.closing")["reason"] == "upgrade"
        assert tray.wait(60) == 0
    finally:
        tray.kill()
        tray.wait()


def is_up(world: World) -> bool:
    client = Client("probe", address=world.home.bridge_address(), timeout=5.0)
    try:
        client.connect()
    except BridgeError:
        return False
    finally:
        client.close()
    return True
