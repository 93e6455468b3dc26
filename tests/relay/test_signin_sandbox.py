"""The relay and a real login service: the sandbox's, over verified TLS, and how it misbehaves."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from iscbridge.core.errors import RelayError
from iscbridge.lease import wire
from iscbridge.lease.form import LeaseState
from iscbridge.relay.database.tables import SESSIONS
from iscbridge.relay.signin.desk import RETURN, SigninDesk
from iscbridge.relay.signin.tenants import RefusedGrantError, Tenants
from iscbridge.relay.upstream.asking import StoreUpstream
from iscbridge.relay.upstream.background import Background
from support.relay_device import Device, FakeUpstream, bought
from support.relay_http import RelayClient
from support.relay_parts import SETTINGS, Clock, relay_in, write_secret
from support.relay_signin import Tray, browser, decoded, members, told

BACK = f"https://relay.example.com{RETURN}"


@pytest.fixture
def app(store):
    found = store.ask("signin.app", app="app-1", back=BACK)
    yield found
    for person in ("anna", "bo"):
        store.ask("signin.bar", person=person, barred=False)


@pytest.fixture
def relay(tmp_path, app, store):
    text = f"""{SETTINGS}
[signin]
app_id = "app-1"
login_url = "{app["login_url"]}"
ca_file = "{store.ca}"
[signin.tenants]
{app["tenant"]} = "{app["domain"]}"
"""
    made = relay_in(tmp_path, text, Clock(time.time()))
    write_secret(tmp_path / "secrets", "oauth_sandbox_tenant", f"{app['client_id']}\n{app['client_secret']}\n")
    yield made
    made.database.close()


@pytest.fixture
def tenants(relay):
    return Tenants(relay)


def code_of(app, store, person: str = "anna") -> str:
    """What the login page gives to somebody."""
    with store.client() as client:
        back = client.get(f"{app['domain']}/unified-login/enter", params={"person": person, "appId": "app-1"})
    assert back.headers["location"].startswith(f"{BACK}?")
    return members(back.headers["location"])["code"]


def test_the_whole_way(relay, store, app):
    client = RelayClient(relay, FakeUpstream(PL1=bought(1, "OFFI3")))
    device = Device(relay, client.desk, product="AcmePLM")
    device.enrol("PL1")
    tray = Tray(client, device)

    async def life(web):
        url = (await tray.start()).json()["url"]
        async with browser(client) as one:
            login = (await one.get(url)).headers["location"]
            page = web.get(login)
            assert "Anna Berg" in page.text
            # the page's script takes the application's id from behind the `#`, which no server sees
            entered = web.get(f"{app['domain']}/unified-login/enter?person=anna&appId={login.rpartition('=')[2]}")
            back = await one.get(entered.headers["location"])
            person = decoded(await tray.finish(back.headers["location"]), wire.SignedIn)
            lease = device.check(person.session)
            relay.clock.now += 86_400
            store.travel(86_400)
            refreshed = decoded(await tray.ask(wire.SIGNIN_REFRESH), wire.SignedIn)
            ended = decoded(await tray.ask(wire.SIGNIN_END), wire.SignedOut)
            out = web.get(ended.url)
        return person, lease, refreshed, out

    with store.client() as web:
        person, lease, refreshed, out = asyncio.run(life(web))
    assert (person.user, lease.user, lease.state) == ("Anna Berg", "Anna Berg", LeaseState.ALIVE)
    assert refreshed.until == person.until + 86_400
    assert (out.status_code, out.headers["location"]) == (302, "https://relay.example.com/signin/over")


def test_a_code_is_good_once_and_for_a_while(tenants, app, store):
    code = code_of(app, store)
    assert tenants.person(app["tenant"], tenants.token(app["tenant"], code).access).user == "id-anna"
    late = code_of(app, store)
    store.travel(301)
    for bad in (code, late, "made up"):
        with pytest.raises(RefusedGrantError):
            tenants.token(app["tenant"], bad)


@pytest.mark.parametrize("mode", ["used", "expired"])
def test_a_code_that_is_none_ends_the_sign_in(relay, store, app, mode):
    client = RelayClient(relay, FakeUpstream(PL1=bought(1, "OFFI3")))
    device = Device(relay, client.desk, product="AcmePLM")
    device.enrol("PL1")
    tray = Tray(client, device)
    store.misbehave(signin_code=mode)

    async def tries():
        async with browser(client) as one:
            await one.get((await tray.start()).json()["url"])
            back = await one.get(RETURN, params={"code": code_of(app, store), "tenant": app["tenant"]})
        return [await tray.finish(back.headers["location"]) for _ in range(2)]

    assert [told(answer) for answer in asyncio.run(tries())] == [(401, "ISCB-RELAY-SIGN-IN-OVER")] * 2


@pytest.mark.parametrize(("mode", "lasts"), [("rotated", True), ("kept", True), ("absent", False)])
def test_refresh_tokens_of_every_kind(tenants, app, store, mode, lasts):
    store.misbehave(signin_refresh=mode)
    tokens = tenants.token(app["tenant"], code_of(app, store))
    assert bool(tokens.refresh) is lasts
    for _ in range(3 if lasts else 0):
        before = tokens
        tokens = tenants.renewed(app["tenant"], tokens.refresh)
        assert tenants.person(app["tenant"], tokens.access).user == "id-anna"
        assert (tokens.refresh == before.refresh) is (mode == "kept")


def test_somebody_whom_the_tenant_knows_no_more(tenants, app, store):
    tokens = tenants.token(app["tenant"], code_of(app, store))
    store.ask("signin.bar", person="anna")
    with pytest.raises(RefusedGrantError):
        tenants.person(app["tenant"], tokens.access)
    with pytest.raises(RefusedGrantError):
        tenants.renewed(app["tenant"], tokens.refresh)


def test_a_token_that_is_refused(tenants, app, store):
    tokens = tenants.token(app["tenant"], code_of(app, store))
    store.misbehave(signin_userinfo="401")
    with pytest.raises(RefusedGrantError):
        tenants.person(app["tenant"], tokens.access)


@pytest.mark.parametrize(
    "traits",
    [
        *({"answer": answer} for answer in ("500", "502", "503", "portal", "redirect", "garbage", "empty", "cut",
                                            "not_object", "unauthorized_403")),
        *({"drop": when} for when in ("before", "after", "middle")),
        {"throttle": "yes"}, {"gateway": "APIGW.0801"},
    ],
)  # fmt: skip
def test_what_says_nothing_of_the_person(tenants, app, store, traits):
    """Neither a code nor a token is taken for refused because a network or a gateway had its bad day."""
    code = code_of(app, store)
    tokens = tenants.token(app["tenant"], code)
    store.misbehave(on="signin", **traits)
    for ask in (
        lambda: tenants.token(app["tenant"], code),
        lambda: tenants.renewed(app["tenant"], tokens.refresh),
        lambda: tenants.person(app["tenant"], tokens.access),
    ):
        with pytest.raises(RelayError, match="ISCB-RELAY-TENANT"):
            ask()


def test_a_tenant_that_takes_too_long(relay, app, store):
    code = code_of(app, store)
    store.misbehave(on="signin", delay_ms=600_000)
    ticks = iter(range(0, 100_000, 4))
    with pytest.raises(RelayError, match="ISCB-RELAY-TENANT"):
        Tenants(relay, lambda: float(next(ticks))).token(app["tenant"], code)


def test_a_wrong_secret_of_ours_is_no_word_on_the_person(tenants, app, store, tmp_path):
    code = code_of(app, store)
    write_secret(tmp_path / "secrets", "oauth_sandbox_tenant", "client-x\nwrong\n")
    with pytest.raises(RelayError, match="ISCB-RELAY-TENANT"):
        tenants.token(app["tenant"], code)
    write_secret(tmp_path / "secrets", "oauth_sandbox_tenant", "one line only\n\n\nof three words")
    with pytest.raises(RelayError, match="client id and secret are not set up"):
        tenants.token(app["tenant"], code)


def test_a_server_that_is_not_the_tenant_s_is_told_nothing(tmp_path, app, store):
    """Without its authority the sandbox's certificate is anybody's."""
    text = f'{SETTINGS}\n[signin]\napp_id = "a"\n[signin.tenants]\nt = "{app["domain"]}"\n'
    (tmp_path / "other").mkdir()
    relay = relay_in(tmp_path / "other", text)
    write_secret(tmp_path / "other" / "secrets", "oauth_t", f"{app['client_id']}\n{app['client_secret']}\n")
    with pytest.raises(RelayError, match="ISCB-STORE-TLS"):
        Tenants(relay).token("t", code_of(app, store))
    relay.database.close()


def test_the_login_page_knows_one_application(app, store):
    with store.client() as client:
        other = client.get(f"{app['domain']}/unified-login/enter", params={"person": "anna", "appId": "other"})
        nobody = client.get(f"{app['domain']}/unified-login/enter", params={"person": "zoe"})
        nothing = client.get(f"{app['domain']}/nothing")
    assert (other.status_code, nobody.status_code, nothing.status_code) == (404, 403, 404)
    assert urlsplit(app["login_url"]).fragment == "/portal-login"


def test_the_background_asks_for_those_who_are_at_work(relay, tmp_path, store, app, tenants):
    desk = SigninDesk(relay, tenants)
    client = RelayClient(relay, FakeUpstream(PL1=bought(1, "OFFI3")))
    device = Device(relay, client.desk, product="AcmePLM")
    device.enrol("PL1")
    tokens = tenants.token(app["tenant"], code_of(app, store))
    person = tenants.person(app["tenant"], tokens.access)

    def begun(connection):
        return desk.sessions.begin(connection, "session", device.id, "AcmePLM", app["tenant"], tokens, person)

    relay.database.run(begun)
    background = Background(relay, StoreUpstream(relay, tmp_path))
    relay.clock.now += 86_400
    store.travel(86_400)
    assert device.check("session").state is LeaseState.ALIVE
    background.duties_step()
    confirmed = relay.database.run(lambda connection: connection.scalar(select(SESSIONS.c.confirmed)))
    assert confirmed == relay.now()
    background.stop()
