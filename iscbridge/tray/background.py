"""Work that may block, off the GUI thread: what it gives comes back as a signal on the GUI thread.

errand = in_background(partial(read, path), parent=self)
errand.done.connect(self._on_read)
errand.failed.connect(self._on_failed)     # an ErrorInfo
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

from iscbridge.core.errors import BridgeError
from iscbridge.core.jobs import ErrorInfo

log = logging.getLogger(__name__)


class Errand(QObject):
    """One piece of work that is under way: `done` or `failed`, once. A child of who asked, and gone with it."""

    done = Signal(object)
    """What the work gave."""
    failed = Signal(object)
    """The `ErrorInfo` of the error that it raised."""


class _Post(QObject):
    """Carries results to the GUI thread. One for the process: a worker never touches an object that may be gone."""

    arrived = Signal(int, object)

    def __init__(self) -> None:
        super().__init__()
        self._open: dict[int, Errand] = {}
        self._numbers = itertools.count(1)
        self.arrived.connect(self._on_arrived, Qt.ConnectionType.QueuedConnection)

    def start(self, work: Callable[[], object], errand: Errand) -> None:
        number = next(self._numbers)
        self._open[number] = errand
        # daemon: work that hangs in a dead share must not keep the process from ending
        threading.Thread(target=self._work, args=(number, work), name=f"errand-{number}", daemon=True).start()

    def _work(self, number: int, work: Callable[[], object]) -> None:
        try:
            result = work()
        except BridgeError as error:
            result = error
        except Exception as error:
            log.exception("work in the background failed in an unforeseen way")
            result = error
        with suppress(RuntimeError):  # Qt has taken this object down: the program ends, and nobody waits any more
            self.arrived.emit(number, result)

    @Slot(int, object)
    def _on_arrived(self, number: int, result: object) -> None:
        errand = self._open.pop(number)
        if not isValid(errand):
            return
        if isinstance(result, BridgeError):
            errand.failed.emit(result.info)
        elif isinstance(result, Exception):
            errand.failed.emit(ErrorInfo("ISCB-BRIDGE-INTERNAL", {"detail": type(result).__name__}))
        else:
            errand.done.emit(result)
        if isValid(errand):
            errand.setParent(None)  # not by deleteLater: its owner may be collected first


_posts: list[_Post] = []


def in_background(work: Callable[[], object], *, parent: QObject) -> Errand:
    """Run `work` on a thread of its own. Call on the GUI thread; the signals come later, never before this returns.

    `work` may raise a `BridgeError`; it must touch no widget. If `parent` is destroyed first its result is dropped.
    """
    if not _posts:
        _posts.append(_Post())
    errand = Errand(parent)
    _posts[0].start(work, errand)
    return errand
