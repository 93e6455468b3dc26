"""A check of a device whose seat is good: by far the most that a relay is asked, so it costs one look and one short write.

Nothing is decided here that `granting` decides otherwise: a device that has its seat, within the amount, of a licence
that is alive, gets a lease for it. Whatever is not so plain, or changed meanwhile, goes the long way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CTE, Connection, ScalarSelect, and_, bindparam, exists, func, select, update

from iscbridge.core.errors import RelayError
from iscbridge.lease.form import Lease, LeaseState, SeatKind, fingerprint_digest
from iscbridge.lease.wire import Check
from iscbridge.relay.config import Product
from iscbridge.relay.context import Relay
from iscbridge.relay.database.prepared import Prepared
from iscbridge.relay.database.rows import new_id, take_nonces
from iscbridge.relay.database.tables import DEVICES, LEASES, LICENSES, SEATS
from iscbridge.relay.decide.leases import Times, times
from iscbridge.relay.decide.states import State
from iscbridge.relay.devices.gate import KEPT_S, MINUTE_S, Request, recent, take

_PLAIN = frozenset({SeatKind.NODE.value, SeatKind.FLOATING.value})
"""Seats that go by devices: a named one needs a person."""

_HIGHER = SEATS.alias("higher")
#: What a check of a device needs to know of it, by one look.
_LOOK = Prepared(
    select(
        DEVICES.c.id, DEVICES.c.device, DEVICES.c.public_key, DEVICES.c.fingerprint, DEVICES.c.blocked,
        DEVICES.c.license, LICENSES.c.state, LICENSES.c.asked, LICENSES.c.seat_kind, LICENSES.c.amount,
        LICENSES.c.amount_known, LICENSES.c.expires, LICENSES.c.version, SEATS.c.id.label("seat"), SEATS.c.lease_until, SEATS.c.until,
        select(func.max(_HIGHER.c.slot)).where(_HIGHER.c.license == DEVICES.c.license).scalar_subquery().label("top"),
        recent(DEVICES.c.device).scalar_subquery().label("recent"),
    )
    .select_from(
        DEVICES.outerjoin(LICENSES, LICENSES.c.id == DEVICES.c.license).outerjoin(
            SEATS,
            and_(SEATS.c.license == DEVICES.c.license, SEATS.c.holder == DEVICES.c.device, SEATS.c.slot.is_not(None)),
        )
    )
    .where(DEVICES.c.product == bindparam("p_product"), DEVICES.c.device == bindparam("p_device"))
)  # fmt: skip
_same_license = exists(
    select(LICENSES.c.id)
    .where(LICENSES.c.id == bindparam("p_license"), LICENSES.c.version == bindparam("p_version"))
    .with_for_update()
)
_my_device = and_(
    DEVICES.c.id == bindparam("p_device"), DEVICES.c.license == bindparam("p_license"), DEVICES.c.blocked.is_(False)
)
_my_seat = and_(
    SEATS.c.id == bindparam("p_seat"), SEATS.c.slot.is_not(None), SEATS.c.lease_until == bindparam("p_seen"),
    _same_license,
)  # fmt: skip
_seen = update(DEVICES).where(_my_device).values(seen=bindparam("p_now"))
_seat = update(SEATS).where(_my_seat).values(lease_until=bindparam("p_until"), until=bindparam("p_seat_until"))
_lease = update(LEASES).where(LEASES.c.device == bindparam("p_device")).values(
    id=bindparam("p_lease"), kid=bindparam("p_kid"), state=bindparam("p_state"), issued=bindparam("p_now"),
    until=bindparam("p_until"), holder=bindparam("p_holder"),
)  # fmt: skip
#: The device before its licence, as everywhere: two transactions then never wait for each other.
_STEPS = [Prepared(_seen), Prepared(_seat), Prepared(_lease)]


def _counted(first: CTE) -> ScalarSelect[int]:
    return select(func.count()).select_from(first).scalar_subquery()


#: On PostgreSQL each statement is a way to the server. These are two in one: what a device asks for is new, and the device
#: is the one that was looked at; then, with the device's row our own, its lease and its seat.
_BEGUN = Prepared(_seen.returning(_counted(take_nonces("postgresql").cte("taken")).label("new")))
_GIVEN = Prepared(_seat.returning(_counted(_lease.returning(LEASES.c.id).cte("leased")).label("leases")))


class ChangedError(Exception):
    """What was looked at is not so any more."""


def look(relay: Relay, product: Product, device: str) -> Any | None:
    """What is known of a device, without a lock; None: it never enrolled for this product."""
    values = {"p_product": product.name, "p_device": device, "p_latest": relay.now() + KEPT_S}
    return relay.database.look(lambda connection: _LOOK.run(connection, values).row)


def renewed(relay: Relay, product: Product, request: Request, message: Check, known: Any) -> str | None:
    """The device's lease, if it has its seat and nothing is to be decided.

    Args:
        relay: this relay.
        product: what is asked for.
        request: its signature was found good.
        message: what it asks.
        known: what `look` gave.

    Returns:
        The lease as text; None: nothing was done, and the long way is to be gone.

    Raises:
        RelayError: ISCB-RELAY-RATE, ISCB-RELAY-REPLAY.
    """
    if not _is_plain(relay, message, known):
        return None
    if known.recent >= relay.settings.limits.device_per_minute:
        raise RelayError("ISCB-RELAY-RATE", seconds=str(MINUTE_S))
    kind = SeatKind(known.seat_kind)
    given = times(LeaseState.ALIVE, kind, now=relay.now(), lease_days=product.lease_days,
                  next_check_s=product.next_check_s, floating_s=product.floating_s)  # fmt: skip
    lease = Lease(
        v=1, kid=relay.signer.kid, product=product.name, lease=new_id(), device=known.device,
        fingerprint=fingerprint_digest(product.name, message.fingerprint), state=LeaseState.ALIVE, seat=kind,
        issued=given.issued, until=given.until, next_check=given.next_check, features=product.features,
        license_expires=known.expires, nonce=request.claim.nonce,
    )  # fmt: skip
    try:
        relay.database.run(lambda connection: _written(relay, connection, request, known, lease, given))
    except ChangedError:
        return None
    return relay.signer.sign(lease)


def _is_plain(relay: Relay, message: Check, known: Any) -> bool:
    """Whether a device has a seat that needs no decision."""
    if known.state != State.ALIVE.value or known.seat is None or known.blocked or known.seat_kind not in _PLAIN:
        return False
    # Slots are single and begin with 1: where none is above the amount there are no more seats than were bought.
    if known.top is None or known.top > known.amount:
        return False
    return bool(known.fingerprint == relay.sealer.digest(message.fingerprint, "fingerprint"))


def _written(relay: Relay, connection: Connection, request: Request, known: Any, lease: Lease, given: Times) -> None:
    values = {
        "p_device": known.id, "p_license": known.license, "p_version": known.version, "p_seat": known.seat,
        "p_seen": known.lease_until, "p_now": lease.issued, "p_until": given.until, "p_holder": known.device,
        "p_seat_until": given.until if lease.seat is SeatKind.FLOATING else None,
        "p_lease": lease.lease, "p_kid": lease.kid, "p_state": lease.state.value,
        "p_scope": request.claim.device, "p_nonce": request.claim.nonce, "p_nonce_until": relay.now() + KEPT_S,
    }  # fmt: skip
    if not relay.database.is_sqlite:
        _written_in_two(connection, values)
        return
    take(relay, connection, request)
    if any(step.run(connection, values).changed != 1 for step in _STEPS):
        raise ChangedError


def _written_in_two(connection: Connection, values: Mapping[str, object]) -> None:
    begun = _BEGUN.run(connection, values).row
    if begun is None:
        raise ChangedError
    if begun.new != 1:
        raise RelayError("ISCB-RELAY-REPLAY")
    given = _GIVEN.run(connection, values).row
    if given is None or given.leases != 1:
        raise ChangedError
