"""The device API over HTTP: what strangers may send, and what they get."""

from __future__ import annotations

import asyncio
import json

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iscbridge.lease import wire
from iscbridge.lease.form import LeaseState
from support.relay_device import Device, FakeUpstream, bought
from support.relay_http import RelayClient
from support.relay_parts import HOST, SETTINGS, relay_in

PATHS = [wire.ENROL, wire.CHECK, wire.USAGE, wire.RELEASE, wire.TRANSFER]


@pytest.fixture
def client(relay):
    return RelayClient(relay, FakeUpstream(PL1=bought(1)))


@pytest.fixture
def device(relay, client):
    return Device(relay, client.desk)


def code_of(answer) -> str:
    return msgspec.json.decode(answer.content, type=wire.Refusal).error.code


def test_the_life_of_a_seat(client, device):
    async def life():
        enrolled = await client.enrol(device, "PL1")
        assert enrolled.status_code == 200
        assert enrolled.headers["cache-control"] == "no-store"
        checked = await client.post(device, wire.CHECK, wire.Check(product="AcmeCAD", fingerprint="A|B|C|D"))
        used = await client.post(device, wire.USAGE, wire.Usage(product="AcmeCAD", day="2026-11-22", client="c"))
        released = await client.post(device, wire.RELEASE, wire.Release(product="AcmeCAD"))
        return enrolled, checked, used, released

    enrolled, checked, used, released = asyncio.run(life())
    states = [
        device.take(msgspec.json.decode(answer.content, type=wire.Leased)).state
        for answer in (enrolled, checked, released)
    ]
    assert states == [LeaseState.ALIVE, LeaseState.ALIVE, LeaseState.REFUSED]
    assert msgspec.json.decode(used.content, type=wire.Taken).server_time == int(client.relay.now())


@pytest.mark.parametrize(
    ("path", "message", "headers", "status", "code"),
    [
        (wire.CHECK, wire.Check(product="AcmeCAD", fingerprint=""), {}, 404, "ISCB-RELAY-UNKNOWN-DEVICE"),
        (wire.CHECK, wire.Check(product="Other", fingerprint=""), {}, 404, "ISCB-RELAY-UNKNOWN-PRODUCT"),
        (wire.CHECK, b"{", {}, 400, "ISCB-RELAY-REQUEST"),
        (wire.CHECK, b'{"product": 5, "fingerprint": ""}', {}, 400, "ISCB-RELAY-REQUEST"),
        (wire.CHECK, b"[" * 50_000, {}, 400, "ISCB-RELAY-REQUEST"),
        (wire.CHECK, b" " * (wire.BODY_LIMIT + 1), {}, 413, "ISCB-RELAY-TOO-LARGE"),
        (wire.CHECK, b'{"product": "a\\ud800", "fingerprint": ""}', {}, 400, "ISCB-RELAY-REQUEST"),
        (wire.USAGE, wire.Usage(product="AcmeCAD", day="2026-13-01", client="c"), {}, 400, "ISCB-RELAY-REQUEST"),
        (wire.CHECK, b"{}", {"content-type": "text/plain"}, 400, "ISCB-RELAY-REQUEST"),
        (wire.CHECK, b"{}", {"x-isc-nonce": "short"}, 400, "ISCB-RELAY-REQUEST"),
        (wire.TRANSFER, wire.Transfer(product="AcmeCAD", code="a b", fingerprint=""), {}, 400, "ISCB-RELAY-REQUEST"),
    ],
)
def test_what_is_wrong_has_its_status_and_code(client, device, path, message, headers, status, code):
    answer = asyncio.run(client.post(device, path, message, **headers))
    assert (answer.status_code, code_of(answer)) == (status, code)


def test_a_key_that_is_not_the_device_s_own(client, device):
    other = Device(client.relay, client.desk)
    device.public = other.public
    answer = asyncio.run(client.enrol(device, "PL1"))
    assert (answer.status_code, code_of(answer)) == (400, "ISCB-RELAY-REQUEST")


def test_people_read_the_reason_in_their_language(client, device):
    answer = asyncio.run(client.post(device, wire.CHECK, wire.Check(product="AcmeCAD", fingerprint=""),
                                     **{"accept-language": "fr, zh-CN;q=0.8"}))  # fmt: skip
    assert "这台计算机" in answer.json()["error"]["message"]


def test_too_many_are_told_when_to_come_again(client, device):
    async def guess():
        return [await client.enrol(device, f"X{number}") for number in range(31)]

    last = asyncio.run(guess())[-1]
    assert (last.status_code, code_of(last)) == (429, "ISCB-RELAY-RATE")
    assert 0 < int(last.headers["retry-after"]) <= 60


def test_no_error_tells_the_inside(client, device, monkeypatch, caplog):
    def broken(*_arguments):
        raise KeyError("SELECT secret FROM table")

    monkeypatch.setattr(type(client.desk), "check_at_once", broken)
    client = RelayClient(client.relay, FakeUpstream())
    answer = asyncio.run(client.post(device, wire.CHECK, wire.Check(product="AcmeCAD", fingerprint="")))
    assert (answer.status_code, code_of(answer)) == (500, "ISCB-RELAY-INTERNAL")
    assert "secret" not in answer.text
    assert "KeyError" in caplog.text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(PATHS), body=st.binary(max_size=300) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["product", "publicKey", "fingerprint", "code", "day", "client", "session", "lease"]), inner
    ), max_leaves=8).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_whatever_is_sent_has_a_documented_answer(client, device, path, body):
    answer = asyncio.run(client.post(device, path, body))
    assert answer.status_code in {400, 401, 404, 409, 413, 422, 429}
    assert code_of(answer).startswith("ISCB-RELAY-")


def test_an_unsigned_request_is_not_read(client):
    answer = asyncio.run(client.http.post(wire.CHECK, content=b"{}", headers={"content-type": "application/json"}))
    assert code_of(answer) == "ISCB-RELAY-REQUEST"


def test_the_keys_are_told(client):
    told = asyncio.run(client.http.get(wire.KEYS)).json()
    assert told["keys"] == client.relay.signer.public_keys()


def test_health_and_readiness(client, tmp_path):
    assert asyncio.run(client.http.get("/healthz")).status_code == 200
    assert asyncio.run(client.http.get("/readyz")).status_code == 200
    client.relay.database.close()
    for path in tmp_path.glob("relay.db*"):
        path.unlink()
    assert asyncio.run(client.http.get("/readyz")).status_code == 503
    assert asyncio.run(client.http.get("/nothing")).status_code == 404


def test_monitoring_is_told_counts_and_never_who(client, device):
    asyncio.run(client.enrol(device, "PL1"))
    asyncio.run(client.enrol(device, "PL7"))
    text = client.metrics.text().decode()
    assert f'iscbridge_relay_requests_total{{route="{wire.ENROL}",status="200"}} 1.0' in text
    assert 'iscbridge_relay_errors_total{code="ISCB-RELAY-CODE"} 1.0' in text
    for secret in ("PL1", "PL7", device.id, "192.0.2.7"):
        assert secret not in text


@pytest.mark.parametrize(
    ("proxies", "told", "address"),
    [
        ("[]", "203.0.113.9", "192.0.2.7"),
        ('["192.0.2.7"]', "203.0.113.9", "203.0.113.9"),
        ('["192.0.2.7"]', "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        ('["192.0.2.7", "203.0.113.9"]', "10.0.0.1, 203.0.113.9", "10.0.0.1"),
        ('["192.0.2.7"]', "nonsense", "192.0.2.7"),
    ],
)
def test_whose_word_counts_for_an_address(tmp_path, proxies, told, address):
    text = SETTINGS.replace(f'host_name = "{HOST}"', f'host_name = "{HOST}"\nbehind_proxy = {proxies}')
    relay = relay_in(tmp_path / "other", text) if (tmp_path / "other").mkdir() is None else None
    client = RelayClient(relay, FakeUpstream())
    seen = []
    client.desk.check_at_once = lambda request, _message: seen.append(request.address) or wire.Taken(server_time=0)
    import httpx

    from iscbridge.relay.http.app import make_app
    from iscbridge.relay.http.device_routes import device_routes  # anew, with the desk that looks
    from iscbridge.relay.http.workers import Workers

    workers = Workers(2, 10)
    app = make_app(relay, workers, device_routes(relay, client.desk, workers), client.metrics)
    client.http = httpx.AsyncClient(transport=httpx.ASGITransport(app, client=("192.0.2.7", 1)), base_url="https://x")
    device = Device(relay, client.desk)
    asyncio.run(
        client.post(device, wire.CHECK, wire.Check(product="AcmeCAD", fingerprint=""), **{"x-forwarded-for": told})
    )
    assert seen == [address]
    relay.database.close()
