"""When what failed is tried again, and what need not be. Pure."""

from __future__ import annotations

FIRST_S = 5.0
LONGEST_S = 3600.0
MOST_ATTEMPTS = 750
"""Made in a month or more: then it is left to a person."""

#: Failures that stay the same however often it is tried.
FINAL = frozenset({
    "ISCB-STORE-REFUSED", "ISCB-STORE-PARAM", "ISCB-STORE-REQUEST", "ISCB-LIC-FILE-FORMAT", "ISCB-RELAY-CODE",
    "ISCB-RELAY-SEALED",
})  # fmt: skip

#: Failures that the next question to the store would meet as well, whatever it is about.
GENERAL = frozenset({
    "ISCB-STORE-AUTH", "ISCB-STORE-AUTH-STOPPED", "ISCB-STORE-KEY-LOCKED", "ISCB-STORE-CLOCK", "ISCB-STORE-ACCOUNT",
    "ISCB-STORE-THROTTLED", "ISCB-STORE-UNAVAILABLE", "ISCB-STORE-UNREACHABLE", "ISCB-STORE-TLS", "ISCB-STORE-TIMEOUT",
    "ISCB-STORE-LOST", "ISCB-STORE-PROXY", "ISCB-STORE-PROXY-AUTH", "ISCB-STORE-GATEWAY", "ISCB-STORE-NO-SUCH-API",
    "ISCB-RELAY-SECRET", "ISCB-RELAY-BUSY",
})  # fmt: skip


def pause_s(attempts: int, chance: float) -> float:
    """How long to wait after so many attempts: twice as long each time, at most an hour, never all at one moment.

    Args:
        attempts: made so far, 1 or more.
        chance: from 0 to 1.
    """
    whole = min(LONGEST_S, FIRST_S * 2.0 ** min(attempts - 1, 30))
    return whole * (0.5 + 0.5 * chance)


def is_over(error: str, attempts: int) -> bool:
    """Whether it is left to a person from now on."""
    return error in FINAL or attempts >= MOST_ATTEMPTS
