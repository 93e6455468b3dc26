"""Work that nobody waits for any more ends; a test of the network that hung stands in nobody's way."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from iscbridge.platform.folders import Home
from iscbridge.service.deadlines import StopAfter
from iscbridge.service.jobs.assembly_check import AssemblyCheck
from iscbridge.service.network_test import NetworkTest


class Desk:
    """What these services use of a bridge; its workers run when the test says so."""

    def __init__(self, home: Home) -> None:
        self.tasks: list[Any] = []
        self.answers: dict[int, str] = {}
        self.expired: set[int] = set()
        self.config = SimpleNamespace(home=home, engine=SimpleNamespace(cloud="sandbox"))
        self.engine = SimpleNamespace(opened_folders=tuple)
        self.licenses = SimpleNamespace(asked=lambda: ([], True))
        self.deadlines = SimpleNamespace(
            set=lambda *_: None,
            met=lambda token: token not in self.expired,
            waits=lambda token: token not in self.expired,
        )
        self.server = SimpleNamespace(
            answer=lambda token, _: self.answers.update({token: "answer"}),
            answer_error=lambda token, error: self.answers.update({token: error.code}),
        )

    def work(self, _lane: str, run: Any, then: Any) -> None:
        self.tasks.append((run, then))

    def run(self) -> None:
        run, then = self.tasks.pop(0)
        then(run(threading.Event()))


@pytest.fixture
def desk(tmp_path) -> Desk:
    return Desk(Home(tmp_path))


def request(token: int, **params: object) -> Any:
    return SimpleNamespace(token=token, params=SimpleNamespace(**params), client=SimpleNamespace(language="en"))


def test_it_is_set_by_either() -> None:
    stop = threading.Event()
    assert not StopAfter(stop, time.monotonic() + 1000).is_set()
    assert StopAfter(stop, time.monotonic() - 1).is_set()
    stop.set()
    assert StopAfter(stop, time.monotonic() + 1000).is_set()


def test_a_check_that_nobody_waits_for_reads_nothing(desk, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("iscbridge.service.jobs.assembly_check._DEADLINE_S", -1.0)
    asked: list[object] = []
    monkeypatch.setattr("iscbridge.service.jobs.assembly_check.check", lambda *every: asked.append(every))
    AssemblyCheck(desk).ask(request(1, path=str(tmp_path / "a.FCStd"), files=None, manifest=None))
    desk.run()
    assert asked == []
    assert desk.answers == {1: "ISCB-FILE-SHARE-SLOW"}


def test_a_network_test_that_hung_is_followed_by_another(desk) -> None:
    test = NetworkTest(desk)
    test.ask(request(1))
    test.ask(request(2))
    assert len(desk.tasks) == 1
    desk.expired |= {1, 2}
    test.ask(request(3))
    assert len(desk.tasks) == 2
    desk.run()  # the first one comes back after all: nobody waits for it
    assert desk.answers == {}
    desk.run()
    assert desk.answers == {3: "ISCB-SANDBOX-NOT-RUNNING"}


def test_a_store_without_addresses_is_none(desk) -> None:
    from iscbridge.sandbox.store.places import StorePlaces

    ready = StorePlaces.of(desk.config.home).ready
    ready.parent.mkdir(parents=True)
    ready.write_text('{"bases": [], "ca": "/ca.pem"}')
    NetworkTest(desk).ask(request(1))
    desk.run()
    assert desk.answers == {1: "ISCB-SANDBOX-NOT-RUNNING"}
