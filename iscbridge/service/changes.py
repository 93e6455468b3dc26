"""Tells clients that asked for it that the bridge's status is another than before; many changes make one message."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot

from iscbridge.core.pauses import CHANGED
from iscbridge.ipc import messages as m
from iscbridge.ipc.server import BridgeServer

_TOGETHER_MS = 100


class Changes(QObject):
    """Sends `bridge.changed`, at most ten times a second."""

    def __init__(self, server: BridgeServer, parent: QObject) -> None:
        super().__init__(parent)
        self._server = server
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TOGETHER_MS)
        self._timer.timeout.connect(self._tell)
        server.client_came.connect(self.soon)
        server.client_left.connect(self.soon)

    @Slot(object)
    def soon(self, _what: object = None) -> None:
        """Something changed."""
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _tell(self) -> None:
        self._server.notify(CHANGED, m.ChangedParams())
