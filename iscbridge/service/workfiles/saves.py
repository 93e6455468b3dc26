"""Saves of working files by the bridge itself: through the same door as a host's, with what is saved together kept together."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from iscbridge.core import inputs as i
from iscbridge.core.errors import BridgeError
from iscbridge.core.jobs import ErrorInfo, JobKind, Origin
from iscbridge.journal.workfiles import Together, Workfile
from iscbridge.platform.volumes import volume_key
from iscbridge.platform.workfile_looks import is_locked
from iscbridge.service.clock import wall_clock
from iscbridge.service.jobs.job_ids import new_job_id

if TYPE_CHECKING:
    from iscbridge.service.bridge import Bridge

log = logging.getLogger(__name__)

#: What the bridge asks for itself is answered to nobody: no host's request ever has such a number.
_FIRST_TOKEN = 1 << 60
HOST = "ISCBridge"
_INSTANCE = "iscbridge-workfiles"


@dataclass(slots=True)
class _Due:
    """A save that is to be asked for: of one file, or of an assembly, whichever of its files wanted it."""

    file: Workfile
    wanted_by: set[str] = field(default_factory=set)
    waits: bool = False
    """It was found open in a CAD."""


class Saves(QObject):
    """Gathers what is due for a moment, so that an assembly of which several files changed is saved once."""

    def __init__(
        self, bridge: Bridge, gather_s: float, retry_s: float, still_due: Callable[[str], bool], parent: QObject
    ) -> None:
        """`still_due`: whether a file is still to be saved; asked again when a save had to wait."""
        super().__init__(parent)
        self._bridge = bridge
        self._still_due = still_due
        self._due: dict[tuple[str, Together], _Due] = {}
        self._asked: dict[int, _Due] = {}
        self._token = _FIRST_TOKEN
        self._retry_ms = round(retry_s * 1000)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(round(gather_s * 1000))
        self._soon.timeout.connect(self._on_soon)
        self._closed = False

    def close(self) -> None:
        """Ask for nothing any more: the journal is about to close."""
        self._closed = True
        self._soon.stop()

    def save(self, file: Workfile, wanted_by: str) -> None:
        """Save it, or its assembly, in a moment."""
        due = self._due.setdefault((file.main, file.together), _Due(file))
        due.wanted_by.add(wanted_by)
        self._start()

    def request(self, file: Workfile, token: int, instance: str) -> None:
        """Save it now: a person asks. The answer goes to the request `token`."""
        self._ask(file, token, instance)

    def refused(self, token: int, error: ErrorInfo) -> bool:
        """An answer of the engine; False: to somebody else."""
        due = self._asked.pop(token, None)
        if due is None:
            return token >= _FIRST_TOKEN
        log.warning("a changed file could not be saved by itself: %s", error.code)
        if error.code.startswith("ISCB-JOURNAL-"):
            self._later(due)
        return True

    def accepted(self, token: int) -> bool:
        """As `refused`."""
        self._asked.pop(token, None)
        return token >= _FIRST_TOKEN

    def _start(self) -> None:
        if not self._closed and not self._soon.isActive():
            self._soon.start()

    @Slot()
    def _on_soon(self) -> None:
        due, self._due = self._due, {}
        for one in due.values():
            if any(map(self._still_due, one.wanted_by)):
                self._check_locks(one)

    def _check_locks(self, due: _Due) -> None:
        """Of an assembly no file may be open in a CAD; of a single file the last look has just told."""
        if due.file.together is Together.ALONE:
            self._ask_for(due)
            return
        try:
            members = {*self._bridge.workfiles.table.members(due.file.main), *due.wanted_by}
        except BridgeError as error:
            log.warning("the files of an assembly are not known now: %s", error.code)
            self._later(due)
            return

        def then(locked: object) -> None:
            if locked is False:
                self._ask_for(due)
                return
            if not due.waits:
                log.info("a changed assembly is not saved by itself yet: a file of it is open in a CAD")
            due.waits = True
            self._later(due)

        def look(stop: threading.Event) -> bool:
            rules = self._bridge.described.lock_rules()
            return any(is_locked(path, rules) for path in members if not stop.is_set())

        self._bridge.work(f"workfiles look {volume_key(due.file.main)}", look, then)

    def _later(self, due: _Due) -> None:
        QTimer.singleShot(self._retry_ms, self, lambda: self._again(due))

    def _again(self, due: _Due) -> None:
        kept = self._due.setdefault((due.file.main, due.file.together), due)
        kept.wanted_by |= due.wanted_by
        self._start()

    def _ask_for(self, due: _Due) -> None:
        self._token += 1
        self._asked[self._token] = due
        try:
            self._ask(due.file, self._token, _INSTANCE)
        except BridgeError as error:
            self.refused(self._token, error.info)

    def _ask(self, file: Workfile, token: int, instance: str) -> None:
        bridge = self._bridge
        files = self._files(file) if file.together is Together.BY_HOST else None
        bridge.licenses.used(file.product)
        event = i.JobRequested(
            wall_clock(),
            token,
            new_job_id(),
            JobKind.SAVE,
            path=file.main,
            origin=Origin(instance=instance, host=HOST, product=file.product),
            assembly=file.together is not Together.ALONE,
            files=files,
            limit=bridge.licenses.limit(file.product),
        )
        bridge.runner.feed_soon(event)

    def _files(self, file: Workfile) -> tuple[str, ...]:
        """What the host listed; when its job is no longer known, all that is still saved with this assembly."""
        job = self._bridge.journal.job(file.job)
        listed = None if job is None else job.files
        return listed or tuple(self._bridge.workfiles.table.members(file.main))
