"""Asks the store where the licences that are in use stand, each at most every `ask_every_s`.

The store calls when something changes; this is for what it could not tell. A licence that no device has asked for
since the last time is left alone: the store wants no word on days without use (cloud-store-api.md, section 2).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, exists, func, or_, select

from iscbridge.core.licensing.model import AnswerKind
from iscbridge.relay.context import Relay
from iscbridge.relay.database.tables import DEVICES, LICENSES
from iscbridge.relay.decide.retry import GENERAL
from iscbridge.relay.decide.states import State
from iscbridge.relay.store_words import take_answer
from iscbridge.relay.upstream.asking import MOST_CODES, StoreUpstream

PAUSE_S = 60
"""Between two looks for licences that are due."""
TROUBLE_S = 300
"""The same when the store could not be asked."""
_ONE_BY_ONE = 20


class Asker:
    """One round of questions after the other."""

    def __init__(self, relay: Relay, upstream: StoreUpstream) -> None:
        self._relay, self._upstream = relay, upstream
        self._at_once = MOST_CODES if relay.settings.store.query_version == "v2" else _ONE_BY_ONE

    def step(self, after: str) -> tuple[str | None, bool]:
        """Ask about the next licences.

        Args:
            after: id of the last one that was asked about in this round; empty at its beginning.

        Returns:
            Where to go on, None at the end of the round; and whether the store can be asked at all.
        """
        rows = self._relay.database.run(lambda connection: self._due(connection, after))
        codes = {row.id: self._relay.sealer.unseal(row.code_sealed, "code").decode() for row in rows}
        if not codes:
            return None, True
        told = self._upstream.query_many(list(codes.values()))
        for row in rows:
            answer = told[codes[row.id]]
            if answer.kind is not AnswerKind.FAILED:
                take_answer(self._relay, row, answer)
        errors = {answer.error.code for answer in told.values() if answer.error is not None}
        if errors & GENERAL:
            return None, False
        return (rows[-1].id if len(rows) == self._at_once else None), True

    def _due(self, connection: Connection, after: str) -> list[Row[Any]]:
        now, every = self._relay.now(), self._relay.settings.store.ask_every_s
        future = LICENSES.c.asked > now + every  # that of a clock that was set back
        seen = or_(DEVICES.c.seen >= func.coalesce(LICENSES.c.asked, 0), future)
        used = exists().where(DEVICES.c.license == LICENSES.c.id, seen)
        due = or_(LICENSES.c.asked.is_(None), LICENSES.c.asked <= now - every, future)
        return list(connection.execute(
            select(LICENSES.c.id, LICENSES.c.code_sealed, LICENSES.c.version)
            .where(LICENSES.c.test.is_(False), LICENSES.c.kind == "code", LICENSES.c.id > after)
            .where(LICENSES.c.activated.is_not(None), LICENSES.c.state != State.RELEASED.value)
            .where(LICENSES.c.code_sealed.is_not(None), due, used)
            .order_by(LICENSES.c.id).limit(self._at_once)
        ))  # fmt: skip
