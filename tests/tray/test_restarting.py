"""Starting the bridge again: after what ISCDesk has in hand, and for whoever has the profile."""

from __future__ import annotations

import itertools

import pytest

from iscbridge.core.jobs import ErrorInfo
from iscbridge.tray import restarting as restarting_module
from iscbridge.tray.link import LinkState
from iscbridge.tray.restarting import Restarting
from support.scripted_link import ScriptedLink

STATUS = {
    "version": "1",
    "protocol": 1,
    "cloud": "sandbox",
    "pid": 1,
    "socket": "",
    "home": "",
    "started": "2026-01-01T00:00:00.000Z",
    "closing": False,
    "paused": True,
    "hosts": [],
    "tray": True,
    "clients": 1,
    "sessions": [],
    "warnings": [],
}


class FakeKeeper:
    def __init__(self, *, own: bool = True, running: bool = True) -> None:
        self.own = own
        self.running = running
        self.done: list[str] = []

    def close(self, reason: str) -> None:
        self.done.append(f"close {reason}")

    def start(self) -> None:
        self.done.append("start")


@pytest.fixture
def link(monkeypatch):
    monkeypatch.setattr(restarting_module, "_LOOK_MS", 1)
    return ScriptedLink({"bridge.pause": {}, "bridge.shutdown": {}, "bridge.status": {**STATUS, "jobs": {}}})


def test_what_is_being_transferred_is_waited_for(qtbot, link):
    submitted = itertools.chain([{"submitted": 2}, {"submitted": 1, "waiting": 3}], itertools.repeat({"waiting": 3}))
    link.script["bridge.status"] = lambda _: {**STATUS, "jobs": next(submitted)}
    keeper = FakeKeeper()
    restarting = Restarting(keeper, link)
    restarting.begin()
    restarting.begin()
    qtbot.waitUntil(lambda: keeper.done == ["close restart"])
    assert [name for name, _ in link.asked] == ["bridge.pause"] + ["bridge.status"] * 3
    assert restarting.under_way
    restarting.over()
    assert not restarting.under_way


def test_a_headless_bridge_is_asked_to_end(qtbot, link):
    restarting = Restarting(FakeKeeper(own=False, running=False), link)
    restarting.begin()
    qtbot.waitUntil(lambda: link.asked_for("bridge.shutdown") == [{}])


def test_a_bridge_that_does_not_run_is_started(link):
    link.state = LinkState.LOST
    keeper = FakeKeeper(running=False)
    restarting = Restarting(keeper, link)
    restarting.begin()
    assert keeper.done == ["start"]
    assert not restarting.under_way


@pytest.mark.parametrize("method", ["bridge.pause", "bridge.status"])
def test_a_bridge_that_does_not_answer_is_closed_all_the_same(qtbot, link, method):
    link.script[method] = ErrorInfo("ISCB-PROTO-CLOSED")
    keeper = FakeKeeper()
    restarting = Restarting(keeper, link)
    restarting.begin()
    qtbot.waitUntil(lambda: keeper.done == ["close restart"])


def test_an_answer_that_comes_too_late_does_nothing(qtbot, link):
    keeper = FakeKeeper()
    restarting = Restarting(keeper, link)
    restarting.begin()
    restarting.over()
    qtbot.waitUntil(lambda: not link._open)
    assert keeper.done == []
