"""Who signed in: how long that holds, and what becomes of a person's seat."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

from iscbridge.core.errors import RelayError
from iscbridge.lease import wire
from iscbridge.lease.form import LeaseState
from iscbridge.relay.database.tables import AUDIT, SEATS, SESSIONS
from support.relay_device import Device
from support.relay_signin import Tray, decoded, told
from support.relay_signin_fixtures import *  # noqa: F403  its fixtures

DAY = 86_400
OVER = (401, "ISCB-RELAY-SIGN-IN-OVER")


def scalar(relay, statement):
    return relay.database.run(lambda connection: connection.scalar(statement))


# ------------------------------------------------------------------------------------------------------- the session


def test_a_session_lasts_longer_while_the_tenant_knows_the_person(tenants, tray, clock):
    async def life():
        await tray.sign_in(tenants, "anna")
        told = []
        for _ in range(40):
            clock.now += DAY
            told.append(decoded(await tray.ask(wire.SIGNIN_REFRESH), wire.SignedIn))
        return told

    lives = asyncio.run(life())
    assert [one.until for one in lives][-1] == int(clock.now) + 30 * DAY
    assert {(one.session, one.user) for one in lives} == {(tray.session, "Anna")}
    assert tenants.asked.count("renewed") == 40


def test_the_tenant_s_no_ends_a_session_and_its_silence_does_not(tenants, tray, clock, relay):
    async def life():
        await tray.sign_in(tenants, "anna")
        clock.now += DAY
        tenants.silent = True
        kept = decoded(await tray.ask(wire.SIGNIN_REFRESH), wire.SignedIn)
        seat = tray.device.check(tray.session).state
        tenants.silent = False
        del tenants.people["anna"]
        clock.now += DAY
        return kept, seat, await tray.ask(wire.SIGNIN_REFRESH)

    kept, seat, ended = asyncio.run(life())
    assert kept.session == tray.session
    assert seat is LeaseState.ALIVE
    assert told(ended) == OVER
    assert tray.device.check(tray.session).reason == "ISCB-RELAY-SIGN-IN"
    assert scalar(relay, select(AUDIT.c.who).where(AUDIT.c.what == "session.ended")) == "tenant"


def test_a_session_of_a_person_who_is_another_now_is_over(tenants, tray, clock):
    async def life():
        await tray.sign_in(tenants, "anna")
        tenants._refresh = dict.fromkeys(tenants._refresh, "eve")
        tenants.code_for("eve")
        clock.now += DAY
        return await tray.ask(wire.SIGNIN_REFRESH)

    assert told(asyncio.run(life())) == OVER


def test_a_session_without_a_refresh_token_lasts_as_long_as_its_access_token(tenants, tray, clock):
    tenants.refreshes = False

    async def life():
        person = decoded(await tray.sign_in(tenants, "anna"), wire.SignedIn)
        clock.now += tenants.lasts_s
        return person, await tray.ask(wire.SIGNIN_REFRESH)

    person, late = asyncio.run(life())
    assert person.until == int(clock.now)
    assert told(late) == OVER


def test_a_session_is_of_one_device_and_ends_when_its_person_signs_out(client, tenants, tray, device, relay):
    thief = Tray(client, device())

    async def life():
        await tray.sign_in(tenants, "anna")
        thief.session = tray.session
        stolen = await thief.ask(wire.SIGNIN_REFRESH)
        assert thief.device.check(tray.session).reason == "ISCB-RELAY-SIGN-IN"
        assert tray.device.check(tray.session).state is LeaseState.ALIVE
        ended = [decoded(await tray.ask(wire.SIGNIN_END), wire.SignedOut) for _ in range(2)]
        return stolen, ended

    stolen, (first, second) = asyncio.run(life())
    assert told(stolen) == OVER
    assert first.url == (
        "https://acme.example.com/api/v1/logout?redirect_url=https%3A%2F%2Frelay.example.com%2Fsignin%2Fover"
    )
    assert second.url == ""
    assert scalar(relay, select(func.count()).select_from(SESSIONS)) == 0
    assert tray.device.check(tray.session).reason == "ISCB-RELAY-SIGN-IN"


def test_sessions_in_use_are_confirmed_though_no_device_asks_for_it(client, tenants, tray, device, clock):
    idle = Tray(client, device())
    asyncio.run(tray.sign_in(tenants, "anna"))
    asyncio.run(idle.sign_in(tenants, "bo"))
    sessions = client.signin.sessions
    tenants.asked.clear()
    assert sessions.confirm_due()
    clock.now += DAY
    tray.device.check(tray.session)
    assert sessions.confirm_due()
    assert tenants.asked == ["renewed", "person"], "one of both is in use"
    del tenants.people["anna"]
    clock.now += DAY
    tray.device.check(tray.session)
    assert sessions.confirm_due()
    assert tray.device.check(tray.session).reason == "ISCB-RELAY-SIGN-IN"


def test_a_tenant_that_is_silent_is_left_alone_for_a_while(client, tenants, tray, device, clock):
    other = Tray(client, device())
    asyncio.run(tray.sign_in(tenants, "anna"))
    asyncio.run(other.sign_in(tenants, "bo"))
    clock.now += DAY
    for one in (tray, other):
        one.device.check(one.session)
    tenants.silent = True
    tenants.asked.clear()
    assert not client.signin.sessions.confirm_due()
    assert len(tenants.asked) == 1


def test_two_replicas_renew_a_session_once(client, tenants, tray, clock, relay):
    """A refresh token may be good once: who comes second must not take its refusal for the tenant's word."""
    asyncio.run(tray.sign_in(tenants, "anna"))
    clock.now += DAY
    sessions, seen = client.signin.sessions, []
    row = relay.database.run(lambda connection: connection.execute(select(SESSIONS)).one())
    renewed = tenants.renewed

    def meanwhile(tenant, refresh):
        seen.append(sessions.confirm(row))
        return renewed(tenant, refresh)

    tenants.renewed = meanwhile
    assert sessions.confirm(row)
    assert seen == [True]
    assert tenants.asked.count("renewed") == 1
    assert tray.device.check(tray.session).state is LeaseState.ALIVE


# --------------------------------------------------------------------------------------------------------- the seats


def signed_in(client, tenants, device, user: str) -> Tray:
    one = Tray(client, device)
    asyncio.run(one.sign_in(tenants, user))
    return one


def seats(relay) -> int:
    return scalar(relay, select(func.count()).select_from(SEATS).where(SEATS.c.slot.is_not(None)))


def test_a_seat_is_a_person_s_on_every_device_of_theirs(client, tenants, device, relay):
    first, second = (signed_in(client, tenants, device("PL1"), "anna") for _ in range(2))
    other = signed_in(client, tenants, device("PL1"), "bo")
    assert [one.device.check(one.session).state for one in (first, second, first)] == [LeaseState.ALIVE] * 3
    assert seats(relay) == 1
    refused = other.device.check(other.session)
    assert (refused.state, refused.reason) == (LeaseState.REFUSED, "ISCB-RELAY-NAMED-TAKEN")


def test_on_so_many_devices_at_a_time_as_the_vendor_allows(client, tenants, device, clock):
    machines = [signed_in(client, tenants, device("PL1"), "anna") for _ in range(4)]
    told = [one.device.check(one.session) for one in machines]
    assert [one.state for one in told[:3]] == [LeaseState.ALIVE] * 3
    assert told[3].reason == "ISCB-RELAY-PERSON-DEVICES"
    assert machines[0].device.check(machines[0].session).state is LeaseState.ALIVE, "it was there before"
    asyncio.run(machines[0].ask(wire.SIGNIN_END))
    assert machines[3].device.check(machines[3].session).reason == "ISCB-RELAY-PERSON-DEVICES", "it still works offline"
    assert machines[0].device.check(machines[0].session).reason == "ISCB-RELAY-SIGN-IN"
    assert machines[3].device.check(machines[3].session).state is LeaseState.ALIVE


def test_a_device_whose_lease_has_ended_counts_no_more(client, tenants, device, clock):
    machines = [signed_in(client, tenants, device("PL1"), "anna") for _ in range(4)]
    for one in machines[:3]:
        one.device.check(one.session)
    clock.now += 14 * DAY - 1
    assert machines[3].device.check(machines[3].session).reason == "ISCB-RELAY-PERSON-DEVICES"
    clock.now += 1
    assert machines[3].device.check(machines[3].session).state is LeaseState.ALIVE


def test_a_seat_is_free_when_its_person_gave_it_back_on_the_last_device(client, tenants, device, relay):
    first, second = (signed_in(client, tenants, device("PL1"), "anna") for _ in range(2))
    other = signed_in(client, tenants, device("PL1"), "bo")
    for one in (first, second):
        one.device.check(one.session)
    assert second.device.release().reason == "ISCB-RELAY-RELEASED"
    assert second.device.check(second.session).reason == "ISCB-RELAY-RELEASED", "it takes none by itself again"
    assert other.device.check(other.session).reason == "ISCB-RELAY-NAMED-TAKEN"
    assert first.device.check(first.session).state is LeaseState.ALIVE
    first.device.release()
    assert seats(relay) == 0
    assert other.device.check(other.session).state is LeaseState.ALIVE


def test_who_signed_out_may_give_the_seat_back_too(client, tenants, device, relay):
    one = signed_in(client, tenants, device("PL1"), "anna")
    one.device.check(one.session)
    asyncio.run(one.ask(wire.SIGNIN_END))
    one.device.check(one.session)
    assert seats(relay) == 1
    one.device.release()
    assert seats(relay) == 0


def test_another_person_on_the_same_device_has_a_seat_of_their_own(client, tenants, device, relay):
    machine = device("PL2")
    anna = signed_in(client, tenants, machine, "anna")
    assert machine.check(anna.session).user == "Anna"
    bo = signed_in(client, tenants, machine, "bo")
    assert machine.check(anna.session).reason == "ISCB-RELAY-SIGN-IN", "a device has one person at a time"
    assert machine.check(bo.session).user == "Bo"
    assert seats(relay) == 2


def test_a_person_s_second_device_needs_no_code(client, tenants, device, relay):
    first = signed_in(client, tenants, device("PL1"), "anna")
    first.device.check(first.session)
    machines = [Device(relay, client.desk, product="AcmePLM") for _ in range(2)]
    assert [one.enrol("").reason for one in machines] == ["ISCB-RELAY-SIGN-IN"] * 2
    anna, bo = signed_in(client, tenants, machines[0], "anna"), signed_in(client, tenants, machines[1], "bo")
    assert machines[0].enrol("", anna.session).state is LeaseState.ALIVE
    assert machines[1].enrol("", bo.session).reason == "ISCB-RELAY-CODE"


def test_a_seat_that_goes_by_devices_needs_a_code(client, relay):
    with pytest.raises(RelayError, match="ISCB-RELAY-CODE"):
        Device(relay, client.desk).enrol("")


def test_a_code_without_a_free_seat_takes_none_away_from_a_person(client, tenants, device, relay):
    other = signed_in(client, tenants, device("PL1"), "bo")
    other.device.check(other.session)
    mine = signed_in(client, tenants, device("PL2"), "anna")
    mine.device.check(mine.session)
    assert mine.device.enrol("PL1", mine.session).reason == "ISCB-RELAY-NAMED-TAKEN"
    assert mine.device.check(mine.session).state is LeaseState.ALIVE
    other.device.release()
    assert mine.device.enrol("PL1", mine.session).state is LeaseState.ALIVE
    assert seats(relay) == 1, "the one of before is free"
