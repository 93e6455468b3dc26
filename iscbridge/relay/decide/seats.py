"""Who may have a seat of a licence. Pure: seats and time come in, what is to be done comes out.

A licence has as many seats as were bought. A seat is bound to its holder: a device (`node`, `floating`) or a person
(`named`). The database keeps every slot and every holder single (`tables.SEATS`); here is decided which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from iscbridge.lease.form import SeatKind


@dataclass(frozen=True, slots=True)
class Seat:
    """A living seat: one that was not given back. Times are seconds since the epoch."""

    id: str
    slot: int
    holder: str
    granted: int
    lease_until: int
    """End of the last lease that was given for it."""
    until: int | None = None
    """`floating`: free from then on."""


class NoSeat(StrEnum):
    """Why there is none."""

    FULL = "full"
    """Every seat is taken."""
    FEWER = "fewer"
    """Fewer seats were renewed than there had been, and this is one of the newest."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one request for a seat."""

    slot: int = 0
    """The holder's slot; 0: none, see `refused`."""
    seat: Seat | None = None
    """The holder's seat of before; None with a slot: it is to be made."""
    refused: NoSeat | None = None
    keep_lease: bool = False
    """The seat is lost when its lease ends, and until then the lease goes on as it is: no new one is given."""
    end: tuple[str, ...] = ()
    """Ids of seats that end now."""


def seat_for(kind: SeatKind, amount: int, seats: Sequence[Seat], holder: str, now: int) -> Decision:
    """The seat of a holder who asks.

    Args:
        kind: of the licence.
        amount: seats that the licence has now.
        seats: its living ones.
        holder: who asks.
        now: seconds since the epoch, by the relay's clock.
    """
    over = tuple(seat.id for seat in seats if _is_over(kind, seat, holder, now))
    living = sorted((seat for seat in seats if seat.id not in over), key=lambda seat: (seat.granted, seat.slot))
    mine = next((seat for seat in living if seat.holder == holder), None)
    if mine is not None:
        return _kept(mine, living.index(mine) < amount, over, now)
    taken = {seat.slot for seat in living}
    free = next((slot for slot in range(1, amount + 1) if slot not in taken), None)
    if free is None or len(living) >= amount:
        return Decision(refused=NoSeat.FULL, end=over)
    return Decision(free, end=over)


def _is_over(kind: SeatKind, seat: Seat, holder: str, now: int) -> bool:
    """A floating seat whose holder was not heard of. Whoever has it and asks again in time keeps it."""
    return kind is SeatKind.FLOATING and seat.until is not None and seat.until <= now and seat.holder != holder


def _kept(mine: Seat, within: bool, over: tuple[str, ...], now: int) -> Decision:
    """The holder's own seat: kept, unless there are fewer now than there are older holders."""
    if within:
        return Decision(mine.slot, mine, end=over)
    if mine.lease_until > now:
        return Decision(mine.slot, mine, keep_lease=True, end=over)
    return Decision(refused=NoSeat.FEWER, end=(*over, mine.id))


def seat_to_transfer(amount: int, seats: Sequence[Seat], holder: str) -> Seat | None:
    """The seat that ends when a person takes one for another device: the one whose lease ends first.

    None: there is nothing to take, since the holder has a seat or one is free.
    """
    if any(seat.holder == holder for seat in seats) or len(seats) < amount:
        return None
    return min(seats, key=lambda seat: (seat.lease_until, seat.granted, seat.slot), default=None)
