"""Two replicas on one PostgreSQL behind a balancer: killed, paused, without their database, and never wrong."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
import trustme
from sqlalchemy import select

from iscbridge.lease import wire
from iscbridge.lease.form import LeaseState
from iscbridge.relay.database.tables import CALLBACKS, LICENSES, SEATS
from iscbridge.relay.devices.counting import ASK_EVERY_S
from iscbridge.relay.upstream.outbox import CLAIM_S
from support.relay_fleet import Caller, Fleet, Machine
from support.relay_invariants import check_invariants, open_key, rows, until_nothing_waits
from support.relay_pg import Postgres
from support.sandbox_store import SandboxStore
from support.world import until


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as made:
        yield made


@pytest.fixture(scope="module")
def one_fleet(tmp_path_factory, server: Postgres, one_store: SandboxStore) -> Iterator[Fleet]:
    with server.database(empty=True) as name:
        made = Fleet(tmp_path_factory.mktemp("fleet"), server.url(name), trustme.CA(), one_store)
        try:
            made.start()
            yield made
        finally:
            made.close()


@pytest.fixture
def fleet(one_fleet: Fleet, store: SandboxStore) -> Iterator[Fleet]:
    yield one_fleet
    for replica in (one_fleet.north, one_fleet.south):
        if replica.running.process.poll() is not None:
            replica.start()
    one_fleet.balancer.before(one_fleet.north.port, one_fleet.south.port)
    with one_fleet.looked_at() as relay:
        open_key(relay)
        store.travel(CLAIM_S + 1)  # what was claimed by one that was killed comes back
        until_nothing_waits(relay)
        check_invariants(relay)


def buy(fleet: Fleet, amount: int = 1) -> str:
    return str(fleet.store.ask("shop.buy", amount=amount)["code"])


def ordered(fleet: Fleet, order: str) -> dict[str, str]:
    """An order that the store knows, as a call names it."""
    fleet.store.ask("order", order=order, amount=1)
    return {"orderId": order, "orderLineId": f"{order}-000001"}


def one_license(fleet: Fleet, code: str):
    with fleet.looked_at() as relay:
        digest = relay.sealer.digest(code, "code")
        return rows(relay, select(LICENSES).where(LICENSES.c.code_digest == digest))[0]


def taken(fleet: Fleet, code: str) -> int:
    license_id = one_license(fleet, code).id
    with fleet.looked_at() as relay:
        return len(rows(relay, select(SEATS).where(SEATS.c.license == license_id, SEATS.c.slot.is_not(None))))


@contextlib.contextmanager
def licence_held(server: Postgres, fleet: Fleet, code: str) -> Iterator[object]:
    """Another transaction has the licence: whatever needs it stands in the middle of its own."""
    license_id, name = one_license(fleet, code).id, database_of(fleet)
    with contextlib.closing(server.admin(name)) as connection, connection.transaction():
        connection.execute("SELECT 1 FROM licenses WHERE id = %s FOR UPDATE", (license_id,))
        yield


def database_of(fleet: Fleet) -> str:
    with fleet.looked_at() as relay:
        return Postgres.name_of(relay.settings.relay.database)


def test_both_start_at_once_and_the_tables_are_made_once(fleet: Fleet) -> None:
    code = buy(fleet)
    assert Machine(fleet).enrol(code, fleet.north.port).state is LeaseState.ALIVE
    refused = Machine(fleet, "CC").enrol(code, fleet.south.port)
    assert (refused.state, refused.reason) == (LeaseState.REFUSED, "ISCB-RELAY-SEATS-TAKEN")


def test_killed_in_the_middle_of_a_check(fleet: Fleet, server: Postgres, pool: ThreadPoolExecutor) -> None:
    code = buy(fleet)
    machine = Machine(fleet)
    machine.enrol(code)
    asked: list[int] = []
    fleet.balancer.when_asked(asked.append)
    with licence_held(server, fleet, code):
        checking = pool.submit(machine.check)
        server.until_waiting(1)
        fleet.at(asked[0]).kill()
    assert checking.result(60).state is LeaseState.ALIVE
    assert taken(fleet, code) == 1


def test_killed_in_the_middle_of_a_call(fleet: Fleet, server: Postgres, pool: ThreadPoolExecutor) -> None:
    code = buy(fleet)
    machine, caller = Machine(fleet), Caller(fleet)
    machine.enrol(code)
    asked: list[int] = []
    fleet.balancer.when_asked(asked.append)
    with licence_held(server, fleet, code):
        calling = pool.submit(caller.call, "updateLicenseCodeStatus", license=code, status="FREEZE")
        server.until_waiting(1)
        fleet.at(asked[0]).kill()
    assert calling.result(60) == "000000"
    assert machine.check().state is LeaseState.FROZEN


def test_killed_when_it_has_carried_a_call_out_and_not_said_so(fleet: Fleet, pool: ThreadPoolExecutor) -> None:
    code, order = buy(fleet), "CS-LOST-1"
    machine, caller = Machine(fleet), Caller(fleet)
    machine.enrol(code)
    renewal = {"license": code, "scene": "RENEWAL", "expireTime": "20290523201932", **ordered(fleet, order)}
    asked: list[int] = []
    fleet.balancer.lose_answer(asked.append)
    calling = pool.submit(caller.once, "refreshLicenseCode", **renewal)
    with fleet.looked_at() as relay:
        noted = select(CALLBACKS).where(CALLBACKS.c.identity.contains(order))
        until(lambda: rows(relay, noted), "the call to be carried out")
        fleet.at(asked[0]).kill()
        assert calling.result(60) not in {"000000", "000004"}
        assert caller.call("refreshLicenseCode", **renewal) == "000000"
        assert [row.count for row in rows(relay, noted)] == [2], "it was there already, and got the answer of before"
    assert machine.check().license_expires == 1874261972


def test_killed_when_it_has_given_a_seat_and_not_said_so(fleet: Fleet, pool: ThreadPoolExecutor) -> None:
    code = buy(fleet, 2)
    Machine(fleet, "AA").enrol(code)
    machine = Machine(fleet, "CC")
    asked: list[int] = []
    fleet.balancer.lose_answer(asked.append)
    enrolling = pool.submit(machine.enrol, code)
    until(lambda: taken(fleet, code) == 2, "the seat to be given")
    fleet.at(asked[0]).kill()
    assert enrolling.result(60).state is LeaseState.ALIVE
    assert len(machine.leases) == 1, "the first one was lost on its way"
    assert taken(fleet, code) == 2


def test_one_that_stands_still_in_the_middle_holds_nobody_up(
    fleet: Fleet, server: Postgres, pool: ThreadPoolExecutor
) -> None:
    code = buy(fleet, 2)
    still, other, caller = Machine(fleet, "AA"), Machine(fleet, "CC"), Caller(fleet)
    still.enrol(code), other.enrol(code)
    with licence_held(server, fleet, code):
        checking = pool.submit(still.check, fleet.north.port)
        server.until_waiting(1)
        fleet.north.pause()
    # The licence is its now, and it does not know.
    try:
        assert other.check(fleet.south.port).state is LeaseState.ALIVE
        assert caller.call("updateLicenseCodeStatus", port=fleet.south.port, license=code, status="FREEZE") == "000000"
        fleet.balancer.wait(fleet.south.port)
        assert Machine(fleet, "DD").enrol(code).state is LeaseState.FROZEN, "nobody is sent to it"
    finally:
        fleet.north.go_on()
    assert checking.result(60).state is LeaseState.FROZEN, "what it had begun never was: it began anew"
    fleet.balancer.wait(fleet.north.port, fleet.south.port)
    assert other.check(fleet.north.port).state is LeaseState.FROZEN


def test_killed_when_the_store_has_told_it_how_many_seats_there_are(fleet: Fleet, pool: ThreadPoolExecutor) -> None:
    """The store tells that once. Nobody is told that all are taken until it is known again."""
    code = buy(fleet, 3)
    asked: list[int] = []
    fleet.balancer.when_asked(asked.append)
    fleet.store.misbehave(delay_ms=30_000, on="heartbeat", times=1)
    first = Machine(fleet, "AA")
    enrolling = pool.submit(first.enrol, code)
    until(lambda: fleet.store.shown(code)["activated"], "the code to be activated")
    fleet.at(asked[0]).kill()
    assert enrolling.result(60).state is LeaseState.ALIVE, "one seat every code has"
    assert (one_license(fleet, code).amount, one_license(fleet, code).amount_known) == (1, False)
    second = Machine(fleet, "CC")
    answer = second.post(wire.ENROL, second.enrolment(code))
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "ISCB-RELAY-SEATS-OPEN")
    fleet.store.misbehave(heartbeat_order="told")
    fleet.store.travel(ASK_EVERY_S)
    others = [second, *(Machine(fleet, f"M{number}") for number in range(3))]
    told = [done.result(60) for done in [pool.submit(machine.enrol, code) for machine in others]]
    assert [lease.state for lease in told].count(LeaseState.ALIVE) == 2
    assert {lease.reason for lease in told if lease.state is not LeaseState.ALIVE} == {"ISCB-RELAY-SEATS-TAKEN"}
    assert taken(fleet, code) == 3


def test_no_seat_is_given_twice_and_no_call_is_lost_while_replicas_are_killed(
    fleet: Fleet, pool: ThreadPoolExecutor
) -> None:
    code, seats = buy(fleet, 5), 5
    machines = [Machine(fleet, f"M{number}") for number in range(12)]
    # What becomes of seats whose number was lost with a replica stands above.
    told = [machines[0].enrol(code)]
    until(lambda: one_license(fleet, code).amount == seats, "the number of seats to be known")
    renewed, ending = buy(fleet), threading.Event()
    Machine(fleet).enrol(renewed)
    renewing = pool.submit(renewals, fleet, renewed, "CSKILL", ending)
    enrolling = [pool.submit(machine.enrol, code) for machine in machines[1:]]
    for replica in (fleet.north, fleet.south):
        until_some(enrolling)
        replica.kill()
        fleet.again(replica)
    ending.set()
    assert_renewed(fleet, renewed, "CSKILL", renewing.result(60))
    told += [done.result(120) for done in enrolling]
    assert [lease.state for lease in told].count(LeaseState.ALIVE) == seats
    assert {lease.reason for lease in told if lease.state is not LeaseState.ALIVE} == {"ISCB-RELAY-SEATS-TAKEN"}
    assert taken(fleet, code) == seats
    alive = {machine.id for machine in machines if any(one.state is LeaseState.ALIVE for one in machine.leases)}
    assert len(alive) == seats, "of all leases that were ever signed"


def until_some(futures: list[Future]) -> None:
    until(lambda: any(one.done() for one in futures), "the first answer")


def renewals(fleet: Fleet, code: str, order: str, ending: threading.Event) -> int:
    """The store renews a code again and again, each time until it is taken; how often."""
    number, line, caller = 0, ordered(fleet, f"{order}{code[-6:]}"), Caller(fleet)
    while not ending.wait(0.2):
        number += 1
        caller.call("refreshLicenseCode", license=code, scene="RENEWAL", expireTime=end_of(number), **line)
    return number


def assert_renewed(fleet: Fleet, code: str, order: str, number: int) -> None:
    """So often, no more and no less, and the last one counts."""
    assert number > 0
    assert stamp(one_license(fleet, code).expires) == end_of(number)
    with fleet.looked_at() as relay:
        noted = rows(relay, select(CALLBACKS.c.identity).where(CALLBACKS.c.identity.contains(f"|{order}{code[-6:]}|")))
    assert len(noted) == number, "no call was lost, and none is there twice"


def end_of(number: int) -> str:
    return stamp(1_900_000_000 + number)


def stamp(seconds: int) -> str:
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(seconds))


@pytest.mark.parametrize("crash", [True, False])
def test_without_their_database_and_with_it_again(
    fleet: Fleet, server: Postgres, pool: ThreadPoolExecutor, crash: bool
) -> None:
    codes = [buy(fleet) for _ in range(3)]
    machines = [Machine(fleet, f"M{number}") for number in range(3)]
    for machine, code in zip(machines, codes, strict=True):
        machine.enrol(code)
    ending = threading.Event()

    def checks(machine: Machine) -> int:
        number = 0
        while not ending.is_set():
            assert machine.check().state is LeaseState.ALIVE
            number += 1
        return number

    working = [pool.submit(checks, machine) for machine in machines] + [
        pool.submit(renewals, fleet, code, f"CS{crash:d}", ending) for code in codes
    ]
    until(lambda: all(len(machine.leases) > 2 for machine in machines), "some checks")
    server.end(crash=crash)
    with fleet.client(fleet.north.port) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        refused = machines[0].post(wire.CHECK, machines[0].checking(), fleet.north.port)
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "ISCB-RELAY-DATABASE")
    server.start()
    marks = [len(machine.leases) for machine in machines]
    until(lambda: all(len(one.leases) > mark + 2 for one, mark in zip(machines, marks, strict=True)), "checks again")
    ending.set()
    done = [one.result(60) for one in working]
    for code, number in zip(codes, done[3:], strict=True):
        assert_renewed(fleet, code, f"CS{crash:d}", number)
