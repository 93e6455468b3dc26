"""How many seats were bought, where the store has not told yet: it is asked while a device waits, and not too often.

Until it is known a licence has the seats that it has at least. Whoever finds these taken is not told that all are: that
is not known, and they may ask again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import count_request, license_locked
from iscbridge.relay.devices.codes import complete
from iscbridge.relay.store_words import take_order
from iscbridge.relay.upstream_port import Activated, Upstream
from iscbridge.store.merchant import Order

ASK_EVERY_S = 10
"""Of one licence the store is asked for this at most so often, over all processes."""


@dataclass(frozen=True, slots=True)
class Uncounted:
    """The answer to one who finds every seat taken that is known, of a licence whose amount is not."""

    license: str


def seconds_left(relay: Relay) -> int:
    """When the store may be asked again."""
    return ASK_EVERY_S - relay.now() % ASK_EVERY_S


def may_ask(relay: Relay, what: str, license_id: str, every_s: int) -> bool:
    """Whether nobody has asked the store this of a licence for a while; from now on somebody has."""
    now = relay.now()
    scope, window = f"{what}:{license_id}", now - now % every_s
    return relay.database.run(lambda connection: count_request(connection, scope, window)) == 1


def ask_amount(relay: Relay, upstream: Upstream, license_id: str) -> None:
    """Ask the store how many seats were bought, unless that is known or somebody just asked. Blocking.

    The order tells it. Of which order a code is the activation has told; after that no page says who does, so a code
    without one is asked about as if it were to be activated: what the store tells besides "active already" is taken.
    """
    row = relay.database.run(lambda connection: license_locked(connection, license_id))
    if row is None or row.amount_known or not may_ask(relay, "amount", license_id, ASK_EVERY_S):
        return
    if not row.order_id and row.code_sealed is not None:
        told = upstream.activate(relay.sealer.unseal(row.code_sealed, "code").decode())
        row = relay.database.run(lambda connection: _completed(relay, connection, license_id, told))
    if row is None or row.amount_known or not row.order_id:
        return
    order, line = upstream.order(row.order_id, row.order_line), row.order_line
    if order is not None:
        relay.database.run(lambda connection: _ordered(relay, connection, license_id, order, line))


def _completed(relay: Relay, connection: Connection, license_id: str, told: Activated) -> Row[Any] | None:
    row = license_locked(connection, license_id)
    return None if row is None else complete(relay, connection, row, told)


def _ordered(relay: Relay, connection: Connection, license_id: str, order: Order, line: str) -> None:
    """Take what the order says, unless something newer told it meanwhile."""
    row = license_locked(connection, license_id)
    if row is not None and not row.amount_known:
        take_order(relay, connection, row, order, line)
