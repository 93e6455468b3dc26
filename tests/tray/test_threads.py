"""Ten thousand events from another thread while windows open and close: in order, and nothing is left behind."""

from __future__ import annotations

import gc
import sys
from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from iscbridge.core.jobs import ErrorInfo, Job, JobKind, JobState, Origin
from iscbridge.ipc.messages import REQUESTS
from iscbridge.ipc.server import BridgeIdentity, BridgeServer, Request
from iscbridge.platform.folders import Home
from iscbridge.tray.collector import Collector
from iscbridge.tray.facts import FactsKeeper
from iscbridge.tray.link import Link, LinkState
from iscbridge.tray.menu import TrayMenu
from iscbridge.tray.room import Room, TrayState
from iscbridge.tray.waiting import Waiting
from iscbridge.tray.windows import Windows
from iscbridge.tray.words import Words
from support.tray_script import script

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="addresses of this test are socket files")

EVENTS = 10_000
BATCH = 40
LONG_MS = 120_000


class Source(QObject):
    """Lives on the other thread: a server that answers what windows ask, and tells of jobs as fast as they are read."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.server = BridgeServer(BridgeIdentity("9.9", "sandbox"), parent=self)
        self.server.request.connect(self.answer)
        self.server.listen(address, lock_held=True)
        self.answers = script()
        self.sent = 0
        self.timer = QTimer(self)
        self.timer.timeout.connect(self.tell)

    @Slot()
    def begin(self) -> None:
        self.timer.start(1)

    @Slot(object)
    def answer(self, request: Request) -> None:
        answer = self.answers.get(request.method)
        declared = REQUESTS[request.method].result
        if answer is None or declared is None:
            self.server.answer_error(request.token, ErrorInfo("ISCB-BRIDGE-CLOSING"))
            return
        import msgspec

        self.server.answer(request.token, msgspec.json.decode(msgspec.json.encode(answer), type=declared))

    @Slot()
    def tell(self) -> None:
        """A batch of changes: each job runs through four states, ten jobs side by side."""
        states = (JobState.ACCEPTED, JobState.CAPTURED, JobState.SUBMITTED, JobState.DONE)
        for _ in range(BATCH):
            number = self.sent // len(states)
            kind = JobKind.OPEN if number % 50 == 0 else JobKind.SAVE
            job = Job(f"j{number:06}", kind, states[self.sent % len(states)], f"/w/{number}.FCStd", 1.0, 1.0, "sandbox")
            self.server.job_changed(
                replace(job, created=1e9 + number, updated=1e9 + self.sent, origin=Origin("i", "h"))
            )
            self.sent += 1
        if self.sent >= EVENTS:
            self.timer.stop()


class SourceThread(QThread):
    wanted = Signal()

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.ready = False

    def run(self) -> None:
        source = Source(self.address)
        self.wanted.connect(source.begin)
        self.ready = True
        self.exec()
        source.server.close()
        source.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


class Listener(QObject):
    def __init__(self, link: Link) -> None:
        super().__init__(link)
        self.seen: list[tuple[str, str]] = []
        self.threads: set[QThread] = set()
        link.told.connect(self.on_told)

    @Slot(str, object)
    def on_told(self, topic: str, params: object) -> None:
        if topic == "job.changed":
            self.seen.append((params.job, params.state))
            self.threads.add(QThread.currentThread())


@pytest.fixture
def collector(qapp):
    """As in the application, from before the other thread begins: without it that thread now and then destroys a window."""
    made = Collector()
    yield made
    made.stop()


@pytest.fixture
def source(tmp_path, qtbot, collector):
    thread = SourceThread(str(tmp_path / "b.sock"))
    thread.start()
    qtbot.waitUntil(lambda: thread.ready)
    yield thread
    thread.quit()
    assert thread.wait(LONG_MS)


def test_ten_thousand_events_while_windows_open_and_close(source, qtbot, qapp, tmp_path):
    words = Words("en")
    link = Link(source.address, words)
    room = Room(link, words, Home(tmp_path), TrayState(Home(tmp_path)), lambda _name, _focus: None)
    facts = FactsKeeper(link, room.state, link)
    menu = TrayMenu(facts, link, words, link)
    waiting = Waiting(facts, link, words, link, later_ms=1)
    windows = Windows(room, parent=link)
    listener = Listener(link)
    link.open()
    qtbot.waitUntil(lambda: link.state is LinkState.CONNECTED and facts.facts.known)
    before = set(map(id, qapp.topLevelWidgets()))
    source.wanted.emit()
    made: list[QWidget] = []
    windows.opened.connect(lambda _name, window: made.append(window))
    names = ("activity", "about", "settings", "files", "bundle", "first_run")
    rounds = 0

    def turn() -> bool:
        nonlocal rounds
        name = names[rounds % len(names)]
        window = windows.find(name)
        if window is None:
            windows.open(name)
        else:
            window.close()
        rounds += 1
        gc.collect(rounds % 3)  # whatever may be collected is, at any moment
        words.set_language("zh" if rounds % 10 == 0 else "en")
        return len(listener.seen) >= EVENTS

    qtbot.waitUntil(turn, timeout=LONG_MS)
    windows.close_all()
    qtbot.waitUntil(lambda: not any(isValid(window) for window in made), timeout=LONG_MS)
    assert len(made) > 20
    states = ["accepted", "captured", "submitted", "done"]
    assert listener.seen == [(f"j{number // 4:06}", states[number % 4]) for number in range(EVENTS)]
    assert listener.threads == {qapp.thread()}
    qtbot.waitUntil(lambda: facts.facts.active == 0 and facts.facts.dialogs == 0)
    menu.refresh()
    last = f"{(EVENTS - 1) // len(states)}.FCStd"
    assert menu.jobs[0].text().startswith(last)
    waiting.withdraw()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert {id(widget) for widget in qapp.topLevelWidgets()} <= before
    link.close()
