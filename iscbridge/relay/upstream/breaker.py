"""The breaker that all processes of a relay share, in the database: one row for each key, one for each request under way.

Takes the place of `store.breaker.Breaker` in a `StoreClient`. Of a process that was killed nobody knows what the store
answered it: what it had under way counts as refused.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, Integer, Row, cast, delete, func, or_, select, update

from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import insert_once, new_id, note
from iscbridge.relay.database.tables import BREAKERS, PERMITS
from iscbridge.relay.decide.breaker import Count, Leave, failed, leave, locked, opened, probe_pause_s
from iscbridge.store.breaker import Permit

PERMIT_S = 60
"""Longer than any request takes: whoever holds a permit after that was killed."""
_PAUSE_S = 0.05
_AT_ONCE = 2
"""Of one process more can't be under way anyway; the others wait here and leave the database alone."""


class SharedBreaker:
    """`store.breaker.Turns` over the database. Any thread may use it."""

    def __init__(
        self,
        relay: Relay,
        *,
        background: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
        closed: threading.Event | None = None,
    ) -> None:
        """`background`: no person waits for these requests; `closed` ends waiting for a turn."""
        self._relay = relay
        self._background = background
        self._monotonic = monotonic
        self._closed = closed or threading.Event()
        self._gate = threading.BoundedSemaphore(1 if background else _AT_ONCE)

    @contextlib.contextmanager
    def turn(self, key_id: str, *, by_person: bool, patience_s: float) -> Iterator[SharedTurn]:
        """As `Breaker.turn`. `by_person` opens nothing here: everybody's devices are persons."""
        del by_person
        end = self._monotonic() + patience_s
        if not self._gate.acquire(timeout=max(0.0, patience_s)):
            yield SharedTurn(self._relay, key_id, Permit.BUSY, "", 0, background=self._background)
            return
        try:
            turn = self._begun(key_id, end)
            try:
                yield turn
            finally:
                turn.end()
        finally:
            self._gate.release()

    def _begun(self, key_id: str, end: float) -> SharedTurn:
        while True:
            answer, permit, version = self._relay.database.run(
                lambda connection: take(self._relay, connection, key_id, background=self._background)
            )
            if answer in {Leave.GIVEN, Leave.PROBE}:
                given = Permit.GIVEN if answer is Leave.GIVEN else Permit.LAST
                return SharedTurn(self._relay, key_id, given, permit, version, background=self._background)
            left = end - self._monotonic()
            if answer is Leave.STOPPED or left <= 0 or self._closed.is_set():
                why = Permit.STOPPED if answer is Leave.STOPPED else Permit.BUSY
                return SharedTurn(self._relay, key_id, why, "", version, background=self._background)
            self._closed.wait(min(left, _PAUSE_S * random.uniform(0.5, 1.5)))  # noqa: S311  a pause needs no secret number


class SharedTurn:
    """One stretch of requests: `store.breaker.Counted`."""

    def __init__(self, relay: Relay, key_id: str, permit: Permit, row: str, version: int, *, background: bool) -> None:
        self.permit = permit
        self._relay, self._key, self._row, self._version = relay, key_id, row, version
        self._background = background
        self._good = False

    def failed(self) -> bool:
        """The store refused the signature. Returns whether one more request may follow."""

        def work(connection: Connection) -> tuple[str, int]:
            now = self._relay.now()
            row = _locked_row(connection, self._key)
            _given_back(connection, self._row)
            _written(self._relay, connection, row, failed(_count(row), now))
            answer, permit, version = take(self._relay, connection, self._key, background=self._background)
            return (permit if answer is Leave.GIVEN else ""), version

        self._good = False
        self._row, self._version = self._relay.database.run(work)
        return bool(self._row)

    def locked(self) -> None:
        """The store said that the key is locked."""

        def work(connection: Connection) -> None:
            row = _locked_row(connection, self._key)
            _given_back(connection, self._row)
            _written(self._relay, connection, row, locked(_count(row), self._relay.now()))

        self._relay.database.run(work)
        self._row, self._good = "", False

    def accepted(self) -> None:
        """The store took the signature."""
        self._good = True

    def end(self) -> None:
        """Give the permit back; a good answer ends the count, unless another request failed since this one went out."""
        if not self._row:
            return

        def work(connection: Connection) -> None:
            if self._good:
                connection.execute(
                    update(BREAKERS)
                    .where(BREAKERS.c.key == self._key, BREAKERS.c.version == self._version)
                    .where(or_(BREAKERS.c.failures > 0, BREAKERS.c.stopped.is_not(None)))
                    .values(failures=0, stopped=None, probe=None)
                )
            _given_back(connection, self._row)

        self._relay.database.run(work)
        self._row = ""


def take(relay: Relay, connection: Connection, key_id: str, *, background: bool) -> tuple[Leave, str, int]:
    """Ask for a permit: the answer, the permit's id (empty if it was not given), the version of the key's count."""
    now = relay.now()
    insert_once(connection, BREAKERS, key=key_id, failures=0, stopped=None, probe=None, version=1)
    row = _locked_row(connection, key_id)
    version = int(row.version)
    dead = connection.execute(
        # A permit from the far future is one of a clock that was set back.
        delete(PERMITS).where(PERMITS.c.key == key_id, or_(PERMITS.c.until < now, PERMITS.c.until > now + 2 * PERMIT_S))
    ).rowcount
    count = _count(row)
    if dead:
        count = failed(count, now, dead)
        version = _written(relay, connection, row, count)
    held = connection.execute(
        select(func.count(), func.coalesce(func.sum(cast(PERMITS.c.background, Integer)), 0)).where(
            PERMITS.c.key == key_id
        )
    ).one()
    answer = leave(count, int(held[0]), int(held[1]), now, background=background)
    if answer in {Leave.WAIT, Leave.STOPPED}:
        return answer, "", version
    if answer is Leave.PROBE:
        probe = now + probe_pause_s(count.failures)
        connection.execute(update(BREAKERS).where(BREAKERS.c.key == key_id).values(probe=probe))
        note(connection, now, "relay", "breaker.probe", key_id)
    permit = new_id()
    connection.execute(PERMITS.insert().values(id=permit, key=key_id, background=background, until=now + PERMIT_S))
    return answer, permit, version


def reopen(connection: Connection, key_id: str) -> bool:
    """A person opens a stopped key: one request is tried. False: there is nothing to open."""
    row = connection.execute(select(BREAKERS).where(BREAKERS.c.key == key_id).with_for_update()).one_or_none()
    if row is None or row.stopped is None:
        return False
    count = opened()
    connection.execute(
        update(BREAKERS).where(BREAKERS.c.key == key_id)
        .values(failures=count.failures, stopped=None, probe=None, version=row.version + 1)
    )  # fmt: skip
    return True


def _locked_row(connection: Connection, key_id: str) -> Row[Any]:
    return connection.execute(select(BREAKERS).where(BREAKERS.c.key == key_id).with_for_update()).one()


def _count(row: Row[Any]) -> Count:
    return Count(row.failures, row.stopped, row.probe)


def _written(relay: Relay, connection: Connection, row: Row[Any], count: Count) -> int:
    """Write a count that has failures more; the new version."""
    version = int(row.version) + 1
    connection.execute(
        update(BREAKERS).where(BREAKERS.c.key == row.key)
        .values(failures=count.failures, stopped=count.stopped, probe=count.probe, version=version)
    )  # fmt: skip
    if count.stopped is not None and row.stopped is None:
        note(connection, relay.now(), "relay", "breaker.stopped", row.key)
    return version


def _given_back(connection: Connection, permit: str) -> None:
    connection.execute(delete(PERMITS).where(PERMITS.c.id == permit))
