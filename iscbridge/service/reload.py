"""`settings.reload`: the settings file was changed; what can hold at once does, and the rest is named."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.setting_sources import Resolved
from iscbridge.core.settings import SETTINGS, Settings
from iscbridge.ipc import messages as m
from iscbridge.platform.settings import load_settings

if TYPE_CHECKING:
    from iscbridge.ipc.server import Request
    from iscbridge.service.bridge import Bridge

log = logging.getLogger(__name__)


class Reload:
    """Answers `settings.reload` requests, and holds the settings as they were read last."""

    def __init__(self, bridge: Bridge, start: Resolved) -> None:
        self._bridge = bridge
        self._start = start.settings
        self.settings = start.settings

    def ask(self, request: Request) -> None:
        """Read the settings off this thread, take them over, answer."""
        path = self._bridge.config.home.config
        self._bridge.work("settings", lambda _stop: load_settings(path), lambda found: self._take(request, found))

    def _take(self, request: Request, found: object) -> None:
        if not isinstance(found, Resolved):
            self._bridge.server.answer_error(request.token, ErrorInfo("ISCB-BRIDGE-INTERNAL"))
            return
        for fault in found.told:
            log.warning("%s: %s", fault.code, fault.params)
        self._hold(found.settings)
        self._bridge.server.answer(request.token, m.ReloadResult(restart=self._for_restart()))

    def _hold(self, settings: Settings) -> None:
        if settings.values == self.settings.values:
            return
        self.settings = settings
        set_log_level(settings)
        log.info("the settings were read again")
        self._bridge.settings_changed.emit(settings)
        self._bridge.server.notify("settings.changed", m.ChangedParams())

    def _for_restart(self) -> list[str]:
        """Settings that need a restart, and are not what this bridge was started with."""
        now, start = self.settings.values, self._start.values
        return [setting.key for setting in SETTINGS if setting.restart and now[setting.key] != start[setting.key]]


def set_log_level(settings: Settings) -> None:
    """Log in more detail, if the settings say so.

    Only what ISCBridge itself says: HTTP and keyring libraries may tell more than belongs into a file.
    """
    level = logging.DEBUG if settings.advanced_log_level == "debug" else logging.NOTSET
    logging.getLogger("iscbridge").setLevel(level)
