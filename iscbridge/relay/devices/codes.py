"""An authorisation code that the store has activated becomes a licence of the relay, once.

The store tells how many seats were bought with a code in one place: its answer to the activation (cloud-store-api.md,
section 1.2). Whoever activates it a second time hears that it is active already, and no more. So whatever of two answers
is written down first, the one that tells more completes it, and until then the amount is called not known.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from iscbridge.core.errors import RelayError
from iscbridge.core.licensing.masking import mask
from iscbridge.lease.form import SeatKind
from iscbridge.relay.config import Product
from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import change_license, insert_once, license_by_code, license_locked, new_id
from iscbridge.relay.database.tables import LICENSES, OUTBOX
from iscbridge.relay.decide.states import Life, State, answered
from iscbridge.relay.upstream_port import Activated, QueryOrder, outbox_row

DEFAULT_AMOUNT = 1
"""Seats that a code has at least: whoever knows no more may give this one."""


def take_code(
    relay: Relay,
    connection: Connection,
    code: str,
    product: Product | None,
    told: Activated,
    *,
    amount: int | None = None,
) -> Row[Any]:
    """The licence of a code that was just activated; of one that is there already, what was not known is completed.

    Args:
        relay: this relay.
        connection: of the transaction.
        code: the code.
        product: whose code it is; None: what the store sells it as is none of `relay.toml`.
        told: what the store said of it: that it is, or was, activated.
        amount: its seats, if a person knows them and the store did not tell.

    Raises:
        RelayError: ISCB-RELAY-CODE: the licence went away meanwhile.
    """
    now, digest = relay.now(), relay.sealer.digest(code, "code")
    seats = _seats(told, amount)
    expires = None if told.answer.expires is None else int(told.answer.expires)
    state = answered(Life(State.NEW), told.answer.kind, expires, now).state
    name, seat_kind = ("", SeatKind.NODE.value) if product is None else (product.name, product.seats)
    insert_once(
        connection, LICENSES, id=new_id(), test=False, product=name, kind="code", code_digest=digest,
        code_sealed=relay.sealer.seal(code.encode(), "code"), code_masked=mask(code), instance=None,
        order_id=told.order_id, order_line=told.order_line, store_product=told.store_product, state=state.value,
        seat_kind=seat_kind, amount=DEFAULT_AMOUNT if seats is None else seats, amount_known=seats is not None,
        expires=expires, activated=now, asked=now, created=now, changed=now, version=1,
    )  # fmt: skip
    found = license_by_code(connection, digest)
    row = None if found is None else license_locked(connection, found.id)
    if row is None:
        raise RelayError("ISCB-RELAY-CODE", product=name)
    if row.activated is None:  # the store spoke of it before anybody typed it
        before = State(row.state)
        amounts: dict[str, object] = {}
        if seats is not None:
            amounts = {"amount": seats, "amount_known": True}
        elif not row.amount_known:
            amounts = {"amount": DEFAULT_AMOUNT}
        change_license(connection, row, now, product=name or row.product, seat_kind=seat_kind, expires=expires or row.expires,
                       state=(state if before is State.NEW else before).value, activated=now, asked=now,
                       **amounts)  # fmt: skip
        row = license_locked(connection, row.id) or row
    return complete(relay, connection, row, told, amount=amount)


def complete(
    relay: Relay, connection: Connection, row: Row[Any], told: Activated, *, amount: int | None = None
) -> Row[Any]:
    """A licence with what the store told of it and was not known; nothing that is known is changed.

    Args:
        relay: this relay.
        connection: of the transaction, which has locked the licence.
        row: the licence.
        told: what the store said.
        amount: as of `take_code`.
    """
    values: dict[str, Any] = {}
    seats = _seats(told, amount)
    if seats is not None and not row.amount_known:
        values.update(amount=seats, amount_known=True)
    if told.order_id and not row.order_id:
        values.update(order_id=told.order_id, order_line=told.order_line)
    if told.store_product and not row.store_product:
        values["store_product"] = told.store_product
    if values:
        change_license(connection, row, relay.now(), **values)
        row = license_locked(connection, row.id) or row
    if row.order_id and not row.amount_known:  # the order tells it; the background asks until it did
        task = QueryOrder(row.order_id, row.order_line, row.id, unless_known=True)
        insert_once(connection, OUTBOX, **outbox_row(relay, task, f"seats|{row.id}", test=bool(row.test)))
    return row


def _seats(told: Activated, amount: int | None) -> int | None:
    return told.amount if told.amount is not None else amount
