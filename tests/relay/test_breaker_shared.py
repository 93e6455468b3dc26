"""One key, many processes: never more than two refused signatures in a row, whoever asks and whoever is killed."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from iscbridge.relay.database.tables import BREAKERS, PERMITS
from iscbridge.relay.decide.breaker import FIRST_PROBE_S, MOST_IN_A_ROW, Count, Leave, failed, leave, locked
from iscbridge.relay.upstream.breaker import PERMIT_S, SharedBreaker, reopen, take
from iscbridge.store.breaker import Permit
from support.relay_parts import relay_in

KEY = "key-of-the-test"


@pytest.fixture
def breaker(relay):
    return SharedBreaker(relay)


def ask(breaker, answer, patience_s=0.0):
    """One request whose signature is good or not; what was permitted."""
    with breaker.turn(KEY, by_person=True, patience_s=patience_s) as turn:
        if turn.permit in {Permit.GIVEN, Permit.LAST}:
            turn.accepted() if answer else turn.failed()
        return turn.permit


def count_of(relay):
    return relay.database.run(lambda connection: connection.execute(select(BREAKERS)).one())


def taken(relay, *, background=False):
    """A permit that nobody gives back: its holder was killed."""
    return relay.database.run(lambda connection: take(relay, connection, KEY, background=background)[0])


def test_two_failures_stop_it_for_every_process(relay, breaker, tmp_path):
    assert [ask(breaker, False), ask(breaker, False), ask(breaker, True)] == ["given", "given", "stopped"]
    other = relay_in(tmp_path, replica="two")
    assert ask(SharedBreaker(other), True) is Permit.STOPPED
    other.database.close()


def test_a_good_answer_ends_the_count(relay, breaker):
    for answer in (False, True, False, True, False):
        assert ask(breaker, answer) is Permit.GIVEN
    assert count_of(relay).failures == 1


def test_what_is_under_way_counts_as_failed(relay, breaker):
    ask(breaker, False)
    assert taken(relay) is Leave.GIVEN
    assert taken(relay) is Leave.WAIT
    assert ask(breaker, True) is Permit.BUSY


def test_the_background_leaves_a_place_for_people(relay):
    assert taken(relay, background=True) is Leave.GIVEN
    assert taken(relay, background=True) is Leave.WAIT
    assert taken(relay) is Leave.GIVEN


def test_another_request_in_one_turn_needs_another_permit(relay, breaker):
    with breaker.turn(KEY, by_person=True, patience_s=0) as turn:
        assert turn.failed()  # as after a wrong clock: once more
        assert not turn.failed()
    assert count_of(relay).failures == 2
    assert relay.database.run(lambda connection: connection.execute(select(PERMITS)).all()) == []


def test_no_other_request_while_one_of_another_process_could_fail(relay, breaker):
    assert taken(relay) is Leave.GIVEN
    with breaker.turn(KEY, by_person=True, patience_s=0) as turn:
        assert turn.permit is Permit.GIVEN
        assert not turn.failed(), "the other one may fail as well: that would be three"


def test_a_killed_process_has_failed(relay, breaker, clock):
    assert taken(relay) is Leave.GIVEN
    assert taken(relay) is Leave.GIVEN
    clock.now += PERMIT_S + 1
    assert ask(breaker, True) is Permit.STOPPED
    clock.now += FIRST_PROBE_S
    assert ask(breaker, True) is Permit.LAST
    assert ask(breaker, True) is Permit.GIVEN


def test_a_good_answer_to_an_older_request_hides_no_failure(relay, breaker):
    with breaker.turn(KEY, by_person=True, patience_s=0) as older:
        ask(SharedBreaker(relay), False)
        older.accepted()
    assert count_of(relay).failures == 1


def test_one_probe_after_ten_minutes_and_longer_each_time(relay, breaker, clock):
    ask(breaker, False), ask(breaker, False)
    for pause in (600, 1200, 2400):
        clock.now += pause - 1
        assert ask(breaker, False) is Permit.STOPPED
        clock.now += 1
        assert ask(breaker, False) is Permit.LAST
    clock.now += 365 * 86_400
    assert ask(breaker, True) is Permit.STOPPED, "a sixth failure would lock the key: only a person opens it now"
    assert count_of(relay).failures == MOST_IN_A_ROW


def test_one_probe_at_a_time(relay, breaker, clock):
    ask(breaker, False), ask(breaker, False)
    clock.now += FIRST_PROBE_S
    assert taken(relay) is Leave.PROBE
    assert taken(relay) is Leave.STOPPED
    assert ask(breaker, True) is Permit.STOPPED


def test_a_good_probe_opens_it(relay, breaker, clock):
    ask(breaker, False), ask(breaker, False)
    clock.now += FIRST_PROBE_S
    assert [ask(breaker, True), ask(breaker, True)] == ["last", "given"]
    assert count_of(relay).stopped is None


def test_a_person_opens_it_for_one_request(relay, breaker, clock):
    ask(breaker, False), ask(breaker, False)
    assert relay.database.run(lambda connection: reopen(connection, KEY))
    assert not relay.database.run(lambda connection: reopen(connection, KEY))
    assert [ask(breaker, False), ask(breaker, True)] == ["given", "stopped"]


def test_a_locked_key_is_left_alone(relay, breaker, clock):
    with breaker.turn(KEY, by_person=True, patience_s=0) as turn:
        turn.locked()
    assert ask(breaker, True) is Permit.STOPPED
    clock.now += FIRST_PROBE_S
    assert ask(breaker, True) is Permit.LAST


def test_a_clock_that_is_set_back_stops_nothing_for_ever(relay, breaker, clock):
    ask(breaker, False), ask(breaker, False)
    clock.now -= 30 * 86_400
    assert ask(breaker, True) is Permit.LAST
    assert ask(breaker, True) is Permit.GIVEN


def test_keys_do_not_count_for_each_other(relay, breaker):
    ask(breaker, False), ask(breaker, False)
    with breaker.turn("another key", by_person=True, patience_s=0) as turn:
        assert turn.permit is Permit.GIVEN


@pytest.mark.parametrize("good_first", [0, 3])
def test_never_three_in_a_row_over_processes_that_ask_together(tmp_path, good_first):
    relays = [relay_in(tmp_path, replica=name) for name in ("one", "two", "three")]
    lock, state = threading.Lock(), {"row": 0, "most": 0, "left": good_first}

    def store() -> bool:
        """A key that is good for a while, and then never again."""
        with lock:
            good = state["left"] > 0
            state["left"] -= 1
            state["row"] = 0 if good else state["row"] + 1
            state["most"] = max(state["most"], state["row"])
            return good

    def work(breaker):
        for _ in range(6):
            with breaker.turn(KEY, by_person=True, patience_s=0.2) as turn:
                while turn.permit in {Permit.GIVEN, Permit.LAST}:
                    if store():
                        turn.accepted()
                        break
                    if not turn.failed():
                        break

    breakers = [SharedBreaker(relay, background=odd) for relay in relays for odd in (False, True)]
    threads = [threading.Thread(target=work, args=(breaker,)) for breaker in breakers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert state["most"] == 2
    assert count_of(relays[0]).failures == 2
    for relay in relays:
        relay.database.close()


@given(st.lists(st.sampled_from(["start", "bad", "good", "lost", "later"]), max_size=60))
def test_whatever_comes_in_which_order(steps):
    """The pure rule alone: what is under way and what failed never make more than two before the next pause."""
    count, under_way, now, in_a_row = Count(), 0, 1_000_000, 0
    for step in steps:
        if step == "start":
            under_way += leave(count, under_way, 0, now, background=False) in {Leave.GIVEN, Leave.PROBE}
        elif step == "later":
            now += FIRST_PROBE_S
        elif under_way:
            under_way -= 1
            if step == "bad":
                count, in_a_row = failed(count, now), in_a_row + 1
            elif step == "good":
                count, in_a_row = Count(), 0
        assert in_a_row <= MOST_IN_A_ROW
        assert under_way + min(count.failures, 2) <= 2 or (count.stopped is not None and under_way <= 1)


def test_locked_keeps_what_was_counted():
    assert locked(Count(1), 5) == Count(2, 5, 5 + FIRST_PROBE_S)
    assert locked(Count(4, 3, 9), 5).failures == 4
