"""The outbox: what is to be told to the store is written down first, and done from there until the store took it.

A process claims a row for a while; the row of one that was killed comes back by itself. A row may therefore be done
twice, and every task is such that the second time does no harm. What is refused for good, or could not be told for a
month, is `dead`: it stays, is listed, and a person can have it done again.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select, update

from iscbridge.core.errors import BridgeError
from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import new_id
from iscbridge.relay.database.tables import OUTBOX
from iscbridge.relay.decide.retry import LONGEST_S, is_over, pause_s
from iscbridge.relay.upstream_port import DEAD, SENT, WAITING, Task, outbox_task

CLAIM_S = 240
"""Longer than any task takes: whoever holds a row longer was killed."""

_log = logging.getLogger(__name__)

Doing = Callable[[Task, str], None]
"""Does a task of the row with this id; raises BridgeError."""


class Outbox:
    """Any thread of any process may work on it."""

    def __init__(self, relay: Relay, do: Doing, chance: Callable[[], float] = random.random) -> None:
        """`do`: carries a task out. `chance`: from 0 to 1, spreads repetitions."""
        self._relay = relay
        self._do = do
        self._chance = chance

    def work_once(self) -> bool:
        """Do the row that has waited longest. False: none is due."""
        row = self._claimed()
        if row is None:
            return False
        error = ""
        try:
            self._do(outbox_task(self._relay, row.sealed), row.id)
        except BridgeError as problem:
            error = _told(problem)
        except Exception:  # noqa: BLE001  a mistake of ours must neither end the work nor lose the row
            _log.exception("row %s of the outbox met a mistake of the relay", row.id)
            error = "ISCB-RELAY-INTERNAL"
        self._done(row, error)
        return True

    def _claimed(self) -> Row[Any] | None:
        """A row that is due and in nobody's hands, now in ours."""
        now, mark = self._relay.now(), f"{self._relay.replica}#{new_id()[:8]}"[:64]

        def work(connection: Connection) -> Row[Any] | None:
            # Times from the far future are those of a clock that was set back.
            free = or_(
                OUTBOX.c.claimed_until.is_(None),
                OUTBOX.c.claimed_until <= now,
                OUTBOX.c.claimed_until > now + 2 * CLAIM_S,
            )
            due = or_(OUTBOX.c.due <= now, OUTBOX.c.due > now + 2 * int(LONGEST_S))
            first = (
                select(OUTBOX.c.id).where(OUTBOX.c.state == WAITING, due, free)
                .order_by(OUTBOX.c.due).limit(1).with_for_update(skip_locked=True)
            )  # fmt: skip
            return connection.execute(
                update(OUTBOX).where(OUTBOX.c.id == first.scalar_subquery(), OUTBOX.c.state == WAITING)
                .values(claimed_by=mark, claimed_until=now + CLAIM_S, attempts=OUTBOX.c.attempts + 1, changed=now)
                .returning(*OUTBOX.c)
            ).one_or_none()  # fmt: skip

        return self._relay.database.run(work)

    def _done(self, row: Row[Any], error: str) -> None:
        """Write down what became of a row, unless it is in other hands by now."""
        now = self._relay.now()
        if not error:
            values: dict[str, Any] = {"state": SENT, "error": ""}
        elif is_over(error.partition(" ")[0], row.attempts):
            values = {"state": DEAD, "error": error[:64]}
            _log.error("the outbox gives up on %s (%s): %s", row.id, row.kind, error)
        else:
            wait = max(1, round(pause_s(row.attempts, self._chance())))
            values = {"due": now + wait, "error": error[:64]}
            _log.warning("the outbox tries %s (%s) again in %d s: %s", row.id, row.kind, wait, error)

        def work(connection: Connection) -> None:
            mine = and_(OUTBOX.c.id == row.id, OUTBOX.c.claimed_by == row.claimed_by, OUTBOX.c.state == WAITING)
            connection.execute(
                update(OUTBOX).where(mine).values(claimed_by="", claimed_until=None, changed=now, **values)
            )

        self._relay.database.run(work)


def _told(error: BridgeError) -> str:
    """A code of ours, and the store's own where there is one."""
    store_code = error.params.get("storeCode", "")
    return f"{error.code} {store_code}".strip()
