"""The bridge on a thread of its own, for a process whose main thread belongs to windows.

The bridge and everything that it makes live and die on this thread. Nobody else touches them: the windows talk to
the bridge by the local protocol, and what this module says to its owner crosses by queued signals.
"""

from __future__ import annotations

import linecache
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QThread, Signal, Slot

from iscbridge.core.errors import BridgeError
from iscbridge.core.jobs import ErrorInfo

if TYPE_CHECKING:
    from iscbridge.service.bridge import Bridge, BridgeConfig

log = logging.getLogger(__name__)


class _Door(QObject):
    """What other threads may call of the bridge's thread: lives there, is reached by queued signals only."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._bridge = bridge

    @Slot(str)
    def close_bridge(self, reason: str) -> None:
        self._bridge.begin_shutdown(None, reason)


class EngineThread(QThread):
    """Runs a bridge. `start()`, then `ready` or `failed`; at the end, always, `closed`.

    Everything that takes long to load is loaded on this thread, so that its owner's windows do not wait for it.
    """

    ready = Signal(str)
    """The bridge listens at this address."""
    failed = Signal(object)
    """An `ErrorInfo`: there will be no bridge."""
    closed = Signal()
    """The bridge has ended: everything is written, and the journal is closed."""
    _wanted_closed = Signal(str)

    def __init__(self, configure: Callable[[], BridgeConfig], parent: QObject | None = None) -> None:
        """A bridge to be.

        Args:
            configure: called on this thread; may block, load a lot, and raise BridgeError.
            parent: of the thread object, which itself belongs to the caller's thread.
        """
        super().__init__(parent)
        self.setObjectName("engine")
        self._configure = configure
        self._guard = threading.Lock()
        self._door: _Door | None = None
        self._asked: str | None = None

    def ask_to_close(self, reason: str) -> None:
        """Begin the orderly end; `closed` follows. From any thread, at any time, as often as one likes."""
        with self._guard:
            if self._asked is None:
                self._asked = reason
            if self._door is not None:
                self._wanted_closed.emit(reason)

    def run(self) -> None:
        """The thread: load, make, serve, destroy. Not to be called."""
        try:
            self._serve()
        except BridgeError as error:
            log.error("the bridge did not start: %s", error.code)  # noqa: TRY400 - the code says it all
            self.failed.emit(error.info)
        except Exception as error:
            log.exception("the bridge ended in an unforeseen way")
            self.failed.emit(ErrorInfo("ISCB-BRIDGE-INTERNAL", {"detail": type(error).__name__}))
        self.closed.emit()

    def _serve(self) -> None:
        from iscbridge.service.bridge import Bridge
        from iscbridge.service.process.start_command import leave_start_command

        config = self._configure()
        bridge = Bridge(config)
        try:
            bridge.closed.connect(self.quit, Qt.ConnectionType.DirectConnection)
            bridge.start()
            leave_start_command(config.home)
            linecache.clearcache()  # PySide looks into the sources of modules that load, and leaves them there
            with self._guard:
                self._door = _Door(bridge)
                self._wanted_closed.connect(self._door.close_bridge, Qt.ConnectionType.QueuedConnection)
                asked = self._asked
            self.ready.emit(config.home.bridge_address())
            if asked is not None:
                self._wanted_closed.emit(asked)
            self.exec()
        finally:
            with self._guard:
                self._door = None
            # Here and now: destroyed by the interpreter at some later time it might be another thread that does it,
            # and timers and sockets can't be stopped from there.
            bridge.deleteLater()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
