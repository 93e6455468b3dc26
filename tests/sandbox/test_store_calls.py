"""The licence interfaces of the sandbox store: every documented answer, over real TLS from a real process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from iscbridge.platform.folders import Home
from iscbridge.sandbox.store.calls import ERRORS
from support.sandbox_store import (
    ACTIVATE,
    ACTIVATE_BATCH,
    HEARTBEAT,
    HEARTBEAT_BATCH,
    USAGE,
    SandboxStore,
    sandbox_store,
)

DAY = 86_400.0


@pytest.fixture(scope="module")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxStore]:
    with sandbox_store(Home(tmp_path_factory.mktemp("store"))) as running:
        yield running


@pytest.fixture
def store(_shared: SandboxStore) -> SandboxStore:
    _shared.behave()
    return _shared


def refusal(code: str) -> dict[str, str]:
    return {"error_code": code, "error_msg": ERRORS[code][1]}


def compact(moment: datetime) -> str:
    return f"{moment:%Y%m%d%H%M%S}"


def today(store: SandboxStore) -> str:
    return f"{datetime.fromtimestamp(store.now(), UTC):%Y-%m-%d}"


# -- activation


def test_activation_answers_as_printed(store: SandboxStore) -> None:
    code = store.new(days=30)
    answer = store.call(ACTIVATE, {"license": code})
    assert {**answer, "data": None} == {"error_code": "92020000", "error_msg": "success", "data": None}
    assert set(answer["data"]) == {"license_code_info"}
    info = json.loads(answer["data"]["license_code_info"])
    assert info == {
        "status": "ALIVE",
        "expire_time": info["expire_time"],
        "product_id": "SANDBOX-PRODUCT",
        "amount": 1,
        "order_id": info["order_id"],
    }
    shown = store.shown(code)
    assert (shown["state"], shown["activated"], shown["detected"]) == ("ALIVE", True, False)
    true_end = datetime.fromisoformat(shown["expireTime"])
    assert info["expire_time"] == compact(true_end + timedelta(hours=1)), "an estimate is not the truth"


def test_activating_twice_is_an_illegal_state(store: SandboxStore) -> None:
    code = store.active()
    assert store.call(ACTIVATE, {"license": code}) == refusal("92020003")


def test_what_the_user_has_not_collected_is_not_activated(store: SandboxStore) -> None:
    code = store.new(collected=False)
    assert store.shown(code)["state"] == "NEW"
    assert store.call(ACTIVATE, {"license": code}) == refusal("92020004")
    store.ask("collect", code=code)
    assert store.call(ACTIVATE, {"license": code})["error_code"] == "92020000"


def test_an_unknown_code(store: SandboxStore) -> None:
    assert store.call(ACTIVATE, {"license": "PL0"}) == refusal("92020005")
    assert store.call(HEARTBEAT, {"license": "PL0"}) == refusal("92020005")


@pytest.mark.parametrize("end", ["expire", "release", "freeze"])
def test_a_code_that_ended_before_it_began_is_not_activated(store: SandboxStore, end: str) -> None:
    code = store.new()
    store.ask(end, code=code)
    assert store.call(ACTIVATE, {"license": code}) == refusal("92020003")


def test_the_time_of_delivery_is_taken_over(store: SandboxStore) -> None:
    code = store.new(days=1)
    created = datetime.fromisoformat(store.shown(code)["created"]).replace(microsecond=0)
    early = compact(created - timedelta(seconds=1))
    assert store.call(ACTIVATE, {"license": code, "real_effect_time": early}) == refusal("92020002")
    assert store.call(ACTIVATE, {"license": code, "real_effect_time": compact(created)})["error_code"] == "92020000"
    assert store.heartbeat(code)["expire_time"] == compact(created + timedelta(days=1))


def test_a_batch_is_activated_without_data(store: SandboxStore) -> None:
    codes = [store.new() for _ in range(3)]
    answer = store.call(ACTIVATE_BATCH, {"license_list": codes})
    assert answer == {"error_code": "92020000", "error_msg": "success"}
    assert {store.shown(code)["state"] for code in codes} == {"ALIVE"}


@pytest.mark.parametrize(("trait", "state"), [("nothing", "RECEIVED"), ("others", "ALIVE")])
def test_a_batch_with_a_bad_code(store: SandboxStore, trait: str, state: str) -> None:
    store.misbehave(batch_bad_code=trait)
    good = store.new()
    assert store.call(ACTIVATE_BATCH, {"license_list": [good, "PL0"]}) == refusal("92020020")
    assert store.shown(good)["state"] == state


# -- heartbeat


def test_a_heartbeat_tells_the_state_in_an_object(store: SandboxStore) -> None:
    code = store.active(days=10)
    data = store.heartbeat(code)
    shown = store.shown(code)
    begin, end = (datetime.fromisoformat(shown[key]) for key in ("activateTime", "expireTime"))
    assert data == {
        "license_code": code,
        "status": "ALIVE",
        "activate_time": compact(begin),
        "expire_time": compact(end),
    }
    assert end - begin == timedelta(days=10)
    assert shown["detected"] is True


def test_a_heartbeat_before_activation(store: SandboxStore) -> None:
    code = store.new()
    assert store.call(HEARTBEAT, {"license": code}) == refusal("92020011")
    assert store.shown(code)["detected"] is False


def test_a_code_expires_when_its_time_has_come_and_lives_again_when_renewed(store: SandboxStore) -> None:
    code = store.active(days=10)
    store.travel(10 * DAY - 60)
    assert store.heartbeat(code)["status"] == "ALIVE"
    store.travel(120)
    assert store.heartbeat(code)["status"] == "EXPIRED"
    store.ask("renew", code=code, days=5)
    assert store.heartbeat(code)["status"] == "ALIVE"
    store.travel(5 * DAY + 1)
    assert store.heartbeat(code)["status"] == "EXPIRED"


def test_a_renewal_adds_to_what_is_left_and_can_be_taken_back(store: SandboxStore) -> None:
    code = store.active(days=10)
    end = datetime.fromisoformat(store.shown(code)["expireTime"])
    store.ask("renew", code=code, days=30)
    assert store.heartbeat(code)["expire_time"] == compact(end + timedelta(days=30))
    store.ask("renew", code=code, days=-35)
    assert store.heartbeat(code)["expire_time"] == compact(end - timedelta(days=5))


def test_expired_on_demand(store: SandboxStore) -> None:
    code = store.active()
    store.ask("expire", code=code)
    assert store.heartbeat(code)["status"] == "EXPIRED"


def test_released_for_good(store: SandboxStore) -> None:
    code = store.active()
    store.ask("release", code=code)
    assert store.heartbeat(code)["status"] == "RELEASED"


@pytest.mark.parametrize("status", ["EXPIRED", "ALIVE", "FROZEN", "FREEZE"])
def test_frozen_has_no_status_of_its_own(store: SandboxStore, status: str) -> None:
    code = store.active()
    store.ask("freeze", code=code)
    if status != "EXPIRED":
        store.misbehave(frozen_status=status)
    assert store.heartbeat(code)["status"] == status
    store.ask("unfreeze", code=code)
    assert store.heartbeat(code)["status"] == "ALIVE"


def test_the_undocumented_end_of_the_heartbeat_can_look_otherwise(store: SandboxStore) -> None:
    code = store.active()
    plain = store.heartbeat(code)
    store.misbehave(expire_key="absent")
    assert set(store.heartbeat(code)) == {"license_code", "status", "activate_time"}
    store.misbehave(expire_key="expireTime", time_digits="17", time_zone="china")
    other = store.heartbeat(code)
    assert len(other["expireTime"]) == 17
    eight_later = datetime.strptime(plain["expire_time"], "%Y%m%d%H%M%S") + timedelta(hours=8)  # noqa: DTZ007  no zone
    assert other["expireTime"][:14] == compact(eight_later)


def test_the_batch_heartbeat_has_a_shape_of_the_sandbox(store: SandboxStore) -> None:
    code, unused = store.active(), store.new()
    answer = store.call(HEARTBEAT_BATCH, {"license_list": [code, unused, "PL0"]})
    entries = answer["data"]["license_list"]
    assert entries[0] == store.heartbeat(code)
    assert entries[1:] == [
        {"license_code": unused, **refusal("92020011")},
        {"license_code": "PL0", **refusal("92020005")},
    ]


# -- use


def usage(code: str, *entries: dict[str, object]) -> dict[str, object]:
    return {"usage_info": [{"license": code, "software_usage_Info": list(entries)}]}


def test_use_is_counted_by_day_and_client(store: SandboxStore) -> None:
    code = store.active()
    first = today(store)
    for message in (usage(code, {"id": "a"}, {"id": "b"}), usage(code, {"id": "a"})):
        assert store.call(USAGE, message) == {"error_code": "92020000", "error_msg": "success"}
    store.travel(DAY)
    store.call(USAGE, usage(code, {"id": "轴承"}))
    assert store.usage(code) == {
        first: {"clients": ["a", "b"], "active": 2},
        today(store): {"clients": ["轴承"], "active": 1},
    }


@pytest.mark.parametrize(("trait", "total"), [("latest", 7), ("sum", 107)])
def test_totals_of_a_day(store: SandboxStore, trait: str, total: int) -> None:
    store.misbehave(usage_repeat=trait)
    code = store.active()
    for number in (100, 7):
        store.call(USAGE, usage(code, {"active_num": number}))
    assert store.usage(code) == {today(store): {"clients": [], "active": total}}


def test_codes_that_fail_their_checks_are_listed(store: SandboxStore) -> None:
    good, unused, gone = store.active(), store.new(), store.active()
    store.ask("release", code=gone)
    reports = [usage(code, {"id": "a"})["usage_info"][0] for code in (good, unused, gone, "PL0")]  # type: ignore[index]  # the shape above
    answer = store.call(USAGE, {"usage_info": reports})
    assert answer["error_code"] == "92020000"
    assert answer["data"]["check_fail_list"] == [
        {"license": unused, **refusal("92020011")},
        {"license": gone, **refusal("92020003")},
        {"license": "PL0", **refusal("92020005")},
    ]
    assert store.usage(good)[today(store)]["active"] == 1
    store.misbehave(usage_failures="refused")
    reports.reverse()
    reports[-1]["software_usage_Info"] = [{"id": "b"}]
    assert store.call(USAGE, {"usage_info": reports}) == refusal("92020020")
    assert store.usage(good)[today(store)]["clients"] == ["a"], "all or nothing"


def test_the_old_way_of_reporting_use_still_counts(store: SandboxStore) -> None:
    code = store.active()
    message = {"license": code, "heartbeatInfo": {"thirdPartyAccount": "account1", "ip": "192.168.1.51"}}
    assert store.call(HEARTBEAT, message)["error_code"] == "92020000"
    assert store.usage(code)[today(store)]["clients"] == ["account1"]


# -- requests that are wrong

LONG = "x" * 65
WRONG = [
    (ACTIVATE, {}),
    (ACTIVATE, {"license": ""}),
    (ACTIVATE, {"license": LONG}),
    (ACTIVATE, {"license": None}),
    (ACTIVATE, {"license": 7}),
    (ACTIVATE, {"license": ["PL1"]}),
    (ACTIVATE, {"license": "\ud800"}),
    (ACTIVATE, {"license": "PL1", "real_effect_time": "tomorrow"}),
    (ACTIVATE, {"license": "PL1", "real_effect_time": "20261332000000"}),
    (ACTIVATE, {"license": "PL1", "real_effect_time": "2026010215355500"}),
    (ACTIVATE, {"license": "PL1", "real_effect_time": 20260102153555}),
    (ACTIVATE_BATCH, {"license_list": []}),
    (ACTIVATE_BATCH, {"license_list": "PL1"}),
    (ACTIVATE_BATCH, {"license_list": ["PL1"] * 101}),
    (ACTIVATE_BATCH, {"license_list": ["PL1", LONG]}),
    (ACTIVATE_BATCH, {"license_list": [None]}),
    (HEARTBEAT, {"license": LONG}),
    (HEARTBEAT, {"license": "PL1", "heartbeatInfo": "account1"}),
    (HEARTBEAT, {"license": "PL1", "heartbeatInfo": {}}),
    (HEARTBEAT, {"license": "PL1", "heartbeatInfo": {"thirdPartyAccount": "x" * 257}}),
    (HEARTBEAT, {"license": "PL1", "heartbeatInfo": {"thirdPartyAccount": "a", "ip": "x" * 33}}),
    (HEARTBEAT_BATCH, {"license": "PL1"}),
    (USAGE, {"usage_info": []}),
    (USAGE, {"usage_info": [7]}),
    (USAGE, {"usage_info": [{"license": "PL1"}]}),
    (USAGE, {"usage_info": [{"license": "PL1", "software_usage_info": [{"id": "a"}]}]}),
    (USAGE, usage("PL1")),
    (USAGE, usage("PL1", {})),
    (USAGE, usage("PL1", {"id": "a", "active_num": 1})),
    (USAGE, usage("PL1", {"id": ""})),
    (USAGE, usage("PL1", {"id": "x" * 257})),
    (USAGE, usage("PL1", {"active_num": "7"})),
    (USAGE, usage("PL1", {"active_num": True})),
    (USAGE, usage("PL1", {"active_num": -1})),
    (USAGE, usage("PL1", {"active_num": 1_000_000_000})),
    (USAGE, usage("PL1", {"active_num": 1.5})),
    (USAGE, usage("PL1", *[{"id": "a"}] * 101)),
]


@pytest.mark.parametrize(("path", "message"), WRONG)
def test_parameters_that_are_wrong(store: SandboxStore, path: str, message: object) -> None:
    answer = store.send(path, message)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "95000001")
    assert answer.json()["request_id"]


UNREADABLE = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"license"',
    b'{"license": NaN}',
    b'{"license": "\xff\xfe"}',
    b"\xff\xfe{\x00}\x00",
    b"[" * 200_000,
    b'{"a":' * 100_000,
    b'{"license": ' + b"9" * 10_000 + b"}",
]


@pytest.mark.parametrize("body", UNREADABLE, ids=range(len(UNREADABLE)))
def test_bodies_that_are_no_json_object(store: SandboxStore, body: bytes) -> None:
    answer = store.send(HEARTBEAT, body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "95000004")
    assert answer.json()["request_id"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""])
def test_another_content_type(store: SandboxStore, kind: str) -> None:
    answer = store.send(HEARTBEAT, {"license": "PL0"}, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error_code"]) == (415, "95000003")


@pytest.mark.parametrize(
    "kind", ["application/json;charset=UTF-8", "Application/JSON", "application/json ; charset=utf-8"]
)
def test_json_by_other_spellings(store: SandboxStore, kind: str) -> None:
    assert store.call(HEARTBEAT, {"license": "PL0"}, headers={"Content-Type": kind}) == refusal("92020005")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_another_method(store: SandboxStore, method: str) -> None:
    answer = store.send(HEARTBEAT, {"license": "PL0"}, method=method)
    assert (answer.status_code, answer.json()["error_code"]) == (405, "95000002")


def test_headers_of_every_answer(store: SandboxStore) -> None:
    store.travel(400 * DAY)
    for path in (HEARTBEAT, "/nowhere"):
        answer = store.send(path, {"license": "PL0"})
        told = parsedate_to_datetime(answer.headers["Date"]).timestamp()
        assert abs(told - store.now()) < 60
        assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
        assert answer.headers["Server"]


def test_every_error_of_the_table_is_reached_somewhere(store: SandboxStore) -> None:
    """92020001 is nobody's fault: only a misbehaviour gives it; all others stand in the tests above."""
    store.misbehave(answer="internal")
    assert store.call(HEARTBEAT, {"license": "PL0"}) == refusal("92020001")
