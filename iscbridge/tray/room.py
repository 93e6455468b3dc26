"""What every window is given, and the little that the windows remember from one start to the next."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from iscbridge.platform.folders import Home
from iscbridge.platform.private import write_private
from iscbridge.tray.link import Link
from iscbridge.tray.words import Words

log = logging.getLogger(__name__)

_MOST_BYTES = 65_536


class TrayState:
    """Window places, whether the first run is done: nothing that a person would miss. `<profile>/tray.json`.

    What can't be read counts as not there; what can't be written is told in the log only.
    """

    def __init__(self, home: Home) -> None:
        self._path = str(home.root / "tray.json")
        self._values = self._read()

    def get(self, key: str, default: Any = None) -> Any:
        """What was remembered under a key: any JSON value. Its kind is for the caller to check."""
        return self._values.get(key, default)

    def put(self, key: str, value: Any) -> None:
        """Remember a JSON value."""
        if self._values.get(key) == value:
            return
        self._values[key] = value
        try:
            write_private(self._path, json.dumps(self._values).encode())
        except OSError as error:
            log.warning("the state of the windows can't be written: %s", error)

    def _read(self) -> dict[str, Any]:
        try:
            with open(self._path, "rb") as file:
                found = json.loads(file.read(_MOST_BYTES))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Room:
    """What a window works with. All of it belongs to the GUI thread."""

    link: Link
    words: Words
    home: Home
    state: TrayState
    open_window: Callable[[str, Mapping[str, object]], None]
    """Open or raise a window by name (`activity`, `settings`, `files`, `license` ...), with what it is to show."""
