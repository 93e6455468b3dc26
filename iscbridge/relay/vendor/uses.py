"""Use of instances that are paid by use: told by the vendor's own service or by hand, and kept until the store took it.

A record counts once, by its serial number (`metering_sn`). Told again it changes nothing; told with other figures it is
refused, since nobody could say which of both the buyer has to pay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from iscbridge.core.errors import RelayError
from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import note
from iscbridge.relay.database.tables import LICENSES, METERINGS
from iscbridge.relay.upstream_port import OLDEST_USE_S

MOST_USES = 1000
"""Records of one request."""
EARLY_S = 300
"""So far ahead of the relay's clock a use may end."""
PATH = "/vendor/uses"

_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,4})?", re.ASCII)
_NAME = r"^[A-Za-z0-9._:@|/+-]{1,64}$"
Name = Annotated[str, msgspec.Meta(pattern=_NAME)]
Time = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]


class Use(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One record (cloud-store-api.md, section 6.3). Times are whole seconds since the epoch, UTC."""

    serial: Name
    """`metering_sn`: the vendor's own, never used for another record."""
    instance: Name
    """The pay-per-use instance, as the store calls it."""
    value: str
    """More than 0, at most four decimals, as text: no figure is rounded on its way."""
    begins: Time
    ends: Time
    package: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._:@|/+-]{0,64}$")] = ""
    """`relate_pkg_instance`: of packages that end with their use."""


class Uses(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the vendor's service tells in one request."""

    records: Annotated[tuple[Use, ...], msgspec.Meta(min_length=1, max_length=MOST_USES)]


class UsesTaken(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer: all of it is written down."""

    taken: int
    """Records that are new."""
    known: int
    """Records that had been told before."""
    server_time: int


def take_uses(relay: Relay, records: Sequence[Use], who: str) -> UsesTaken:
    """Write records down, all of them or none.

    Args:
        relay: this relay.
        records: at most `MOST_USES`.
        who: for the audit.

    Raises:
        RelayError: ISCB-RELAY-REQUEST: the store would not take one of them; ISCB-RELAY-SERIAL: a serial number is
            another record's.
    """
    now = relay.now()
    for number, record in enumerate(records):
        problem = _problem(record, now)
        if problem:
            raise RelayError("ISCB-RELAY-REQUEST", detail=f"records[{number}]: {problem}")

    def work(connection: Connection) -> int:
        _check_instances(connection, records)
        new = _written(connection, records, now)
        _check_same(connection, records)
        if new:
            note(connection, now, who, "uses.taken", "-", str(new))
        return new

    new = relay.database.run(work)
    return UsesTaken(taken=new, known=len(records) - new, server_time=now)


def _problem(record: Use, now: int) -> str:
    """Why the store would not take a record; empty if it would."""
    if not _NUMBER.fullmatch(record.value) or len(record.value) > 20 or not float(record.value):
        return "`value` is no number above 0 with at most four decimals, as text"
    if record.begins >= record.ends:
        return "`begins` is not before `ends`"
    if record.ends > now + EARLY_S:
        return "`ends` lies ahead"
    if record.begins < now - OLDEST_USE_S:
        return "`begins` is more than 21 days ago: the store takes no such use"
    return ""


def _check_instances(connection: Connection, records: Sequence[Use]) -> None:
    """An instance that only the store's test calls made is none. One that is not known may be another product's."""
    told = {record.instance for record in records}
    found = connection.execute(select(LICENSES.c.instance, LICENSES.c.test).where(LICENSES.c.instance.in_(told)))
    rows = found.all()
    real = {row.instance for row in rows if not row.test}
    if any(row.test and row.instance not in real for row in rows):
        raise RelayError("ISCB-RELAY-REQUEST", detail="an instance of the store's test calls has no use")


def _written(connection: Connection, records: Sequence[Use], now: int) -> int:
    """Insert what is new; how many that were."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    rows = [
        {"serial": one.serial, "instance": one.instance, "value": one.value, "package": one.package,
         "begins": one.begins, "ends": one.ends, "recorded": now, "sent": None, "error": ""}
        for one in sorted(records, key=lambda one: one.serial)  # in one order: so that two of us never block each other
    ]  # fmt: skip
    made = insert(METERINGS).values(rows).on_conflict_do_nothing().returning(METERINGS.c.serial)
    return len(connection.execute(made).all())


def _check_same(connection: Connection, records: Sequence[Use]) -> None:
    """Every record stands there as it was told."""
    columns = [METERINGS.c[name] for name in ("instance", "value", "package", "begins", "ends")]
    serials = [record.serial for record in records]
    found = connection.execute(select(METERINGS.c.serial, *columns).where(METERINGS.c.serial.in_(serials)))
    kept = {row.serial: tuple(row)[1:] for row in found}
    for record in records:
        if kept[record.serial] != (record.instance, record.value, record.package, record.begins, record.ends):
            raise RelayError("ISCB-RELAY-SERIAL", serial=record.serial)
