"""What a person does by hand. Each is one transaction with a line of the audit in it."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from iscbridge.core.errors import RelayError
from iscbridge.relay.context import Relay
from iscbridge.relay.database.rows import end_seats, license_locked, note
from iscbridge.relay.database.tables import DEVICES, METERINGS, OUTBOX, SEATS, SESSIONS, USAGES
from iscbridge.relay.upstream.breaker import reopen
from iscbridge.relay.upstream_port import DEAD, WAITING

_WHO = "admin"


def block(relay: Relay, device: str, *, blocked: bool) -> None:
    """Refuse a device its lease from its next check on, or no more. A lease that it has goes on to its end.

    Raises:
        RelayError: ISCB-RELAY-NO-SUCH.
    """

    def work(connection: Connection) -> None:
        done = connection.execute(update(DEVICES).where(DEVICES.c.id == device).values(blocked=blocked))
        _must(done.rowcount == 1, "device", device)
        note(connection, relay.now(), _WHO, "device.blocked" if blocked else "device.unblocked", device)

    relay.database.run(work)


def end_seat(relay: Relay, seat: str) -> None:
    """Free a seat. Its device works on until its lease ends, and may take a seat again if one is free.

    Raises:
        RelayError: ISCB-RELAY-NO-SUCH.
    """

    def work(connection: Connection) -> None:
        found = connection.execute(
            select(SEATS.c.license, SEATS.c.slot).where(SEATS.c.id == seat, SEATS.c.slot.is_not(None))
        ).one_or_none()
        _must(found is not None, "seat", seat)
        if found is not None:
            license_locked(connection, found.license)
            end_seats(connection, (seat,), relay.now(), "admin")
            note(connection, relay.now(), _WHO, "seat.ended", seat, f"slot {found.slot}")

    relay.database.run(work)


def end_session(relay: Relay, session: str) -> None:
    """Sign somebody out of a device: it is told at its next check, and their seat stays theirs.

    Raises:
        RelayError: ISCB-RELAY-NO-SUCH.
    """

    def work(connection: Connection) -> None:
        done = connection.execute(delete(SESSIONS).where(SESSIONS.c.digest == session))
        _must(done.rowcount == 1, "session", session)
        note(connection, relay.now(), _WHO, "session.ended", session)

    relay.database.run(work)


def retry(relay: Relay, entry: str) -> int:
    """Try again at once what was given up, or waits; `all`: everything that was given up. How many.

    Raises:
        RelayError: ISCB-RELAY-NO-SUCH.
    """
    now = relay.now()

    def work(connection: Connection) -> int:
        which = OUTBOX.c.state == DEAD
        if entry != "all":
            which &= OUTBOX.c.id == entry
        # `created` too: what was given up for its age gets its whole time again.
        done = connection.execute(
            update(OUTBOX).where(which)
            .values(state=WAITING, attempts=0, due=now, created=now, claimed_by="", claimed_until=None, changed=now)
        ).rowcount  # fmt: skip
        if entry != "all" and not done:
            waiting = update(OUTBOX).where(OUTBOX.c.id == entry, OUTBOX.c.state == WAITING)
            done = connection.execute(waiting.values(due=now, changed=now)).rowcount
            _must(done == 1, "outbox", entry)
        note(connection, now, _WHO, "outbox.retried", entry, str(done))
        return done

    return relay.database.run(work)


def retry_uses(relay: Relay, entry: str) -> int:
    """Tell the store again of use that it refused. How many records.

    Args:
        relay: this relay.
        entry: serial number of metered use; id of a licence, for the days of its clients; `all`.

    Raises:
        RelayError: ISCB-RELAY-NO-SUCH.
    """

    def work(connection: Connection) -> int:
        done = 0
        for table, name in ((METERINGS, METERINGS.c.serial), (USAGES, USAGES.c.license)):
            refused = update(table).where(table.c.error != "").values(error="")
            done += connection.execute(refused if entry == "all" else refused.where(name == entry)).rowcount
        _must(done > 0 or entry == "all", "use", entry)
        note(connection, relay.now(), _WHO, "uses.retried", entry[:80], str(done))
        return done

    return relay.database.run(work)


def open_breaker(relay: Relay, key: str) -> None:
    """Let a question with a key of the store go out again, after its secret was put right.

    Raises:
        RelayError: ISCB-RELAY-NO-SUCH.
    """

    def work(connection: Connection) -> None:
        _must(reopen(connection, key), "key", key)
        note(connection, relay.now(), _WHO, "breaker.opened", key)

    relay.database.run(work)


def noted_key(relay: Relay, kid: str) -> None:
    """Write down that a lease key was made."""
    relay.database.run(lambda connection: note(connection, relay.now(), _WHO, "key.made", kid))


def _must(found: bool, what: str, entry: str) -> None:
    if not found:
        raise RelayError("ISCB-RELAY-NO-SUCH", what=what, id=entry[:80])
