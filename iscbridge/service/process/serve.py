"""A bridge without windows: event loop, orderly end on a signal."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QTimer

from iscbridge.platform.elevation import refuse_elevated
from iscbridge.platform.folders import Home
from iscbridge.platform.hardening import no_core_dumps
from iscbridge.service.bridge import Bridge
from iscbridge.service.process.profile import take_profile
from iscbridge.service.process.setup import ServeOptions, bridge_config
from iscbridge.service.process.signals import SignalWatch
from iscbridge.service.process.start_command import leave_start_command

log = logging.getLogger(__name__)


def serve(home: Home, options: ServeOptions, on_ready: Callable[[Bridge], None]) -> int:
    """Run a bridge until it is asked to close. Returns 0.

    Raises:
        BridgeError: another bridge has the profile, the SDK library is not there, the data folder can't be used, or
            this process has an administrator's rights.
    """
    refuse_elevated()
    no_core_dumps()  # licence codes pass through this process's memory
    with take_profile(home, verbose=options.verbose):
        config = bridge_config(home, options)
        app = QCoreApplication.instance() or QCoreApplication(sys.argv[:1])
        bridge = Bridge(config)
        bridge.closed.connect(app.quit)
        signals = SignalWatch(lambda name: bridge.begin_shutdown(None, name), bridge)
        bridge.start()
        leave_start_command(home)
        QTimer.singleShot(0, bridge, lambda: on_ready(bridge))
        code = app.exec()
        signals.close()
    log.info("closed")
    logging.shutdown()
    if any(thread.name.startswith("worker-") for thread in threading.enumerate()):
        # A worker hangs in a share that does not answer. Everything is written and closed: do not wait for it.
        os._exit(code)
    return code
