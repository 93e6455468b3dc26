"""What the system tells of changed files, from a thread of its own. It sleeps while nothing happens."""

from __future__ import annotations

import logging
import queue
import threading
import time

from PySide6.QtCore import QObject, Signal

from iscbridge.platform.watching import LIMIT, News, Watching

log = logging.getLogger(__name__)

#: Between two looks whether every watch still stands on its folder.
_CHECK_S = 5.0
_JOIN_S = 2.0


class Events(QObject):
    """Owns a `Watching` and the thread that it belongs to."""

    came = Signal(object)
    """`iscbridge.platform.watching.News`; emitted on that thread: connect it queued."""

    def __init__(self, limit: int | None, parent: QObject) -> None:
        """`limit`: folders watched at most; None: as many as usual. The thread starts with the first folder."""
        super().__init__(parent)
        self._limit = LIMIT if limit is None else limit
        self._orders: queue.SimpleQueue[tuple[str, ...] | None] = queue.SimpleQueue()
        self._watching: Watching | None = None
        self._thread: threading.Thread | None = None

    @property
    def limit(self) -> int:
        """Folders that are watched at most: more need not be named."""
        return self._limit

    def watch(self, folders: tuple[str, ...]) -> None:
        """Watch these folders and no others; those named first, if they are too many."""
        if self._thread is None:
            if not folders or self._limit == 0:
                return
            # daemon: a thread that hangs in a dead share must not keep the process from ending
            self._watching = Watching(self._limit)
            self._thread = threading.Thread(target=self._run, args=(self._watching,), name="watching", daemon=True)
            self._thread.start()
        self._orders.put(folders)
        self._wake()

    def close(self) -> None:
        """End the thread; does not wait long for one that hangs."""
        if self._thread is None:
            return
        self._orders.put(None)
        self._wake()
        self._thread.join(_JOIN_S)
        self._thread = None

    def _wake(self) -> None:
        if self._watching is not None:
            self._watching.wake()

    def _run(self, watching: Watching) -> None:
        try:
            self._loop(watching)
        except RuntimeError:
            return  # the QObject is gone: the bridge has closed
        except Exception:
            log.exception("watching by events ended in an unforeseen way; the scan goes on")
        finally:
            watching.close()

    def _loop(self, watching: Watching) -> None:
        checked = time.monotonic()
        while True:
            while not self._orders.empty():
                folders = self._orders.get()
                if folders is None:
                    return
                watching.watch(folders)
            if time.monotonic() - checked >= _CHECK_S:
                checked = time.monotonic()
                watching.check()
            news: News = watching.take(_CHECK_S)
            if news.paths or news.scan:
                self.came.emit(news)
