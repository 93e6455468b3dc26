"""The end of the user's session: log-off, restart, shutdown of the computer."""

from __future__ import annotations

import logging
import sys

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QGuiApplication, QSessionManager, QWindow

from iscbridge.tray.keeper import Keeper

log = logging.getLogger(__name__)

#: Windows calls a program that does not answer within 5 seconds one that hangs. What is not done by then is in the
#: journal, and goes on at the next start.
_MOST_MS = 2000
#: If the session still stands after this time, another program or the person has stopped its end.
_STILL_HERE_MS = 30_000


class SessionEnd(QObject):
    """Closes the bridge when the session ends (WM_QUERYENDSESSION on Windows, XSMP on X11; SIGTERM goes elsewhere).

    It asks nothing and vetoes nothing: nothing can be lost. If the session goes on after all, the bridge is started
    again.
    """

    def __init__(self, keeper: Keeper, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.expected = False
        """Whether the session is about to end."""
        self._keeper = keeper
        self._still_here = QTimer(self)
        self._still_here.setSingleShot(True)
        self._still_here.setInterval(_STILL_HERE_MS)
        self._still_here.timeout.connect(self.go_on)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.commitDataRequest.connect(self._on_commit)
            application.saveStateRequest.connect(self._on_save_state)
        if sys.platform == "win32":
            # Windows tells windows, also hidden ones, and Qt hears it by those of its own. That behind the icon is none
            # of these: without this one a tray that shows nothing would never learn of it.
            self._ear = QWindow()
            self._ear.create()

    @Slot(QSessionManager)
    def _on_commit(self, manager: QSessionManager) -> None:
        # Autostart brings the tray back, or does not, as the settings say: the session manager must not do it twice.
        manager.setRestartHint(QSessionManager.RestartHint.RestartNever)
        self.begin()

    @Slot(QSessionManager)
    def _on_save_state(self, manager: QSessionManager) -> None:
        manager.setRestartHint(QSessionManager.RestartHint.RestartNever)

    def begin(self) -> None:
        """The session is to end: write and close what there is, within the time that the system gives."""
        if self.expected:
            return
        self.expected = True
        log.info("the session ends")
        self._still_here.start()
        self._keeper.close("the session ends")
        if self._keeper.running and not self._keeper.wait_thread(_MOST_MS):
            log.warning("the bridge was still closing when the session ended")

    @Slot()
    def go_on(self) -> None:
        """The session did not end."""
        if self.expected:
            self.expected = False
            log.info("the session goes on")
            self._keeper.start()
