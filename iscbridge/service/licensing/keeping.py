"""What the licences have the world do, product by product and in order: what is kept or forgotten is so before what follows.

Lives on the engine owner's thread; the writing itself is done on the product's lane. A record that can't be written is
written again later, less and less often: a locked keyring asks its user each time.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing import effects as e
from iscbridge.service.clock import wall_clock

if TYPE_CHECKING:
    from iscbridge.core.licensing.model import LicenseRecord
    from iscbridge.service.bridge import Bridge
    from iscbridge.service.licensing.work import LicenseWork

log = logging.getLogger(__name__)

#: A record that could not be written is written again after this time: the disk may have room again. Twice as long
#: after each further failure, up to an hour.
REWRITE_S, LONGEST_REWRITE_S = 5.0, 3600.0


class Owner(Protocol):
    """Whose effects these are."""

    def lane(self, product: str, run: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do what may block, in line with everything else of this product."""

    def do(self, product: str, effect: e.Effect) -> None:
        """Do an effect that neither keeps nor forgets anything."""

    def trouble_changed(self, product: str) -> None:
        """What could not be written, or was written at last, may show."""


@dataclass(slots=True)
class _Row:
    """What is to be done for one product."""

    effects: deque[e.Effect] = field(default_factory=deque)
    writing: bool = False
    """A record or a secret is being changed: what comes after it waits."""
    rewrite_s: float = REWRITE_S
    """When the record is written again if it can't be written now."""
    trouble: ErrorInfo | None = None


class Keeping:
    """The effects of all products of one bridge."""

    def __init__(self, bridge: Bridge, owner: Owner, work: LicenseWork) -> None:
        self._bridge = bridge
        self._owner = owner
        self._work = work
        self._rows: dict[str, _Row] = {}

    def trouble(self, product: str) -> ErrorInfo | None:
        """Secrets or records of a product that could not be read or written."""
        row = self._rows.get(product)
        return None if row is None else row.trouble

    def found(self, product: str, trouble: ErrorInfo | None) -> None:
        """Secrets and records were read, or could not be."""
        self._row(product).trouble = trouble

    def add(self, product: str, effects: Iterable[e.Effect]) -> None:
        """Do these effects after those that are there already."""
        self._row(product).effects.extend(effects)
        self._carry_on(product)

    def again(self, product: str, record: LicenseRecord | None) -> None:
        """The time has come to write a record that could not be written."""
        if record is not None:
            self.add(product, [e.WriteRecord(product, record)])

    def _row(self, product: str) -> _Row:
        return self._rows.setdefault(product, _Row())

    def _carry_on(self, product: str) -> None:
        row = self._row(product)
        while row.effects and not row.writing:
            effect = row.effects.popleft()
            keeping = self._keeping(product, effect)
            if keeping is None:
                self._owner.do(product, effect)
            else:
                row.writing = True
                then = self.record_written if isinstance(effect, e.WriteRecord) else self.written
                self._owner.lane(product, keeping, partial(then, product))

    def _keeping(self, product: str, effect: e.Effect) -> Callable[[], ErrorInfo | None] | None:
        """The work of an effect that records and secrets are changed by; None for all others."""
        match effect:
            case e.WriteRecord():
                return partial(self._work.write, effect.record)
            case e.PromoteCode():
                return partial(self._work.promote_code, product)
            case e.ForgetCode():
                return partial(self._work.forget_code, product, only_pending=effect.pending)
            case _:
                return None

    def record_written(self, product: str, value: object) -> None:
        """A record is written when something changed; one that failed must not wait for the next change."""
        row = self._row(product)
        if isinstance(value, ErrorInfo):
            self._bridge.timers.set(f"license-write:{product}", wall_clock() + row.rewrite_s)
            row.rewrite_s = min(2 * row.rewrite_s, LONGEST_REWRITE_S)
        else:
            self._bridge.timers.clear(f"license-write:{product}")
            row.rewrite_s = REWRITE_S
        self.written(product, value)

    def written(self, product: str, value: object) -> None:
        """A record or a secret was changed, or could not be."""
        row = self._row(product)
        row.writing = False
        before, row.trouble = row.trouble, value if isinstance(value, ErrorInfo) else None
        self._owner.trouble_changed(product)
        if row.trouble is not None and row.trouble != before:
            log.warning("licence of %s: %s", product, row.trouble.code)
        self._carry_on(product)
