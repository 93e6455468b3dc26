"""Named seats: a seat belongs to a person, who may work with it on some devices at a time.

Which devices those are is told by the last leases: one that was given for the person and has not ended counts, also
after they signed out there, since it works offline until its end or until the device has asked again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, or_, select, update

from iscbridge.lease.form import LeaseState
from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import end_seats
from iscbridge.relay.database.tables import DEVICES, LEASES, LICENSES, SEATS, SESSIONS

_NOTED_S = 3600
"""That a session is in use is written down at most this often."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who signed in on the device."""

    user: str
    """Tenant and the tenant's own id of the person: who holds a named seat."""
    name: str


def person_of(relay: Relay, connection: Connection, session: str, device: str, product: str) -> Person | None:
    """The person behind a session of this device (its public name); None: it is none, or over."""
    if not session:
        return None
    now = relay.now()
    row = connection.execute(
        select(SESSIONS.c.digest, SESSIONS.c.tenant, SESSIONS.c.user, SESSIONS.c.name, SESSIONS.c.used).where(
            SESSIONS.c.digest == relay.sealer.digest(session, "session"),
            SESSIONS.c.device == device,
            SESSIONS.c.product == product,
            SESSIONS.c.until > now,
        )
    ).one_or_none()
    if row is None:
        return None
    if not now - _NOTED_S < row.used <= now:
        connection.execute(update(SESSIONS).where(SESSIONS.c.digest == row.digest).values(used=now))
    return Person(f"{row.tenant}/{row.user}", row.name)


def devices_of(connection: Connection, license_id: str, holder: str, but: str, now: int) -> list[str]:
    """Ids of the other devices on which a person works with a licence, those that asked last first."""
    found = connection.scalars(
        select(DEVICES.c.id)
        .join(LEASES, LEASES.c.device == DEVICES.c.id)
        .where(LEASES.c.holder == holder, LEASES.c.state == LeaseState.ALIVE.value, LEASES.c.until > now,
               DEVICES.c.license == license_id, DEVICES.c.id != but)
        .order_by(LEASES.c.issued.desc())
    )  # fmt: skip
    return list(found)


def license_of(connection: Connection, product: str, person: Person) -> str | None:
    """Id of the licence in which a person has a seat already."""
    return connection.scalar(
        select(LICENSES.c.id)
        .join(SEATS, SEATS.c.license == LICENSES.c.id)
        .where(SEATS.c.holder == person.user, SEATS.c.slot.is_not(None), LICENSES.c.product == product,
               LICENSES.c.test.is_(False))
        .order_by(SEATS.c.granted).limit(1)
    )  # fmt: skip


def leave_seats(connection: Connection, device: Row[Any], now: int, why: str) -> None:
    """A device leaves its licence. Its seat is free; a person's is, when nobody uses it on another device."""
    last = connection.scalar(
        select(LEASES.c.holder).where(LEASES.c.device == device.id, LEASES.c.state == LeaseState.ALIVE.value)
    )
    mine = or_(SEATS.c.device == device.id, (SEATS.c.license == device.license) & (SEATS.c.holder == last))
    seats = connection.execute(
        select(SEATS.c.id, SEATS.c.license, SEATS.c.holder).where(mine, SEATS.c.slot.is_not(None))
    ).all()
    for seat in seats:
        others = (
            [] if seat.holder == device.device else devices_of(connection, seat.license, seat.holder, device.id, now)
        )
        if others:
            connection.execute(update(SEATS).where(SEATS.c.id == seat.id).values(device=others[0]))
        else:
            end_seats(connection, (seat.id,), now, why)
