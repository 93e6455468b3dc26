"""The lease that a device gets: its licence, its seat, its times; written down in the transaction that it is given."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, update

from iscbridge.lease.form import Lease, LeaseState, SeatKind
from iscbridge.relay.config import Product
from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import end_seats, living_seats, new_id
from iscbridge.relay.database.tables import DEVICES, LEASES, SEATS
from iscbridge.relay.decide.leases import Times, times
from iscbridge.relay.decide.seats import Decision, NoSeat, seat_for
from iscbridge.relay.decide.states import TOLD, State
from iscbridge.relay.devices.counting import Uncounted
from iscbridge.relay.devices.people import Person, devices_of

_NO_SEAT = {NoSeat.FULL: "ISCB-RELAY-SEATS-TAKEN", NoSeat.FEWER: "ISCB-RELAY-SEAT-LOST"}
_FULL = frozenset({"ISCB-RELAY-SEATS-TAKEN", "ISCB-RELAY-NAMED-TAKEN"})
REASONS = {
    LeaseState.FROZEN: "ISCB-LIC-FROZEN-NO-URL",
    LeaseState.EXPIRED: "ISCB-LIC-EXPIRED-NO-URL",
    LeaseState.RELEASED: "ISCB-LIC-RELEASED",
    LeaseState.REFUSED: "ISCB-RELAY-CODE",
}


def grant(
    relay: Relay,
    connection: Connection,
    product: Product,
    device: Row[Any],
    license_row: Row[Any],
    fingerprint: str,
    person: Person | None,
    nonce: str,
) -> str | Uncounted:
    """Decide, write down and sign the device's lease.

    Args:
        relay: this relay.
        connection: of the transaction; it has locked the licence.
        product: what is asked for.
        device: row of the device.
        license_row: row of its licence.
        fingerprint: digest for the lease (`fingerprint_digest`).
        person: who signed in; `named` seats are theirs.
        nonce: of the request.

    Returns:
        The lease as text. It may say that there is none: that is an answer, and no error. Where every seat is taken
        that is known, and the amount is not, there is no lease.
    """
    now = relay.now()
    kind = SeatKind(license_row.seat_kind)
    holder = _holder(kind, device, person)
    state, reason, decision = _decided(connection, license_row, product, device, holder, now)
    if reason in _FULL and not license_row.amount_known:
        return Uncounted(license_row.id)
    given = times(state, kind, now=now, lease_days=product.lease_days, next_check_s=product.next_check_s,
                  floating_s=product.floating_s)  # fmt: skip
    if decision is not None:
        given = _seat_written(connection, decision, kind, given, device, license_row, holder, now)
    lease = Lease(
        **_plain(relay, product, device, kind, fingerprint, nonce, given),
        state=state,
        user=person.name or person.user if person is not None and kind is SeatKind.NAMED else "",
        features=product.features if state is LeaseState.ALIVE else (),
        license_expires=license_row.expires,
        reason=reason,
    )
    return _signed(relay, connection, device.id, lease, holder)


def refuse(
    relay: Relay,
    connection: Connection,
    product: Product,
    device: Row[Any],
    kind: SeatKind,
    fingerprint: str,
    reason: str,
    nonce: str,
    state: LeaseState = LeaseState.REFUSED,
) -> str:
    """A lease that says that the device has none, and why (the code of a text)."""
    given = times(state, kind, now=relay.now(), lease_days=product.lease_days,
                  next_check_s=product.next_check_s, floating_s=product.floating_s)  # fmt: skip
    plain = _plain(relay, product, device, kind, fingerprint, nonce, given)
    return _signed(relay, connection, device.id, Lease(**plain, state=state, reason=reason), "")


def _plain(
    relay: Relay, product: Product, device: Row[Any], kind: SeatKind, fingerprint: str, nonce: str, given: Times
) -> dict[str, Any]:
    """What every lease says, whatever its word is."""
    return {
        "v": 1,
        "kid": relay.signer.kid,
        "product": product.name,
        "lease": new_id(),
        "device": device.device,
        "fingerprint": fingerprint,
        "seat": kind,
        "issued": given.issued,
        "until": given.until,
        "next_check": given.next_check,
        "nonce": nonce,
    }


def _signed(relay: Relay, connection: Connection, device: str, lease: Lease, holder: str) -> str:
    """Write down what the device was told last, and sign it."""
    values = {"id": lease.lease, "kid": lease.kid, "state": lease.state.value, "issued": lease.issued,
              "until": lease.until, "holder": holder if lease.state is LeaseState.ALIVE else None}  # fmt: skip
    if connection.execute(update(LEASES).where(LEASES.c.device == device).values(**values)).rowcount == 0:
        connection.execute(LEASES.insert().values(device=device, **values))
    connection.execute(update(DEVICES).where(DEVICES.c.id == device).values(seen=lease.issued))
    return relay.signer.sign(lease)


def _holder(kind: SeatKind, device: Row[Any], person: Person | None) -> str:
    """Whose the seat is; empty: nobody has signed in."""
    if kind is not SeatKind.NAMED:
        return str(device.device)
    return "" if person is None else person.user


def _decided(
    connection: Connection, row: Row[Any], product: Product, device: Row[Any], holder: str, now: int
) -> tuple[LeaseState, str, Decision | None]:
    """What the device is told, why, and which seat it has."""
    state, kind = TOLD[State(row.state)], SeatKind(row.seat_kind)
    if device.blocked:
        return LeaseState.REFUSED, "ISCB-RELAY-BLOCKED", None
    if state is not LeaseState.ALIVE:
        return state, REASONS[state], None
    named = kind is SeatKind.NAMED
    if not holder:
        return LeaseState.REFUSED, "ISCB-RELAY-SIGN-IN", None
    most = product.person_devices if named else 0
    if most and len(devices_of(connection, row.id, holder, device.id, now)) >= most:
        return LeaseState.REFUSED, "ISCB-RELAY-PERSON-DEVICES", None
    decision = seat_for(kind, row.amount, living_seats(connection, row.id), holder, now)
    end_seats(connection, decision.end, now, "fewer" if decision.refused is NoSeat.FEWER else "reclaimed")
    if decision.refused is not None:
        full = named and decision.refused is NoSeat.FULL
        return LeaseState.REFUSED, "ISCB-RELAY-NAMED-TAKEN" if full else _NO_SEAT[decision.refused], None
    return LeaseState.ALIVE, "", decision


def _seat_written(
    connection: Connection,
    decision: Decision,
    kind: SeatKind,
    given: Times,
    device: Row[Any],
    license_row: Row[Any],
    holder: str,
    now: int,
) -> Times:
    """Write the seat; the times of its lease, which are those of before if no new one may be given."""
    if decision.keep_lease and decision.seat is not None:
        held = decision.seat.lease_until
        return Times(now, min(given.next_check, held), held)
    until = given.until if kind is SeatKind.FLOATING else None
    if decision.seat is not None:
        connection.execute(
            update(SEATS).where(SEATS.c.id == decision.seat.id)
            .values(device=device.id, lease_until=given.until, until=until)
        )  # fmt: skip
        return given
    connection.execute(
        SEATS.insert().values(id=new_id(), license=license_row.id, slot=decision.slot, holder=holder,
                              device=device.id, granted=now, lease_until=given.until, until=until, end_reason="")
    )  # fmt: skip
    return given
