"""An authorisation code that the store has activated becomes a licence of the relay, once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from iscbridge.core.errors import RelayError
from iscbridge.core.licensing.masking import mask
from iscbridge.relay.config import Product
from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import change_license, insert_once, license_by_code, license_locked, new_id
from iscbridge.relay.database.tables import LICENSES
from iscbridge.relay.decide.states import State
from iscbridge.relay.upstream_port import Activated

DEFAULT_AMOUNT = 1
"""Seats of a code of which the store told no amount."""


def take_code(
    relay: Relay,
    connection: Connection,
    code: str,
    product: Product,
    told: Activated,
    *,
    amount: int = DEFAULT_AMOUNT,
) -> Row[Any]:
    """The licence of a code that was just activated; one that is there already stays as it is.

    Args:
        relay: this relay.
        connection: of the transaction.
        code: the code.
        product: whose code it is.
        told: what the store said of it: that it is alive.
        amount: its seats, if the store did not tell them.

    Raises:
        RelayError: ISCB-RELAY-CODE: the licence went away meanwhile.
    """
    now, digest = relay.now(), relay.sealer.digest(code, "code")
    seats = amount if told.amount is None else max(0, told.amount)
    expires = None if told.answer.expires is None else int(told.answer.expires)
    insert_once(
        connection, LICENSES, id=new_id(), test=False, product=product.name, kind="code", code_digest=digest,
        code_sealed=relay.sealer.seal(code.encode(), "code"), code_masked=mask(code), instance=None,
        order_id=told.order_id, order_line=told.order_line, store_product=told.store_product,
        state=State.ALIVE.value, seat_kind=product.seats, amount=seats, expires=expires, activated=now, asked=now,
        created=now, changed=now, version=1,
    )  # fmt: skip
    found = license_by_code(connection, digest)
    row = None if found is None else license_locked(connection, found.id)
    if row is None:
        raise RelayError("ISCB-RELAY-CODE", product=product.name)
    if row.activated is None:  # the store spoke of it before anybody typed it
        state = State.ALIVE if row.state == State.NEW.value else State(row.state)
        change_license(connection, row, now, product=product.name, seat_kind=product.seats, amount=seats,
                       state=state.value, expires=expires or row.expires, activated=now, asked=now)  # fmt: skip
        row = license_locked(connection, row.id) or row
    return row
