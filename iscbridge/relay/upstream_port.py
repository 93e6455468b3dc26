"""What the relay's other parts ask of the store. `iscbridge.relay.upstream` answers it; tests have stand-ins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from iscbridge.core.licensing.model import Answer


@dataclass(frozen=True, slots=True)
class Activated:
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
