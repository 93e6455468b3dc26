"""No seat twice, none too many, and nobody loses one before the lease ends."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from iscbridge.lease.form import SeatKind
from iscbridge.relay.decide.seats import NoSeat, Seat, seat_for, seat_to_transfer

HOLDERS = [f"device-{number}" for number in range(8)]


class Office(RuleBasedStateMachine):
    """A licence and the people who want seats of it, over days and renewals."""

    @initialize(kind=st.sampled_from([SeatKind.NODE, SeatKind.FLOATING]), amount=st.integers(0, 5))
    def begin(self, kind, amount):
        self.kind, self.amount, self.now, self.made = kind, amount, 1000, 0
        self.seats: dict[str, Seat] = {}
        self.leases: dict[str, int] = {}
        self.most = amount

    @rule(holder=st.sampled_from(HOLDERS))
    def asks(self, holder):
        had = next((seat for seat in self.seats.values() if seat.holder == holder), None)
        before = set(self.seats)
        decision = seat_for(self.kind, self.amount, list(self.seats.values()), holder, self.now)
        for ended in decision.end:
            gone = self.seats.pop(ended)
            assert gone.lease_until <= self.now, "a seat ended while its lease held"
        if decision.refused is not None:
            assert decision.slot == 0
            if decision.refused is NoSeat.FULL:
                assert len(self.seats) >= self.amount, "there was a free seat"
            return
        assert not decision.keep_lease or had is not None
        if decision.seat is None:
            self.made += 1
            seat = Seat(f"s{self.made}", decision.slot, holder, self.now, self.now, None)
            assert len(self.seats) < self.amount, "more seats than were bought"
        else:
            assert decision.seat.id in before
            seat = decision.seat
        if not decision.keep_lease:
            end = self.now + 100
            seat = replace(seat, lease_until=end, until=end if self.kind is SeatKind.FLOATING else None)
        self.seats[seat.id] = seat

    @rule(holder=st.sampled_from(HOLDERS))
    def gives_back(self, holder):
        self.seats = {key: seat for key, seat in self.seats.items() if seat.holder != holder}

    @rule(seconds=st.integers(1, 150))
    def time_passes(self, seconds):
        self.now += seconds

    @rule(amount=st.integers(0, 5))
    def renewed(self, amount):
        self.amount, self.most = amount, max(self.most, amount)

    @invariant()
    def slots_and_holders_are_single(self):
        seats = list(self.seats.values()) if hasattr(self, "seats") else []
        assert len({seat.slot for seat in seats}) == len(seats)
        assert len({seat.holder for seat in seats}) == len(seats)


TestOffice = Office.TestCase


def seat(number: int, *, lease_until: int = 2000, granted: int | None = None, until: int | None = None) -> Seat:
    return Seat(f"s{number}", number, f"h{number}", granted if granted is not None else number, lease_until, until)


def test_who_has_a_seat_keeps_it():
    decision = seat_for(SeatKind.NODE, 2, [seat(1), seat(2)], "h2", 1000)
    assert (decision.slot, decision.seat, decision.refused) == (2, seat(2), None)


def test_the_next_one_gets_none_and_nobody_loses_his():
    decision = seat_for(SeatKind.NODE, 2, [seat(1), seat(2, lease_until=0)], "h3", 1000)
    assert (decision.slot, decision.refused, decision.end) == (0, NoSeat.FULL, ())


def test_a_floating_seat_that_was_not_heard_of_goes_to_the_next():
    seats = [seat(1, until=999, lease_until=999), seat(2, until=1500)]
    decision = seat_for(SeatKind.FLOATING, 2, seats, "h3", 1000)
    assert (decision.slot, decision.end) == (1, ("s1",))


def test_who_comes_late_and_finds_his_floating_seat_free_has_it_again():
    decision = seat_for(SeatKind.FLOATING, 1, [seat(1, until=999, lease_until=999)], "h1", 1000)
    assert (decision.slot, decision.seat) == (1, seat(1, until=999, lease_until=999))


def test_fewer_seats_after_a_renewal_the_newest_goes_when_its_lease_ends():
    seats = [seat(1, granted=5), seat(2, granted=1)]
    held = seat_for(SeatKind.NODE, 1, seats, "h1", 1000)
    assert (held.keep_lease, held.slot) == (True, 1)
    gone = seat_for(SeatKind.NODE, 1, seats, "h1", 2000)
    assert (gone.refused, gone.end) == (NoSeat.FEWER, ("s1",))
    assert seat_for(SeatKind.NODE, 1, seats, "h2", 2000).slot == 2


def test_a_transfer_takes_the_seat_whose_lease_ends_first():
    seats = [seat(1, lease_until=900), seat(2, lease_until=800)]
    assert seat_to_transfer(2, seats, "h3") == seats[1]
    assert seat_to_transfer(3, seats, "h3") is None, "one is free"
    assert seat_to_transfer(2, seats, "h1") is None, "it has one"
    assert seat_to_transfer(0, [], "h1") is None


@given(st.integers(0, 3), st.sampled_from(list(SeatKind)))
def test_a_licence_without_seats_gives_none(now, kind):
    assert seat_for(kind, 0, [], "h1", now).refused is NoSeat.FULL
