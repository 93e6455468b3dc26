"""Tells the store of use: which clients were active, and what instances that are paid by use have used.

Both are sent in batches. A batch that the store refuses for good is halved until the record that it does not like is
alone; the others are taken. A push whose answer was lost is repeated with the same serial numbers (`metering_sn`), by
which the store knows each record; what it makes of a repeated one is not documented.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, select, update

from iscbridge.core.licensing.model import Answer, AnswerKind
from iscbridge.relay.context import Relay
from iscbridge.relay.database.tables import LICENSES, METERINGS, USAGES
from iscbridge.relay.decide.retry import FINAL
from iscbridge.relay.upstream.asking import MOST_CODES, StoreUpstream
from iscbridge.relay.upstream_port import OLDEST_USE_S
from iscbridge.store.merchant import MOST_RECORDS, Metered, push_use
from iscbridge.store.operations import usage_many

LATE_DAYS = 2
"""A report tells no day: the store counts it for the day on which it comes, so that an old one would be a wrong one."""
MOST_CLIENTS = 100
"""Of one code in one call, as of codes (cloud-store-api.md, section 3)."""
PAUSE_S = 60
TROUBLE_S = 300
_MOST_ROWS = 2000
_REFUSED = FINAL | {"ISCB-STORE-ILLEGAL-CODE", "ISCB-STORE-USE-REFUSED"}

_log = logging.getLogger(__name__)
Item = TypeVar("Item")


def deliver(
    items: Sequence[Item], send: Callable[[Sequence[Item]], Answer], done: Callable[[Sequence[Item], str], None]
) -> bool:
    """Send all items, in smaller batches where one of them is refused.

    Args:
        items: what is to be sent, as many as one call takes.
        send: one call.
        done: called for items that were taken, and, with the error's code, for one that is refused for good.

    Returns:
        Whether all is settled; if not, the rest stays for later.
    """
    if not items:
        return True
    answer = send(items)
    if answer.kind is AnswerKind.DONE:
        done(items, "")
        return True
    code = answer.error.code if answer.error is not None else ""
    if code not in _REFUSED:
        return False
    if len(items) == 1:
        done(items, code)
        return True
    half = len(items) // 2
    return deliver(items[:half], send, done) and deliver(items[half:], send, done)


class UsageSender:
    """`software-usage-info`, for up to 100 codes in one call."""

    def __init__(self, relay: Relay, upstream: StoreUpstream) -> None:
        self._relay, self._upstream = relay, upstream

    def step(self) -> tuple[bool, bool]:
        """Send what waits, as much as one call takes. Returns whether there may be more, and whether the store took it."""
        rows = self._relay.database.run(self._waiting)
        grouped: dict[str, list[Row[Any]]] = {}
        for row in rows:
            if row.license in grouped or len(grouped) < MOST_CODES:
                found = grouped.setdefault(row.license, [])
                if len(found) < MOST_CLIENTS:  # the rest is for the next call
                    found.append(row)
        sent = deliver(list(grouped.values()), self._send, self._done)
        return bool(rows) and sent, sent

    def _waiting(self, connection: Connection) -> list[Row[Any]]:
        oldest = datetime.fromtimestamp(self._relay.now(), UTC).date() - timedelta(days=LATE_DAYS)
        return list(connection.execute(
            select(USAGES.c.license, USAGES.c.day, USAGES.c.client, LICENSES.c.code_sealed)
            .join(LICENSES, LICENSES.c.id == USAGES.c.license)
            .where(USAGES.c.sent.is_(None), USAGES.c.error == "", USAGES.c.day >= oldest.isoformat())
            .where(LICENSES.c.code_sealed.is_not(None), LICENSES.c.test.is_(False))
            .order_by(USAGES.c.license, USAGES.c.client).limit(_MOST_ROWS)
        ))  # fmt: skip

    def _send(self, groups: Sequence[list[Row[Any]]]) -> Answer:
        clients = {
            self._relay.sealer.unseal(rows[0].code_sealed, "code").decode(): sorted({row.client for row in rows})
            for rows in groups
        }
        return self._upstream.carry_out(usage_many(clients)).answer

    def _done(self, groups: Sequence[list[Row[Any]]], error: str) -> None:
        if error:
            _log.warning("the store does not take the use of %s: %s", groups[0][0].license, error)
        values: dict[str, Any] = {"error": error} if error else {"sent": self._relay.now()}

        def work(connection: Connection) -> None:
            for rows in groups:
                for row in rows:
                    connection.execute(
                        update(USAGES).where(USAGES.c.license == row.license, USAGES.c.day == row.day,
                                             USAGES.c.client == row.client).values(**values)
                    )  # fmt: skip

        self._relay.database.run(work)


class MeterSender:
    """`usage-data`: each record once, by its serial number."""

    def __init__(self, relay: Relay, upstream: StoreUpstream) -> None:
        self._relay, self._upstream = relay, upstream

    def step(self) -> tuple[bool, bool]:
        """As `UsageSender.step`."""
        rows = self._relay.database.run(self._waiting)
        old = [row for row in rows if row.begins < self._relay.now() - OLDEST_USE_S]
        self._done(old, "ISCB-STORE-REFUSED")
        sent = deliver([row for row in rows if row not in old], self._send, self._done)
        return bool(rows) and sent, sent

    def _waiting(self, connection: Connection) -> list[Row[Any]]:
        waiting = select(METERINGS).where(METERINGS.c.sent.is_(None), METERINGS.c.error == "")
        return list(connection.execute(waiting.order_by(METERINGS.c.recorded, METERINGS.c.serial).limit(MOST_RECORDS)))

    def _send(self, rows: Sequence[Row[Any]]) -> Answer:
        records = [
            Metered(row.serial, row.instance, row.value, row.begins, row.ends, row.recorded, row.package)
            for row in rows
        ]
        account_key = self._relay.settings.store.push_with_account_key
        key = self._relay.secrets.get("access_key")
        return self._upstream.carry_out(push_use(records, key, account_key=account_key)).answer

    def _done(self, rows: Sequence[Row[Any]], error: str) -> None:
        if not rows:
            return
        if error:
            _log.error("the store does not take %d records of use, from %s on: %s", len(rows), rows[0].serial, error)
        values: dict[str, Any] = {"error": error} if error else {"sent": self._relay.now()}
        serials = [row.serial for row in rows]
        self._relay.database.run(
            lambda connection: connection.execute(
                update(METERINGS).where(METERINGS.c.serial.in_(serials)).values(**values)
            )
        )
