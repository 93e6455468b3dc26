"""What an order makes of the licence that was bought with it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from iscbridge.store.merchant import Order, OrderLine

#: Types of orders that say what is owned from now on; of the others (UNSUBSCRIBE) the store calls.
_OWNED = {"NEW", "TRIAL", "TRIAL_TO_FORMAL", "RENEW", "CHANGE"}


@dataclass(frozen=True, slots=True)
class Bought:
    """What changes; None: stays."""

    told: bool = False
    """Whether the order says what is owned. It may name no amount: then it was not sold by number."""
    amount: int | None = None
    store_product: str | None = None
    expires: int | None = None


def line_of(order: Order, line: str) -> OrderLine | None:
    """The line that was asked for; the only one if none was named."""
    named = [one for one in order.lines if one.line == line] if line else list(order.lines)
    return named[0] if len(named) == 1 else None


def bought(order: Order, line: str, *, expires: int | None) -> Bought:
    """What to take from an order.

    Args:
        order: as the store told it.
        line: which line of it; empty: not known.
        expires: end of the licence as it is known: the store's calls tell it, and are newer than the order. Only a
            change of the order (for which no call tells an end) sets another one.
    """
    found = line_of(order, line)
    if found is None or order.kind not in _OWNED:
        return Bought()
    end = None if found.expires is None else int(found.expires)
    return Bought(
        told=True,
        amount=found.amount,
        store_product=found.product or None,
        expires=end if expires is None or order.kind == "CHANGE" else None,
    )
