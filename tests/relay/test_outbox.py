"""The outbox: nothing is lost, nobody does a row at the same time as another, and what fails waits longer each time."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from iscbridge.core.errors import StoreError
from iscbridge.relay.admin.deeds import retry
from iscbridge.relay.database.tables import DUTIES, OUTBOX
from iscbridge.relay.decide.retry import MOST_ATTEMPTS, is_over, pause_s
from iscbridge.relay.upstream.duties import HELD_S, keep_duty, leave_duty, take_duty
from iscbridge.relay.upstream.outbox import CLAIM_S, Outbox
from iscbridge.relay.upstream_port import QueryOrder, outbox_row
from support.relay_parts import relay_in

DOWN = StoreError("ISCB-STORE-UNREACHABLE", detail="refused")
REFUSED = StoreError("ISCB-STORE-REFUSED", storeCode="91381038")
DAY_S = 86_400


class Killed(BaseException):
    """The process is gone in the middle of it."""


class Store:
    """Does what it is told to, and remembers."""

    def __init__(self, *fails):
        self.fails = list(fails)
        self.done = []

    def __call__(self, task, _row_id):
        self.done.append(task.order)
        if self.fails:
            raise self.fails.pop(0)


def put(relay, *orders):
    for order in orders:
        row = outbox_row(relay, QueryOrder(order, "1"), order, test=False)
        relay.database.run(lambda connection, row=row: connection.execute(insert(OUTBOX).values(**row)))


def rows(relay):
    return relay.database.run(lambda connection: connection.execute(select(OUTBOX).order_by(OUTBOX.c.due)).all())


def work_all(outbox):
    while outbox.work_once():
        pass


def test_what_is_done_is_done_once(relay):
    store = Store()
    put(relay, "A", "B")
    outbox = Outbox(relay, store)
    work_all(outbox)
    assert sorted(store.done) == ["A", "B"]
    assert {row.state for row in rows(relay)} == {"sent"}
    assert not outbox.work_once()


def test_a_store_that_is_down_for_a_day_loses_nothing(relay, clock):
    class Down(Store):
        def __call__(self, task, row_id):
            self.done.append(task.order)
            if clock.now < back:
                raise DOWN

    back = clock.now + DAY_S
    store = Down()
    put(relay, "A", "B", "C")
    outbox = Outbox(relay, store)
    while clock.now < back + 3600:
        work_all(outbox)
        clock.now += 60
    assert {row.state for row in rows(relay)} == {"sent"}, "an hour after its return at the latest"
    assert all(number < 50 for number in Counter(store.done).values()), "and it was not hammered"


def test_waits_longer_each_time_and_never_more_than_an_hour(relay, clock):
    put(relay, "A")
    outbox = Outbox(relay, Store(*[DOWN] * 20), chance=lambda: 1.0)
    waited = []
    for _ in range(14):
        assert outbox.work_once()
        waited.append(rows(relay)[0].due - clock.now)
        assert not outbox.work_once(), "not before it is due"
        clock.now = float(rows(relay)[0].due)
    assert waited[:4] == [5, 10, 20, 40]
    assert waited[-1] == max(waited) == 3600


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_pauses_have_their_bounds(attempts, chance):
    assert 2.5 <= pause_s(attempts, chance) <= 3600


def test_pauses_are_spread():
    assert pause_s(5, 0.0) < pause_s(5, 0.5) < pause_s(5, 1.0)


def test_what_is_refused_for_good_is_kept_for_a_person(relay, clock):
    put(relay, "A")
    outbox = Outbox(relay, Store(REFUSED))
    work_all(outbox)
    dead = rows(relay)[0]
    assert (dead.state, dead.error) == ("dead", "ISCB-STORE-REFUSED 91381038")
    clock.now += 365 * DAY_S
    assert not outbox.work_once()
    assert retry(relay, dead.id) == 1
    work_all(outbox)
    assert rows(relay)[0].state == "sent"


def test_after_a_month_it_is_left_to_a_person():
    assert not is_over("ISCB-STORE-UNREACHABLE", MOST_ATTEMPTS - 1)
    assert is_over("ISCB-STORE-UNREACHABLE", MOST_ATTEMPTS)
    assert is_over("ISCB-STORE-REFUSED", 1)
    assert sum(pause_s(number, 0.0) for number in range(1, MOST_ATTEMPTS)) > 14 * DAY_S


def test_killed_between_sending_and_marking(relay, clock, tmp_path):
    put(relay, "A")
    store = Store(Killed())
    with pytest.raises(Killed):
        Outbox(relay, store).work_once()
    other = relay_in(tmp_path, clock=clock, replica="two")
    second = Outbox(other, store)
    assert not second.work_once(), "it may still be alive"
    clock.now += CLAIM_S
    assert second.work_once()
    assert store.done == ["A", "A"]
    assert (rows(relay)[0].state, rows(relay)[0].attempts) == ("sent", 2)
    other.database.close()


def test_whoever_lost_its_claim_writes_nothing(relay, clock, tmp_path):
    put(relay, "A")
    other = relay_in(tmp_path, clock=clock, replica="two")

    def paused(_task, _row_id):
        clock.now += CLAIM_S  # the process was stopped, and another one did it meanwhile
        assert Outbox(other, Store()).work_once()
        raise REFUSED

    assert Outbox(relay, paused).work_once()
    assert rows(relay)[0].state == "sent"
    other.database.close()


def test_a_mistake_of_ours_loses_no_row(relay):
    put(relay, "A", "B")
    store = Store(KeyError("x"))
    work_all(Outbox(relay, store))
    assert sorted(row.state for row in rows(relay)) == ["sent", "waiting"]


def test_a_clock_that_is_set_back_holds_nothing_up(relay, clock):
    put(relay, "A", "B")
    store = Store(DOWN, Killed())
    outbox = Outbox(relay, store)
    assert outbox.work_once()
    with pytest.raises(Killed):
        outbox.work_once()
    clock.now -= 30 * DAY_S
    work_all(outbox)
    assert {row.state for row in rows(relay)} == {"sent"}


def test_no_row_is_done_twice_by_processes_that_work_together(tmp_path, clock):
    relays = [relay_in(tmp_path, clock=clock, replica=name) for name in ("one", "two")]
    names = [f"order-{number}" for number in range(30)]
    put(relays[0], *names)
    done, lock = [], threading.Lock()

    def do(task, _row_id):
        with lock:
            done.append(task.order)

    threads = [threading.Thread(target=work_all, args=(Outbox(relay, do),)) for relay in (*relays, *relays)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == sorted(names)
    for relay in relays:
        relay.database.close()


class TestDuties:
    def test_one_process_at_a_time(self, relay, tmp_path, clock):
        other = relay_in(tmp_path, clock=clock, replica="two")
        mark = take_duty(relay, "ask")
        assert mark is not None
        assert take_duty(other, "ask") is None
        leave_duty(relay, "ask", mark, relay.now() + 60)
        assert take_duty(other, "ask") is None, "not due"
        clock.now += 60
        assert take_duty(other, "ask") is not None
        other.database.close()

    def test_that_of_a_killed_process_comes_back(self, relay, clock):
        mark = take_duty(relay, "ask")
        clock.now += HELD_S
        assert take_duty(relay, "ask") not in {None, mark}
        assert not keep_duty(relay, "ask", mark)
        leave_duty(relay, "ask", mark, 0)
        assert take_duty(relay, "ask") is None, "it was not his any more"

    def test_held_for_longer(self, relay, clock):
        mark = take_duty(relay, "ask")
        clock.now += HELD_S - 1
        assert keep_duty(relay, "ask", mark)
        clock.now += HELD_S - 1
        assert take_duty(relay, "ask") is None

    def test_a_clock_that_is_set_back_holds_nothing_up(self, relay, clock):
        take_duty(relay, "ask")
        relay.database.run(lambda connection: connection.execute(update(DUTIES).values(due=relay.now() + 10**9)))
        clock.now -= 30 * DAY_S
        assert take_duty(relay, "ask") is not None
