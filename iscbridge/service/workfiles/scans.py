"""The periodic scan of the working files: one scanner for each volume, one cycle at a time.

The disk's pace is the scan's: a worker finds a few differences, the owner's thread takes them, then it goes on. A
volume that does not answer ends neither the cycle nor the next ones; it is left out until it answers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from PySide6.QtCore import QObject, Qt, QTimer, Slot

from iscbridge.core import workfile_model as m
from iscbridge.core.workfile_model import Stat
from iscbridge.platform.scan import Found, Scanned, Scanner
from iscbridge.platform.volumes import volume_key
from iscbridge.service.workfiles.looks import Work
from iscbridge.service.workfiles.timers import Bites

_CHUNK = 256
#: Between two scans there is at least so many times as long as one of them takes.
_REST_TIMES = 50
#: A cycle in which no volume shows life for so long is over.
_SILENCE_S = 30.0
#: Scans that are asked for within this time become one.
_GATHER_S = 0.2


@dataclass(slots=True, eq=False)
class _Volume:
    key: str
    scanner: Scanner = field(default_factory=Scanner)
    running: Iterator[Found | Scanned] | None = None
    """The scan under way: still so, if it hangs, when its cycle is long over."""
    cycle: int = 0


class Scans(QObject):
    """Feeds what scans find. Belongs to the owner's thread."""

    def __init__(
        self, work: Work, bites: Bites, give: Callable[[m.Input], None], every_s: float, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._bites = bites
        self._work = work
        self._give = give
        self._every_s = every_s
        self._volumes: dict[str, _Volume] = {}
        self._at: dict[str, _Volume] = {}
        """The volume of each folder, as it was when the first file of it came: a mount may come or go."""
        self._stop = threading.Event()
        self._cycle = 0
        self._pending = 0
        """Volumes whose scan of the cycle under way is not over."""
        self._wanted: frozenset[str] | None = frozenset()
        """What the next cycle is to scan; None: everything."""
        self._began = 0.0
        self._timer = self._single_shot(self._on_due)
        self._soon = self._single_shot(self._on_soon)
        self._silence = self._single_shot(self._on_silence)

    def _single_shot(self, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setTimerType(Qt.TimerType.CoarseTimer)
        timer.timeout.connect(slot)
        return timer

    def add(self, path: str, folder: str, known: Stat | None) -> None:
        """Scan this file, too; `known` as in `Scanner.add`."""
        volume = self._at.get(folder)
        if volume is None:
            key = volume_key(path)
            volume = self._volumes.get(key)
            if volume is None:
                volume = self._volumes[key] = _Volume(key)
            self._at[folder] = volume
        volume.scanner.add(path, known)
        if not self._timer.isActive() and not self._pending:
            self._timer.start(round(self._every_s * 1000))

    def forget(self, path: str, folder: str) -> None:
        """Scan this file no more."""
        volume = self._at.get(folder)
        if volume is not None:
            volume.scanner.forget(path)

    def want(self, folders: Iterable[str] | None = None) -> None:
        """Scan these folders (None: all) as soon as the scan under way is over."""
        if folders is None or self._wanted is None:
            self._wanted = None
        else:
            self._wanted |= frozenset(folders)
        if not self._pending and not self._soon.isActive():
            self._soon.start(round(_GATHER_S * 1000))

    def close(self) -> None:
        """Stop, and give nothing any more."""
        self._stop.set()
        for timer in (self._timer, self._soon, self._silence):
            timer.stop()

    @Slot()
    def _on_due(self) -> None:
        self.want()

    @Slot()
    def _on_soon(self) -> None:
        wanted, self._wanted = self._wanted, frozenset()
        chosen = [volume for volume in self._volumes.values() if volume.running is None]
        if wanted is not None:
            wanted &= self._at.keys()
            where = {id(self._at[folder]) for folder in wanted}
            chosen = [volume for volume in chosen if id(volume) in where]
        if not chosen or self._stop.is_set():
            self._rest(0.0)
            return
        self._timer.stop()
        self._cycle += 1
        self._pending = len(chosen)
        self._began = time.monotonic()
        self._silence.start(round(_SILENCE_S * 1000))
        self._give(m.ScanBegun())
        for volume in chosen:
            volume.running = volume.scanner.scan(self._stop, wanted)
            volume.cycle = self._cycle
            self._go_on(volume)

    def _go_on(self, volume: _Volume) -> None:
        running = volume.running
        if running is None:
            return
        self._work(
            f"workfiles scan {volume.key}",
            lambda _stop: list(islice(running, _CHUNK)),
            lambda value: self._bites.add(self._take(volume, value if isinstance(value, list) else [])),
        )

    def _take(self, volume: _Volume, chunk: list[Found | Scanned]) -> Iterator[None]:
        for item in chunk:
            if self._stop.is_set():
                return
            if isinstance(item, Found):
                self._give(m.ScanFound(item.path))
            elif self._is_current(volume):  # a cycle that is over has nothing to say of what it did not cover in time
                self._give(m.FolderScanned(item.folder, item.whole))
            yield
        if self._stop.is_set():
            return
        current = self._is_current(volume)
        if len(chunk) == _CHUNK:
            if current:
                self._silence.start()
            self._go_on(volume)
            return
        volume.running = None
        if current:
            self._pending -= 1
            if not self._pending:
                self._end_cycle()

    def _is_current(self, volume: _Volume) -> bool:
        return self._pending > 0 and volume.cycle == self._cycle

    @Slot()
    def _on_silence(self) -> None:
        if self._pending:
            self._pending = 0
            self._end_cycle()

    def _end_cycle(self) -> None:
        self._silence.stop()
        self._give(m.ScanEnded())
        self._rest(time.monotonic() - self._began)

    def _rest(self, took_s: float) -> None:
        if self._stop.is_set():
            return
        if self._wanted is None or self._wanted:
            self._soon.start(round(_GATHER_S * 1000))
        if self._at and not self._timer.isActive():
            self._timer.start(round(max(self._every_s, _REST_TIMES * min(took_s, _SILENCE_S)) * 1000))
