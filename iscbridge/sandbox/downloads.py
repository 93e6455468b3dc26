"""Downloads: one worker thread that delivers picked cloud files to this machine, each to a folder of its own."""

from __future__ import annotations

import logging
import os
import queue
import sqlite3
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from iscbridge.core.errors import SandboxError
from iscbridge.sandbox.archive import ArchiveError
from iscbridge.sandbox.cloud import OPEN_AND_CHECKOUT, OPEN_ONLY, CloudStore
from iscbridge.sandbox.places import Places
from iscbridge.sandbox.uploads import STOP_S

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Download:
    """One download. After `ended` the last five fields hold what came of it."""

    session: int
    seq: str
    path: str
    """The cloud path; empty for the file saved last."""
    checkout: bool
    version: int | None = None
    local: str = ""
    """Absolute path of the file or assembly folder; empty if nothing was delivered."""
    open_type: str = OPEN_ONLY
    work_state: str = ""
    assembly: bool = False
    why: str = ""


class Downloader(QObject):
    """Owns the worker thread."""

    ended = Signal(object)
    """Delivered or not (Download)."""

    def __init__(self, places: Places, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._places = places
        self._queue: queue.SimpleQueue[Download | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="downloads", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Wait a while for the download at hand."""
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def add(self, download: Download) -> None:
        self._queue.put(download)

    def _work(self) -> None:
        with CloudStore(self._places) as store:
            while (download := self._queue.get()) is not None:
                try:
                    deliver(download, store, self._places.working)
                except (SandboxError, ArchiveError, OSError, sqlite3.Error) as error:
                    _log.warning("%s can't be delivered: %s", download.path, error)
                    download.why = str(error)
                self.ended.emit(download)


def deliver(download: Download, store: CloudStore, working: Path) -> None:
    """Carry out one download: check out if asked for, put the file or unpacked folder into a new folder.

    Raises:
        SandboxError: ISCB-SANDBOX-NO-SUCH-FILE.
        ArchiveError: an assembly can't be unpacked.
        OSError, sqlite3.Error: disk faults.
    """
    if not download.path:
        newest = store.newest()
        if newest is None:
            raise SandboxError("ISCB-SANDBOX-NO-SUCH-FILE", path="(the cloud is empty)")
        download.path = newest.path
    item = store.item(download.path)
    working.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=working, prefix=""))
    local = store.fetch(item.path, folder, download.version, unpacked=True)
    if download.checkout and store.check_out(item.path):
        download.open_type = OPEN_AND_CHECKOUT
    store.opened(item.path, os.fspath(local), download.open_type)
    download.work_state = store.item(item.path).state
    download.assembly = item.assembly
    download.local = os.path.abspath(local)
    _log.info("delivered %s to %s (%s, %s)", item.path, local, download.open_type, download.work_state)
