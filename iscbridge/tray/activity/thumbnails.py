"""Thumbnails of the rows that are shown: read on threads of their own, kept for as long as the file is the same."""

from __future__ import annotations

import itertools
import os
import threading
import weakref
from collections import OrderedDict
from functools import cache

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QImage, QPixmap

from iscbridge.platform.files import FileStamp
from iscbridge.tray.activity import thumbnail_file

#: Reads at the same time. A disk that does not answer holds up these, and never a window.
THREADS = 2
#: Pixels; enough for three lines of text on a screen of 200 %.
SIDE = 128
#: A thread that had nothing to read for so long ends; the next picture starts another.
_IDLE_S = 10.0
_MOST_KEPT = 512
_MOST_WAITING = 128


class Thumbnails(QObject):
    """Pictures by path. `get` answers at once with what is known, and has the rest looked up."""

    arrived = Signal(str)
    """The path of which `get` now knows more."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._known: OrderedDict[str, tuple[str, QPixmap | None]] = OrderedDict()
        self._asked: dict[str, str] = {}
        self._reader = _Reader()
        _post().read.connect(self._on_read, Qt.ConnectionType.QueuedConnection)
        # Not by `destroyed`: an object that the interpreter collects can't call back into it any more.
        weakref.finalize(self, self._reader.stop)

    def get(self, path: str, mark: str) -> QPixmap | None:
        """The picture of a file, if it has one that is known.

        Args:
            path: the file.
            mark: changes when the file may have changed; then it is looked at again.
        """
        if not thumbnail_file.may_have_thumbnail(path):
            return None
        known = self._known.get(path)
        if known is not None:
            self._known.move_to_end(path)
        if (known is None or known[0] != mark) and self._asked.get(path) != mark:
            self._asked[path] = mark
            self._reader.put(path, mark)
        return None if known is None else known[1]

    @Slot(int, str, str, object)
    def _on_read(self, reader: int, path: str, mark: str, image: object) -> None:
        if reader != self._reader.number:
            return
        if self._asked.get(path) == mark:
            del self._asked[path]
        if image is _DROPPED:
            return
        pixmap = QPixmap.fromImage(image) if isinstance(image, QImage) else None
        self._known[path] = (mark, pixmap)
        self._known.move_to_end(path)
        while len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)
        self.arrived.emit(path)


class _Post(QObject):
    """Carries pictures to the GUI thread. One for the process: a thread never touches an object that may be gone."""

    read = Signal(int, str, str, object)


@cache
def _post() -> _Post:
    return _Post()


_numbers = itertools.count(1)
_DROPPED = object()


class _Reader:
    """Daemon threads: one that stands still on a dead disk must not keep the program from ending.

    The last path asked for is read first: it is the one that is on the screen.
    """

    def __init__(self) -> None:
        self.number = next(_numbers)
        self._ready = threading.Condition()
        self._waiting: list[tuple[str, str]] = []
        self._seen: OrderedDict[str, tuple[FileStamp, QImage | None]] = OrderedDict()
        self._threads = 0
        self._stopped = False

    def put(self, path: str, mark: str) -> None:
        dropped = None
        with self._ready:
            if self._stopped:
                return
            self._waiting.append((path, mark))
            if len(self._waiting) > _MOST_WAITING:
                dropped = self._waiting.pop(0)
            if self._threads < THREADS:
                self._threads += 1
                threading.Thread(target=self._work, name="thumbnails", daemon=True).start()
            self._ready.notify()
        if dropped is not None:
            _post().read.emit(self.number, *dropped, _DROPPED)

    def stop(self) -> None:
        with self._ready:
            self._stopped = True
            self._waiting.clear()
            self._ready.notify_all()

    def _work(self) -> None:
        while True:
            with self._ready:
                while not self._waiting and not self._stopped and self._ready.wait(_IDLE_S):
                    pass
                if self._stopped or not self._waiting:
                    self._threads -= 1
                    return
                path, mark = self._waiting.pop()
            _post().read.emit(self.number, path, mark, self._look(path))

    def _look(self, path: str) -> QImage | None:
        found = thumbnail_file.look(path)
        if found is None:
            return None
        fd, stamp = found
        try:
            with self._ready:
                seen = self._seen.get(path)
            if seen is not None and seen[0] == stamp:
                return seen[1]
            image = thumbnail_file.read(fd, SIDE)
        except OSError:
            return None
        finally:
            os.close(fd)
        with self._ready:
            self._seen[path] = (stamp, image)
            while len(self._seen) > _MOST_KEPT:
                self._seen.popitem(last=False)
        return image
