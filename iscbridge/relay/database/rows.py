"""Queries that several parts of the relay need. Each works in the transaction that it is given."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Executable, Row, Table, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from iscbridge.relay.database.prepared import Prepared
from iscbridge.relay.database.tables import AUDIT, DEVICES, LICENSES, NONCES, RATES, SEATS
from iscbridge.relay.decide.seats import Seat

Insert = sqlite.Insert | postgresql.Insert


def new_id() -> str:
    """A name for a row; it tells nothing."""
    return str(uuid.uuid4())


def insert_once(connection: Connection, table: Table, **values: object) -> bool:
    """Insert a row unless one with the same key is there; whether it was inserted."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    # What came back, not `rowcount`: for an INSERT not every driver tells it.
    made = insert(table).values(**values).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return connection.execute(made).first() is not None


def take_nonce(connection: Connection, scope: str, nonce: str, until: int) -> bool:
    """Whether this nonce comes for the first time. It is remembered until that time."""
    values = {"p_scope": scope, "p_nonce": nonce, "p_nonce_until": until}
    return _TAKE[connection.dialect.name].run(connection, values).row is not None


def take_nonces(dialect: str) -> ReturningInsert[Any]:
    """What remembers a nonce (`p_scope`, `p_nonce`, `p_nonce_until`). It gives a row if it comes for the first time."""
    values: dict[str, Any] = {
        "scope": bindparam("p_scope"),
        "nonce": bindparam("p_nonce"),
        "until": bindparam("p_nonce_until"),
    }
    return _INSERTS[dialect](NONCES).values(values).on_conflict_do_nothing().returning(NONCES.c.nonce)


def count_request(connection: Connection, scope: str, window: int) -> int:
    """How many requests there were in this window of time, this one included."""
    values = {"p_scope": scope, "p_window": window}
    return int(connection.execute(_COUNT[connection.dialect.name], values).scalar_one())


def _count(insert: Insert) -> Executable:
    values = insert.values(scope=bindparam("p_scope"), window=bindparam("p_window"), count=1)
    return values.on_conflict_do_update(
        index_elements=[RATES.c.scope, RATES.c.window], set_={"count": RATES.c.count + 1}
    ).returning(RATES.c.count)


#: Made once: each request needs them, and making one takes longer than running it.
_INSERTS: dict[str, Callable[[Table], Insert]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_TAKE = {name: Prepared(take_nonces(name)) for name in _INSERTS}
_COUNT = {name: _count(insert(RATES)) for name, insert in _INSERTS.items()}


def forget_old(connection: Connection, now: int) -> int:
    """Remove nonces and counts whose time is over; how many."""
    nonces = connection.execute(delete(NONCES).where(NONCES.c.until < now)).rowcount
    return nonces + connection.execute(delete(RATES).where(RATES.c.window < now - 2 * 86_400)).rowcount


def device_row(connection: Connection, product: str, device: str) -> Row[Any] | None:
    """A device that enrolled for a product. What it asks for is done one after the other, whichever process it asks.

    A transaction that takes a licence too takes it after the device.
    """
    return connection.execute(
        select(DEVICES).where(DEVICES.c.product == product, DEVICES.c.device == device).with_for_update()
    ).one_or_none()


def license_locked(connection: Connection, license_id: str) -> Row[Any] | None:
    """A licence, which no other process changes before this transaction ends."""
    return connection.execute(select(LICENSES).where(LICENSES.c.id == license_id).with_for_update()).one_or_none()


def license_by_code(connection: Connection, code_digest: str, *, test: bool = False) -> Row[Any] | None:
    """The licence of a code."""
    return connection.execute(
        select(LICENSES).where(LICENSES.c.test == test, LICENSES.c.code_digest == code_digest)
    ).one_or_none()


def change_license(connection: Connection, row: Row[Any], now: int, **values: object) -> None:
    """Change a licence that this transaction has locked."""
    connection.execute(
        update(LICENSES).where(LICENSES.c.id == row.id).values(changed=now, version=row.version + 1, **values)
    )


def living_seats(connection: Connection, license_id: str) -> list[Seat]:
    """The seats of a licence that were not given back."""
    found = connection.execute(select(SEATS).where(SEATS.c.license == license_id, SEATS.c.slot.is_not(None)))
    return [Seat(row.id, row.slot, row.holder, row.granted, row.lease_until, row.until) for row in found]


def end_seats(connection: Connection, ids: tuple[str, ...], now: int, reason: str) -> None:
    """Give seats back: their slots and holders are free from now on."""
    if ids:
        connection.execute(
            update(SEATS).where(SEATS.c.id.in_(ids)).values(slot=None, holder=None, ended=now, end_reason=reason)
        )


def note(connection: Connection, now: int, who: str, what: str, subject: str, detail: str = "") -> None:
    """Write down who did what. Nothing secret comes in here."""
    connection.execute(AUDIT.insert().values(at=now, who=who, what=what, subject=subject, detail=detail))
