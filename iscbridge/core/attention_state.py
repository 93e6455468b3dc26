"""States of the tray icon. A module of their own, since the icon is there before anything else is loaded."""

from __future__ import annotations

from enum import StrEnum


class Attention(StrEnum):
    """States of the icon."""

    STARTING = "starting"
    """Nothing is known yet."""
    SAVED = "saved"
    """Everything that was asked for is in the cloud, and no watched file has changed since."""
    CHANGED = "changed"
    """Nothing is under way, and not everything is in the cloud, or not known to be."""
    WORKING = "working"
    """Jobs are under way."""
    PAUSED = "paused"
    """A person has paused the bridge."""
    OFFLINE = "offline"
    """The bridge or ISCDesk can't be reached; what was captured waits."""
    LICENSE = "license"
    """New cloud work of a product is not allowed."""
    NEEDS_YOU = "needs_you"
    """Somebody has to decide or to repair something."""
