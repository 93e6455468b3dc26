"""The bridge on a thread of its own: it begins, ends and leaves nothing behind there."""

from __future__ import annotations

import gc
import threading
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QThread, Slot

from iscbridge.core.errors import SdkError
from iscbridge.ipc.client import Client, NotRunningError
from iscbridge.platform.folders import Home
from iscbridge.sandbox import control
from iscbridge.service.process.engine_thread import EngineThread
from iscbridge.service.process.setup import ServeOptions, bridge_config
from support.world import kill

LONG_MS = 60_000
QUICK = tuple({"rest_s": 0.3, "rest_max_s": 1.0, "settle_s": 0.05, "restart_max_s": 1.0}.items())


class Heard(QObject):
    """What the thread said, and on which thread that was heard."""

    def __init__(self, thread: EngineThread) -> None:
        super().__init__()
        self.said: list[tuple[str, object]] = []
        self.threads: set[QThread] = set()
        thread.ready.connect(self.on_ready)
        thread.failed.connect(self.on_failed)
        thread.closed.connect(self.on_closed)

    @Slot(str)
    def on_ready(self, address: str) -> None:
        self.note("ready", address)

    @Slot(object)
    def on_failed(self, error: object) -> None:
        self.note("failed", error)

    @Slot()
    def on_closed(self) -> None:
        self.note("closed", None)

    def note(self, what: str, value: object) -> None:
        self.said.append((what, value))
        self.threads.add(QThread.currentThread())

    def names(self) -> list[str]:
        return [what for what, _ in self.said]


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "home")
    made.ensure()
    yield made
    pid = control.running(made)
    if pid is not None:
        control.stop(made)


@pytest.fixture
def engine(home, qtbot):
    thread = EngineThread(partial(bridge_config, home, ServeOptions(timings=QUICK)))
    yield thread
    thread.ask_to_close("the end of the test")
    assert thread.wait(LONG_MS)


def test_it_listens_and_closes(engine, home, qtbot):
    heard = Heard(engine)
    engine.start()
    qtbot.waitUntil(lambda: heard.names() == ["ready"], timeout=LONG_MS)
    assert heard.said[0][1] == home.bridge_address()
    client = Client("test", address=home.bridge_address(), timeout=30.0)
    client.connect()
    assert client.request("bridge.status")["closing"] is False
    engine.ask_to_close("asked")
    qtbot.waitUntil(lambda: heard.names() == ["ready", "closed"], timeout=LONG_MS)
    client.close()
    with pytest.raises(NotRunningError):
        Client("test", address=home.bridge_address()).connect()
    assert heard.threads == {QThread.currentThread()}


def test_the_bridge_can_be_started_again(home, qtbot):
    for _ in range(2):
        thread = EngineThread(partial(bridge_config, home, ServeOptions()))
        heard = Heard(thread)
        thread.start()
        qtbot.waitUntil(lambda heard=heard: heard.names() == ["ready"], timeout=LONG_MS)
        thread.ask_to_close("asked")
        assert thread.wait(LONG_MS)


def test_asked_to_close_before_it_was_ready_it_closes(engine, qtbot):
    heard = Heard(engine)
    engine.ask_to_close("asked")
    engine.start()
    engine.ask_to_close("asked again")
    qtbot.waitUntil(lambda: heard.names() == ["ready", "closed"], timeout=LONG_MS)


def test_a_host_that_asks_for_the_end_ends_it(engine, home, qtbot):
    heard = Heard(engine)
    engine.start()
    qtbot.waitUntil(lambda: heard.names() == ["ready"], timeout=LONG_MS)
    client = Client("test", address=home.bridge_address(), timeout=30.0)
    client.connect()
    client.request("bridge.shutdown")
    qtbot.waitUntil(lambda: heard.names() == ["ready", "closed"], timeout=LONG_MS)
    client.close()


def test_a_bridge_that_can_t_start_says_why(home, qtbot):
    def configure():
        raise SdkError("ISCB-SDK-LOAD", path="/none", detail="there is none")

    thread = EngineThread(configure)
    heard = Heard(thread)
    thread.start()
    qtbot.waitUntil(lambda: heard.names() == ["failed", "closed"], timeout=LONG_MS)
    assert heard.said[0][1].code == "ISCB-SDK-LOAD"
    assert thread.wait(LONG_MS)


def test_a_fault_is_told_as_one(home, qtbot):
    thread = EngineThread(lambda: 1 // 0)
    heard = Heard(thread)
    thread.start()
    qtbot.waitUntil(lambda: heard.names() == ["failed", "closed"], timeout=LONG_MS)
    assert heard.said[0][1].code == "ISCB-BRIDGE-INTERNAL"
    assert thread.wait(LONG_MS)


def save(home: Home, part: Path) -> None:
    """A client comes, saves a file, asks this and that, and goes."""
    part.write_bytes(b"bytes")
    client = Client("test", address=home.bridge_address(), timeout=30.0)
    client.connect()
    try:
        job = client.save(str(part))
        client.request("job.list")
        client.request("license.status")
        assert client.wait(job["job"], 60)["state"] == "done"
    finally:
        client.close()


def test_no_object_of_the_thread_is_left_to_the_collector(engine, home, qtbot, tmp_path):
    """The interpreter collects cycles on whichever thread it happens to be, and a timer or socket of another thread
    that is destroyed there is a fault of Qt. So nothing of the bridge may become such a cycle."""
    control.start(home, {})
    heard = Heard(engine)
    gc.collect()
    was_on = gc.isenabled()
    gc.disable()
    try:
        engine.start()
        qtbot.waitUntil(lambda: heard.names() == ["ready"], timeout=LONG_MS)
        for number in range(5):
            save(home, tmp_path / f"part{number}.FCStd")
        for session in control.request(home, {"request": "state"})["sessions"]:
            kill(int(session["pid"]))
        save(home, tmp_path / "part0.FCStd")
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        left = [thing for thing in gc.garbage if isinstance(thing, QObject)]
        assert left == []
        engine.ask_to_close("asked")
        assert engine.wait(LONG_MS)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        if was_on:
            gc.enable()


def test_no_thread_stays(engine, qtbot):
    before = threading.active_count()
    heard = Heard(engine)
    engine.start()
    qtbot.waitUntil(lambda: heard.names() == ["ready"], timeout=LONG_MS)
    engine.ask_to_close("asked")
    assert engine.wait(LONG_MS)
    qtbot.waitUntil(lambda: threading.active_count() <= before, timeout=LONG_MS)
