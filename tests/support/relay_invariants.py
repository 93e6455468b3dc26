"""What must hold in a relay's database whatever happened to its processes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from iscbridge.relay.context import Relay
from iscbridge.relay.database.tables import (
    AUDIT,
    BREAKERS,
    CALLBACKS,
    DEVICES,
    LEASES,
    LICENSES,
    OUTBOX,
    PERMITS,
    SEATS,
)
from support.world import until

_KEPT = ("000000", "000004")


def check_invariants(relay: Relay) -> None:
    """Assert all of them."""
    relay.database.run(_callbacks)
    relay.database.run(_seats)
    relay.database.run(_leases)


def _callbacks(connection: Connection) -> None:
    """Each call that was taken was carried out once: the same transaction noted it and its answer."""
    taken = sorted(
        (f"call.{row.activity}", row.identity[:256])
        for row in connection.execute(select(CALLBACKS).where(CALLBACKS.c.result.in_(_KEPT)))
    )
    noted = select(AUDIT.c.what, AUDIT.c.subject).where(AUDIT.c.who == "store", AUDIT.c.what.like("call.%"))
    assert sorted((row.what, row.subject) for row in connection.execute(noted)) == taken
    assert connection.scalar(select(func.count()).select_from(CALLBACKS).where(CALLBACKS.c.answer == "")) == 0


def _seats(connection: Connection) -> None:
    """No slot and no holder twice, none beyond what was bought, none of a licence that was released."""
    living = select(SEATS, LICENSES.c.amount, LICENSES.c.state).join(LICENSES).where(SEATS.c.slot.is_not(None))
    seen: set[tuple[str, object]] = set()
    for row in connection.execute(living):
        assert 1 <= row.slot <= row.amount, row
        assert row.state != "released", row
        for key in ((row.license, row.slot), (row.license, row.holder)):
            assert key not in seen
            seen.add(key)
    half = select(SEATS).where(SEATS.c.slot.is_(None) != SEATS.c.ended.is_not(None))
    assert connection.execute(half).all() == [], "given back, or not"


def _leases(connection: Connection) -> None:
    """Who was last told that it may work has a seat of the licence that it has; it may have lost it since."""
    told = (
        select(DEVICES.c.id, SEATS.c.id.label("seat"))
        .join(LEASES, LEASES.c.device == DEVICES.c.id)
        .outerjoin(SEATS, (SEATS.c.device == DEVICES.c.id) & (SEATS.c.license == DEVICES.c.license))
        .where(LEASES.c.state == "alive")
    )
    assert [row for row in connection.execute(told) if row.seat is None] == []


def until_nothing_waits(relay: Relay) -> None:
    """Wait until the outbox is empty; nothing was given up."""
    until(lambda: not rows(relay, select(OUTBOX.c.id).where(OUTBOX.c.state == "waiting")), "the outbox to be empty")
    assert rows(relay, select(OUTBOX.c.id, OUTBOX.c.error).where(OUTBOX.c.state == "dead")) == []


def open_key(relay: Relay) -> None:
    """As a person does who knows that questions were cut off by a kill, and not refused."""

    def work(connection: Connection) -> None:
        connection.execute(delete(PERMITS))
        connection.execute(update(BREAKERS).values(failures=0, stopped=None, probe=None))

    relay.database.run(work)


def rows(relay: Relay, query: Any) -> list[Any]:
    """Rows of a query."""
    return relay.database.run(lambda connection: list(connection.execute(query)))
