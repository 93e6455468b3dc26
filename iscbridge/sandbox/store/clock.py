"""The sandbox store's clock: the wall clock, moved by time travel and by a misbehaviour. TLS never goes by it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from iscbridge.platform.folders import Home
from iscbridge.platform.sandbox_clock import read_shift
from iscbridge.sandbox.store.behaviour import Behaviour

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = datetime(1, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def utc(seconds: float) -> datetime:
    """A time as date and time. What no date can say (beyond the year 9999) becomes the last or first one that can."""
    try:
        return _EPOCH + timedelta(seconds=seconds)  # datetime.fromtimestamp refuses what lies before 1970 on Windows
    except OverflowError:
        return _LAST if seconds > 0 else _FIRST


class StoreClock:
    """Seconds since the epoch, as the store sees them; follows the shift of the profile at once."""

    def __init__(self, home: Home, behaviour: Behaviour) -> None:
        self._home = home
        self._behaviour = behaviour

    def now(self) -> float:
        return time.time() + read_shift(self._home) + self._behaviour.number("clock_off_s")
