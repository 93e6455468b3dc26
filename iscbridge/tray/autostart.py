"""Brings the system's autostart in line with the setting `general.autostart`: at the start and when it changes.

On a thread of its own: the registry or a home folder on a share may take its time, and nobody waits for the result.
What the person switched off with the system's own means is left as it is.
"""

from __future__ import annotations

import logging
import os
from functools import partial

from PySide6.QtCore import QObject, QTimer, Slot

from iscbridge.core.settings import Settings
from iscbridge.platform.autostart import Autostart, AutostartEntry, system_autostart
from iscbridge.platform.folders import HOME_VARIABLE, Home
from iscbridge.platform.program import own_command
from iscbridge.platform.settings import load_settings
from iscbridge.tray.background import in_background
from iscbridge.tray.link import Link

log = logging.getLogger(__name__)

#: Not before the icon and the bridge are there.
_LATER_MS = 3000


def tray_command() -> list[str]:
    """What the system is to start: the tray, without a window."""
    return own_command("tray", "--quiet", windowed=True)


def apply(home: Home, entry: AutostartEntry, command: list[str]) -> Autostart:
    """Enter the command or take it away, as the setting says. Blocking.

    Raises:
        OSError: it can't be read or written.
    """
    found = load_settings(home.config).settings
    wanted = bool(found.values[Settings.general_autostart.key])
    state = entry.state(command)
    if wanted and state in (Autostart.OFF, Autostart.OTHER):
        entry.set(True, command)
    elif not wanted and state in (Autostart.ON, Autostart.SWITCHED_OFF):
        entry.set(False, command)  # an entry of another copy of the program is not ours to take away
    state = entry.state(command)
    if wanted and state is Autostart.SWITCHED_OFF:
        log.info("autostart was switched off by the system's own means (%s) and stays off", entry.place)
    return state


class AutostartKeeper(QObject):
    """One for the application. A profile that a variable names is somebody's test: it is never entered."""

    def __init__(
        self,
        home: Home,
        link: Link,
        parent: QObject | None = None,
        *,
        entry: AutostartEntry | None = None,
        later_ms: int = _LATER_MS,
    ) -> None:
        super().__init__(parent)
        self._home = home
        self._entry = entry or system_autostart()
        self._under_way = False
        self._again = False
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(later_ms)
        self._later.timeout.connect(self._apply)
        link.told.connect(self._on_told)
        self._later.start()

    @Slot(str, object)
    def _on_told(self, topic: str, _params: object) -> None:
        if topic == "settings.changed":
            self._apply()

    @Slot()
    def _apply(self) -> None:
        if not is_usual(self._home):
            return
        if self._under_way:
            self._again = True  # one after the other: the last change is to hold
            return
        self._under_way, self._again = True, False
        errand = in_background(partial(_try, self._home, self._entry), parent=self)
        errand.done.connect(self._on_done)
        errand.failed.connect(self._on_done)

    @Slot(object)
    def _on_done(self, _result: object) -> None:
        self._under_way = False
        if self._again:
            self._apply()


def _try(home: Home, entry: AutostartEntry) -> None:
    try:
        apply(home, entry, tray_command())
    except OSError as error:
        log.warning("autostart can't be set (%s): %s", entry.place, error)


def is_usual(home: Home) -> bool:
    """Whether this is the profile that a program started at log-on would use."""
    return not os.environ.get(HOME_VARIABLE) and home == Home.from_environment()
