"""Sessions of people: begun, kept alive with the tenant's tokens, ended. Blocking; for worker threads.

Only the tenant's own word ends a session before its time: one that can't be reached says nothing.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, delete, or_, select, update

from iscbridge.core.errors import RelayError
from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import note
from iscbridge.relay.database.tables import SESSIONS
from iscbridge.relay.signin.tenants import BUDGET_S, RefusedGrantError, Tenants, Tokens, Told

DAY_S = 86_400
FRESH_S = 300
"""A session that the tenant confirmed so recently is not asked about again."""
CONFIRM_S = 6 * 3600
"""A session that is in use is asked about at least this often, whatever its device does."""
AGAIN_S = 600
"""After a tenant gave no answer."""
_CLAIM_S = int(3 * BUDGET_S) + 5
_NEAR_END_S = 120
_MOST_AT_ONCE = 50


class _Kept(msgspec.Struct, frozen=True):
    access: str
    refresh: str


class Sessions:
    """Any thread and any replica may use it."""

    def __init__(self, relay: Relay, tenants: Tenants) -> None:
        self._relay = relay
        self._tenants = tenants

    def begin(
        self, connection: Connection, session: str, device: str, product: str, tenant: str, tokens: Tokens, told: Told
    ) -> int:
        """Write a session down in place of any other one of the device; when it ends."""
        now = self._relay.now()
        until = self._until(now, tokens)
        connection.execute(delete(SESSIONS).where(SESSIONS.c.product == product, SESSIONS.c.device == device))
        connection.execute(SESSIONS.insert().values(
            digest=self.digest(session), device=device, product=product, tenant=tenant, user=told.user, name=told.name,
            tokens_sealed=self._sealed(tokens), access_until=now + tokens.lasts_s, confirmed=now, used=now,
            claimed_until=None, until=until,
        ))  # fmt: skip
        note(connection, now, "device", "session.began", device, tenant)
        return until

    def digest(self, session: str) -> str:
        """By which it is found."""
        return self._relay.sealer.digest(session, "session")

    def find(self, connection: Connection, session: str, device: str) -> Row[Any] | None:
        """The living session of a device."""
        return connection.execute(
            select(SESSIONS).where(
                SESSIONS.c.digest == self.digest(session), SESSIONS.c.device == device,
                SESSIONS.c.until > self._relay.now(),
            )
        ).one_or_none()  # fmt: skip

    def end(self, connection: Connection, row: Row[Any], who: str) -> None:
        """Forget a session and its tokens."""
        connection.execute(delete(SESSIONS).where(SESSIONS.c.digest == row.digest))
        note(connection, self._relay.now(), who, "session.ended", row.device, row.tenant)

    def confirm(self, row: Row[Any]) -> bool:
        """Have the tenant confirm a session, and its tokens renewed; False: the tenant says that it is over.

        If another process asks at this moment, or the tenant does not answer, it stays as it is.
        """
        now = self._relay.now()
        fresh = now - FRESH_S < row.confirmed <= now + FRESH_S  # later than that: the clock was set back
        if fresh or not self._relay.database.run(lambda one: self._claimed(one, row, now)):
            return True
        try:
            tokens = self._asked(row, now)
        except RefusedGrantError:
            self._relay.database.run(lambda connection: self.end(connection, row, "tenant"))
            return False
        except RelayError:
            again = now + AGAIN_S
            self._relay.database.run(lambda connection: self._changed(connection, row, claimed_until=again))
            return True
        self._relay.database.run(lambda connection: self._confirmed(connection, row, tokens))
        return True

    def confirm_due(self) -> bool:
        """Confirm sessions that are in use; whether every tenant answered."""
        now = self._relay.now()
        due = select(SESSIONS).where(
            SESSIONS.c.confirmed <= now - CONFIRM_S, SESSIONS.c.used > SESSIONS.c.confirmed, SESSIONS.c.until > now,
            _unclaimed(now),
        ).order_by(SESSIONS.c.confirmed).limit(_MOST_AT_ONCE)  # fmt: skip
        silent: set[str] = set()
        for row in self._relay.database.run(lambda connection: connection.execute(due).all()):
            if row.tenant not in silent and self.confirm(row) and not self._was_confirmed(row):
                silent.add(row.tenant)
        return not silent

    def _asked(self, row: Row[Any], now: int) -> Tokens | None:
        """New tokens; None: the old ones are good. Raises as `Tenants`."""
        kept = self._kept(row)
        if row.access_until > now + _NEAR_END_S or not kept.refresh:
            try:
                self._same(row, self._tenants.person(row.tenant, kept.access))
            except RefusedGrantError:
                if not kept.refresh:
                    raise
            else:
                return None
        tokens = self._tenants.renewed(row.tenant, kept.refresh)
        # from here on the old refresh token may be worth nothing: the new one is kept whatever comes next
        self._relay.database.run(lambda connection: self._renewed(connection, row, tokens))
        self._same(row, self._tenants.person(row.tenant, tokens.access))
        return tokens

    def _same(self, row: Row[Any], told: Told) -> None:
        if told.user != row.user:
            raise RefusedGrantError

    def _claimed(self, connection: Connection, row: Row[Any], now: int) -> bool:
        done = connection.execute(
            update(SESSIONS)
            .where(SESSIONS.c.digest == row.digest, SESSIONS.c.confirmed == row.confirmed, _unclaimed(now))
            .values(claimed_until=now + _CLAIM_S)
        )  # fmt: skip
        return done.rowcount == 1

    def _renewed(self, connection: Connection, row: Row[Any], tokens: Tokens) -> None:
        ends = self._relay.now() + tokens.lasts_s
        self._changed(connection, row, tokens_sealed=self._sealed(tokens), access_until=ends)

    def _confirmed(self, connection: Connection, row: Row[Any], tokens: Tokens | None) -> None:
        now = self._relay.now()
        values: dict[str, object] = {"confirmed": now, "claimed_until": None}
        if tokens is not None or self._kept(row).refresh:
            values["until"] = now + self._days() * DAY_S
        self._changed(connection, row, **values)

    def _changed(self, connection: Connection, row: Row[Any], **values: object) -> None:
        connection.execute(update(SESSIONS).where(SESSIONS.c.digest == row.digest).values(**values))

    def _was_confirmed(self, row: Row[Any]) -> bool:
        confirmed = self._relay.database.run(
            lambda connection: connection.scalar(select(SESSIONS.c.confirmed).where(SESSIONS.c.digest == row.digest))
        )
        return confirmed is None or confirmed > row.confirmed

    def _kept(self, row: Row[Any]) -> _Kept:
        return msgspec.json.decode(self._relay.sealer.unseal(row.tokens_sealed, "tokens"), type=_Kept)

    def _sealed(self, tokens: Tokens) -> bytes:
        return self._relay.sealer.seal(msgspec.json.encode(_Kept(tokens.access, tokens.refresh)), "tokens")

    def _until(self, now: int, tokens: Tokens) -> int:
        """Without a refresh token nobody could confirm a session any more than its access token lasts."""
        return now + (self._days() * DAY_S if tokens.refresh else tokens.lasts_s)

    def _days(self) -> int:
        signin = self._relay.settings.signin
        return 1 if signin is None else signin.session_days


def _unclaimed(now: int) -> ColumnElement[bool]:
    """That nobody asks the tenant about a session. A claim for longer than there are is of a clock that was set back."""
    until = SESSIONS.c.claimed_until
    return or_(until.is_(None), until <= now, until > now + 2 * AGAIN_S)
