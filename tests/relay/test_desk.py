"""What devices ask of the relay, on a real database and with real signatures; the store is a stand-in."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select, update

from iscbridge.core.errors import RelayError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import Answer, AnswerKind
from iscbridge.lease import wire
from iscbridge.lease.form import LeaseState
from iscbridge.relay.database.tables import DEVICES, LICENSES, SEATS, USAGES
from iscbridge.relay.devices.desk import DeviceDesk
from iscbridge.relay.upstream_port import Activated
from support.relay_device import FakeUpstream, bought

DAY = 86_400


@pytest.fixture
def store():
    return FakeUpstream(PL1=bought(1), PL2=bought(2), FL1=bought(1, "OFFI2"))


def refused(ask) -> str:
    with pytest.raises(RelayError) as caught:
        ask()
    return caught.value.code


def scalar(relay, statement):
    return relay.database.run(lambda connection: connection.scalar(statement))


def test_a_code_becomes_a_lease_that_works_offline(device, clock, store):
    lease = device().enrol("PL1")
    assert (lease.state, lease.product, lease.features) == (LeaseState.ALIVE, "AcmeCAD", ("solids",))
    assert lease.until == int(clock.now) + 14 * DAY
    assert store.asked == [("activate", "PL1")]


def test_the_second_machine_of_one_seat_is_told_why_in_a_lease(device):
    device().enrol("PL1")
    lease = device().enrol("PL1")
    assert (lease.state, lease.reason) == (LeaseState.REFUSED, "ISCB-RELAY-SEATS-TAKEN")


def test_the_store_is_asked_once_for_a_code(device, store):
    device().enrol("PL2")
    device().enrol("PL2")
    assert store.asked == [("activate", "PL2")]


def test_a_check_gives_the_lease_anew_and_asks_nobody(device, clock, store):
    one = device()
    first = one.enrol("PL1")
    clock.now += DAY
    second = one.check()
    assert second.state is LeaseState.ALIVE
    assert second.until == first.until + DAY
    assert second.lease != first.lease
    assert len(store.asked) == 1


def test_a_seat_that_was_given_back_goes_to_the_next(device):
    one, other = device(), device()
    one.enrol("PL1")
    gone = one.release()
    assert (gone.state, gone.reason) == (LeaseState.REFUSED, "ISCB-RELAY-RELEASED")
    assert other.enrol("PL1").state is LeaseState.ALIVE
    assert one.check().reason == "ISCB-RELAY-RELEASED"
    assert one.release().reason == "ISCB-RELAY-RELEASED", "the first answer may have got lost"
    assert one.enrol("PL1").reason == "ISCB-RELAY-SEATS-TAKEN"


def test_a_code_without_a_free_seat_takes_nothing_away(device):
    one, other = device(), device()
    other.enrol("PL1")
    one.enrol("PL2")
    assert one.enrol("PL1").reason == "ISCB-RELAY-SEATS-TAKEN"
    assert one.check().state is LeaseState.ALIVE
    assert one.transfer("PL1").state is LeaseState.ALIVE
    assert [device().enrol("PL2").state for _ in range(2)] == [LeaseState.ALIVE] * 2, "one was left"


def test_a_seat_can_be_taken_over_but_not_for_ever(device, relay):
    machines = [device() for _ in range(5)]
    machines[0].enrol("PL1")
    outcome = []
    for machine in machines[1:]:
        machine.enrol("PL1")
        try:
            outcome.append(machine.transfer("PL1").state.value)
        except RelayError as error:
            outcome.append(error.code)
    assert outcome == ["alive", "alive", "alive", "ISCB-RELAY-TRANSFERS"]
    assert machines[0].check().reason == "ISCB-RELAY-SEATS-TAKEN"
    assert scalar(relay, select(func.count()).select_from(SEATS).where(SEATS.c.slot.is_not(None))) == 1


def test_a_floating_seat_is_free_when_its_time_is_over(device, clock):
    one, other = device(product="AcmeCAM"), device(product="AcmeCAM")
    lease = one.enrol("FL1")
    assert lease.until == int(clock.now) + 3600
    assert other.enrol("FL1").state is LeaseState.REFUSED
    clock.now += 3600
    assert other.check().state is LeaseState.ALIVE
    assert one.check().reason == "ISCB-RELAY-SEATS-TAKEN"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Activated(Answer(AnswerKind.NO_SUCH_CODE)), "ISCB-RELAY-CODE"),
        (Activated(Answer(AnswerKind.NOT_RECEIVED)), "ISCB-RELAY-CODE"),
        (Activated(Answer(AnswerKind.FAILED, error=ErrorInfo("ISCB-STORE-UNREACHABLE"))), "ISCB-RELAY-UPSTREAM"),
    ],
)
def test_what_the_store_does_not_confirm_makes_no_licence(device, store, relay, answer, code):
    store.codes["PL9"] = answer
    assert refused(lambda: device().enrol("PL9")) == code
    assert scalar(relay, select(func.count()).select_from(LICENSES)) == 0


def test_a_code_of_another_product_is_none(device):
    device().enrol("PL1")
    assert refused(lambda: device(product="AcmeCAM").enrol("PL1")) == "ISCB-RELAY-CODE"


def test_a_code_that_is_typed_for_another_product_first_loses_nothing(device, store):
    """The store tells once what a code is and how many seats it has: after that it is only "active already"."""
    store.codes["PL9"] = bought(2, "OFFI2")
    assert refused(lambda: device().enrol("PL9")) == "ISCB-RELAY-CODE"
    store.codes["PL9"] = Activated(Answer(AnswerKind.ALIVE))
    assert refused(lambda: device().enrol("PL9")) == "ISCB-RELAY-CODE", "nor is it this product's the second time"
    assert [device(product="AcmeCAM").enrol("PL9").state for _ in range(3)] == [
        LeaseState.ALIVE, LeaseState.ALIVE, LeaseState.REFUSED,
    ]  # fmt: skip


def test_a_code_of_a_product_that_comes_into_the_settings_later(device, store, relay):
    store.codes["PL9"] = bought(2, "OFFI9")
    assert refused(lambda: device().enrol("PL9")) == "ISCB-RELAY-CODE"
    store.codes["PL9"] = Activated(Answer(AnswerKind.ALIVE))
    assert refused(lambda: device().enrol("PL9")) == "ISCB-RELAY-CODE", "it is not known to be this one's"
    relay.database.run(lambda connection: connection.execute(update(LICENSES).values(store_product="OFFI1")))
    assert device().enrol("PL9").state is LeaseState.ALIVE


@pytest.mark.parametrize("state", [LeaseState.EXPIRED, LeaseState.RELEASED, LeaseState.FROZEN])
def test_a_code_that_is_not_good_any_more_is_told_so_and_takes_nothing_away(device, store, state):
    store.codes["PL9"], store.says["PL9"] = Activated(Answer(AnswerKind(state.value))), Answer(AnswerKind(state.value))
    one = device()
    assert one.enrol("PL9").state is state, "and not: there is no such code"
    one.enrol("PL1")
    for ask in (one.enrol, one.transfer):
        assert ask("PL9").state is state
        assert one.check().state is LeaseState.ALIVE, "the licence that it has is still its own"


def test_a_code_that_was_renewed_meanwhile_is_asked_about_when_it_is_typed(device, store, clock):
    store.codes["PL9"] = Activated(Answer(AnswerKind.EXPIRED))
    one = device()
    one.enrol("PL9")
    one.enrol("PL1")
    clock.now += 61
    store.says["PL9"] = Answer(AnswerKind.ALIVE)
    assert one.enrol("PL9").state is LeaseState.ALIVE


def test_no_code_stands_in_the_database(device, tmp_path):
    device().enrol("PL1")
    device().enrol("PL2")
    written = b"".join(path.read_bytes() for path in tmp_path.glob("relay.db*"))
    assert b"AcmeCAD" in written
    assert b"PL2" not in written


def test_a_licence_that_is_not_good_is_asked_about_again_and_comes_back(device, relay, store, clock):
    one = device()
    one.enrol("PL1")
    relay.database.run(lambda connection: connection.execute(update(LICENSES).values(state="expired")))
    store.says["PL1"] = Answer(AnswerKind.EXPIRED)
    assert one.check().state is LeaseState.EXPIRED, "asked a moment ago: believed"
    clock.now += 61
    assert one.check().state is LeaseState.EXPIRED
    store.says["PL1"] = Answer(AnswerKind.ALIVE, expires=clock.now + DAY)
    clock.now += 61
    assert one.check().state is LeaseState.ALIVE


def test_the_store_being_away_changes_nothing(device, relay, store, clock):
    one = device()
    one.enrol("PL1")
    relay.database.run(lambda connection: connection.execute(update(LICENSES).values(state="expired")))
    store.says["PL1"] = Answer(AnswerKind.FAILED)
    clock.now += DAY
    assert one.check().state is LeaseState.EXPIRED


def test_a_store_that_is_away_is_asked_once_a_minute_and_not_by_every_device(device, relay, store, clock):
    machines = [device() for _ in range(2)]
    for one in machines:
        one.enrol("PL2")
    relay.database.run(lambda connection: connection.execute(update(LICENSES).values(state="expired")))
    store.says["PL2"] = Answer(AnswerKind.FAILED)
    clock.now += DAY
    for _ in range(3):
        assert {one.check().state for one in machines} == {LeaseState.EXPIRED}
    assert store.asked.count(("query", "PL2")) == 1


def test_a_call_of_the_store_is_newer_than_an_answer_that_a_device_waited_for(relay, device, store, clock):
    class Slow(FakeUpstream):
        def query(self, code: str) -> Answer:
            relay.database.run(lambda connection: connection.execute(  # it is renewed meanwhile
                update(LICENSES).values(state="alive", version=LICENSES.c.version + 1)
            ))  # fmt: skip
            return Answer(AnswerKind.EXPIRED)

    one = device()
    one.enrol("PL1")
    relay.database.run(lambda connection: connection.execute(update(LICENSES).values(state="expired")))
    clock.now += DAY
    one.desk = DeviceDesk(relay, Slow())
    assert one.check().state is LeaseState.ALIVE


def test_who_only_wants_a_lease_does_not_wait_behind_questions_to_the_store(device, relay, clock):
    one = device()
    one.enrol("PL1")
    message = wire.Check(product="AcmeCAD", fingerprint=one.fingerprint)
    assert one.desk.check_at_once(one.request(wire.CHECK, message), message) is not None
    relay.database.run(lambda connection: connection.execute(update(LICENSES).values(state="expired")))
    clock.now += DAY
    request = one.request(wire.CHECK, message)
    assert one.desk.check_at_once(request, message) is None
    assert one.take(one.desk.check_asking(request, message)).state is LeaseState.ALIVE


class TestWhoAsks:
    def test_a_request_is_taken_once(self, device):
        one = device()
        one.enrol("PL1")
        message = wire.Check(product="AcmeCAD", fingerprint=one.fingerprint)
        request = one.request(wire.CHECK, message)
        one.desk.check(request, message)
        assert refused(lambda: one.desk.check(request, message)) == "ISCB-RELAY-REPLAY"

    def test_a_clock_that_is_wrong_is_told_so(self, device, clock):
        one = device()
        one.enrol("PL1")
        message = wire.Check(product="AcmeCAD", fingerprint=one.fingerprint)
        for wrong in (clock.now + 301, clock.now - 301):
            request = one.request(wire.CHECK, message, wrong)
            assert refused(lambda request=request: one.desk.check(request, message)) == "ISCB-RELAY-CLOCK"

    def test_nobody_asks_for_another_device(self, device):
        one, other = device(), device()
        one.enrol("PL2")
        other.enrol("PL2")
        other.id = one.id
        message = wire.Check(product="AcmeCAD", fingerprint="")
        stolen = other.request(wire.CHECK, message)
        forged = type(stolen)(stolen.path, type(stolen.claim)(one.id, stolen.claim.time, stolen.claim.nonce, stolen.claim.signature), stolen.body, stolen.address)  # fmt: skip
        assert refused(lambda: one.desk.check(forged, message)) == "ISCB-RELAY-SIGNATURE"

    def test_a_stranger_is_not_known(self, device):
        assert refused(device().check) == "ISCB-RELAY-UNKNOWN-DEVICE"

    def test_a_device_may_ask_so_often(self, device, clock):
        one = device()
        one.enrol("PL1")
        clock.now += 60
        for _ in range(30):
            one.check()
        assert refused(one.check) == "ISCB-RELAY-RATE"
        clock.now += 59
        assert refused(one.check) == "ISCB-RELAY-RATE"
        clock.now += 1
        assert one.check().state is LeaseState.ALIVE

    def test_codes_can_not_be_guessed(self, device, store):
        one = device()
        outcome = {refused(lambda number=number: device().enrol(f"X{number}")) for number in range(61)}
        assert outcome == {"ISCB-RELAY-CODE", "ISCB-RELAY-RATE"}
        assert len(store.asked) == 60
        assert one is not None

    def test_nor_by_a_device_that_is_known(self, device, store, clock):
        one = device()
        one.enrol("PL1")

        def guess(number: int) -> str:
            clock.now += 3  # within what a device may ask in a minute
            return refused(lambda: one.transfer(f"X{number}"))

        assert {guess(number) for number in range(70)} == {"ISCB-RELAY-CODE", "ISCB-RELAY-RATE"}
        assert len(store.asked) == 60


def test_use_after_the_seat_was_given_back_is_nobody_s(device):
    one = device()
    one.enrol("PL1")
    one.release()
    assert refused(lambda: one.use("2026-11-22")) == "ISCB-RELAY-UNKNOWN-DEVICE"


def test_use_is_counted_once_a_day(device, relay):
    one = device()
    one.enrol("PL1")
    for day in ("2026-11-22", "2026-11-22", "2026-11-23"):
        one.use(day)
    assert scalar(relay, select(func.count()).select_from(USAGES)) == 2


def test_one_key_on_two_machines_is_noticed_and_locks_nobody_out(device, relay, clock):
    one = device()
    one.enrol("PL1")
    copy = device(fingerprint="XX|YY|ZZ|WW")
    copy.key, copy.public, copy.id, copy.lease = one.key, one.public, one.id, one.lease
    assert one.check().state is LeaseState.ALIVE
    assert scalar(relay, select(DEVICES.c.cloned)) is None
    assert copy.check().state is LeaseState.ALIVE
    assert scalar(relay, select(DEVICES.c.cloned)) == int(clock.now)


def test_a_changed_card_is_no_clone(device, relay):
    one = device()
    one.enrol("PL1")
    one.fingerprint = "AA|BB|CC|EE"
    one.check()
    assert scalar(relay, select(DEVICES.c.cloned)) is None


def test_fewer_seats_after_a_renewal_take_none_that_has_a_lease(device, relay, clock):
    old, new = device(), device()
    old.enrol("PL2")
    clock.now += 1
    lease = new.enrol("PL2")
    relay.database.run(lambda connection: connection.execute(update(LICENSES).values(amount=1)))
    clock.now += DAY
    assert new.check().until == lease.until, "the lease goes on as it was"
    assert old.check().state is LeaseState.ALIVE
    clock.now = lease.until
    assert new.check().reason == "ISCB-RELAY-SEAT-LOST"
    assert old.check().state is LeaseState.ALIVE


def test_twenty_machines_at_once_get_as_many_seats_as_there_are(device, relay):
    device().enrol("PL2")  # the code is known
    machines = [device() for _ in range(12)]
    states: list[LeaseState] = []

    def enrol(machine):
        states.append(machine.enrol("PL2").state)

    threads = [threading.Thread(target=enrol, args=(machine,)) for machine in machines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states.count(LeaseState.ALIVE) == 1
    assert len(states) == 12
    assert scalar(relay, select(func.count()).select_from(SEATS).where(SEATS.c.slot.is_not(None))) == 2


def test_a_device_that_the_vendor_blocked(device, relay):
    one = device()
    one.enrol("PL1")
    relay.database.run(lambda connection: connection.execute(update(DEVICES).values(blocked=True)))
    assert one.check().reason == "ISCB-RELAY-BLOCKED"
