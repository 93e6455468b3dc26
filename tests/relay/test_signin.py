"""Signing in: device, browser and tenant, and everybody who would like to be one of them."""

from __future__ import annotations

import asyncio
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from iscbridge.lease import wire
from iscbridge.lease.form import LeaseState
from iscbridge.relay.database.tables import SIGNINS
from iscbridge.relay.http.signin_routes import COOKIE
from iscbridge.relay.signin import desk as signin_desk
from iscbridge.relay.signin.desk import GO, LASTS_S, RETURN
from iscbridge.relay.signin.desk import OVER as OVER_PAGE
from support.relay_device import Device, FakeUpstream, bought
from support.relay_http import RelayClient
from support.relay_parts import relay_in
from support.relay_signin import REDIRECT, TENANT, MemoryTenants, Tray, browser, decoded, members, told
from support.relay_signin_fixtures import *  # noqa: F403  its fixtures

DAY = 86_400
OVER = (401, "ISCB-RELAY-SIGN-IN-OVER")


def scalar(relay, statement):
    return relay.database.run(lambda connection: connection.scalar(statement))


async def gone(tray: Tray, tenants: MemoryTenants, user: str = "anna") -> str:
    """Until the browser is sent to the device: where to."""
    started = decoded(await tray.start(), wire.SigninStarted)
    async with browser(tray.client) as one:
        assert (await one.get(started.url)).status_code == 302
        back = await one.get(RETURN, params={"code": tenants.code_for(user), "tenant": TENANT})
    return str(back.headers["location"])


# ------------------------------------------------------------------------------------------------------ the way round


def test_a_person_signs_in_and_has_a_seat(client, tenants, tray, clock):
    assert tray.device.lease.reason == "ISCB-RELAY-SIGN-IN"

    async def life():
        started = decoded(await tray.start(), wire.SigninStarted)
        assert started.url.startswith(f"https://relay.example.com{GO}?ticket=")
        async with browser(client) as one:
            login = await one.get(started.url)
            assert login.status_code == 302
            assert login.headers["location"] == (
                "https://macroverse.huaweicloud.com/unified-login/#/portal-login?ind=UNOP&appId=app%201"
            )
            back = await one.get(RETURN, params={"code": tenants.code_for("anna"), "tenant": TENANT})
        assert back.headers["location"].startswith(f"{REDIRECT}?")
        return started, back, decoded(await tray.finish(back.headers["location"]), wire.SignedIn)

    started, back, person = asyncio.run(life())
    brought = members(back.headers["location"])
    assert set(brought) == {"code", "tenant", "state"}
    assert (brought["state"], brought["tenant"]) == (started.state, TENANT)
    assert "store code" not in brought["code"], "the tenant's own code stays at the relay"
    assert (person.user, person.until) == ("Anna", int(clock.now) + 30 * DAY)
    lease = tray.device.check(person.session)
    assert (lease.state, lease.user) == (LeaseState.ALIVE, "Anna")


def test_the_cookie_is_for_this_relay_and_for_no_script(client, tenants, tray):
    async def begin():
        async with browser(client) as one:
            begun = await one.get((await tray.start()).json()["url"])
            back = await one.get(RETURN, params={"code": tenants.code_for("anna"), "tenant": TENANT})
        return begun, back

    begun, back = asyncio.run(begin())
    cookie = begun.headers["set-cookie"]
    assert cookie.startswith("__Host-")
    assert {"httponly", "secure", "samesite=lax", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
    assert "max-age=0" in back.headers["set-cookie"].lower()
    for answer in (begun, back):
        assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")


def test_an_answer_that_got_lost_may_be_asked_for_again_and_then_no_more(client, tenants, tray):
    async def twice():
        back = await gone(tray, tenants)
        answers = [await tray.finish(back) for _ in range(2)]
        await tray.ask(wire.SIGNIN_END)
        return [*answers, await tray.finish(back)]

    first, second, third = asyncio.run(twice())
    assert decoded(first, wire.SignedIn) == decoded(second, wire.SignedIn)
    assert tenants.asked == ["token", "person"], "a code is exchanged once"
    assert third.status_code in {401, 503}
    assert told(third)[1] in {"ISCB-RELAY-SIGN-IN-OVER", "ISCB-RELAY-BUSY"}


def test_nothing_that_proves_something_stands_in_the_database(client, tenants, tray, tmp_path):
    asyncio.run(tray.sign_in(tenants, "anna"))
    written = b"".join(path.read_bytes() for path in tmp_path.glob("relay.db*"))
    assert b"anna" in written
    tokens = [*tenants._access, *tenants._refresh, "store code 0"]
    for secret in (tray.session, tray.state, tray.verifier, *tokens):
        assert secret.encode() not in written


# ---------------------------------------------------------------------------------------------- who is somebody else


def test_the_browser_that_began_is_the_one_that_ends_it(client, tenants, tray):
    async def strangers():
        url = (await tray.start()).json()["url"]
        async with browser(client) as first, browser(client) as second:
            assert (await first.get(url)).status_code == 302
            assert (await first.get(url)).status_code == 302, "the page was loaded again"
            taken = await second.get(url)
            params = {"code": tenants.code_for("eve"), "tenant": TENANT}
            injected = await second.get(RETURN, params=params)
            forged = await second.get(RETURN, params=params, headers={"cookie": f"{COOKIE}=x"})
            cookie = f"{COOKIE}={first.cookies[COOKIE]}"
            own = await first.get(RETURN, params=params)
            again = await first.get(RETURN, params=params, headers={"cookie": cookie})
        return taken, injected, forged, own, again

    taken, injected, forged, own, again = asyncio.run(strangers())
    for answer in (taken, injected, forged, again):
        assert answer.status_code == 401
        assert answer.headers["content-type"].startswith("text/html")
        assert "location" not in answer.headers
    assert own.status_code == 302


@pytest.mark.parametrize("changed", [{"verifier": "v" * 43}, {"code": "c" * 43}, {"tenant": "other"}])
def test_what_is_wrong_at_the_end_ends_the_sign_in(tenants, tray, changed):
    async def ends():
        back = await gone(tray, tenants)
        return await tray.finish(back, **changed), await tray.finish(back)

    wrong, right = asyncio.run(ends())
    assert told(wrong) == told(right) == OVER
    assert tenants.asked == []


def test_nobody_begins_it_in_a_device_s_name(client, tray):
    """The signature is one of the device's, of another request."""

    async def forges():
        good = await tray.start()
        signature = dict(good.request.headers)["x-isc-signature"]
        message = wire.SigninStart(product="AcmePLM", challenge="c" * 43, redirect=REDIRECT)
        return await client.post(tray.device, wire.SIGNIN_START, message, **{"x-isc-signature": signature})

    assert told(asyncio.run(forges())) == (401, "ISCB-RELAY-SIGNATURE")


def test_another_device_can_not_end_it(client, tenants, tray, device):
    thief = Tray(client, device())
    thief.verifier = tray.verifier

    async def steals():
        back = await gone(tray, tenants)
        return await thief.finish(back), await tray.finish(back)

    stolen, own = asyncio.run(steals())
    assert told(stolen) == (401, "ISCB-RELAY-SIGNATURE")
    assert own.status_code == 200, "a stranger ends nothing"


def test_a_code_of_one_sign_in_is_none_of_another(client, tenants, tray, device):
    other = Tray(client, device())

    async def mixes():
        mine, theirs = await gone(tray, tenants), await gone(other, tenants, "eve")
        return await tray.finish(mine, code=members(theirs)["code"])

    assert told(asyncio.run(mixes())) == OVER


def test_a_sign_in_has_its_time(client, tenants, tray, clock):
    async def late():
        back = await gone(tray, tenants)
        clock.now += LASTS_S
        finished = await tray.finish(back)
        url = (await tray.start()).json()["url"]
        clock.now += LASTS_S
        async with browser(client) as one:
            return finished, await one.get(url)

    finished, page = asyncio.run(late())
    assert told(finished) == OVER
    assert page.status_code == 401


def test_a_device_has_one_sign_in_on_its_way(client, tenants, tray, relay):
    async def again():
        first = await gone(tray, tenants)
        second = await gone(tray, tenants)
        return await tray.finish(first), await tray.finish(second)

    old, new = asyncio.run(again())
    assert told(old) == OVER
    assert new.status_code == 200
    assert scalar(relay, select(func.count()).select_from(SIGNINS)) == 1


@pytest.mark.parametrize(
    "redirect",
    [
        "http://127.0.0.1/back", "http://127.0.0.1:0/back", "http://127.0.0.1:65536/back", "https://127.0.0.1:5000/back",
        "http://localhost:5000/back", "http://127.0.0.1.example.com:5000/", "http://127.0.0.1:5000@example.com/",
        "http://127.0.0.1:5000/?state=x", "http://127.0.0.1:5000/#x", "http://127.0.0.1:5000/%0d%0a", "//127.0.0.1:5000/",
        "http://127.0.0.1:5000/" + "a" * 129,
    ],
)  # fmt: skip
def test_a_browser_is_sent_to_this_device_only(tray, redirect):
    assert told(asyncio.run(tray.start(redirect=redirect))) == (400, "ISCB-RELAY-REQUEST")


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"challenge": "short"}, 400, "ISCB-RELAY-REQUEST"),
        ({"product": "AcmeCAD"}, 404, "ISCB-RELAY-NO-SIGN-IN"),
        ({"product": "Other"}, 404, "ISCB-RELAY-UNKNOWN-PRODUCT"),
    ],
)
def test_where_nobody_signs_in(tray, changed, status, code):
    assert told(asyncio.run(tray.start(**changed))) == (status, code)


def test_a_repeat_that_looked_before_the_first_was_taken_is_told_to_wait(client, tenants, tray, monkeypatch):
    back = asyncio.run(gone(tray, tenants))
    both_have_looked, one_is_answered = threading.Barrier(2), threading.Event()
    prove, exchange = signin_desk.check_proof, tenants.token

    def proven(*told):
        prove(*told)
        both_have_looked.wait(60)

    def exchanged(*told):
        assert one_is_answered.wait(60)
        return exchange(*told)

    monkeypatch.setattr(signin_desk, "check_proof", proven)
    monkeypatch.setattr(tenants, "token", exchanged)

    async def finish():
        answer = await tray.finish(back)
        one_is_answered.set()
        return answer.status_code

    async def both():
        return await asyncio.gather(finish(), finish())

    assert sorted(asyncio.run(both())) == [200, 503]
    assert tenants.asked == ["token", "person"]


def test_a_device_that_is_not_known_has_nobody(client):
    stranger = Tray(client, Device(client.relay, client.desk, product="AcmePLM"))
    assert told(asyncio.run(stranger.start())) == (404, "ISCB-RELAY-UNKNOWN-DEVICE")


def test_strangers_are_counted_and_hold_no_device_off(client, tray, relay):
    most = relay.settings.limits.address_per_minute
    stranger = Tray(client, Device(client.relay, client.desk, product="AcmePLM"))

    async def knocks():
        answers = [told(await stranger.start()) for _ in range(most + 1)]
        session = wire.SigninSession(session="none")
        more = [await client.post(stranger.device, path, session) for path in (wire.SIGNIN_REFRESH, wire.SIGNIN_END)]
        return answers + [told(answer) for answer in more], await tray.start()

    answers, known = asyncio.run(knocks())
    assert set(answers[:most]) == {(404, "ISCB-RELAY-UNKNOWN-DEVICE")}
    assert set(answers[most:]) == {(429, "ISCB-RELAY-RATE")}
    assert known.status_code == 200


def test_a_relay_without_sign_in_says_so(tmp_path, clock):
    (tmp_path / "plain").mkdir()
    plain = relay_in(tmp_path / "plain", clock=clock)
    client = RelayClient(plain, FakeUpstream(PL1=bought(1, "OFFI3")))
    device = Device(plain, client.desk, product="AcmePLM")
    device.enrol("PL1")
    assert told(asyncio.run(Tray(client, device).start())) == (404, "ISCB-RELAY-NO-SIGN-IN")
    plain.database.close()


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"code": "c", "tenant": "strangers"}, 403),
        ({"code": "c"}, 403),
        ({"code": "c" * 2000, "tenant": TENANT}, 302),
        ({"error": "access_denied"}, 302),
        ({}, 302),
    ],
)
def test_nobody_or_a_stranger_came_back(client, tray, params, status):
    async def back():
        url = (await tray.start()).json()["url"]
        async with browser(client) as one:
            await one.get(url)
            return await one.get(RETURN, params=params)

    answer = asyncio.run(back())
    assert answer.status_code == status
    if status == 302:
        brought = members(answer.headers["location"])
        assert brought == {"error": "access_denied", "state": tray.state}


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {"sec-fetch-dest": "iframe"}),
        ("GET", {"sec-fetch-dest": "image"}),
        ("GET", {"sec-purpose": "prefetch;prerender"}),
        ("GET", {"purpose": "prefetch"}),
        ("HEAD", {}),
    ],
)
def test_only_a_person_who_goes_there_opens_the_page(client, tray, method, headers):
    async def looks():
        url = (await tray.start()).json()["url"]
        async with browser(client) as one, browser(client) as other:
            return await one.request(method, url, headers=headers), await other.get(
                url, headers={"sec-fetch-dest": "document"}
            )

    hidden, person = asyncio.run(looks())
    assert (hidden.status_code, person.status_code) == (403, 302)
    assert "set-cookie" not in hidden.headers
    assert "frame-ancestors 'none'" in hidden.headers["content-security-policy"]


def test_the_pages_speak_the_language_of_the_browser_and_quote_nothing(client):
    async def read():
        async with browser(client) as one:
            chinese = await one.get(GO, params={"ticket": "<script>"}, headers={"accept-language": "zh-CN"})
            english = await one.get(RETURN, params={"code": "<script>", "tenant": TENANT})
            return chinese, english, await one.get("/signin/over")

    chinese, english, over = asyncio.run(read())
    assert ("登录已失效" in chinese.text, "The sign-in is over" in english.text) == (True, True)
    assert "You may close this window" in over.text
    for page in (chinese, english, over):
        assert "<script" not in page.text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    page=st.sampled_from([GO, RETURN, OVER_PAGE]),
    query=st.dictionaries(st.sampled_from(["ticket", "code", "tenant", "error"]), st.text(max_size=60), max_size=4),
    cookie=st.binary(max_size=40).map(
        lambda value: f"{COOKIE}=".encode() + value.replace(b"\r", b"").replace(b"\n", b"")
    ),
)
def test_whatever_a_browser_sends_it_is_shown_a_page(client, clock, page, query, cookie):
    clock.now += 60

    async def sends():
        async with browser(client) as one:
            return await one.get(page, params=query, headers={b"cookie": cookie})

    answer = asyncio.run(sends())
    assert answer.status_code in {200, 401, 403}
    assert answer.headers["content-type"].startswith("text/html")
    assert "location" not in answer.headers


def test_a_device_and_an_address_have_their_limits(client, tray, clock, relay):
    most = relay.settings.limits.signins_per_hour

    async def floods():
        answers = []
        for _ in range(most + 1):
            clock.now += 3
            answers.append(await tray.start())
        async with browser(client) as one:
            pages = [await one.get(GO) for _ in range(relay.settings.limits.address_per_minute + 1)]
        return answers, pages

    answers, pages = asyncio.run(floods())
    assert {answer.status_code for answer in answers[:-1]} == {200}
    assert told(answers[-1]) == (429, "ISCB-RELAY-RATE")
    assert (pages[0].status_code, pages[-1].status_code) == (401, 429)
