"""Calls of the store may come in any order and more than once: a licence ends up as if they had come as they were signed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from iscbridge.relay.decide.states import Calls, Event, Life, State, arrived, called

CALLED = [Event.RENEWED, Event.FREEZE, Event.UNFREEZE, Event.RELEASE]
BEFORE = [State.ALIVE, State.FROZEN, State.EXPIRED, State.REFUSED]


@st.composite
def deliveries(draw):
    """Calls in the order of their signing (event, when, end), and that in which they arrive, some of them again."""
    events = draw(st.lists(st.sampled_from(CALLED), min_size=1, max_size=7))
    sent = [(event, 1000 + number, 50_000 + number) for number, event in enumerate(events)]
    arriving = draw(st.permutations(sent + draw(st.lists(st.sampled_from(sent), max_size=3))))
    return sent, arriving


@given(st.sampled_from(BEFORE), deliveries())
def test_in_whatever_order_they_arrive(state, delivered):
    sent, arriving = delivered
    expected = Life(state, 40_000)
    for event, _, expires in sent:
        expected = called(expected, event, expires)
    life, calls = Life(state, 40_000), Calls()
    for event, signed, expires in arriving:
        life, calls = arrived(life, calls, event, signed, expires)
    assert life.state is expected.state
    if life.state is not State.RELEASED:  # its end is of no interest any more
        assert life == expected


def test_a_release_that_comes_late_is_not_lost():
    life, calls = arrived(Life(State.ALIVE), Calls(), Event.FREEZE, 2)
    assert arrived(life, calls, Event.RELEASE, 1)[0].state is State.RELEASED


def test_a_renewal_that_comes_late_is_not_lost():
    life, calls = arrived(Life(State.ALIVE, 10), Calls(), Event.FREEZE, 2)
    assert arrived(life, calls, Event.RENEWED, 1, 99)[0] == Life(State.FROZEN, 99)
