"""Two processes at once, doubled and reordered calls of the store, devices that all want a seat: whatever the order."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Select, select

from iscbridge.core.errors import RelayError
from iscbridge.lease.form import LeaseState
from iscbridge.relay.context import Relay
from iscbridge.relay.database.tables import CALLBACKS, DEVICES, LICENSES, SEATS
from iscbridge.relay.decide.states import Event, Life, State, called
from iscbridge.relay.devices.desk import DeviceDesk
from iscbridge.relay.store_calls.office import StoreOffice
from support.relay_device import Device, FakeUpstream, bought
from support.relay_invariants import check_invariants, rows
from support.relay_parts import Clock, relay_in
from support.relay_store import signed_call

OK, AUTH = "000000", "000001"
CALLS = {
    Event.RENEWED: "refreshLicenseCode",
    Event.FREEZE: "updateLicenseCodeStatus",
    Event.UNFREEZE: "updateLicenseCodeStatus",
    Event.RELEASE: "releaseLicenseCode",
}
FAST = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_numbers = itertools.count(1)


@pytest.fixture
def two(tmp_path: Path, clock: Clock, on_postgres: str) -> Iterator[tuple[Relay, Relay]]:
    """Two processes of a relay, as far as the database can tell."""
    made = relay_in(tmp_path, clock=clock, replica="one"), relay_in(tmp_path, clock=clock, replica="two")
    assert not any(relay.database.is_sqlite for relay in made), on_postgres
    yield made
    for relay in made:
        relay.database.close()


def side_by_side(*works: Callable[[], Any]) -> list[Any]:
    """All at one moment."""
    together = threading.Barrier(len(works))

    def begun(work: Callable[[], Any]) -> Any:
        together.wait(60)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [done.result(60) for done in [pool.submit(begun, work) for work in works]]


def a_licence(relay: Relay, amount: int = 1) -> str:
    """A code that somebody typed."""
    code = f"PL{next(_numbers):012}"
    Device(relay, DeviceDesk(relay, FakeUpstream(**{code: bought(amount)}))).enrol(code)
    return code


def stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%d%H%M%S")


@st.composite
def deliveries(draw):
    """Events in the order of their signing, and for each process what arrives at it: (number of the event, nonce)."""
    events = draw(st.lists(st.sampled_from(list(CALLS)), min_size=1, max_size=6))
    sent = [(number, nonce) for number in range(len(events)) for nonce in range(draw(st.integers(1, 3)))]
    replayed = draw(st.lists(st.sampled_from(sent), max_size=2))  # the very same bytes once more
    arriving = draw(st.permutations(sent + replayed))
    cut = draw(st.integers(0, len(arriving)))
    return events, (arriving[:cut], arriving[cut:])


@FAST
@given(delivered=deliveries())
def test_calls_come_out_as_they_were_signed(two, clock, delivered) -> None:
    events, halves = delivered
    clock.now += 3600  # other requests are counted anew
    code = a_licence(two[0])
    order = f"CS{next(_numbers)}"

    def members(number: int) -> dict[str, str]:
        event = events[number]
        line = {"orderId": f"{order}-{number}", "orderLineId": f"{order}-{number}-1"}
        if event is Event.RENEWED:
            return {"scene": "RENEWAL", "expireTime": stamp(1_800_000_000 + number), **line}
        return line if event is Event.RELEASE else {"status": event.name}

    def arrive(relay: Relay, half: list[tuple[int, int]]) -> list[tuple[int, int, dict[str, str]]]:
        office = StoreOffice(relay)
        told = []
        for number, nonce in half:
            signed, body = signed_call(
                relay, {"activity": CALLS[events[number]], "license": code, **members(number)},
                at=clock.now + number / 10, nonce=f"{order}-{number}-{nonce}",
            )  # fmt: skip
            told.append((number, nonce, office.answer(signed, body)))
        return told

    told = [
        one
        for half in side_by_side(*(lambda relay=relay, half=half: arrive(relay, half)
                                   for relay, half in zip(two, halves, strict=True)))
        for one in half
    ]  # fmt: skip
    expected = Life(State.ALIVE)
    for number, event in enumerate(events):
        expected = called(expected, event, 1_800_000_000 + number)
    row = rows(two[0], select(LICENSES).where(LICENSES.c.code_digest == two[0].sealer.digest(code, "code")))[0]
    assert row.state == expected.state.value
    if expected.state is not State.RELEASED:
        assert row.expires == expected.expires
    for number, nonce in {(number, nonce) for number, nonce, _ in told}:
        answers = [answer["resultCode"] for one, other, answer in told if (one, other) == (number, nonce)]
        assert sorted(answers) == [OK, *[AUTH] * (len(answers) - 1)], "each nonce once"
    kept = rows(two[0], select(CALLBACKS).where(CALLBACKS.c.identity.contains(order)))
    lined = [number for number, event in enumerate(events) if event in {Event.RENEWED, Event.RELEASE}]
    assert len(kept) == len(lined)
    assert sum(one.count for one in kept) == len({(n, nonce) for n, nonce, _ in told if n in lined})
    check_invariants(two[0])


ACTIONS = st.tuples(st.sampled_from(["enrol", "check", "release", "transfer", "later"]), st.integers(0, 3))


@FAST
@given(
    amount=st.integers(1, 3),
    halves=st.tuples(*[st.lists(ACTIONS, max_size=8)] * 2),
    product=st.sampled_from(["1", "2"]),
)
def test_no_seat_is_given_twice(two, clock, amount, halves, product) -> None:
    code = f"PL{next(_numbers):012}"
    store = FakeUpstream(**{code: bought(amount, f"OFFI{product}")})
    name = {"1": "AcmeCAD", "2": "AcmeCAM"}[product]
    machines = [Device(two[0], DeviceDesk(two[0], store), name, f"M{number}|B|C|D") for number in range(4)]
    refused: set[str] = set()
    clock.now += 3600  # other requests are counted anew

    def act(relay: Relay, half: list[tuple[str, int]]) -> None:
        desk = DeviceDesk(relay, store)
        for action, number in half:
            machine = Device(relay, desk, name, f"M{number}|B|C|D")
            machine.key, machine.public, machine.id = machines[number].key, machines[number].public, machines[number].id
            try:
                if action == "later":
                    clock.now += 1801  # of an hour that a floating seat is held
                elif action in {"enrol", "transfer"}:
                    getattr(machine, action)(code)
                else:
                    getattr(machine, action)()
            except RelayError as error:
                refused.add(error.code)

    side_by_side(*(lambda relay=relay, half=half: act(relay, half) for relay, half in zip(two, halves, strict=True)))
    assert refused <= {"ISCB-RELAY-UNKNOWN-DEVICE", "ISCB-RELAY-TRANSFERS", "ISCB-RELAY-CLOCK"}
    check_invariants(two[0])


@FAST
@given(wanting=st.integers(2, 8), amount=st.integers(1, 4))
def test_who_comes_first_has_it(two, clock, wanting, amount) -> None:
    code = f"PL{next(_numbers):012}"
    store = FakeUpstream(**{code: bought(amount)})
    clock.now += 3600  # other requests are counted anew
    machines = [Device(two[number % 2], DeviceDesk(two[number % 2], store)) for number in range(wanting)]
    told = side_by_side(*(lambda machine=machine: machine.enrol(code) for machine in machines))
    assert [lease.state for lease in told].count(LeaseState.ALIVE) == min(wanting, amount)
    assert {lease.reason for lease in told if lease.state is not LeaseState.ALIVE} <= {"ISCB-RELAY-SEATS-TAKEN"}
    check_invariants(two[0])


def test_a_check_that_was_on_its_way_takes_no_seat_back_that_was_released(two, clock, server) -> None:
    """A device gives its seat back while a check that it has given up on is still in the middle at another process."""
    code = a_licence(two[0], 2)
    machine, late = (Device(relay, DeviceDesk(relay, FakeUpstream())) for relay in two)
    machine.enrol(code)
    late.key, late.public, late.id = machine.key, machine.public, machine.id
    late.fingerprint = "AA|BB|CC|EE"  # another disk: its check goes the long way
    with (
        ThreadPoolExecutor(2) as pool,
        contextlib.closing(server.admin(server.name_of(two[0].settings.relay.database))) as connection,
    ):
        with connection.transaction():
            connection.execute("SELECT 1 FROM licenses FOR UPDATE")
            releasing = pool.submit(machine.release)
            server.until_waiting(1)
            clock.now += 60  # within one minute the count of its requests would make them wait for each other
            checking = pool.submit(late.check)
            server.until_waiting(2)
        assert [done.result(60).reason for done in (releasing, checking)] == ["ISCB-RELAY-RELEASED"] * 2
    check_invariants(two[0])
    assert rows(two[0], select(SEATS).where(SEATS.c.device.in_(mine(machine)), SEATS.c.slot.is_not(None))) == []


def mine(machine: Device) -> Select[Any]:
    """Its row."""
    return select(DEVICES.c.id).where(DEVICES.c.device == machine.id)
