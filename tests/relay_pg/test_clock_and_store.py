"""A store that is down for a day, work that its process did not end, clocks that are set: at two real processes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import trustme
from sqlalchemy import select

from iscbridge.lease import wire
from iscbridge.lease.form import LeaseState
from iscbridge.platform.folders import Home
from iscbridge.relay.database.tables import LICENSES, OUTBOX
from iscbridge.relay.upstream.outbox import CLAIM_S
from support.relay_fleet import Caller, Fleet, Machine, Replica
from support.relay_invariants import check_invariants, rows, until_nothing_waits
from support.relay_pg import Postgres
from support.sandbox_store import SandboxStore, sandbox_store
from support.world import until

DAY_S = 86_400
OK, IN_PROGRESS = "000000", "000004"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory, server: Postgres) -> Iterator[Fleet]:
    """Time only goes on from one test to the next, so the store is of this file alone."""
    with (
        sandbox_store(Home(tmp_path_factory.mktemp("store"))) as store,
        server.database(empty=True) as name,
        contextlib.closing(Fleet(tmp_path_factory.mktemp("fleet"), server.url(name), trustme.CA(), store)) as made,
    ):
        made.start()
        yield made


@pytest.fixture
def store(fleet: Fleet) -> Iterator[SandboxStore]:
    yield fleet.store
    fleet.store.ask("behave")
    with fleet.looked_at() as relay:
        check_invariants(relay)


def bought_instance(fleet: Fleet, number: int, amount: int) -> dict[str, str]:
    """Ordered, and told of; what the store calls it."""
    order = {"orderId": f"CSDAY{number}", "orderLineId": f"CSDAY{number}-000001"}
    fleet.store.ask("order", order=order["orderId"], amount=amount, days=365)
    return {**order, "instanceId": f"business-{number}"}


def tell(fleet: Fleet, instance: dict[str, str]) -> str:
    order = {name: instance[name] for name in ("orderId", "orderLineId")}
    return Caller(fleet).call("newInstance", businessId=instance["instanceId"], **order)


def apply(fleet: Fleet, instance: dict[str, str], event: str) -> str:
    end = datetime.fromtimestamp(fleet.store.now() + 30 * DAY_S, UTC).strftime("%Y-%m-%d %H:%M:%S z")
    return Caller(fleet).once("getLicenseAsync", instanceId=instance["instanceId"], eventId=event,
                              deviceFingerprint="AA|BB|CC|DD", expireTime=end)  # fmt: skip


def outbox(fleet: Fleet, *where: Any) -> list[Any]:
    with fleet.looked_at() as relay:
        return rows(relay, select(OUTBOX).where(*where))


def until_outbox(fleet: Fleet, what: str, *where: Any) -> list[Any]:
    with fleet.looked_at() as relay:
        return list(until(lambda: rows(relay, select(OUTBOX).where(*where)), what))


def test_a_store_that_is_down_for_a_day(fleet: Fleet, store: SandboxStore) -> None:
    code = str(store.ask("shop.buy", amount=1)["code"])
    machine = Machine(fleet)
    machine.enrol(code)
    before = bought_instance(fleet, 1, 3)
    assert tell(fleet, before) == OK
    with fleet.looked_at() as relay:
        until_nothing_waits(relay)
    store.misbehave(domains="none")
    instances = [bought_instance(fleet, number, number) for number in (2, 3, 4)]
    for instance in instances:
        assert tell(fleet, instance) == OK, "what the store calls for is taken down all the same"
    assert apply(fleet, before, "EVENT-1") == IN_PROGRESS
    refused = Machine(fleet, "CC")
    told = refused.post(wire.ENROL, refused.enrolment("PLSBXUNKNOWN0001"))
    assert (told.status_code, told.json()["error"]["code"]) == (503, "ISCB-RELAY-UPSTREAM")
    until_outbox(fleet, "each to be tried", OUTBOX.c.state == "waiting", OUTBOX.c.attempts > 0)
    for _ in range(4):
        tries = sum(row.attempts for row in outbox(fleet))
        store.travel(DAY_S / 4)
        assert machine.check().state is LeaseState.ALIVE, "a device does not even notice"
        until(lambda tries=tries: sum(row.attempts for row in outbox(fleet)) > tries, "another try")
    assert store.ask("uploads")["uploads"] == []
    store.ask("behave")
    store.travel(3600)
    with fleet.looked_at() as relay:
        until_nothing_waits(relay)
        amounts = {
            row.instance: row.amount for row in rows(relay, select(LICENSES).where(LICENSES.c.kind == "instance"))
        }
    assert amounts == {"business-1": 3, "business-2": 2, "business-3": 3, "business-4": 4}
    assert [one["event"] for one in store.ask("uploads")["uploads"]] == ["EVENT-1"], "once"
    assert Machine(fleet, "DD").enrol(str(store.ask("shop.buy", amount=1)["code"])).state is LeaseState.ALIVE


def test_what_a_killed_process_had_claimed_is_done_by_the_other(fleet: Fleet, store: SandboxStore) -> None:
    store.misbehave(delay_ms=9000, on="order")
    instance = bought_instance(fleet, 5, 7)
    assert tell(fleet, instance) == OK
    mine = (OUTBOX.c.identity.contains(instance["orderId"]),)
    claimed = until_outbox(fleet, "a claim", *mine, OUTBOX.c.claimed_by != "")[0]
    dead = holder(fleet, claimed.claimed_by)
    dead.kill()
    store.ask("behave")
    assert [row.claimed_by for row in outbox(fleet, *mine)] == [claimed.claimed_by], "it may still be alive"
    store.travel(CLAIM_S + 1)
    done = until_outbox(fleet, "the other to do it", *mine, OUTBOX.c.state == "sent")[0]
    assert (done.attempts, done.error) == (2, "")
    fleet.again(dead)


def test_what_a_paused_process_had_claimed_is_done_by_the_other(fleet: Fleet, store: SandboxStore) -> None:
    store.misbehave(delay_ms=9000, on="order")
    instance = bought_instance(fleet, 6, 7)
    assert tell(fleet, instance) == OK
    mine = (OUTBOX.c.identity.contains(instance["orderId"]),)
    claimed = until_outbox(fleet, "a claim", *mine, OUTBOX.c.claimed_by != "")[0]
    still = holder(fleet, claimed.claimed_by)
    still.pause()
    try:
        store.ask("behave")
        store.travel(CLAIM_S + 1)
        until_outbox(fleet, "the other to do it", *mine, OUTBOX.c.state == "sent")
    finally:
        still.go_on()
    fleet.balancer.wait(fleet.north.port, fleet.south.port)
    assert [(row.state, row.attempts) for row in outbox(fleet, *mine)] == [("sent", 2)], (
        "what it says now counts no more"
    )


def holder(fleet: Fleet, claim: str) -> Replica:
    return fleet.north if claim.startswith(fleet.north.name) else fleet.south


def test_a_clock_that_jumps_and_comes_back(fleet: Fleet, store: SandboxStore) -> None:
    code = str(store.ask("shop.buy", amount=1, days=1000)["code"])
    machine, caller = Machine(fleet), Caller(fleet)
    assert machine.enrol(code).state is LeaseState.ALIVE
    for days in (40, -40, 1, -1):
        store.travel(days * DAY_S)
        lease = machine.check()
        assert lease.state is LeaseState.ALIVE
        assert 0 < lease.until - store.now() <= 14 * DAY_S
        assert caller.call("updateLicenseCodeStatus", license=code, status="FREEZE") == OK
        assert machine.check().state is LeaseState.FROZEN
        assert caller.call("updateLicenseCodeStatus", license=code, status="UNFREEZE") == OK
        assert machine.check().state is LeaseState.ALIVE
        assert Machine(fleet, "CC").enrol(code).reason == "ISCB-RELAY-SEATS-TAKEN"
        number = 100 + days
        assert tell(fleet, bought_instance(fleet, number, 2)) == OK
        until_outbox(fleet, "what is put into the outbox to be done", OUTBOX.c.identity.contains(f"CSDAY{number}-"),
                     OUTBOX.c.state == "sent")  # fmt: skip
