"""How many signed requests may be under way with one key, so that the store never locks it. Pure.

More than five refused signatures in a row lock a key for five minutes (cloud-store-api.md, section 4.6). Here two in
a row stop it, over all processes: what is under way counts as refused until its answer is there. After a pause one
request is tried; after the fifth failure in a row only a person opens it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MOST_FAILURES = 2
FIRST_PROBE_S = 600
MOST_IN_A_ROW = 5
"""The sixth failure would lock the key."""


class Leave(StrEnum):
    """Whether one more request may go out."""

    GIVEN = "given"
    PROBE = "probe"
    """Given, and the only one: it shows whether the key is good again."""
    WAIT = "wait"
    """Not before one of those under way has its answer."""
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Count:
    """What is known of a key."""

    failures: int = 0
    """In a row."""
    stopped: int | None = None
    probe: int | None = None
    """When one request may be tried; None while it is stopped: only a person opens it."""


def leave(count: Count, under_way: int, in_background: int, now: int, *, background: bool) -> Leave:
    """Whether a request may go out.

    Args:
        count: the key's.
        under_way: requests whose answer is not there, those of the background among them.
        in_background: of these, how many no person waits for.
        now: seconds since the epoch.
        background: nobody waits for this one: one at a time, so that a person always finds a place.
    """
    if count.stopped is not None:
        if count.probe is None or not _is_due(count, now):
            return Leave.STOPPED
        return Leave.WAIT if under_way else Leave.PROBE
    free = MOST_FAILURES - count.failures - under_way
    return Leave.GIVEN if free > 0 and not (background and in_background) else Leave.WAIT


def failed(count: Count, now: int, more: int = 1) -> Count:
    """After `more` refused signatures."""
    failures = count.failures + more
    if failures < MOST_FAILURES:
        return Count(failures)
    probe = None if failures >= MOST_IN_A_ROW else now + probe_pause_s(failures)
    return Count(failures, now if count.stopped is None else count.stopped, probe)


def locked(count: Count, now: int) -> Count:
    """The store said that the key is locked."""
    return Count(
        max(count.failures, MOST_FAILURES), now if count.stopped is None else count.stopped, now + FIRST_PROBE_S
    )


def opened() -> Count:
    """A person opens it: one request shows whether they were right."""
    return Count(MOST_FAILURES - 1)


def probe_pause_s(failures: int) -> int:
    """How long a stopped key is left alone."""
    return int(FIRST_PROBE_S * 2 ** max(0, min(failures, MOST_IN_A_ROW) - MOST_FAILURES))


def _is_due(count: Count, now: int) -> bool:
    # A clock that was set back must not make ten minutes a year.
    return count.probe is not None and (count.probe <= now or count.probe > now + probe_pause_s(MOST_IN_A_ROW))
