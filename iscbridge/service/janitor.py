"""Housekeeping once an hour: old history and snapshots whose time is over."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from iscbridge.core.errors import BridgeError
from iscbridge.service.clock import wall_clock

if TYPE_CHECKING:
    from iscbridge.service.bridge import Bridge

log = logging.getLogger(__name__)

_FIRST_S = 60.0
_EVERY_S = 3600.0


class Janitor:
    """Prunes journal and snapshot store; the store's part runs on a worker."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def start(self) -> None:
        """Come round for the first time a minute after the start."""
        self._bridge.timers.set("janitor", wall_clock() + _FIRST_S)

    def run(self) -> None:
        """One round. What can't be done now is done an hour later."""
        bridge = self._bridge
        bridge.timers.set("janitor", wall_clock() + _EVERY_S)
        try:
            bridge.journal.prune(wall_clock())
            keep = bridge.journal.objects_in_use()
        except BridgeError as error:
            log.warning("housekeeping is put off: %s", error.code)
            return
        bridge.work("housekeeping", lambda _stop: bridge.store.collect(keep), lambda _value: None)
