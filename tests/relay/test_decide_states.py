"""The life of a licence: what the store's calls and answers make of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.licensing.model import AnswerKind
from iscbridge.lease.form import LONGEST_S, LeaseState, SeatKind
from iscbridge.relay.decide.leases import DAY_S, times
from iscbridge.relay.decide.states import TOLD, Event, Life, State, answered, called

ANY_LIFE = st.builds(Life, st.sampled_from(State), st.none() | st.integers(0, 99), st.none() | st.integers(0, 99))


@given(ANY_LIFE, st.sampled_from(Event), st.integers(100, 200))
def test_the_same_call_twice_is_the_same_as_once(life, event, expires):
    once = called(life, event, expires)
    assert called(once, event, expires) == once


@given(ANY_LIFE, st.lists(st.sampled_from([*Event, *AnswerKind]), max_size=8))
def test_released_never_comes_back(life, steps):
    life = called(life, Event.RELEASE)
    for step in steps:
        life = called(life, step, 100) if isinstance(step, Event) else answered(life, step, 100, 1)
    assert life.state is State.RELEASED


@given(ANY_LIFE, st.sampled_from(AnswerKind))
def test_no_trusted_answer_changes_nothing(life, kind):
    if kind in {AnswerKind.FAILED, AnswerKind.DONE, AnswerKind.NOT_RECEIVED, AnswerKind.ILLEGAL_STATE}:
        assert answered(life, kind, 5, 7) == life


@pytest.mark.parametrize(
    ("state", "event", "after"),
    [
        (State.ALIVE, Event.FREEZE, State.FROZEN),
        (State.FROZEN, Event.UNFREEZE, State.ALIVE),
        (State.EXPIRED, Event.UNFREEZE, State.ALIVE),
        (State.EXPIRED, Event.RENEWED, State.ALIVE),
        (State.FROZEN, Event.RENEWED, State.ALIVE),
        (State.NEW, Event.RENEWED, State.NEW),
        (State.RELEASED, Event.UNFREEZE, State.RELEASED),
    ],
)
def test_calls(state, event, after):
    assert called(Life(state), event, 50).state is after


def test_a_renewal_may_shorten_the_term():
    assert called(Life(State.ALIVE, expires=100), Event.RENEWED, 50).expires == 50


@pytest.mark.parametrize("kind", [AnswerKind.ALIVE, AnswerKind.EXPIRED])
def test_no_answer_of_a_query_thaws_what_a_call_froze(kind):
    assert answered(Life(State.FROZEN), kind, None, 9) == Life(State.FROZEN, asked=9)


def test_every_state_is_told():
    assert set(TOLD) == set(State)
    assert [state for state, told in TOLD.items() if told is LeaseState.ALIVE] == [State.ALIVE]


@given(
    st.sampled_from(LeaseState), st.sampled_from(SeatKind), st.integers(1, 30), st.integers(1, LONGEST_S),
    st.integers(1, LONGEST_S),
)  # fmt: skip
def test_times_are_in_order_and_bounded(state, seat, days, next_check, floating):
    made = times(state, seat, now=1000, lease_days=days, next_check_s=next_check, floating_s=floating)
    assert made.issued == 1000 < made.until <= 1000 + LONGEST_S
    assert made.issued <= made.next_check <= made.until
    if state is LeaseState.ALIVE and seat is SeatKind.FLOATING:
        assert made.until == 1000 + floating
    if state is LeaseState.ALIVE and seat is not SeatKind.FLOATING:
        assert made.until == 1000 + days * DAY_S
    if state is not LeaseState.ALIVE:
        assert made.until <= 1000 + DAY_S
