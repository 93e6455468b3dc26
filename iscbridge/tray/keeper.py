"""Which bridge the windows talk to: one of this process, or a headless one that has the profile."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from iscbridge.core.errors import BridgeError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.platform.folders import Home
from iscbridge.platform.locks import ProfileLock, holder
from iscbridge.service.process.engine_thread import EngineThread
from iscbridge.service.process.profile import take_profile

if TYPE_CHECKING:
    from iscbridge.service.bridge import BridgeConfig

log = logging.getLogger(__name__)

#: A bridge gives its SDK processes 5 seconds to say goodbye; the rest is for a slow disk.
CLOSE_MS = 10_000


class Keeper(QObject):
    """Holds the profile's lock and the thread of the bridge, if this process runs it."""

    failed = Signal(object)
    """An `ErrorInfo`: the bridge of this process did not start, or has ended in an unforeseen way."""
    ended = Signal()
    """The bridge of this process has ended in good order, whoever asked for that."""

    def __init__(
        self,
        home: Home,
        lock: ProfileLock | None,
        configure: Callable[[], BridgeConfig],
        parent: QObject | None = None,
    ) -> None:
        """A keeper.

        Args:
            home: the profile.
            lock: of the profile, taken; None: another process has it.
            configure: see `EngineThread`.
            parent: of this object.
        """
        super().__init__(parent)
        self._home = home
        self._lock = lock
        self._configure = configure
        self._thread: EngineThread | None = None
        self._failure: ErrorInfo | None = None

    @property
    def own(self) -> bool:
        """Whether the bridge is this process's business."""
        return self._lock is not None

    @property
    def running(self) -> bool:
        """Whether the thread of the bridge runs."""
        return self._thread is not None and self._thread.isRunning()

    def start(self) -> None:
        """Start the bridge, if this process has the profile and none runs."""
        if self._lock is None or self._thread is not None:
            return
        self._failure = None
        self._thread = EngineThread(self._configure, self)
        self._thread.failed.connect(self._on_failed, Qt.ConnectionType.QueuedConnection)
        self._thread.finished.connect(self._on_finished, Qt.ConnectionType.QueuedConnection)
        self._thread.start()

    def take_over(self) -> bool:
        """Run the bridge from now on, if nobody has the profile any more. Returns whether this process does."""
        if self._lock is not None:
            return True
        try:
            if holder(self._home.lock) is not None:
                return False
            self._lock = take_profile(self._home)
        except (BridgeError, OSError) as error:
            log.info("the profile can't be taken: %s", error)
            return False
        self.start()
        return True

    def close(self, reason: str) -> None:
        """Ask the bridge of this process to close; `ended` follows if it runs."""
        if self._thread is not None:
            self._thread.ask_to_close(reason)

    def wait(self, milliseconds: int = CLOSE_MS) -> bool:
        """Wait for the end of the thread, bounded; gives whether it has ended. Then the lock is given back."""
        if not self.wait_thread(milliseconds):
            return False
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        return True

    def wait_thread(self, milliseconds: int) -> bool:
        """Wait for the end of the thread, bounded, and keep the lock; gives whether it has ended."""
        return self._thread is None or self._thread.wait(milliseconds)

    @Slot(object)
    def _on_failed(self, error: ErrorInfo) -> None:
        self._failure = error

    @Slot()
    def _on_finished(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.wait()
            thread.setParent(None)
        if self._failure is not None:
            self.failed.emit(self._failure)
        else:
            self.ended.emit()
