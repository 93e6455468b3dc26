"""What the store calls for: proven, carried out once, answered the same when it is repeated."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import threading

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from iscbridge.lease.form import LeaseState
from iscbridge.relay.database.tables import CALLBACKS, ISSUED, LICENSES, OUTBOX, SEATS
from iscbridge.relay.devices.desk import DeviceDesk
from iscbridge.relay.http.app import make_app
from iscbridge.relay.http.metrics import Metrics
from iscbridge.relay.http.store_routes import store_routes
from iscbridge.relay.http.workers import Workers
from iscbridge.relay.store_calls.office import StoreOffice
from iscbridge.relay.store_calls.signature import read_signed, sign_call
from support.relay_device import Device, FakeUpstream, bought
from support.relay_store import signed_call, store_calls

ORDER = {"orderId": "CS2211181819B4LVS", "orderLineId": "CS2211181819B4LVS-000001"}
OK, AUTH, PARAMETER, NOT_FOUND, IN_PROGRESS = "000000", "000001", "000002", "000003", "000004"
RENEWAL = {"scene": "RENEWAL", "expireTime": "20270523201932", **ORDER}


def count(relay, table, *where):
    return relay.database.run(
        lambda connection: connection.scalar(select(func.count()).select_from(table).where(*where))
    )


def state_of(relay, *where):
    return relay.database.run(lambda connection: connection.scalar(select(LICENSES.c.state).where(*where)))


def enrolled(relay, code="PL1"):
    device = Device(relay, DeviceDesk(relay, FakeUpstream(**{code: bought(1)})))
    device.enrol(code)
    return device


class TestCodes:
    def test_frozen_and_thawed(self, relay, clock):
        device = enrolled(relay)
        assert store_calls(relay, "updateLicenseCodeStatus", license="PL1", status="FREEZE")["resultCode"] == OK
        assert device.check().state is LeaseState.FROZEN
        clock.now += 1
        assert store_calls(relay, "updateLicenseCodeStatus", license="PL1", status="UNFREEZE")["resultCode"] == OK
        assert device.check().state is LeaseState.ALIVE

    def test_an_older_call_that_comes_late_changes_nothing(self, relay, clock):
        device = enrolled(relay)
        store_calls(relay, "updateLicenseCodeStatus", license="PL1", status="UNFREEZE", at=clock.now)
        store_calls(relay, "updateLicenseCodeStatus", license="PL1", status="FREEZE", at=clock.now - 5)
        assert device.check().state is LeaseState.ALIVE

    def test_freezing_again_after_a_thaw_freezes_again(self, relay, clock):
        device = enrolled(relay)
        for status in ("FREEZE", "UNFREEZE", "FREEZE"):
            clock.now += 1
            store_calls(relay, "updateLicenseCodeStatus", license="PL1", status=status)
        assert device.check().state is LeaseState.FROZEN

    def test_renewed(self, relay):
        device = enrolled(relay)
        store_calls(relay, "refreshLicenseCode", license="PL1", **RENEWAL)
        assert device.check().license_expires == 1811103572

    def test_released_for_ever_and_its_seats_are_free(self, relay, clock):
        device = enrolled(relay)
        assert store_calls(relay, "releaseLicenseCode", license="PL1")["resultCode"] == OK
        clock.now += 1
        store_calls(relay, "updateLicenseCodeStatus", license="PL1", status="UNFREEZE")
        assert device.check().state is LeaseState.RELEASED
        assert count(relay, SEATS, SEATS.c.slot.is_not(None)) == 0

    def test_a_code_that_nobody_typed_yet_is_remembered(self, relay):
        assert store_calls(relay, "updateLicenseCodeStatus", license="PL5", status="FREEZE")["resultCode"] == OK
        assert state_of(relay, LICENSES.c.kind == "code") == "frozen"
        device = Device(relay, DeviceDesk(relay, FakeUpstream(PL5=bought(3))))
        assert device.enrol("PL5").state is LeaseState.FROZEN, "the store's query knows no frozen: its call counts"
        store_calls(relay, "updateLicenseCodeStatus", license="PL5", status="UNFREEZE")
        assert device.check().state is LeaseState.ALIVE
        assert count(relay, LICENSES, LICENSES.c.amount == 3) == 1

    def test_a_code_that_was_only_renewed_yet_can_be_typed(self, relay):
        store_calls(relay, "refreshLicenseCode", license="PL5", **RENEWAL)
        device = Device(relay, DeviceDesk(relay, FakeUpstream(PL5=bought(3))))
        assert device.enrol("PL5").state is LeaseState.ALIVE

    def test_test_calls_touch_nothing_real(self, relay):
        device = enrolled(relay)
        for activity, members in [
            ("updateLicenseCodeStatus", {"status": "FREEZE"}), ("releaseLicenseCode", {}), ("refreshLicenseCode", RENEWAL),
        ]:  # fmt: skip
            assert store_calls(relay, activity, license="PL1", testFlag="1", **members)["resultCode"] == OK
        assert device.check().state is LeaseState.ALIVE
        assert state_of(relay, LICENSES.c.test) == "released"


class TestInstances:
    def test_one_order_line_is_one_instance(self, relay):
        first = store_calls(relay, "newInstance", businessId="b-1", **ORDER)
        second = store_calls(relay, "newInstance", businessId="b-2", **ORDER)
        assert first == second == {"resultCode": OK, "resultMsg": "success.", "instanceId": "b-1"}
        assert count(relay, LICENSES) == 1
        assert count(relay, OUTBOX) == 1, "the order is asked about once"

    def test_twelve_at_once_make_one(self, relay):
        answers = []
        threads = [
            threading.Thread(target=lambda number=number: answers.append(store_calls(relay, "newInstance", businessId=f"b-{number}", **ORDER)))
            for number in range(12)
        ]  # fmt: skip
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({json.dumps(answer) for answer in answers}) == 1
        assert count(relay, LICENSES) == 1

    @pytest.mark.parametrize(
        "activity", ["refreshInstance", "updateInstanceStatus", "queryInstance", "releaseInstance", "getLicenseAsync"]
    )
    def test_an_instance_that_is_not_there(self, relay, activity):
        members = {**RENEWAL, "status": "FREEZE", "eventId": "e", "deviceFingerprint": "A"}
        assert store_calls(relay, activity, instanceId="none", **members)["resultCode"] == NOT_FOUND
        store_calls(relay, "newInstance", businessId="none", **ORDER)
        assert store_calls(relay, activity, instanceId="none", **members)["resultCode"] in {OK, IN_PROGRESS}, (
            "a refusal is not kept"
        )

    def test_before_its_order_was_asked_for_nobody_is_told_that_no_licence_is_left(self, relay):
        store_calls(relay, "newInstance", businessId="b-1", **ORDER)
        told = [
            store_calls(relay, "getLicenseAsync", instanceId="b-1", eventId=f"e-{machine}", deviceFingerprint=machine)
            for machine in ("A", "B")
        ]
        assert [one["resultCode"] for one in told] == [IN_PROGRESS, "000005"]

    def test_a_licence_is_applied_for_once_for_a_machine(self, relay):
        store_calls(relay, "newInstance", businessId="b-1", **ORDER)
        relay.database.run(lambda connection: connection.execute(update(LICENSES).values(amount_known=True)))
        apply = {
            "instanceId": "b-1",
            "eventId": "e-1",
            "effectiveTime": "2026-11-22 10:30:15 z",
            "deviceFingerprint": "A|B",
        }
        assert store_calls(relay, "getLicenseAsync", **apply)["resultCode"] == IN_PROGRESS
        assert store_calls(relay, "getLicenseAsync", **apply)["resultCode"] == IN_PROGRESS
        assert store_calls(relay, "getLicenseAsync", **{**apply, "eventId": "e-2"})["resultCode"] == IN_PROGRESS
        assert count(relay, ISSUED) == 1
        assert count(relay, OUTBOX, OUTBOX.c.kind == "license") == 2, "one upload for each event"
        assert store_calls(relay, "getLicenseAsync", **{**apply, "deviceFingerprint": "C|D"})["resultCode"] == "000900"

    @pytest.mark.parametrize(
        ("members", "values", "code"),
        [
            ({}, {}, "000903"),
            ({"deviceFingerprint": "A"}, {"expires": 1_900_000_000}, "000902"),
            ({"deviceFingerprint": "A", "expireTime": "20270101000000"}, {"expires": 5}, "000901"),
            ({"deviceFingerprint": "A"}, {"state": "frozen"}, "000901"),
        ],
    )
    def test_why_no_licence_is_given(self, relay, members, values, code):
        store_calls(relay, "newInstance", businessId="b-1", **ORDER)
        if values:
            relay.database.run(lambda connection: connection.execute(update(LICENSES).values(**values)))
        assert store_calls(relay, "getLicenseAsync", instanceId="b-1", eventId="e", **members)["resultCode"] == code


class TestWhoCalls:
    def test_hex_case_does_not_matter(self, relay):
        for upper in (True, False):
            signed, body = signed_call(relay, {"activity": "newInstance", "businessId": "b", **ORDER}, upper=upper)
            assert StoreOffice(relay).answer(signed, body)["resultCode"] == OK

    @pytest.mark.parametrize("shift", [61, -61])
    def test_a_time_that_is_not_now(self, relay, clock, shift):
        assert store_calls(relay, "newInstance", businessId="b", at=clock.now + shift, **ORDER)["resultCode"] == AUTH

    def test_another_key(self, relay):
        signed, body = signed_call(relay, {"activity": "newInstance", "businessId": "b", **ORDER}, key="wrong")
        assert StoreOffice(relay).answer(signed, body)["resultCode"] == AUTH

    def test_the_very_same_call_once_more(self, relay):
        signed, body = signed_call(relay, {"activity": "newInstance", "businessId": "b", **ORDER})
        office = StoreOffice(relay)
        assert [office.answer(signed, body)["resultCode"] for _ in range(2)] == [OK, AUTH]

    @given(st.binary(max_size=60))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
    def test_a_changed_body(self, relay, tail):
        signed, body = signed_call(relay, {"activity": "newInstance", "businessId": "b", **ORDER})
        if tail:
            assert StoreOffice(relay).answer(signed, body + tail)["resultCode"] == AUTH

    def test_seconds_are_told_from_milliseconds(self, relay, clock):
        body = json.dumps({"activity": "newInstance", "businessId": "b", **ORDER}).encode()
        stamp = str(int(clock.now))
        signature = sign_call(relay.secrets.get("access_key"), stamp, "n", body)
        signed = read_signed({"signature": signature, "timestamp": stamp, "nonce": "n"})
        assert StoreOffice(relay).answer(signed, body)["resultCode"] == OK


@pytest.mark.parametrize(
    "document",
    [
        {"activity": "unknown"}, {}, [], "x", 5, {"activity": "newInstance", **ORDER}, b"\xff", b"{",
        {"activity": "updateLicenseCodeStatus", "license": "PL1", "status": "MELT"},
        {"activity": "refreshLicenseCode", "license": "PL1", "scene": "RENEWAL", **ORDER},
        {"activity": "refreshLicenseCode", "license": "PL1", **RENEWAL, "expireTime": "2027"},
        {"activity": "newInstance", "businessId": "b" * 65, **ORDER}, {"activity": "newInstance", "businessId": "b\n", **ORDER},
        {"activity": ["newInstance"]}, b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_can_not_be_carried_out_is_a_parameter(relay, document):
    signed, body = signed_call(relay, document)
    assert StoreOffice(relay).answer(signed, body)["resultCode"] == PARAMETER
    assert count(relay, CALLBACKS) == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(st.dictionaries(
    st.sampled_from(["activity", "license", "status", "orderId", "orderLineId", "businessId", "scene", "expireTime", "testFlag", "instanceId", "eventId", "deviceFingerprint"]),
    st.none() | st.integers() | st.text(max_size=70) | st.sampled_from(["newInstance", "getLicenseAsync", "orderNotify", "FREEZE", "20270101000000", "1"]),
))  # fmt: skip
def test_whatever_a_signed_call_holds_has_a_documented_answer(relay, document):
    signed, body = signed_call(relay, document)
    answer = StoreOffice(relay).answer(signed, body)
    assert set(answer) in ({"resultCode", "resultMsg"}, {"resultCode", "resultMsg", "instanceId"})
    assert answer["resultCode"] in {OK, PARAMETER, NOT_FOUND, IN_PROGRESS, "000900", "000901", "000902", "000903"}
    assert len(answer["resultMsg"]) <= 255


def test_trouble_inside_is_not_told(relay, monkeypatch, caplog):
    from iscbridge.core.errors import RelayError

    def broken(_work):
        raise RelayError("ISCB-RELAY-DATABASE", detail="OperationalError")

    monkeypatch.setattr(relay.database, "run", broken)
    answer = store_calls(relay, "newInstance", businessId="b", **ORDER)
    assert answer == {"resultCode": "000005", "resultMsg": "internal error, call again later."}
    assert "ISCB-RELAY-DATABASE" in caplog.text


class TestOverHttp:
    def client(self, relay):
        workers = Workers(4, 50)
        app = make_app(relay, workers, store_routes(relay, StoreOffice(relay), workers), Metrics())
        return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=("192.0.2.9", 1)), base_url="https://relay")

    def test_the_answer_is_signed_over_its_very_bytes(self, relay):
        signed, body = signed_call(relay, {"activity": "newInstance", "businessId": "b", **ORDER})
        query = {"signature": signed.signature, "timestamp": signed.timestamp, "nonce": signed.nonce}
        answer = asyncio.run(self.client(relay).post("/store/production", params=query, content=body))
        digest = hmac.new(relay.secrets.get("access_key").encode(), answer.content, hashlib.sha256).digest()
        assert answer.json()["resultCode"] == OK
        assert (
            answer.headers["Body-Sign"] == f'sign_type="HMAC-SHA256", signature= "{base64.b64encode(digest).decode()}"'
        )

    def test_strangers_are_held_off(self, relay):
        client = self.client(relay)

        signed, body = signed_call(relay, {"activity": "newInstance", "businessId": "b", **ORDER})
        query = {"signature": signed.signature, "timestamp": signed.timestamp, "nonce": signed.nonce}

        async def knock():
            codes = [(await client.post("/store/production", content=b"{}")).status_code for _ in range(602)]
            return codes, await client.post("/store/production", params=query, content=body)

        codes, answer = asyncio.run(knock())
        assert set(codes[:600]) == {200}
        assert codes[600:] == [429, 429]
        assert answer.json()["resultCode"] == OK, "the store behind the same address is not held off with them"
