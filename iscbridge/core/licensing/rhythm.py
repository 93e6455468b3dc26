"""When the authority is asked: at the first use of each day, again after a failure with growing pauses, else not.

Pauses carry a jitter so that the machines of a company that lost its network do not come back all at once. The core has
no chance in it: the jitter is a hash, with the record's salt, which differs from machine to machine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from iscbridge.core.jobs import ErrorInfo

PAUSES_S = (60.0, 300.0, 900.0, 3600.0)
"""After the first, second ... failure in a row; the last one from then on."""
JITTER = 0.25
LONGEST_PAUSE_S = PAUSES_S[-1] * (1 + JITTER)
_STOPPED = "ISCB-STORE-AUTH-STOPPED"


def is_stopped(error: ErrorInfo | None) -> bool:
    """Whether the authority's client stopped by itself: it is not asked again before another day, or by a person."""
    return error is not None and error.code == _STOPPED


def pause_s(product: str, day: int, attempt: int, salt: str = "") -> float:
    """Seconds to wait after failure number `attempt` (from 1) of a day: 0.75 to 1.25 of what the table says."""
    base = PAUSES_S[min(max(attempt, 1), len(PAUSES_S)) - 1]
    import hashlib

    drawn = hashlib.sha256(f"{product}\n{day}\n{attempt}\n{salt}".encode("utf-8", "replace")).digest()
    share = int.from_bytes(drawn[:4], "big") / 0xFFFF_FFFF
    return base * (1 - JITTER + 2 * JITTER * share)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How one question of one product goes on the day on which it was asked last."""

    day: int = 0
    failures: int = 0
    """In a row, on that day."""
    retry_at: float | None = None
    """By this machine's clock; None: it is not asked again by itself on that day."""
    stopped: bool = False
    """The authority's client stopped by itself: not before another day, or a person."""

    def asked_on(self, day: int) -> bool:
        """Whether it was asked on this day already."""
        return self.day == day

    def may_retry(self, now: float, day: int) -> bool:
        """Whether the pause after a failure is over. A clock that was set back ends it too."""
        if self.retry_at is None or (self.stopped and self.day == day):
            return False
        return now >= self.retry_at or self.retry_at - now > LONGEST_PAUSE_S

    def answered(self, day: int) -> Rhythm:
        """A trusted answer came to what was asked on `day`."""
        return Rhythm(day)

    def failed(self, product: str, salt: str, now: float, day: int, error: ErrorInfo | None) -> Rhythm:
        """What was asked on `day` got no answer."""
        failures = self.failures + 1 if self.day == day else 1
        if is_stopped(error):
            return Rhythm(day, failures, now + LONGEST_PAUSE_S, stopped=True)
        at = now + pause_s(product, day, failures, salt)
        return Rhythm(day, failures, at if math.isfinite(at) else None)
