"""Starting the bridge again, for settings that it reads at its start only. Nothing that is on its way is cut off.

The bridge hands nothing new over from then on; what ISCDesk has already is waited for, however long that takes. The
windows stay open: their link comes back by itself.
"""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, QTimer, Slot

from iscbridge.core.jobs import JobState
from iscbridge.ipc.messages import StatusResult
from iscbridge.tray.keeper import Keeper
from iscbridge.tray.link import Link, LinkState

log = logging.getLogger(__name__)

_LOOK_MS = 500


class Restarting(QObject):
    """`begin()`; whoever holds the keeper calls `over()` when the bridge has ended."""

    def __init__(self, keeper: Keeper, link: Link, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._keeper = keeper
        self._link = link
        self.under_way = False
        """Between `begin()` and `over()`."""
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._ask)

    def begin(self) -> None:
        """Start the bridge again, as soon as ISCDesk has nothing of it in hand."""
        if self.under_way:
            return
        self.under_way = True
        log.info("the bridge is to start again")
        if self._link.state is not LinkState.CONNECTED:
            self._close()
            return
        reply = self._link.ask("bridge.pause", parent=self)
        reply.done.connect(self._ask)
        reply.failed.connect(self._close)

    def over(self) -> None:
        """The bridge has ended, or did not want to."""
        self.under_way = False
        self._look.stop()

    @Slot()
    def _ask(self) -> None:
        if not self.under_way:
            return
        reply = self._link.ask("bridge.status", parent=self)
        reply.done.connect(self._on_status)
        reply.failed.connect(self._close)

    @Slot(object)
    def _on_status(self, status: StatusResult) -> None:
        if not self.under_way:
            return
        if status.jobs.get(JobState.SUBMITTED.value):
            self._look.start()
        else:
            self._close()

    @Slot()
    def _close(self) -> None:
        if not self.under_way:
            return
        if self._keeper.running:
            self._keeper.close("restart")
        elif self._keeper.own:
            self.over()
            self._keeper.start()
        else:
            self._link.ask("bridge.shutdown", parent=self)  # the headless one; this process takes its place
