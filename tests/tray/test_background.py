"""Work off the GUI thread: its result comes back on the GUI thread, or to nobody."""

from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QObject, Slot
from shiboken6 import delete

from iscbridge.core.errors import FileError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.tray.background import in_background


class Asker(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.got: list[object] = []
        self.threads: set[int] = set()

    @Slot(object)
    def take(self, value: object) -> None:
        self.got.append(value)
        self.threads.add(threading.get_ident())


def ask(asker: Asker, work) -> None:
    errand = in_background(work, parent=asker)
    errand.done.connect(asker.take)
    errand.failed.connect(asker.take)


def test_the_work_is_elsewhere_and_its_result_is_here(qtbot):
    asker = Asker()
    ask(asker, threading.get_ident)
    qtbot.waitUntil(lambda: bool(asker.got))
    assert asker.got[0] != threading.get_ident()
    assert asker.threads == {threading.get_ident()}


def test_errors_come_as_data(qtbot, caplog):
    asker = Asker()

    def fail() -> None:
        raise FileError("ISCB-FILE-MISSING", path="/a")

    ask(asker, fail)
    qtbot.waitUntil(lambda: asker.got == [ErrorInfo("ISCB-FILE-MISSING", {"path": "/a"})])
    ask(asker, lambda: 1 // 0)
    qtbot.waitUntil(lambda: len(asker.got) == 2)
    assert asker.got[1] == ErrorInfo("ISCB-BRIDGE-INTERNAL", {"detail": "ZeroDivisionError"})
    assert "ZeroDivisionError" in caplog.text


def test_who_is_gone_is_not_told_and_nothing_breaks(qtbot):
    gate = threading.Event()
    gone = [Asker() for _ in range(50)]
    stays = Asker()
    for number, asker in enumerate(gone):
        ask(asker, gate.wait)
        if number % 2:
            delete(asker)
    gone.clear()
    gc.collect()
    ask(stays, gate.wait)
    gate.set()
    qtbot.waitUntil(lambda: stays.got == [True])
