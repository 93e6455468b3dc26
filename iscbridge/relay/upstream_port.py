"""What the relay's other parts ask of the store. `iscbridge.relay.upstream` answers it; tests have stand-ins."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from iscbridge.core.licensing.model import Answer
from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import new_id
from iscbridge.store.merchant import Order


class Activated(msgspec.Struct, frozen=True):
    """What the store said of a code when it was activated, as far as it did (cloud-store-api.md, section 1.2)."""

    answer: Answer
    store_product: str = ""
    order_id: str = ""
    order_line: str = ""
    amount: int | None = None
    """Seats that were bought; None: not told."""


class Upstream(Protocol):
    """Blocking; any worker thread. Never raises for what a network or the store does: it is an answer of kind FAILED."""

    def activate(self, code: str) -> Activated:
        """Activate a code and, if the store says that it is active already, find out where it stands."""

    def query(self, code: str) -> Answer:
        """Where a code stands."""

    def order(self, order: str, line: str) -> Order | None:
        """What was ordered. None: the store gave no usable answer."""


class QueryOrder(msgspec.Struct, frozen=True, tag="order"):
    """Ask the store what was ordered, and take amount, product and term from it (cloud-store-api.md, section 6.1)."""

    order: str
    line: str
    license: str = ""
    """Id of the licence that the order is for; empty: those that were bought with this order."""
    signed: int | None = None
    """When the store's call was signed that named it, in milliseconds: a later renewal has a later order."""
    unless_known: bool = False
    """Asked for the amount alone: if something tells that before, this order may be an older word."""


class ApplyLicense(msgspec.Struct, frozen=True, tag="license"):
    """Make the licence of a machine, unless it is made, and upload it (section 6.2)."""

    event: str
    issued: str
    """Id of the row of `tables.ISSUED`."""
    fingerprint: str
    effective: int | None = None
    expires: int | None = None


Task = QueryOrder | ApplyLicense
"""What the outbox does. Use of the software and of instances is sent from its own tables."""

WAITING, SENT, DEAD = "waiting", "sent", "dead"
REFUSED = "refused"
"""State of a record of use that the store does not take: it waits for a person."""
OLDEST_USE_S = 21 * 86_400
"""Metered use that began earlier is refused by the store (CBC.9004, section 6.1)."""

_decoder: msgspec.json.Decoder[Task] = msgspec.json.Decoder(Task)


def outbox_row(relay: Relay, task: Task, same: str, *, test: bool) -> dict[str, Any]:
    """A row of the outbox. `same`: what makes two tasks of a kind one."""
    now = relay.now()
    kind = "order" if isinstance(task, QueryOrder) else "license"
    return {"id": new_id(), "test": test, "kind": kind, "identity": f"{int(test)}|{same}"[:256],
            "sealed": relay.sealer.seal(msgspec.json.encode(task), "outbox"), "state": WAITING, "attempts": 0,
            "due": now, "claimed_by": "", "claimed_until": None, "error": "", "created": now, "changed": now}  # fmt: skip


def outbox_task(relay: Relay, sealed: bytes) -> Task:
    """What a row of the outbox is to do.

    Raises:
        RelayError: ISCB-RELAY-SEALED.
    """
    return _decoder.decode(relay.sealer.unseal(sealed, "outbox"))
