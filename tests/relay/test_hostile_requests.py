"""Requests and leases that somebody made up, took from another, or changed on the way: worth nothing, one and all."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from dataclasses import replace

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from iscbridge.core.errors import LicenseError, RelayError
from iscbridge.lease import wire
from iscbridge.lease.ed25519 import to_base64url
from iscbridge.lease.form import LeaseState, verify
from iscbridge.lease.requests import DEVICE, SIGNATURE, device_id, sign_request
from iscbridge.relay.database.tables import LICENSES, NONCES, RATES, SEATS
from iscbridge.relay.decide.calls import WORDS, Result
from iscbridge.relay.devices import renewal
from iscbridge.relay.store_calls.office import StoreOffice
from support.relay_device import Device, FakeUpstream, bought
from support.relay_http import RelayClient
from support.relay_parts import HOST, SETTINGS, relay_in
from support.relay_store import signed_call

CHECK = wire.Check(product="AcmeCAD", fingerprint="AA|BB|CC|DD")
BODY = msgspec.json.encode(CHECK)


@pytest.fixture
def client(relay):
    return RelayClient(relay, FakeUpstream(PL1=bought(2), PL2=bought(1)))


@pytest.fixture
def device(relay, client):
    made = Device(relay, client.desk)
    assert made.enrol("PL1").state is LeaseState.ALIVE
    return made


def ask(client, body=BODY, path=wire.CHECK, **headers):
    return asyncio.run(client.http.post(path, content=body, headers={"content-type": "application/json", **headers}))


def code_of(answer) -> str:
    return msgspec.json.decode(answer.content, type=wire.Refusal).error.code


def counted(relay, table):
    return relay.database.run(lambda connection: connection.scalar(select(func.count()).select_from(table)))


class TestRequests:
    @pytest.mark.parametrize(
        "change",
        [
            {"path": wire.RELEASE},
            {"audience": "other.example.com"},
            {"audience": f"{HOST}:443"},
            {"body": BODY + b" "},
            {"key": Ed25519PrivateKey.generate()},
        ],
    )
    def test_signed_for_something_else(self, client, device, change):
        made = {"key": device.key, "path": wire.CHECK, "body": BODY, "audience": HOST, "now": client.relay.clock()}
        headers = {**sign_request(**{**made, **change}), DEVICE: device.id}
        before = counted(client.relay, NONCES)
        answer = ask(client, **headers)
        assert (answer.status_code, code_of(answer)) == (401, "ISCB-RELAY-SIGNATURE")
        assert counted(client.relay, NONCES) == before

    def test_the_host_s_case_does_not_matter(self, client, device):
        assert (
            ask(client, **sign_request(device.key, wire.CHECK, BODY, HOST.upper(), client.relay.clock())).status_code
            == 200
        )

    def test_the_same_again(self, client, device):
        headers = sign_request(device.key, wire.CHECK, BODY, HOST, client.relay.clock())
        answers = [ask(client, **headers) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 409]
        assert code_of(answers[1]) == "ISCB-RELAY-REPLAY"

    @pytest.mark.parametrize("off", [-301, 301, -(10**8), 10**9])
    def test_signed_at_another_time(self, client, device, off):
        answer = ask(client, **sign_request(device.key, wire.CHECK, BODY, HOST, client.relay.clock() + off))
        assert (answer.status_code, code_of(answer)) == (401, "ISCB-RELAY-CLOCK")
        assert answer.json()["serverTime"] == int(client.relay.now())

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(at=st.integers(0, 511))
    def test_no_bit_of_a_signature_may_be_another(self, client, device, at):
        request = device.request(wire.CHECK, CHECK)
        changed = bytearray(request.claim.signature)
        changed[at // 8] ^= 1 << at % 8
        claim = replace(request.claim, signature=bytes(changed))
        with pytest.raises(RelayError) as caught:
            client.desk.check(replace(request, claim=claim), CHECK)
        assert caught.value.code == "ISCB-RELAY-SIGNATURE"

    @pytest.mark.parametrize(
        "public",
        [
            b"",
            bytes(32),  # everybody could sign for it
            b"\x01" + bytes(31),
            ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(
                serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
            ),
            Ed25519PrivateKey.generate().public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            ),
        ],
    )  # fmt: skip
    def test_only_a_key_of_the_one_algorithm_is_taken_in(self, client, device, public):
        message = wire.Enrol(product="AcmeCAD", public_key=to_base64url(public), fingerprint="", code="PL1")
        body = msgspec.json.encode(message)
        headers = sign_request(device.key, wire.ENROL, body, HOST, client.relay.clock())
        answer = ask(client, body, wire.ENROL, **{**headers, DEVICE: device_id(public)})
        assert (answer.status_code, code_of(answer)) == (400, "ISCB-RELAY-REQUEST")

    def test_another_algorithm_s_signature_is_none(self, client, device):
        headers = sign_request(device.key, wire.CHECK, BODY, HOST, client.relay.clock())
        raw = ec.generate_private_key(ec.SECP256R1()).sign(BODY, ec.ECDSA(hashes.SHA256()))[:64].ljust(64, b"\0")
        mac = hmac.new(device.public, BODY, hashlib.sha512).digest()  # the public key as a secret
        for made in (raw, mac, bytes(64)):
            assert code_of(ask(client, **{**headers, SIGNATURE: to_base64url(made)})) == "ISCB-RELAY-SIGNATURE"

    def test_strangers_are_counted_and_then_cost_no_more_writes(self, tmp_path):
        (tmp_path / "few").mkdir()
        relay = relay_in(tmp_path / "few", SETTINGS + "\n[limits]\naddress_per_minute = 3\n")
        client = RelayClient(relay, FakeUpstream(PL1=bought(1)))
        known = Device(relay, client.desk)
        known.enrol("PL1")

        def stranger() -> str:
            return code_of(
                ask(client, **sign_request(Ed25519PrivateKey.generate(), wire.CHECK, BODY, HOST, relay.clock()))
            )

        told = [stranger() for _ in range(6)]
        seen = relay.database.run(
            lambda one: one.scalar(select(RATES.c.count).where(RATES.c.scope == "address:192.0.2.7"))
        )
        answer = ask(client, **sign_request(known.key, wire.CHECK, BODY, HOST, relay.clock()))
        relay.database.close()
        assert told == ["ISCB-RELAY-UNKNOWN-DEVICE"] * 3 + ["ISCB-RELAY-RATE"] * 3
        assert seen == 4
        assert answer.status_code == 200, "who proves himself is not held up by strangers behind the same address"


class TestLeases:
    @pytest.fixture
    def lease(self, client, device) -> str:
        answer = ask(client, **sign_request(device.key, wire.CHECK, BODY, HOST, client.relay.clock()))
        return answer.json()["lease"]

    @pytest.fixture
    def keys(self, client):
        return {kid: base64.b64decode(text) for kid, text in client.relay.signer.public_keys().items()}

    def test_it_is_good_as_it_is(self, lease, keys, device):
        assert verify(lease, keys, "AcmeCAD", device.id).lease.state is LeaseState.ALIVE

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_changed_anywhere_it_is_none(self, lease, keys, device, data):
        at = data.draw(st.integers(0, len(lease) - 1))
        what = data.draw(st.sampled_from(["cut", "drop", "double", "other"]))
        rest = lease[at + 1 :]
        changed = {
            "cut": lease[:at], "drop": lease[:at] + rest, "double": lease[: at + 1] + lease[at] + rest,
            "other": lease[:at] + data.draw(st.sampled_from("AZaz09-_.= \n\x00\u0430").filter(lambda one: one != lease[at])) + rest,
        }[what]  # fmt: skip
        with pytest.raises(LicenseError):
            verify(changed, keys, "AcmeCAD", device.id)

    def test_parts_of_two_leases_make_none(self, client, lease, keys, device):
        other = Device(client.relay, client.desk)
        other.enrol("PL1")
        theirs = ask(client, **sign_request(other.key, wire.CHECK, BODY, HOST, client.relay.clock())).json()["lease"]
        head, payload, signature = lease.split(".")
        for made in (theirs, f"{head}.{theirs.split('.')[1]}.{signature}", f"{head}.{payload}.{theirs.split('.')[2]}"):
            with pytest.raises(LicenseError):
                verify(made, keys, "AcmeCAD", device.id)

    @pytest.mark.parametrize("algorithm", ["none", "HS256", "EdDSA"])
    def test_there_is_no_algorithm_to_choose(self, lease, keys, device, algorithm):
        _, payload, signature = lease.split(".")
        header = to_base64url(json.dumps({"alg": algorithm, "typ": "JWT"}).encode())
        secret = next(iter(keys.values()))
        mac = to_base64url(hmac.new(secret, f"{header}.{payload}".encode(), hashlib.sha256).digest())
        for last in ("", signature, mac):
            for first in (header, "ISCLEASE1", "ISCLEASE2", "ISCLIC1"):
                if (first, last) != ("ISCLEASE1", signature):
                    with pytest.raises(LicenseError):
                        verify(f"{first}.{payload}.{last}", keys, "AcmeCAD", device.id)


class TestTheShortWay:
    """`renewal` gives what the long way gives, and nothing where there is something to decide."""

    def long(self, monkeypatch, device):
        with monkeypatch.context() as patched:
            patched.setattr("iscbridge.relay.devices.desk.renewed", lambda *_arguments: None)
            return device.check()

    def test_both_say_the_same(self, relay, client, device, monkeypatch):
        short, long = device.check(), self.long(monkeypatch, device)
        assert msgspec.structs.replace(short, lease="", nonce="") == msgspec.structs.replace(long, lease="", nonce="")

    @pytest.mark.parametrize(
        ("table", "values", "state"),
        [
            (LICENSES, {"state": "frozen"}, LeaseState.FROZEN),
            (LICENSES, {"amount": 0}, LeaseState.ALIVE),  # its lease goes on to its end, and no further
            (SEATS, {"slot": None, "holder": None}, LeaseState.ALIVE),  # a new one
        ],
    )
    def test_what_is_to_be_decided_goes_the_long_way(self, relay, device, table, values, state):
        relay.database.run(lambda connection: connection.execute(update(table).values(**values)))
        known = renewal.look(relay, relay.settings.named("AcmeCAD"), device.id)
        request = device.request(wire.CHECK, CHECK)
        assert renewal.renewed(relay, relay.settings.named("AcmeCAD"), request, CHECK, known) is None
        assert device.check().state is state

    @pytest.mark.parametrize(
        ("table", "values"),
        [(LICENSES, {"version": 9}), (SEATS, {"slot": None, "holder": None}), (SEATS, {"lease_until": 1})],
    )
    def test_what_changed_since_it_was_looked_at_goes_the_long_way(self, relay, device, table, values):
        known = renewal.look(relay, relay.settings.named("AcmeCAD"), device.id)
        before = counted(relay, NONCES)
        relay.database.run(lambda connection: connection.execute(update(table).values(**values)))
        request = device.request(wire.CHECK, CHECK)
        assert renewal.renewed(relay, relay.settings.named("AcmeCAD"), request, CHECK, known) is None
        assert counted(relay, NONCES) == before, "nothing of it was done"


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=70),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([
        "activity", "license", "scene", "orderId", "orderLineId", "businessId", "instanceId", "status", "expireTime",
        "deviceFingerprint", "eventId", "testFlag", "productId"]), inner, max_size=8), max_leaves=12),
    activity=st.sampled_from(["newInstance", "refreshLicenseCode", "getLicenseAsync", "orderNotify", "queryInstance", "x"]),
)  # fmt: skip
def test_whatever_the_store_is_made_to_say_has_a_documented_answer(relay, document, activity):
    office = StoreOffice(relay)
    if isinstance(document, dict):
        document = {**document, "activity": activity}
    signed, body = signed_call(relay, document)
    answer = office.answer(signed, body)
    assert answer["resultCode"] in set(Result)
    assert answer["resultMsg"] == WORDS[Result(answer["resultCode"])]
    assert office.answer(signed, body + b" ")["resultCode"] == Result.AUTH
    assert office.answer(None, body)["resultCode"] == Result.AUTH
