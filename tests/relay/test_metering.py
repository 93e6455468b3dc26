"""Use that is paid by use: who may tell it, what is taken, and that each record counts once."""

from __future__ import annotations

import asyncio
import io
import json
import sys
import time
from types import SimpleNamespace

import httpx
import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from iscbridge.cli.main import main
from iscbridge.core.errors import RelayError
from iscbridge.relay.database.rows import insert_once
from iscbridge.relay.database.tables import AUDIT, METERINGS, USAGES
from iscbridge.relay.http.app import make_app
from iscbridge.relay.http.figures import figures_app
from iscbridge.relay.http.metrics import Metrics
from iscbridge.relay.http.vendor_routes import KEY, vendor_routes
from iscbridge.relay.http.workers import Workers
from iscbridge.relay.upstream.uses import MeterSender, UsageSender
from iscbridge.relay.vendor.signature import WINDOW_S, sign
from iscbridge.relay.vendor.uses import MOST_USES, PATH, Use, take_uses
from support.relay_parts import HOST, SETTINGS, write_secret
from support.relay_process import installed, relay_process
from support.relay_store import store_calls
from support.relay_upstream import add_license, many, one, relay_before, upstream_of

SECRET = "s" * 40
DAY_S = 86_400


def use(relay, serial="u1", **members) -> dict[str, object]:
    now = relay.now()
    return {"serial": serial, "instance": "I1", "value": "1.5", "begins": now - 3600, "ends": now, **members}


def taken(relay, *records):
    return take_uses(relay, [Use(**record) for record in records], "service")


def rows(relay):
    return relay.database.run(
        lambda connection: connection.execute(select(METERINGS).order_by(METERINGS.c.serial)).all()
    )


class Service:
    """The vendor's own service."""

    def __init__(self, relay, folder, key: str = SECRET) -> None:
        self.relay, self.key = relay, key
        write_secret(folder / "secrets", KEY, SECRET)
        workers = Workers(2, 10)
        app = make_app(relay, workers, vendor_routes(relay, workers), Metrics())
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("192.0.2.9", 1))

    def tell(self, *records, body: bytes = b"", off: int = 0, host: str = HOST, key: str = "", **headers: str):
        sent = body or json.dumps({"records": records}).encode()
        signed = sign(key or self.key, PATH, self.relay.now() + off, sent, host)

        async def ask():
            async with httpx.AsyncClient(transport=self._transport, base_url=f"https://{HOST}") as http:
                return await http.post(PATH, content=sent, headers={**signed, **headers})

        return asyncio.run(ask())

    def code(self, *records, **options) -> str:
        return self.tell(*records, **options).json()["error"]["code"]


@pytest.fixture
def service(relay, tmp_path):
    return Service(relay, tmp_path)


class TestTheService:
    def test_tells_use_and_may_tell_it_again(self, relay, service):
        records = [use(relay, f"u{number}") for number in range(3)]
        told = service.tell(*records[:2])
        assert (told.status_code, told.json()) == (200, {"taken": 2, "known": 0, "serverTime": relay.now()})
        assert service.tell(*records).json() == {"taken": 1, "known": 2, "serverTime": relay.now()}
        assert [row.serial for row in rows(relay)] == ["u0", "u1", "u2"]

    def test_the_same_number_twice_in_one_request_counts_once(self, relay, service):
        assert service.tell(use(relay), use(relay)).json()["taken"] == 1
        assert service.code(use(relay, "u2"), use(relay, "u2", value="2")) == "ISCB-RELAY-SERIAL"

    @pytest.mark.parametrize(
        "other", [{"value": "1.50"}, {"instance": "I2"}, {"begins": 1_789_990_000}, {"package": "P"}]
    )
    def test_the_same_number_with_other_figures_is_refused_with_all_that_came_with_it(self, relay, service, other):
        service.tell(use(relay))
        told = service.tell(use(relay, "new"), use(relay, **other))
        assert (told.status_code, told.json()["error"]["code"]) == (409, "ISCB-RELAY-SERIAL")
        assert [(row.serial, row.value) for row in rows(relay)] == [("u1", "1.5")]

    @pytest.mark.parametrize("forged", [{"key": "t" * 40}, {"host": "other.example.com"}, {"x-isc-signature": "0" * 64},
                                        {"x-isc-signature": ""}, {"x-isc-time": "x"}, {"x-isc-time": "1"}])  # fmt: skip
    def test_whoever_has_not_the_key_is_refused(self, relay, service, forged):
        told = service.tell(use(relay), **forged)
        assert (told.status_code, told.json()["error"]["code"]) == (401, "ISCB-RELAY-SERVICE")
        assert rows(relay) == []

    def test_a_changed_body_is_not_believed(self, relay, service):
        body = json.dumps({"records": [use(relay)]}).encode()
        headers = sign(SECRET, PATH, relay.now(), body, HOST)
        assert service.code(use(relay, value="9"), **headers) == "ISCB-RELAY-SERVICE"

    def test_hex_case_is_no_matter(self, relay, service):
        body = json.dumps({"records": [use(relay)]}).encode()
        signature = sign(SECRET, PATH, relay.now(), body, HOST)["x-isc-signature"].upper()
        assert service.tell(body=body, **{"x-isc-signature": signature}).status_code == 200

    @pytest.mark.parametrize(("off", "code"), [(WINDOW_S, 200), (WINDOW_S + 1, 401), (-WINDOW_S - 1, 401)])
    def test_an_old_request_is_refused(self, relay, service, off, code):
        assert service.tell(use(relay), off=off).status_code == code

    @pytest.mark.parametrize("text", ["", "short"])
    def test_without_a_good_key_nobody_is_believed(self, relay, service, tmp_path, text):
        write_secret(tmp_path / "secrets", KEY, text)
        assert service.code(use(relay), key=text or "none") == "ISCB-RELAY-SERVICE"

    def test_a_key_that_others_may_read_is_none(self, relay, service, tmp_path):
        (tmp_path / "secrets" / KEY).chmod(0o644)
        assert service.code(use(relay)) == "ISCB-RELAY-SERVICE"

    def test_strangers_are_counted_and_the_service_is_not(self, tmp_path, clock):
        from support.relay_parts import relay_in

        relay = relay_in(tmp_path, SETTINGS + "\n[limits]\naddress_per_minute = 2\n", clock)
        service = Service(relay, tmp_path)
        assert [service.code(use(relay), key="t" * 40) for _ in range(3)][-1] == "ISCB-RELAY-RATE"
        assert [service.tell(use(relay)).status_code for _ in range(4)] == [200] * 4
        relay.database.close()

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"records":[]}', b'{"records":[{}]}', b"\xff",
                                      b'{"records":[],"more":1}', b"[" * 100_000])  # fmt: skip
    def test_what_is_not_in_the_form(self, relay, service, body):
        assert service.code(body=body or b" ") == "ISCB-RELAY-REQUEST"

    def test_at_most_a_thousand(self, relay, service):
        records = [use(relay, f"u{number}") for number in range(MOST_USES + 1)]
        assert service.code(*records) == "ISCB-RELAY-REQUEST"
        assert service.tell(*records[1:]).json()["taken"] == MOST_USES

    @given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=70),
                        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
                            ["records", "serial", "instance", "value", "begins", "ends", "package"]), inner), max_leaves=12))  # fmt: skip
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
    def test_whatever_the_service_tells_is_answered(self, service, told):
        answer = service.tell(body=json.dumps(told).encode())
        assert answer.status_code in (200, 400, 409)


@pytest.mark.parametrize(
    ("members", "word"),
    [({"value": value}, "value") for value in ("0", "0.0000", "-1", "1.00001", "", "1e3", "nan", "٣", "1" * 21)]
    + [({"begins": 1_790_000_000}, "begins"), ({"begins": 1_790_000_000 - 22 * DAY_S}, "21 days"),
       ({"ends": 1_790_000_000 + 600}, "ahead")],
)  # fmt: skip
def test_what_the_store_would_not_take_is_not_written_down(relay, members, word):
    with pytest.raises(RelayError, match="ISCB-RELAY-REQUEST") as caught:
        taken(relay, use(relay, "good"), use(relay, "bad", **members))
    assert word in caught.value.params["detail"]
    assert "records[1]" in caught.value.params["detail"]
    assert rows(relay) == []


def test_an_instance_of_a_test_call_has_no_use(relay):
    order = {"orderId": "CS2", "orderLineId": "CS2-1"}
    store_calls(relay, "newInstance", businessId="T1", testFlag="1", **order)
    with pytest.raises(RelayError, match="ISCB-RELAY-REQUEST"):
        taken(relay, use(relay, instance="T1"))
    store_calls(relay, "newInstance", businessId="T1", **order)
    assert taken(relay, use(relay, instance="T1")).taken == 1


class TestByHand:
    @pytest.fixture
    def admin(self, relay, tmp_path, capsys, monkeypatch):
        (tmp_path / "relay.toml").write_text(SETTINGS, encoding="utf-8")
        monkeypatch.setattr("iscbridge.cli.relay_admin.time", SimpleNamespace(time=relay.clock))

        def run(*arguments: str, code: int = 0, typed: str = "") -> list[dict[str, object]]:
            capsys.readouterr()
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
            assert main(["relay", "admin", *arguments, "--folder", str(tmp_path), "--json"]) == code
            return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

        return run

    def refuse(self, relay, table, **values):
        relay.database.run(
            lambda connection: connection.execute(update(table).values(error="ISCB-STORE-REFUSED", **values))
        )

    def test_records_of_a_file_are_added_once(self, relay, admin, tmp_path):
        lines = "\n".join(json.dumps(use(relay, f"u{number}")) for number in range(3))
        (tmp_path / "uses.jsonl").write_text(f"\n{lines}\n", encoding="utf-8")
        assert admin("uses", "add", str(tmp_path / "uses.jsonl")) == [{"done": "add", "taken": 3, "known": 0}]
        assert admin("uses", "add", "-", typed=lines) == [{"done": "add", "taken": 0, "known": 3}]
        [shown, *_] = admin("uses")
        assert (shown["kind"], shown["state"], shown["value"]) == ("metered", "waiting", "1.5")
        assert shown["begins"] == "2026-09-21T13:13:20Z"

    def test_a_line_that_is_wrong_is_named_and_nothing_is_added(self, relay, admin):
        lines = [json.dumps(use(relay)), '{"serial": 1}']
        [told] = admin("uses", "add", "-", typed="\n".join(lines), code=1)
        assert told["error"] == "ISCB-RELAY-REQUEST"
        assert "line 2" in told["message"]
        assert rows(relay) == []

    def test_what_the_store_refused_is_listed_first_and_tried_again(self, relay, admin):
        taken(relay, use(relay, "u1"))
        self.refuse(relay, METERINGS)
        taken(relay, use(relay, "u2"))
        assert [(row["id"], row["state"]) for row in admin("uses")] == [("u1", "refused"), ("u2", "waiting")]
        assert [row["id"] for row in admin("uses", "--state", "refused")] == ["u1"]
        admin("uses", "retry", "u1")
        admin("uses", "retry", "u1", code=1)  # it waits
        assert admin("uses", "--state", "refused") == []
        self.refuse(relay, METERINGS)
        admin("uses", "retry", "all")
        assert [row["state"] for row in admin("uses")] == ["waiting", "waiting"]

    def test_days_are_tried_again_by_their_licence(self, relay, admin):
        ids = [add_license(relay, code, product="AcmeCAD") for code in ("PL1", "PL2")]
        for license_id in ids:
            row = {"license": license_id, "day": "2026-09-21", "client": "c", "recorded": 1, "sent": None}
            relay.database.run(lambda connection, row=row: insert_once(connection, USAGES, **row))
        self.refuse(relay, USAGES)
        assert {row["kind"] for row in admin("uses", "--state", "refused")} == {"day"}
        admin("uses", "retry", ids[0])
        assert [row["id"] for row in admin("uses", "--state", "refused")] == [ids[1]]

    def test_who_told_it_is_written_down(self, relay, admin):
        admin("uses", "add", "-", typed=json.dumps(use(relay)))
        taken(relay, use(relay))
        taken(relay, use(relay, "u2"))
        told = relay.database.run(lambda connection: connection.execute(select(AUDIT.c.who, AUDIT.c.what)).all())
        assert [tuple(row) for row in told] == [("admin", "uses.taken"), ("service", "uses.taken")]


def test_what_waits_and_what_was_refused_is_counted_for_monitoring(relay):
    taken(relay, *[use(relay, f"u{number}") for number in range(3)])
    refused = update(METERINGS).where(METERINGS.c.serial == "u0").values(error="ISCB-STORE-REFUSED")
    sent = update(METERINGS).where(METERINGS.c.serial == "u1").values(sent=1)
    row = {"license": add_license(relay, "PL1"), "day": "2026-09-21", "client": "c", "recorded": 1, "sent": None}
    relay.database.run(lambda connection: [connection.execute(refused), connection.execute(sent)])
    relay.database.run(lambda connection: insert_once(connection, USAGES, **row))

    async def ask() -> str:
        transport = httpx.ASGITransport(figures_app(relay, Workers(1, 5), Metrics()))
        async with httpx.AsyncClient(transport=transport, base_url="http://figures") as http:
            return (await http.get("/metrics")).text

    told = asyncio.run(ask())
    assert 'iscbridge_relay_uses{state="waiting"} 2.0' in told
    assert 'iscbridge_relay_uses{state="refused"} 1.0' in told
    assert 'iscbridge_relay_outbox{state="dead"} 0.0' in told


def test_with_what_init_has_made_a_served_relay_takes_use(tmp_path):
    authority = trustme.CA()
    folder = installed(tmp_path / "relay", authority)
    key = (folder / "secrets" / KEY).read_text(encoding="utf-8").strip()
    now = int(time.time())
    body = json.dumps({"records": [{"serial": "u1", "instance": "I1", "value": "2", "begins": now - 60, "ends": now}]})
    with relay_process(folder, ca=authority) as running, running.client() as client:
        answers = [client.post(PATH, content=body, headers=sign(key, PATH, now, body.encode(), host))
                   for host in ("localhost", "elsewhere", "localhost")]  # fmt: skip
    assert [answer.status_code for answer in answers] == [200, 401, 200]
    assert (answers[0].json()["taken"], answers[2].json()["known"]) == (1, 1)


class TestOnItsWay:
    """To the store, and what it does not take."""

    @pytest.fixture
    def world(self, store, tmp_path):
        relay = relay_before(store, tmp_path)
        upstream = upstream_of(relay, tmp_path)
        yield relay, upstream
        upstream.close()
        relay.database.close()

    def test_what_was_told_arrives_once_with_its_package(self, world, store):
        relay, upstream = world
        serial = f"way-{relay.now()}"
        taken(relay, use(relay, serial, package="PKG1"))
        sender = MeterSender(relay, upstream)
        assert sender.step() == (True, True)
        assert sender.step() == (False, True)
        taken(
            relay,
            use(relay, serial, package="PKG1", begins=one(relay, METERINGS).begins, ends=one(relay, METERINGS).ends),
        )
        assert sender.step() == (False, True)
        [record] = [found for found in store.ask("metered")["records"] if found["serial"] == serial]
        assert (record["count"], record["value"], record["package"]) == (1, "1.5", "PKG1")

    def test_a_day_that_the_store_refused_is_not_told_again_by_itself(self, world, store):
        relay, upstream = world
        from datetime import UTC, datetime

        code = store.active()
        store.ask("release", code=code)
        store.misbehave(usage_failures="listed")
        license_id = add_license(relay, code)
        day = datetime.fromtimestamp(relay.now(), UTC).date().isoformat()
        row = {"license": license_id, "day": day, "client": "c", "recorded": relay.now(), "sent": None}
        relay.database.run(lambda connection: insert_once(connection, USAGES, **row))
        sender = UsageSender(relay, upstream)
        assert sender.step() == (True, True)
        assert sender.step() == (False, True)
        assert (one(relay, USAGES).sent, one(relay, USAGES).error) == (None, "ISCB-STORE-USE-REFUSED")

    def test_a_hundred_codes_with_a_hundred_clients_are_one_call(self, world, store):
        relay, upstream = world
        from datetime import UTC, datetime

        codes = [store.active() for _ in range(3)]
        day = datetime.fromtimestamp(relay.now(), UTC).date().isoformat()
        for code in codes:
            license_id = add_license(relay, code)
            for number in range(101):
                row = {
                    "license": license_id,
                    "day": day,
                    "client": f"c{number:03}",
                    "recorded": relay.now(),
                    "sent": None,
                }
                relay.database.run(lambda connection, row=row: insert_once(connection, USAGES, **row))
        store.ask("calls", clear=True)
        sender, more = UsageSender(relay, upstream), True
        while more:
            more, _ = sender.step()
        assert [call["call"] for call in store.ask("calls")["calls"]] == ["usage"] * 2
        assert many(relay, USAGES, USAGES.c.sent.is_(None)) == 0
        clients = [name for found in store.usage(codes[0]).values() for name in found["clients"]]
        assert len(clients) == 101
