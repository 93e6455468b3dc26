"""Housekeeping once an hour: old history, snapshots whose time is over, assembly folders nobody hands over any more."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from iscbridge.core.errors import BridgeError
from iscbridge.journal import staging
from iscbridge.journal.database import set_aside
from iscbridge.service.clock import wall_clock

if TYPE_CHECKING:
    from iscbridge.service.bridge import Bridge

log = logging.getLogger(__name__)

_EVERY_S = 3600.0
#: An assembly folder that was not handed over for so long is laid out anew when it is needed.
_STAGED_FOR_S = 7 * 86400.0


class Janitor:
    """Prunes the journal on its own thread, and the stores on a worker."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def start(self) -> None:
        """Come round for the first time a while after the start, when there is less to do."""
        self._bridge.timers.set("janitor", wall_clock() + self._bridge.config.janitor_s)

    def run(self) -> None:
        """One round. What can't be done now is done an hour later."""
        bridge = self._bridge
        now = wall_clock()
        bridge.timers.set("janitor", now + _EVERY_S)
        try:
            bridge.journal.prune(now)
            bridge.journal.rest()
        except BridgeError as error:
            log.warning("housekeeping is put off: %s", error.code)
            return
        idle = not bridge.engine.jobs()
        bridge.work("housekeeping", lambda _stop: self._sweep(now, idle=idle), lambda _value: None)

    def _sweep(self, now: float, *, idle: bool) -> None:
        """On a worker: a store can be large and its disk slow."""
        bridge = self._bridge
        aside = set_aside(bridge.config.home.journal)
        if aside:
            # It may be the only one that knows what somebody's captured work is called.
            log.warning("all snapshots stay, since a damaged journal may name them: %s", aside[0])
        else:
            try:
                bridge.store.collect(bridge.journal.objects_in_use())
            except BridgeError as error:
                log.warning("old snapshots stay for now: %s", error.code)
        if idle:
            staging.prune(bridge.config.home.staging, now - _STAGED_FOR_S)
