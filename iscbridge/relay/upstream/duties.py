"""Work that one process of all does at a time: whoever takes a duty holds it for a while, and says when it is due again."""

from __future__ import annotations

from sqlalchemy import Connection, or_, update

from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import insert_once, new_id
from iscbridge.relay.database.tables import DUTIES

HELD_S = 600
"""Longer than one step of any duty takes: whoever holds it longer was killed."""
_FAR_S = 2 * 3600
"""No duty is put down for so long."""


def take_duty(relay: Relay, name: str) -> str | None:
    """Take a duty that is due and in nobody's hands: what proves that it is ours. None: it is not to be had."""
    now, mark = relay.now(), f"{relay.replica}#{new_id()}"[:128]

    def work(connection: Connection) -> bool:
        insert_once(connection, DUTIES, name=name, holder="", until=0, due=0)
        # Times from the far future are those of a clock that was set back.
        due = or_(DUTIES.c.due <= now, DUTIES.c.due > now + _FAR_S)
        free = or_(DUTIES.c.until <= now, DUTIES.c.until > now + 2 * HELD_S)
        return connection.execute(
            update(DUTIES).where(DUTIES.c.name == name, due, free).values(holder=mark, until=now + HELD_S)
        ).rowcount == 1  # fmt: skip

    return mark if relay.database.run(work) else None


def keep_duty(relay: Relay, name: str, mark: str) -> bool:
    """Hold a duty for longer. False: it is somebody else's by now, and what is left to do is theirs."""
    until = relay.now() + HELD_S
    mine = update(DUTIES).where(DUTIES.c.name == name, DUTIES.c.holder == mark).values(until=until)
    return relay.database.run(lambda connection: connection.execute(mine).rowcount == 1)


def leave_duty(relay: Relay, name: str, mark: str, due: int) -> None:
    """Put a duty down until it is due again."""
    mine = update(DUTIES).where(DUTIES.c.name == name, DUTIES.c.holder == mark).values(holder="", until=0, due=due)
    relay.database.run(lambda connection: connection.execute(mine))
