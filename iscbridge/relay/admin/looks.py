"""What `iscbridge relay admin` shows. Codes are masked, and nothing that is sealed is opened."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, Table, case, func, literal, select

from iscbridge.relay.context import Relay
from iscbridge.relay.database.tables import (
    AUDIT,
    BREAKERS,
    CALLBACKS,
    DEVICES,
    ISSUED,
    LEASES,
    LICENSES,
    METERINGS,
    OUTBOX,
    SEATS,
    SESSIONS,
    USAGES,
)
from iscbridge.relay.upstream_port import REFUSED, SENT, WAITING

Row = dict[str, Any]
_TAKEN = (
    select(func.count()).select_from(SEATS).where(SEATS.c.license == LICENSES.c.id, SEATS.c.slot.is_not(None))
    .correlate(LICENSES).scalar_subquery().label("taken")
)  # fmt: skip


def licenses(*, codes_only: bool, state: str | None, test: bool, limit: int) -> Select[Any]:
    """What was bought, the last changed first."""
    found = select(
        LICENSES.c.id, LICENSES.c.product, LICENSES.c.kind, LICENSES.c.code_masked.label("code"), LICENSES.c.instance,
        LICENSES.c.state, LICENSES.c.seat_kind.label("seats"), LICENSES.c.amount,
        LICENSES.c.amount_known.label("amountKnown"), _TAKEN, LICENSES.c.order_id.label("order"),
        LICENSES.c.order_line.label("orderLine"), LICENSES.c.store_product.label("storeProduct"), LICENSES.c.expires,
        LICENSES.c.activated, LICENSES.c.asked, LICENSES.c.changed,
    ).where(LICENSES.c.test == test)  # fmt: skip
    if codes_only:
        found = found.where(LICENSES.c.kind == "code")
    if state:
        found = found.where(LICENSES.c.state == state)
    return found.order_by(LICENSES.c.changed.desc(), LICENSES.c.id).limit(limit)


def devices(*, license_id: str | None, limit: int) -> Select[Any]:
    """Devices, the last seen first."""
    found = select(DEVICES.c.id, DEVICES.c.product, DEVICES.c.device, DEVICES.c.label, DEVICES.c.license,
                   DEVICES.c.blocked, DEVICES.c.cloned, DEVICES.c.created, DEVICES.c.seen)  # fmt: skip
    if license_id:
        found = found.where(DEVICES.c.license == license_id)
    return found.order_by(DEVICES.c.seen.desc(), DEVICES.c.id).limit(limit)


def seats(*, license_id: str | None, limit: int) -> Select[Any]:
    """Seats that are taken."""
    found = select(SEATS.c.id, SEATS.c.license, SEATS.c.slot, SEATS.c.holder, SEATS.c.device, SEATS.c.granted,
                   SEATS.c.lease_until.label("leaseUntil"), SEATS.c.until).where(SEATS.c.slot.is_not(None))  # fmt: skip
    if license_id:
        found = found.where(SEATS.c.license == license_id)
    return found.order_by(SEATS.c.license, SEATS.c.slot).limit(limit)


def leases(*, limit: int) -> Select[Any]:
    """The last lease of each device, the newest first."""
    return (
        select(LEASES.c.id, LEASES.c.device, LEASES.c.kid, LEASES.c.state, LEASES.c.issued, LEASES.c.until)
        .order_by(LEASES.c.issued.desc(), LEASES.c.id).limit(limit)
    )  # fmt: skip


def sessions(*, limit: int) -> Select[Any]:
    """Who is signed in, the last confirmed first."""
    return (
        select(SESSIONS.c.digest.label("id"), SESSIONS.c.product, SESSIONS.c.device, SESSIONS.c.tenant, SESSIONS.c.user,
               SESSIONS.c.name, SESSIONS.c.confirmed, SESSIONS.c.used, SESSIONS.c.until)
        .order_by(SESSIONS.c.confirmed.desc(), SESSIONS.c.digest).limit(limit)
    )  # fmt: skip


def outbox(*, state: str | None, test: bool, limit: int) -> Select[Any]:
    """What is to be told to the store, what is stuck first."""
    found = select(OUTBOX.c.id, OUTBOX.c.kind, OUTBOX.c.state, OUTBOX.c.attempts, OUTBOX.c.due, OUTBOX.c.error,
                   OUTBOX.c.created, OUTBOX.c.changed).where(OUTBOX.c.test == test)  # fmt: skip
    if state:
        found = found.where(OUTBOX.c.state == state)
    return found.order_by(OUTBOX.c.state, OUTBOX.c.due, OUTBOX.c.id).limit(limit)


def calls(*, test: bool, limit: int) -> Select[Any]:
    """Calls of the store that were carried out, the last first."""
    return (
        select(CALLBACKS.c.id, CALLBACKS.c.activity, CALLBACKS.c.result, CALLBACKS.c.count, CALLBACKS.c.received,
               CALLBACKS.c.repeated).where(CALLBACKS.c.test == test)
        .order_by(CALLBACKS.c.received.desc(), CALLBACKS.c.id).limit(limit)
    )  # fmt: skip


def issued(*, license_id: str | None, limit: int) -> Select[Any]:
    """Machines for which a licence was applied for, the last first."""
    found = select(ISSUED.c.id, ISSUED.c.license, ISSUED.c.sealed.is_not(None).label("made"), ISSUED.c.created)
    if license_id:
        found = found.where(ISSUED.c.license == license_id)
    return found.order_by(ISSUED.c.created.desc(), ISSUED.c.id).limit(limit)


def metered(*, state: str | None, limit: int) -> Select[Any]:
    """Use of instances that are paid by use, what was refused first."""
    told = _standing(METERINGS)
    found = select(METERINGS.c.serial.label("id"), literal("metered").label("kind"), METERINGS.c.instance,
                   METERINGS.c.value, METERINGS.c.package, METERINGS.c.begins, METERINGS.c.ends,
                   METERINGS.c.recorded, METERINGS.c.sent, told, METERINGS.c.error)  # fmt: skip
    if state:
        found = found.where(told == state)
    return found.order_by((METERINGS.c.error == ""), METERINGS.c.recorded.desc(), METERINGS.c.serial).limit(limit)


def days(*, state: str | None, limit: int) -> Select[Any]:
    """Days on which a code's clients were active, what was refused first. Named by their licence."""
    told = _standing(USAGES)
    found = select(USAGES.c.license.label("id"), literal("day").label("kind"), USAGES.c.day, USAGES.c.client,
                   USAGES.c.recorded, USAGES.c.sent, told, USAGES.c.error)  # fmt: skip
    if state:
        found = found.where(told == state)
    return found.order_by((USAGES.c.error == ""), USAGES.c.recorded.desc(), USAGES.c.license, USAGES.c.client).limit(
        limit
    )


def _standing(table: Table) -> Any:
    """Where a record of use stands."""
    return case((table.c.error != "", REFUSED), (table.c.sent.is_not(None), SENT), else_=WAITING).label("state")


def audit(*, test: bool, limit: int) -> Select[Any]:
    """Who did what, the last first."""
    space = AUDIT.c.detail == "test" if test else AUDIT.c.detail != "test"
    return select(AUDIT.c.at, AUDIT.c.who, AUDIT.c.what, AUDIT.c.subject, AUDIT.c.detail).where(space).order_by(
        AUDIT.c.at.desc(), AUDIT.c.id.desc()
    ).limit(limit)  # fmt: skip


def breakers() -> Select[Any]:
    """Keys of the store, by digest, and whether they were stopped."""
    return (
        select(BREAKERS.c.key.label("id"), literal("store").label("kind"), BREAKERS.c.failures, BREAKERS.c.stopped,
               BREAKERS.c.probe).order_by(BREAKERS.c.key)
    )  # fmt: skip


def read(relay: Relay, query: Select[Any]) -> list[Row]:
    """The rows, as the members of their JSON.

    Raises:
        RelayError: ISCB-RELAY-DATABASE.
    """

    def look(connection: Connection) -> list[Row]:
        return [dict(row) for row in connection.execute(query).mappings()]

    return relay.database.run(look)


def keys(relay: Relay) -> list[Row]:
    """Keys that sign leases: name, public half, and which one signs."""
    told = relay.signer.public_keys()
    return [
        {"id": kid, "kind": "lease", "public": text, "signs": kid == relay.signer.kid} for kid, text in told.items()
    ]
