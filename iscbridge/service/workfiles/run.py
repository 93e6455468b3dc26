"""What exists only while working files are watched: the decisions, and what feeds them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from iscbridge.core import workfile_model as m
from iscbridge.core.paths import name_key
from iscbridge.core.workfile_model import FileState, Stat
from iscbridge.core.workfiles import Workfiles, WorkfilesConfig
from iscbridge.service.workfiles.events import Events
from iscbridge.service.workfiles.looks import Looks
from iscbridge.service.workfiles.scans import Scans
from iscbridge.service.workfiles.timers import MonotonicTimers

if TYPE_CHECKING:
    from iscbridge.service.bridge import Bridge
    from iscbridge.service.workfiles.workfiles import WorkingFiles

_ANY_CASE = os.name == "nt"


@dataclass(frozen=True, slots=True)
class WorkfileTimes:
    """Seconds; `core.workfiles` explains the first five."""

    settle_s: float = 2.5
    gone_s: float = 2.0
    retry_s: float = 30.0
    lock_s: float = 15.0
    quiet_s: float | None = None
    """None: as the settings say."""
    scan_s: float = 60.0
    """Between the end of a scan and the next one, at least."""
    gather_s: float = 2.0
    """Questions and saves that come within this time are put together."""
    folders: float | None = None
    """Folders that are watched by events at most; None: as many as usual."""

    @property
    def core(self) -> WorkfilesConfig:
        """What the decisions need of it."""
        return WorkfilesConfig(self.settle_s, self.gone_s, self.retry_s, self.lock_s)


class Run:
    """What exists only while files are watched."""

    def __init__(self, owner: WorkingFiles, bridge: Bridge, times: WorkfileTimes) -> None:
        self.core = Workfiles(times.core)
        self.looks = Looks(bridge.work, partial(owner.give, self), bridge.described.lock_rules)
        self.scans = Scans(bridge.work, owner.bites, partial(owner.give, self), times.scan_s, owner)
        self.timers = MonotonicTimers(lambda p, n: owner.give(self, m.TimerFired(p, n)), owner.bites, owner)
        self.events = Events(None if times.folders is None else int(times.folders), owner)
        self.events.came.connect(owner.on_events, Qt.ConnectionType.QueuedConnection)
        self.folders: dict[str, tuple[int, float]] = {}
        """How many files each folder has, and when one of them was last saved or opened."""
        self.open: dict[str, FileState] = {}
        """Files that are neither saved nor still to be looked at: few."""
        self.locked: set[str] = set()
        self.names: dict[str, dict[str, str]] = {}
        """Windows, which tells of a file by its name on the disk: folder, name in any case, path."""

    def add(self, path: str, known: Stat | None, when: float, *, new: bool) -> None:
        """Scan a file and hear of it. `known`: as the scanner wants it."""
        folder, name = os.path.split(path)
        self.scans.add(path, folder, known)
        count, last = self.folders.get(folder, (0, 0.0))
        self.folders[folder] = count + new, max(last, when)
        if _ANY_CASE:
            self.names.setdefault(folder, {})[name_key(name)] = path

    def drop(self, path: str) -> None:
        """Neither any more."""
        folder, name = os.path.split(path)
        self.scans.forget(path, folder)
        self.open.pop(path, None)
        self.locked.discard(path)
        count, last = self.folders.pop(folder, (0, 0.0))
        if count > 1:
            self.folders[folder] = count - 1, last
        self.names.get(folder, {}).pop(name_key(name), None)

    def known_as(self, folder: str, name: str) -> str | None:
        """The path of a watched file that this system means by another spelling of its name."""
        return self.names.get(folder, {}).get(name_key(name)) if _ANY_CASE else None

    def close(self) -> None:
        """Look, scan and hear no more."""
        self.looks.close()
        self.scans.close()
        self.timers.clear_all()
        self.events.close()
