"""Many codes at a time: a vendor activates what a company has bought before its people type anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from iscbridge.core.errors import RelayError
from iscbridge.core.licensing.masking import mask
from iscbridge.core.licensing.model import AnswerKind
from iscbridge.relay.config import Product
from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import note
from iscbridge.relay.devices.codes import take_code
from iscbridge.relay.upstream.asking import MOST_CODES, StoreUpstream
from iscbridge.relay.upstream_port import Activated

_WHO = "admin"


def product_of(relay: Relay, name: str) -> Product:
    """The product of this name; without one the only product.

    Raises:
        RelayError: ISCB-RELAY-UNKNOWN-PRODUCT.
    """
    products = relay.settings.product
    found = relay.settings.named(name) if name else (products[0] if len(products) == 1 else None)
    if found is None:
        raise RelayError("ISCB-RELAY-UNKNOWN-PRODUCT", product=name[:80] or "-")
    return found


def activate(
    relay: Relay, upstream: StoreUpstream, codes: Sequence[str], product: Product, amount: int | None = None
) -> Iterator[dict[str, Any]]:
    """Activate codes in the store, and take them into the relay; to do it again does no harm.

    Args:
        relay: this relay.
        upstream: asks the store.
        codes: each once.
        product: whose codes they are.
        amount: seats of each of which the store tells none: the reply to a batch does not. It counts for codes that
            are here already as well, if it is not known of these. None: nobody knows.

    Yields:
        For each code what `iscbridge relay admin` shows: masked, its licence's id, and the error that it met, if any.
    """
    for begin in range(0, len(codes), MOST_CODES):
        part = codes[begin : begin + MOST_CODES]
        told = upstream.activate_many(part)
        for code in part:
            yield _taken(relay, code, told[code], product, amount)


def _taken(relay: Relay, code: str, told: Activated, product: Product, amount: int | None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "code": mask(code),
        "id": None,
        "state": told.answer.kind.value,
        "amount": None,
        "amountKnown": False,
        "error": "",
    }
    sold = relay.settings.sold_as(told.store_product) if told.store_product else product
    if told.answer.kind is not AnswerKind.ALIVE or sold is not product:
        error = told.answer.error
        return {**shown, "error": "ISCB-RELAY-CODE" if error is None else error.code}

    def work(connection: Any) -> Any:
        row = take_code(relay, connection, code, product, told, amount=amount)
        note(connection, relay.now(), _WHO, "code.activated", row.id)
        return row

    row = relay.database.run(work)
    wrong = row.product != product.name
    return {
        **shown,
        "id": row.id,
        "state": row.state,
        "amount": row.amount,
        "amountKnown": bool(row.amount_known),
        "error": "ISCB-RELAY-CODE" if wrong else "",
    }
