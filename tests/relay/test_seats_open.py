"""It is not known how many seats were bought: nobody is told that all are taken, and none is given twice."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

from iscbridge.core.errors import RelayError
from iscbridge.core.licensing.model import Answer, AnswerKind
from iscbridge.lease import wire
from iscbridge.lease.form import LeaseState
from iscbridge.relay.database.tables import LICENSES, OUTBOX, SEATS
from iscbridge.relay.devices.codes import take_code
from iscbridge.relay.devices.counting import ASK_EVERY_S
from iscbridge.relay.devices.desk import DeviceDesk
from iscbridge.relay.upstream_port import Activated, outbox_task
from iscbridge.store.merchant import Order, OrderLine
from support.relay_device import Device, FakeUpstream, bought
from support.relay_http import RelayClient

ACTIVE = Activated(Answer(AnswerKind.ALIVE))
"""What is heard of a code that is active already: how many seats it has told somebody else."""


def order_of(amount: int | None) -> Order:
    return Order("CS1", "NEW", (OrderLine("CS1-000001", "OFFI1", amount),))


@pytest.fixture
def store():
    return FakeUpstream(PL5=bought(None), PL6=ACTIVE)


def refused(ask) -> RelayError:
    with pytest.raises(RelayError) as caught:
        ask()
    return caught.value


def taken(relay) -> int:
    counted = select(func.count()).select_from(SEATS).where(SEATS.c.slot.is_not(None))
    return relay.database.run(lambda connection: connection.scalar(counted))


def test_a_second_device_is_not_told_that_all_seats_are_taken(device, store):
    assert device().enrol("PL5").state is LeaseState.ALIVE, "one seat every code has"
    error = refused(lambda: device().enrol("PL5"))
    assert error.code == "ISCB-RELAY-SEATS-OPEN"
    assert 1 <= int(error.params["seconds"]) <= ASK_EVERY_S
    assert store.asked[-1] == ("order", "CS1"), "the store was asked while it waited"


def test_it_has_its_seat_as_soon_as_the_store_tells(device, store, relay):
    device().enrol("PL5")
    store.orders["CS1"] = order_of(3)
    assert [device().enrol("PL5").state for _ in range(2)] == [LeaseState.ALIVE] * 2
    assert device().enrol("PL5").reason == "ISCB-RELAY-SEATS-TAKEN", "now that is known"
    assert (taken(relay), store.asked.count(("order", "CS1"))) == (3, 1)


def test_an_order_that_names_no_number_was_not_sold_by_number(device, store):
    device().enrol("PL5")
    store.orders["CS1"] = order_of(None)
    assert device().enrol("PL5").reason == "ISCB-RELAY-SEATS-TAKEN"


def test_many_that_wait_are_one_question_at_a_time(device, store, clock):
    device().enrol("PL5")
    waiting = [device() for _ in range(5)]
    for machine in waiting:
        assert refused(lambda machine=machine: machine.enrol("PL5")).code == "ISCB-RELAY-SEATS-OPEN"
    assert store.asked.count(("order", "CS1")) == 1
    clock.now += ASK_EVERY_S
    store.orders["CS1"] = order_of(6)
    assert {machine.check().state for machine in waiting} == {LeaseState.ALIVE}, "a check asks as well"


def test_who_has_a_seat_is_not_kept_waiting(device, store, clock):
    one = device()
    one.enrol("PL5")
    asked = len(store.asked)
    clock.now += 86_400
    assert one.check().state is LeaseState.ALIVE
    assert len(store.asked) == asked


def test_the_background_asks_for_the_order_too(device, relay):
    device().enrol("PL5")
    sealed = relay.database.run(lambda connection: connection.scalars(select(OUTBOX.c.sealed)).all())
    assert [outbox_task(relay, one).order for one in sealed] == ["CS1"]


def test_an_answer_that_was_lost_is_asked_for_again(device, store, clock):
    device().enrol("PL6")
    other = device()
    assert refused(lambda: other.enrol("PL6")).code == "ISCB-RELAY-SEATS-OPEN"
    store.codes["PL6"] = bought(2)  # a query tells it after all
    clock.now += ASK_EVERY_S
    assert other.enrol("PL6").state is LeaseState.ALIVE
    assert device().enrol("PL6").reason == "ISCB-RELAY-SEATS-TAKEN"


def test_of_two_people_who_type_a_code_at_once_the_one_who_heard_more_counts(relay, device, store):
    """The second one hears that it is active already, and is written down first."""

    class Slow(FakeUpstream):
        def activate(self, code: str) -> Activated:
            assert device().enrol("PL6").state is LeaseState.ALIVE
            return bought(2)

    assert Device(relay, DeviceDesk(relay, Slow())).enrol("PL6").state is LeaseState.ALIVE
    assert device().enrol("PL6").reason == "ISCB-RELAY-SEATS-TAKEN"
    assert taken(relay) == 2


def test_what_is_known_is_not_made_less_by_an_answer_that_knows_less(device, relay, store):
    store.codes["PL7"] = bought(2)
    device().enrol("PL7")
    product = relay.settings.named("AcmeCAD")
    for amount in (None, 9):
        relay.database.run(lambda connection, amount=amount: take_code(
            relay, connection, "PL7", product, ACTIVE, amount=amount
        ))  # fmt: skip
    row = relay.database.run(lambda connection: connection.execute(select(LICENSES)).one())
    assert (row.amount, row.amount_known) == (2, True)


def test_the_vendor_can_say_it(device, relay):
    device().enrol("PL6")
    product = relay.settings.named("AcmeCAD")
    relay.database.run(lambda connection: take_code(relay, connection, "PL6", product, ACTIVE, amount=2))
    assert device().enrol("PL6").state is LeaseState.ALIVE
    assert device().enrol("PL6").reason == "ISCB-RELAY-SEATS-TAKEN"


def test_a_device_with_another_licence_keeps_it_meanwhile(device, store):
    store.codes["PL7"] = bought(1)
    one = device()
    one.enrol("PL7")
    device().enrol("PL5")
    assert refused(lambda: one.enrol("PL5")).code == "ISCB-RELAY-SEATS-OPEN"
    assert one.check().state is LeaseState.ALIVE


def test_a_seat_can_be_taken_over_where_the_store_tells_nothing(device):
    first, second = device(), device()
    first.enrol("PL5")
    refused(lambda: second.enrol("PL5"))
    assert second.transfer("PL5").state is LeaseState.ALIVE
    assert refused(first.check).code == "ISCB-RELAY-SEATS-OPEN"


def test_nobody_loses_a_seat_if_there_is_one_more(relay, device, store, clock):
    first, second = device(), device()
    first.enrol("PL5")
    refused(lambda: second.enrol("PL5"))
    store.orders["CS1"] = order_of(2)
    clock.now += ASK_EVERY_S
    assert second.transfer("PL5").state is LeaseState.ALIVE
    ended = select(func.count()).select_from(SEATS).where(SEATS.c.ended.is_not(None))
    assert relay.database.run(lambda connection: connection.scalar(ended)) == 0
    assert first.check().state is LeaseState.ALIVE


def test_over_http_it_says_when_to_ask_again(device, store, relay):
    device().enrol("PL5")
    late = device()
    refused(lambda: late.enrol("PL5"))

    async def both():
        client, check = RelayClient(relay, store), wire.Check(product="AcmeCAD", fingerprint=late.fingerprint)
        return [await client.enrol(late, "PL5"), await client.post(late, wire.CHECK, check)]

    for answer in asyncio.run(both()):
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "ISCB-RELAY-SEATS-OPEN")
        assert answer.json()["error"]["retry"] == "same"
        assert 1 <= int(answer.headers["retry-after"]) <= ASK_EVERY_S
