"""Writes down what the store answered about a licence, whoever asked: a device that waits, or the background."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from iscbridge.core.licensing.model import Answer
from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import change_license, end_seats, license_locked, living_seats, note
from iscbridge.relay.decide.orders import bought
from iscbridge.relay.decide.states import Life, State, answered
from iscbridge.store.merchant import Order


def take_answer(relay: Relay, picked: Row[Any], answer: Answer) -> None:
    """Write down where a licence stands, unless the store called about it while it was asked: the call is newer.

    Args:
        relay: this relay.
        picked: the licence as it was before the question: its `id` and `version`.
        answer: a trusted one.
    """

    def work(connection: Connection) -> None:
        row = license_locked(connection, picked.id)
        if row is None or row.version != picked.version:
            return
        now = relay.now()
        expires = None if answer.expires is None else int(answer.expires)
        life = answered(Life(State(row.state), row.expires, row.asked), answer.kind, expires, now)
        change_license(connection, row, now, state=life.state.value, expires=life.expires, asked=now)
        if life.state is State.RELEASED:
            end_seats(connection, tuple(seat.id for seat in living_seats(connection, row.id)), now, "licence released")

    relay.database.run(work)


def take_order(relay: Relay, connection: Connection, row: Row[Any], order: Order, line: str) -> None:
    """Write down what an order says of a licence that this transaction has locked.

    Args:
        relay: this relay.
        connection: of the transaction.
        row: the licence.
        order: as the store told it.
        line: which line of it; empty: not known.
    """
    told, now = bought(order, line, expires=row.expires), relay.now()
    values: dict[str, Any] = {}
    if told.told:
        values["amount_known"] = True
    if told.amount is not None:
        values["amount"] = told.amount
    if told.expires is not None:
        values["expires"] = told.expires
    if told.store_product is not None:
        values["store_product"] = told.store_product[:64]
        product = relay.settings.sold_as(told.store_product)
        if product is not None and not row.product:
            values.update(product=product.name, seat_kind=product.seats)
    if any(getattr(row, name) != value for name, value in values.items()):
        change_license(connection, row, now, **values)
        note(connection, now, "store", "order.taken", row.id, "test" if row.test else "")
