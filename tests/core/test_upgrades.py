"""Announced upgrades: one answer for all, asked once a day; a forced one waits for what is on its way, but not for ever."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core import upgrades as u
from iscbridge.core.jobs import ErrorInfo

FAILED = ErrorInfo("ISCB-SDK-NOT-CONNECTED")


@pytest.fixture
def machine() -> u.Upgrades:
    return u.Upgrades(grace_s=10, wait_s=600)


def test_the_answer_to_a_check_is_passed_on(machine: u.Upgrades) -> None:
    assert machine.handle(u.Announced(0, available=True)) == [u.Announce(available=True)]
    assert machine.standing is None


def test_the_first_answer_counts_and_the_others_get_it(machine: u.Upgrades) -> None:
    assert machine.handle(u.Announced(0, forced=False)) == [u.Announce(forced=False)]
    assert machine.handle(u.Answered(1, 11, upgrade=True)) == [u.TellDesk(upgrade=True)]
    assert machine.handle(u.Answered(2, 12, upgrade=False)) == []
    told = machine.handle(u.Told(3))
    assert told == [u.Reply(11, upgrade=True), u.Reply(12, upgrade=True), u.Announce(forced=False, answer=True)]
    assert machine.handle(u.Answered(4, 13, upgrade=False)) == [u.Reply(13, upgrade=True)]


def test_an_answer_that_did_not_arrive_was_none(machine: u.Upgrades) -> None:
    machine.handle(u.Announced(0, forced=False))
    machine.handle(u.Answered(1, 11, upgrade=False))
    assert machine.handle(u.Told(2, FAILED)) == [u.ReplyError(11, FAILED)]
    assert machine.handle(u.Answered(3, 12, upgrade=True)) == [u.TellDesk(upgrade=True)]


def test_nobody_is_asked_twice_a_day(machine: u.Upgrades) -> None:
    machine.handle(u.Announced(0, forced=False))
    machine.handle(u.Answered(1, 11, upgrade=False))
    machine.handle(u.Told(2))
    assert machine.handle(u.Announced(3600, forced=False)) == [u.TellDesk(upgrade=False)]
    assert machine.handle(u.Told(3601)) == [u.Announce(forced=False, answer=False)]
    assert machine.handle(u.Announced(2 * u.A_DAY_S, forced=False)) == [u.Announce(forced=False)]
    assert machine.standing == u.Standing(forced=False, since=2 * u.A_DAY_S)


def test_an_answer_to_what_an_earlier_run_announced_is_passed_on(machine: u.Upgrades) -> None:
    assert machine.handle(u.Answered(0, 11, upgrade=True)) == [u.TellDesk(upgrade=True)]
    assert machine.handle(u.Told(1)) == [u.Reply(11, upgrade=True)]


def test_a_forced_one_waits_for_the_hosts_and_for_what_is_on_its_way(machine: u.Upgrades) -> None:
    assert machine.handle(u.Announced(0, forced=True)) == [u.Announce(forced=True), u.Drain(), u.LookAgain(10)]
    assert machine.handle(u.Announced(1, forced=True)) == [u.Announce(forced=True)]
    assert machine.handle(u.Look(2, idle=True)) == [u.LookAgain(10)]
    assert machine.handle(u.Look(10, idle=False)) == [u.LookAgain(600)]
    assert machine.handle(u.Look(20, idle=True)) == [u.Close()]
    assert machine.handle(u.Look(21, idle=True)) == []


def test_a_forced_one_does_not_wait_for_ever(machine: u.Upgrades) -> None:
    machine.handle(u.Announced(0, forced=True))
    assert machine.handle(u.Look(600, idle=False)) == [u.Close()]


def test_forced_stays_forced(machine: u.Upgrades) -> None:
    machine.handle(u.Announced(0, forced=True))
    assert machine.handle(u.Announced(1, forced=False)) == []
    assert machine.handle(u.Answered(2, 11, upgrade=False)) == [u.Reply(11, upgrade=True)]


def test_a_clock_that_is_set_back_makes_it_wait_no_longer_than_once_more(machine: u.Upgrades) -> None:
    machine.handle(u.Announced(1e9, forced=True))
    assert machine.handle(u.Look(1e6, idle=False)) == [u.LookAgain(1e6 + 10)]
    assert machine.handle(u.Look(1e6 + 600, idle=False)) == [u.Close()]


EVENTS = st.lists(
    st.one_of(
        st.builds(u.Announced, st.just(0.0), st.none() | st.booleans(), st.none() | st.booleans()),
        st.builds(u.Answered, st.just(0.0), st.just(0), st.booleans()),
        st.builds(u.Told, st.just(0.0), st.none() | st.just(FAILED)),
        st.builds(u.Look, st.just(0.0), st.booleans()),
        st.floats(0, 1e5).map(u.Input),
    ),
    max_size=40,
)


@given(EVENTS)
def test_every_answer_is_answered_once_and_the_bridge_closes_only_when_forced(events: list[u.Input]) -> None:
    machine, now, asked, forced = u.Upgrades(10, 600), 0.0, 0, False
    replies: Counter[int] = Counter()
    closed = calls = 0

    def do(event: u.Input) -> None:
        nonlocal closed, calls
        for effect in machine.handle(event):
            replies.update([effect.token] if isinstance(effect, u.Reply | u.ReplyError) else [])
            closed += isinstance(effect, u.Close)
            calls += isinstance(effect, u.TellDesk)

    for event in events:
        if type(event) is u.Input:
            now += event.now
        elif isinstance(event, u.Answered):
            asked += 1
            do(u.Answered(now, asked, event.upgrade))
        elif isinstance(event, u.Announced):
            forced |= event.forced is True
            do(u.Announced(now, event.available, event.forced))
        elif isinstance(event, u.Told) and calls:
            calls = 0
            do(u.Told(now, event.error))
        elif isinstance(event, u.Look):
            do(u.Look(now, event.idle))
        assert calls <= 1, "two calls at the same time"
    do(u.Told(now))
    assert replies == Counter(range(1, asked + 1))
    assert closed <= 1
    assert forced or not closed
