"""The shell with a bridge of its own and a sandbox desk, in one process."""

from __future__ import annotations

import gc
import signal
import sys
import threading

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject

from iscbridge.core.attention_state import Attention
from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc.client import Client
from iscbridge.platform.folders import Home
from iscbridge.sandbox import control
from iscbridge.service.process.profile import lock_profile
from iscbridge.tray import shell as module
from iscbridge.tray.app import TrayOptions
from iscbridge.tray.collector import Collector
from iscbridge.tray.icon import TrayIcon
from iscbridge.tray.link import LinkState
from iscbridge.tray.shell import Shell
from iscbridge.tray.words import Words
from support.world import FAST

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="gives POSIX signals back")

LONG_MS = 60_000


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "home")
    yield made
    if control.running(made) is not None:
        control.stop(made)


@pytest.fixture
def quits(monkeypatch):
    """The event loop of the tests goes on when the shell says that the application is to end."""
    said: list[bool] = []
    monkeypatch.setattr(module, "QCoreApplication", type("Stub", (), {"quit": staticmethod(lambda: said.append(True))}))
    return said


@pytest.fixture
def start(home, qtbot, qapp, quits):
    shells: list[Shell] = []

    def start(**options):
        handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
        icon = TrayIcon()
        made = TrayOptions(quiet=True, timings=tuple(FAST.items()), **options)
        shells.append(Shell(home, Words("en"), icon, made, lock_profile(home)))
        shells[-1].start()
        return shells[-1], handlers

    yield start
    for shell in shells:
        assert shell.finish()
        shell.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def shell(start, qtbot):
    found, _ = start()
    qtbot.waitUntil(lambda: found.link.state is LinkState.CONNECTED and found.facts.facts.known, timeout=LONG_MS)
    return found


def held_save(home, tmp_path):
    """A save that stays under way until the desk lets it go."""
    control.request(home, {"request": "hold", "at": "middle"})
    part = tmp_path / "part.FCStd"
    part.write_bytes(b"x" * 50_000)
    client = Client("test", address=home.bridge_address(), timeout=30.0)
    client.connect()
    job = client.save(str(part))
    client.close()
    return job["job"]


def let_go(home):
    control.request(home, {"request": "release"})


def test_the_icon_follows_a_save(shell, home, qtbot, tmp_path):
    qtbot.waitUntil(lambda: shell.icon.state is Attention.OFFLINE, timeout=LONG_MS)
    control.start(home, {})
    shell.facts.look()
    qtbot.waitUntil(lambda: shell.icon.state is Attention.SAVED, timeout=LONG_MS)
    assert "sandbox" in shell.icon.tip
    held_save(home, tmp_path)
    qtbot.waitUntil(lambda: shell.icon.state is Attention.WORKING, timeout=LONG_MS)
    qtbot.waitUntil(lambda: "part.FCStd" in shell.menu.jobs[0].text())
    let_go(home)
    qtbot.waitUntil(lambda: shell.icon.state is Attention.SAVED, timeout=LONG_MS)


def test_quit_with_work_under_way_finishes_it_first(shell, home, qtbot, tmp_path, quits):
    control.start(home, {})
    held_save(home, tmp_path)
    qtbot.waitUntil(lambda: shell.facts.facts.active == 1, timeout=LONG_MS)
    shell.menu.quit.trigger()
    dialog = shell.quitting.dialog
    assert dialog is not None
    dialog.finish.click()
    assert not quits
    let_go(home)
    qtbot.waitUntil(lambda: bool(quits), timeout=LONG_MS)
    assert not shell.keeper.running


def test_quit_with_work_under_way_keeps_it(shell, home, qtbot, tmp_path, quits):
    control.start(home, {})
    held_save(home, tmp_path)
    qtbot.waitUntil(lambda: shell.facts.facts.active == 1, timeout=LONG_MS)
    shell.menu.quit.trigger()
    shell.quitting.dialog.keep.click()
    qtbot.waitUntil(lambda: bool(quits), timeout=LONG_MS)
    assert shell.quitting.dialog is None


def test_a_host_can_have_a_window_shown(shell, home, qtbot):
    client = Client("test", address=home.bridge_address(), timeout=30.0)
    client.connect()
    client.request("tray.show", {"window": "about"})
    qtbot.waitUntil(lambda: shell.windows.find("about") is not None)
    client.close()
    shell.windows.find("about").close()


def test_a_session_that_does_not_end_gets_its_bridge_back(shell, qtbot, quits):
    shell.session_end.begin()
    assert not shell.keeper.running
    qtbot.waitUntil(lambda: shell.icon.state is Attention.OFFLINE, timeout=LONG_MS)
    assert not quits
    shell.session_end.go_on()
    qtbot.waitUntil(lambda: shell.link.state is LinkState.CONNECTED, timeout=LONG_MS)


def test_a_bridge_that_can_t_start_is_told_and_can_be_tried_again(start, qtbot, quits):
    shell, _ = start(library="/none/libshim.so")
    qtbot.waitUntil(lambda: shell.icon.state is Attention.NEEDS_YOU, timeout=LONG_MS)
    assert shell.facts.failure == ErrorInfo("ISCB-SDK-LOAD", shell.facts.failure.params)
    assert "SDK" in shell.icon.tip
    qtbot.waitUntil(lambda: not shell.keeper.running)
    shell.menu._dialog.reject()
    shell.menu.restart_wanted.emit()
    assert shell.keeper.running
    qtbot.waitUntil(lambda: shell.menu._dialog is not None, timeout=LONG_MS)
    shell.menu._dialog.reject()
    assert not quits


def test_signals_are_given_back(start, qtbot):
    shell, before = start()
    assert signal.getsignal(signal.SIGTERM) not in before
    shell.finish()
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


class Cycle(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.itself = self


def test_memory_is_given_back_while_the_program_starts_and_not_for_ever(qtbot, monkeypatch):
    given: list[int] = []
    monkeypatch.setattr("iscbridge.tray.collector.give_back", lambda: given.append(1))
    collector = Collector()
    try:
        for _ in range(30):
            collector.look()
    finally:
        collector.stop()
    assert len(given) == 10


def test_cycles_are_collected_on_the_gui_thread_only(qtbot, qapp):
    threads: set[threading.Thread] = set()
    died: list[int] = []

    def note(phase: str, _info: object) -> None:
        if phase == "stop":
            threads.add(threading.current_thread())

    collector = Collector()
    gc.callbacks.append(note)
    try:
        for number in range(50):
            Cycle().destroyed.connect(lambda *_, number=number: died.append(number))
        worker = threading.Thread(target=lambda: [[[]] for _ in range(200_000)])
        worker.start()
        worker.join()
        assert not threads
        kept = [[] for _ in range(2000)]
        collector.look()
        assert threads == {threading.main_thread()}
        del kept
    finally:
        gc.callbacks.remove(note)
        collector.stop()
    assert gc.isenabled()
    assert len(died) == 50
