"""A room for windows under test: a profile of its own, and a link that a test scripts or that reaches a real bridge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iscbridge.platform.folders import Home
from iscbridge.tray.link import Link
from iscbridge.tray.room import Room, TrayState
from iscbridge.tray.words import Words


class Opened(list[tuple[str, Mapping[str, Any]]]):
    """The windows that were asked for."""

    def __call__(self, name: str, focus: Mapping[str, Any]) -> None:
        self.append((name, focus))


def room_with(link: Any, home: Home, words: Words | None = None) -> Room:
    """A room; `room.open_window` notes what it is asked for."""
    return Room(link, words or Words("en"), home, TrayState(home), Opened())


def linked_room(home: Home, words: Words | None = None) -> Room:
    """A room whose link reaches the bridge of this profile; close the link at the end."""
    words = words or Words("en")
    link = Link(home.bridge_address(), words)
    link.open()
    return room_with(link, home, words)
