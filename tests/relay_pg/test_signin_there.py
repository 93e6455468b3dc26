"""People who sign in: the same on PostgreSQL."""

import asyncio
import threading

import pytest
from sqlalchemy import func, select

from iscbridge.lease.form import LeaseState
from iscbridge.relay.database.tables import METADATA, SEATS
from relay.test_signin import *  # noqa: F403  every test of that file, and its fixtures
from support.relay_parts import relay_in
from support.relay_signin import SIGNIN_SETTINGS, Tray


@pytest.fixture
def relay(tmp_path, clock, on_postgres):
    made = relay_in(tmp_path, SIGNIN_SETTINGS, clock)
    assert not made.database.is_sqlite, on_postgres
    yield made
    made.database.close()


def test_nothing_that_proves_something_stands_in_the_database(client, tenants, tray, relay):
    """Here it is no file of the relay's that could be searched."""
    asyncio.run(tray.sign_in(tenants, "anna"))

    def rows(connection):
        return [repr(tuple(row)) for table in METADATA.sorted_tables for row in connection.execute(select(table))]

    written = "".join(relay.database.run(rows))
    assert "anna" in written
    for secret in (tray.session, tray.state, tray.verifier, *tenants._access, *tenants._refresh, "store code 0"):
        assert secret not in written


def test_many_people_at_once_get_no_seat_twice(client, tenants, device, relay):
    trays = [Tray(client, device("PL2")) for _ in range(6)]
    for number, one in enumerate(trays):
        asyncio.run(one.sign_in(tenants, f"user{number}"))
    told = [None] * len(trays)

    def ask(number: int) -> None:
        told[number] = trays[number].device.check(trays[number].session)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(trays))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.state for one in told) == [LeaseState.ALIVE] * 2 + [LeaseState.REFUSED] * 4
    counted = select(func.count()).select_from(SEATS).where(SEATS.c.slot.is_not(None))
    assert relay.database.run(lambda connection: connection.scalar(counted)) == 2


def test_one_sign_in_that_is_ended_many_times_at_once_is_exchanged_once(client, tenants, tray):
    back = asyncio.run(gone(tray, tenants))  # noqa: F405  of that file

    async def ask():
        return await asyncio.gather(*(tray.finish(back) for _ in range(4)))

    answers = asyncio.run(ask())
    assert tenants.asked == ["token", "person"]
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert any(answer.status_code == 200 for answer in answers)
