"""What devices may ask: enrol, check, use, give back, take over. Blocking; for worker threads.

Whatever becomes of a licence or a seat is told in a signed lease, and an error says only that there is no answer: so a
device never stops work because something went wrong on the way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from iscbridge.core.errors import RelayError
from iscbridge.core.licensing.model import AnswerKind
from iscbridge.lease.form import SeatKind, fingerprint_digest
from iscbridge.lease.wire import Check, Enrol, Leased, Release, Taken, Transfer, Usage
from iscbridge.relay.config import Product
from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import (
    change_license,
    device_row,
    end_seats,
    insert_once,
    license_by_code,
    license_locked,
    living_seats,
    new_id,
    note,
)
from iscbridge.relay.database.tables import AUDIT, DEVICES, LEASES, USAGES
from iscbridge.relay.decide.seats import seat_for, seat_to_transfer
from iscbridge.relay.decide.states import TOLD, State
from iscbridge.relay.devices.codes import take_code
from iscbridge.relay.devices.counting import Uncounted, ask_amount, may_ask, seconds_left
from iscbridge.relay.devices.gate import Request, admit, admit_stranger, check_proof, check_signature, turn_away
from iscbridge.relay.devices.granting import REASONS, grant, refuse
from iscbridge.relay.devices.people import Person, leave_seats, license_of, person_of
from iscbridge.relay.devices.renewal import look, renewed
from iscbridge.relay.store_words import take_answer
from iscbridge.relay.upstream_port import Activated, Upstream

ASK_AGAIN_S = 60
"""So long a refusal of the store is believed before a device's check asks the store again."""
_TRANSFER_WINDOW_S = 30 * 86_400
#: What the store says of a code that was activated, wherever it stands by now.
_ACTIVATED = frozenset({AnswerKind.ALIVE, AnswerKind.EXPIRED, AnswerKind.FROZEN, AnswerKind.RELEASED})
#: States of a licence that a question of a device would not change.
_SETTLED = frozenset({State.ALIVE.value, State.RELEASED.value})


class DeviceDesk:
    """Answers devices."""

    def __init__(self, relay: Relay, upstream: Upstream) -> None:
        self._relay = relay
        self._upstream = upstream

    def enrol(self, request: Request, message: Enrol, public_key: bytes) -> Leased:
        """Take a device in, with the code that its person typed.

        Raises:
            RelayError: who asks is not proven (`gate`); ISCB-RELAY-CODE: the code is none, or not ready;
                ISCB-RELAY-UPSTREAM: the store could not be asked; and ISCB-RELAY-SEATS-OPEN: every seat is taken that
                is known, and the store has not told how many there are.
        """
        product = self._product(message.product)
        check_signature(self._relay, request, public_key)

        def admitted(connection: Connection) -> None:
            admit(self._relay, connection, request)
            admit_stranger(self._relay, connection, request.address)

        self._relay.database.run(admitted)
        if not message.code and product.seats == SeatKind.NAMED.value:
            return self._answered(product, lambda connection: self._known_by(connection, request, message, public_key))
        license_id = self._license_of(message.code, product)

        def enrolled(connection: Connection) -> str | Uncounted:
            digest, nonce = fingerprint_digest(product.name, message.fingerprint), request.claim.nonce
            device = device_row(connection, product.name, request.claim.device)
            row = self._locked(connection, license_id)
            other = device is not None and device.license not in {None, license_id}
            person = person_of(self._relay, connection, message.session, request.claim.device, product.name)
            if device is not None and other:
                kept = self._own_kept(connection, product, device, row, person, digest, nonce)
                if kept is not None:
                    return kept
            device = self._device_written(connection, product, message, request.claim.device, public_key, license_id)
            return grant(self._relay, connection, product, device, row, digest, person, nonce)

        return self._answered(product, enrolled)

    def check(self, request: Request, message: Check) -> Leased:
        """The device's lease, whatever it says.

        Raises:
            RelayError: who asks is not proven; ISCB-RELAY-UNKNOWN-DEVICE; ISCB-RELAY-SEATS-OPEN.
        """
        return self.check_at_once(request, message) or self.check_asking(request, message)

    def check_at_once(self, request: Request, message: Check) -> Leased | None:
        """As `check`, without a question to the store. None: it has to be asked first, and nothing was done.

        Raises:
            RelayError: as `check`.
        """
        product = self._product(message.product)
        known = self._proven(request, product)
        lease = renewed(self._relay, product, request, message, known)
        if lease is not None:
            return self._leased(lease)
        uncounted = known.license is not None and known.seat is None and not known.amount_known
        if uncounted or self._is_stale(known):
            return None
        return self._checked(product, request, message)

    def check_asking(self, request: Request, message: Check) -> Leased:
        """As `check`, for a device about whose licence the store is asked first.

        Raises:
            RelayError: as `check`.
        """
        product = self._product(message.product)
        known = self._proven(request, product)
        if self._is_stale(known):
            self._ask_again(known.license)
        return self._checked(product, request, message)

    def _checked(self, product: Product, request: Request, message: Check) -> Leased:
        def decided(connection: Connection) -> str | Uncounted:
            device = self._known(connection, product, request.claim.device)
            digest, nonce = fingerprint_digest(product.name, message.fingerprint), request.claim.nonce
            if device.license is None:  # it gave its seat back, and may not have heard our answer
                return self._released(connection, product, device, digest, nonce)
            row = self._locked(connection, device.license)
            self._notice_clone(connection, device, message)
            person = person_of(self._relay, connection, message.session, device.device, product.name)
            return grant(self._relay, connection, product, device, row, digest, person, nonce)

        return self._answered(product, decided, request)

    def usage(self, request: Request, message: Usage) -> Taken:
        """Take down that the product was used on a day; once, however often it is told.

        Raises:
            RelayError: who asks is not proven; ISCB-RELAY-UNKNOWN-DEVICE.
        """
        product = self._product(message.product)
        self._proven(request, product)

        def used(connection: Connection) -> None:
            admit(self._relay, connection, request)
            device = self._known(connection, product, request.claim.device)
            if device.license is None:  # it gave its seat back: nobody's use
                raise RelayError("ISCB-RELAY-UNKNOWN-DEVICE", product=product.name)
            insert_once(connection, USAGES, license=device.license, day=message.day, client=message.client,
                        recorded=self._relay.now(), sent=None)  # fmt: skip

        self._relay.database.run(used)
        return Taken(server_time=self._relay.now())

    def release(self, request: Request, message: Release) -> Leased:
        """Give the device's seat back. The device is told so in a lease; the same again does nothing more.

        Raises:
            RelayError: who asks is not proven; ISCB-RELAY-UNKNOWN-DEVICE.
        """
        product = self._product(message.product)
        self._proven(request, product)

        def released(connection: Connection) -> str:
            now = self._relay.now()
            admit(self._relay, connection, request)
            device = self._known(connection, product, request.claim.device)
            if device.license is not None:
                self._locked(connection, device.license)
                leave_seats(connection, device, now, "released")
                note(connection, now, "device", "seat.released", device.id)
                connection.execute(update(DEVICES).where(DEVICES.c.id == device.id).values(license=None))
            return self._released(connection, product, device, device.fingerprint, request.claim.nonce)

        return self._leased(self._relay.database.run(released))

    def transfer(self, request: Request, message: Transfer) -> Leased:
        """Take a seat of the code over from the device whose lease ends first, within the limits.

        Raises:
            RelayError: who asks is not proven; ISCB-RELAY-UNKNOWN-DEVICE; ISCB-RELAY-CODE; ISCB-RELAY-TRANSFERS.
        """
        product = self._product(message.product)
        self._proven(request, product)
        self._relay.database.run(lambda connection: admit(self._relay, connection, request))
        license_id = self._license_of(message.code, product, request.address)
        ask_amount(self._relay, self._upstream, license_id)  # a seat may be free, and then nobody has to lose one

        def moved(connection: Connection) -> str | Uncounted:
            now = self._relay.now()
            device = self._known(connection, product, request.claim.device)
            row = self._locked(connection, license_id)
            digest = fingerprint_digest(product.name, message.fingerprint)
            person = person_of(self._relay, connection, message.session, device.device, product.name)
            seat = seat_to_transfer(row.amount, living_seats(connection, row.id), device.device)
            # nobody loses a seat for a licence that is not good, or for one that goes by persons
            helps = row.state == State.ALIVE.value and row.seat_kind != SeatKind.NAMED.value
            if device.license not in {None, row.id} and not helps:
                kept = self._own_kept(connection, product, device, row, person, digest, request.claim.nonce)
                if kept is not None:
                    return kept
            if seat is not None and helps:
                self._count_transfer(connection, product, row.id, now)
                end_seats(connection, (seat.id,), now, "transferred")
            if device.license not in {None, row.id}:
                leave_seats(connection, device, now, "other code")
            connection.execute(update(DEVICES).where(DEVICES.c.id == device.id).values(license=row.id))
            return grant(self._relay, connection, product, device, row, digest, person, request.claim.nonce)

        return self._answered(product, moved)

    def _answered(
        self, product: Product, work: Callable[[Connection], str | Uncounted], first: Request | None = None
    ) -> Leased:
        """The lease that comes of `work`; where it is not known how many seats there are, the store is asked once.

        Args:
            product: what is asked for.
            work: one transaction.
            first: a request that is to be counted before the first try; None: it is already.
        """

        def begun(connection: Connection) -> str | Uncounted:
            if first is not None:
                admit(self._relay, connection, first)
            return work(connection)

        told = self._relay.database.run(begun)
        if isinstance(told, Uncounted):
            ask_amount(self._relay, self._upstream, told.license)
            told = self._relay.database.run(work)
        if isinstance(told, Uncounted):
            raise RelayError("ISCB-RELAY-SEATS-OPEN", product=product.name, seconds=str(seconds_left(self._relay)))
        return Leased(lease=told, server_time=self._relay.now())

    def _known_by(self, connection: Connection, request: Request, message: Enrol, public_key: bytes) -> str | Uncounted:
        """Take a device in without a code: so that a person can sign in there, and has the seat that is theirs."""
        product = self._product(message.product)
        device = device_row(connection, product.name, request.claim.device)
        kept = None if device is None else device.license
        device = self._device_written(connection, product, message, request.claim.device, public_key, kept)
        person = person_of(self._relay, connection, message.session, device.device, product.name)
        found = kept if kept is not None or person is None else license_of(connection, product.name, person)
        digest, nonce = fingerprint_digest(product.name, message.fingerprint), request.claim.nonce
        if found is None:
            reason = "ISCB-RELAY-SIGN-IN" if person is None else "ISCB-RELAY-CODE"
            return refuse(self._relay, connection, product, device, SeatKind.NAMED, digest, reason, nonce)
        row = self._locked(connection, found)
        connection.execute(update(DEVICES).where(DEVICES.c.id == device.id).values(license=found))
        return grant(self._relay, connection, product, device, row, digest, person, nonce)

    # ------------------------------------------------------------------------------------------------ the licence

    def _license_of(self, code: str, product: Product, stranger: str = "") -> str:
        """Id of the code's licence. The store is asked about a code that is not known yet.

        `stranger`: the address that brings the code, if it was not counted yet that it brings one.
        """
        if not code:
            raise RelayError("ISCB-RELAY-CODE", product=product.name)
        digest = self._relay.sealer.digest(code, "code")
        row = self._relay.database.run(lambda connection: license_by_code(connection, digest))
        if row is None or row.activated is None:  # the store may have spoken of it before anybody typed it
            if stranger:
                self._relay.database.run(lambda connection: admit_stranger(self._relay, connection, stranger))
            told = self._upstream.activate(code)
            sold = self._sold(told, product)
            row = self._relay.database.run(lambda connection: take_code(self._relay, connection, code, sold, told))
        elif row.state not in _SETTLED:
            self._ask_again(row.id)
        license_id = str(row.id)
        if not row.product and self._relay.settings.sold_as(row.store_product) is product:
            self._relay.database.run(lambda connection: self._adopt(connection, license_id, product))
        elif row.product != product.name:
            raise RelayError("ISCB-RELAY-CODE", product=product.name)
        return license_id

    def _adopt(self, connection: Connection, license_id: str, product: Product) -> None:
        """Take a code for its product, which relay.toml did not have when the code was typed first."""
        row = self._locked(connection, license_id)
        change_license(connection, row, self._relay.now(), product=product.name, seat_kind=product.seats)

    def _sold(self, told: Activated, product: Product) -> Product | None:
        """As which product the store sells an activated code. It tells that once only: so it is kept for any product."""
        kind = told.answer.kind
        if kind is AnswerKind.FAILED:
            error = told.answer.error
            raise RelayError("ISCB-RELAY-UPSTREAM", detail=error.code if error is not None else "-")
        if kind not in _ACTIVATED:
            raise RelayError("ISCB-RELAY-CODE", product=product.name)
        return self._relay.settings.sold_as(told.store_product) if told.store_product else product

    def _ask_again(self, license_id: str) -> None:
        """A licence that is not good is asked about while the device waits: a renewal must show at the next check."""
        row = self._relay.database.run(lambda connection: license_locked(connection, license_id))
        if row is None or row.code_sealed is None or not may_ask(self._relay, "state", license_id, ASK_AGAIN_S):
            return
        answer = self._upstream.query(self._relay.sealer.unseal(row.code_sealed, "code").decode())
        if answer.kind is not AnswerKind.FAILED:
            take_answer(self._relay, row, answer)

    # ------------------------------------------------------------------------------------------------- the device

    def _product(self, name: str) -> Product:
        product = self._relay.settings.named(name)
        if product is None:
            raise RelayError("ISCB-RELAY-UNKNOWN-PRODUCT", product=name[:80])
        return product

    def _proven(self, request: Request, product: Product) -> Any:
        """Check the signature with the device's key; what is known of the device."""
        known = look(self._relay, product, request.claim.device)
        if known is None:
            turn_away(self._relay, request)
            raise RelayError("ISCB-RELAY-UNKNOWN-DEVICE", product=product.name)
        check_proof(self._relay, request, bytes(known.public_key))
        return known

    def _is_stale(self, known: Any) -> bool:
        """Whether the store should be asked about a device's licence."""
        now = self._relay.now()
        # A time from the future is that of a clock that was set back.
        asked_late = not now - ASK_AGAIN_S < (known.asked or 0) <= now + ASK_AGAIN_S
        return asked_late and known.state is not None and known.state not in _SETTLED

    def _known(self, connection: Connection, product: Product, device: str) -> Row[Any]:
        row = device_row(connection, product.name, device)
        if row is None:
            raise RelayError("ISCB-RELAY-UNKNOWN-DEVICE", product=product.name)
        return row

    def _locked(self, connection: Connection, license_id: str | None) -> Row[Any]:
        row = None if license_id is None else license_locked(connection, license_id)
        if row is None:
            raise RelayError("ISCB-RELAY-UNKNOWN-DEVICE", product="-")
        return row

    def _device_written(
        self, connection: Connection, product: Product, message: Enrol, device: str, key: bytes, license_id: str | None
    ) -> Row[Any]:
        now = self._relay.now()
        digest = self._relay.sealer.digest(message.fingerprint, "fingerprint")
        made = insert_once(
            connection, DEVICES, id=new_id(), product=product.name, device=device, public_key=key, fingerprint=digest,
            label=message.label[:256], license=license_id, blocked=False, cloned=None, created=now, seen=now,
        )  # fmt: skip
        row = self._known(connection, product, device)
        if not made:
            if row.license not in {None, license_id}:  # another code: the seat of the old one is free
                leave_seats(connection, row, now, "other code")
            connection.execute(
                update(DEVICES).where(DEVICES.c.id == row.id)
                .values(license=license_id, fingerprint=digest, label=message.label[:256])
            )  # fmt: skip
            row = self._known(connection, product, device)
        return row

    def _own_kept(
        self, connection: Connection, product: Product, device: Row[Any], row: Row[Any], person: Person | None,
        fingerprint: str, nonce: str,
    ) -> str | Uncounted | None:  # fmt: skip
        """The answer to a device that has another licence, if the code's has nothing for it: it keeps its own then."""
        if row.state != State.ALIVE.value:
            return self._told_state(connection, product, device, row, fingerprint, nonce)
        full = self._full_for(connection, row, device, person)
        if full and not row.amount_known:
            return Uncounted(row.id)
        kind = SeatKind(row.seat_kind)
        return refuse(self._relay, connection, product, device, kind, fingerprint, full, nonce) if full else None

    def _told_state(
        self, connection: Connection, product: Product, device: Row[Any], row: Row[Any], fingerprint: str, nonce: str
    ) -> str:
        """A lease that says how a licence stands that is not good, to a device that has another one."""
        state, kind = TOLD[State(row.state)], SeatKind(row.seat_kind)
        return refuse(self._relay, connection, product, device, kind, fingerprint, REASONS[state], nonce, state)

    def _full_for(self, connection: Connection, row: Row[Any], device: Row[Any], person: Person | None) -> str:
        """Why a licence has no seat for this device or its person; empty: it has, or it is not known for whom."""
        kind = SeatKind(row.seat_kind)
        named = kind is SeatKind.NAMED
        if named and person is None:
            return ""
        holder = person.user if named and person is not None else device.device
        decision = seat_for(kind, row.amount, living_seats(connection, row.id), holder, self._relay.now())
        if decision.refused is None:
            return ""
        return "ISCB-RELAY-NAMED-TAKEN" if named else "ISCB-RELAY-SEATS-TAKEN"

    def _released(
        self, connection: Connection, product: Product, device: Row[Any], fingerprint: str, nonce: str
    ) -> str:
        kind = SeatKind(product.seats)
        return refuse(self._relay, connection, product, device, kind, fingerprint, "ISCB-RELAY-RELEASED", nonce)

    def _notice_clone(self, connection: Connection, device: Row[Any], message: Check) -> None:
        """One key from two machines: other hardware, and not the lease that was given last. Locks nobody out."""
        digest = self._relay.sealer.digest(message.fingerprint, "fingerprint")
        if digest == device.fingerprint:
            return
        last = connection.scalar(select(LEASES.c.id).where(LEASES.c.device == device.id))
        values: dict[str, Any] = {"fingerprint": digest}
        if message.lease and last is not None and message.lease != last:
            values["cloned"] = self._relay.now()
            note(connection, self._relay.now(), "relay", "device.cloned", device.id)
        connection.execute(update(DEVICES).where(DEVICES.c.id == device.id).values(**values))

    def _count_transfer(self, connection: Connection, product: Product, license_id: str, now: int) -> None:
        done = connection.scalar(
            select(func.count()).select_from(AUDIT).where(
                AUDIT.c.what == "seat.transferred", AUDIT.c.subject == license_id, AUDIT.c.at > now - _TRANSFER_WINDOW_S
            )
        )  # fmt: skip
        most = self._relay.settings.limits.transfers_per_30_days
        if (done or 0) >= most:
            raise RelayError("ISCB-RELAY-TRANSFERS", product=product.name)
        note(connection, now, "device", "seat.transferred", license_id)

    def _leased(self, text: str) -> Leased:
        return Leased(lease=text, server_time=self._relay.now())
