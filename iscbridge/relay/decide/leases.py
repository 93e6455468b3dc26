"""What a lease says, and for how long. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from iscbridge.lease.form import LONGEST_S, LeaseState, SeatKind

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Times:
    """Of a lease, in seconds since the epoch."""

    issued: int
    next_check: int
    until: int


def times(state: LeaseState, seat: SeatKind, *, now: int, lease_days: int, next_check_s: int, floating_s: int) -> Times:
    """For how long a lease holds.

    A good one holds for the vendor's days, whatever the term of the licence: the store's end of a term is an estimate,
    and a renewal must not be missed for want of a network. A floating seat's lease ends with the time for which the
    seat is held. A refusal is short: the next check may bring better news.
    """
    if state is not LeaseState.ALIVE:
        length = min(next_check_s, DAY_S)
        return Times(now, now + min(length, 3600), now + length)
    length = floating_s if seat is SeatKind.FLOATING else lease_days * DAY_S
    length = min(length, LONGEST_S)
    # A floating seat is asked for again well before it is free.
    pause = min(next_check_s, length // 3 if seat is SeatKind.FLOATING else length)
    return Times(now, now + max(1, pause), now + length)
