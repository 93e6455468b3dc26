"""What the sandbox store does on demand, and that everything it does is over again afterwards."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from iscbridge.core.errors import SandboxError
from iscbridge.platform.folders import Home
from iscbridge.sandbox.store.answers import GATEWAY
from iscbridge.sandbox.store.behaviour import MISBEHAVIOURS, TRAITS, UNKNOWNS, Behaviour, Plan, trait
from support.sandbox_store import ACTIVATE, HEARTBEAT, USAGE, SandboxStore, sandbox_store

UNKNOWN = {"license": "PL0"}


@pytest.fixture(scope="module")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxStore]:
    with sandbox_store(Home(tmp_path_factory.mktemp("store"))) as running:
        yield running


@pytest.fixture
def store(_shared: SandboxStore) -> SandboxStore:
    _shared.behave()
    return _shared


def is_well(store: SandboxStore) -> bool:
    return all(store.call(HEARTBEAT, UNKNOWN, domain=d)["error_code"] == "92020005" for d in (0, 1))


# -- connections


def test_a_connection_that_is_cut_before_the_call(store: SandboxStore) -> None:
    code = store.new()
    store.misbehave(drop="before", times=1)
    with pytest.raises(httpx.TransportError):
        store.send(ACTIVATE, {"license": code})
    assert store.shown(code)["state"] == "RECEIVED"
    assert is_well(store)


@pytest.mark.parametrize("when", ["after", "middle"])
def test_a_reply_that_is_lost(store: SandboxStore, when: str) -> None:
    code = store.new()
    store.misbehave(drop=when, times=1)
    with pytest.raises(httpx.TransportError):
        store.send(ACTIVATE, {"license": code})
    assert store.shown(code)["state"] == "ALIVE", "the call was carried out"
    assert store.call(ACTIVATE, {"license": code})["error_code"] == "92020003"
    assert store.heartbeat(code)["status"] == "ALIVE"


def test_a_slow_answer(store: SandboxStore) -> None:
    store.misbehave(delay_ms=600_000)
    with pytest.raises(httpx.TimeoutException), store.client() as client:
        client.post(store.bases[0] + HEARTBEAT, json=UNKNOWN, timeout=0.2)
    store.behave()
    assert is_well(store), "the one that waits is in nobody's way"
    store.misbehave(delay_ms=300)
    began = time.monotonic()
    assert store.call(HEARTBEAT, UNKNOWN)["error_code"] == "92020005"
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize(("domains", "open_ones"), [("first", [0]), ("second", [1]), ("none", []), ("both", [0, 1])])
def test_a_domain_that_is_away_refuses_connections(store: SandboxStore, domains: str, open_ones: list[int]) -> None:
    store.misbehave(domains=domains)
    for number in (0, 1):
        if number in open_ones:
            assert store.call(HEARTBEAT, UNKNOWN, domain=number)["error_code"] == "92020005"
        else:
            with pytest.raises(httpx.ConnectError):
                store.send(HEARTBEAT, UNKNOWN, domain=number)
    store.behave()
    assert is_well(store), "at the same ports as before"


def test_a_domain_that_goes_away_takes_its_connections_with_it(store: SandboxStore) -> None:
    with store.client() as client:
        url = store.bases[0] + "/nowhere"
        assert client.post(url).status_code == 404
        for _ in range(3):
            store.misbehave(domains="second")
            with pytest.raises(httpx.TransportError):
                client.post(url)
            store.misbehave(domains="both")
            assert client.post(url).status_code == 404


# -- answers


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("500", 500),
        ("502", 502),
        ("503", 503),
        ("portal", 200),
        ("redirect", 302),
        ("garbage", 200),
        ("empty", 200),
        ("cut", 200),
        ("not_object", 200),
        ("internal", 200),
        ("internal_500", 500),
        ("unauthorized_403", 403),
        ("unauthorized_401", 401),
    ],
)
def test_answers_that_are_none(store: SandboxStore, answer: str, status: int) -> None:
    code = store.new()
    store.misbehave(answer=answer)
    found = store.send(ACTIVATE, {"license": code})
    assert found.status_code == status
    if answer.startswith(("internal", "unauthorized")):
        assert found.json()["error_code"] == "92020001"
    else:
        with contextlib.suppress(ValueError):
            assert not isinstance(found.json(), dict)
    assert store.shown(code)["state"] == "RECEIVED", "not carried out"
    store.misbehave(handled="yes", times=1)
    assert store.send(ACTIVATE, {"license": code}).status_code == status
    assert store.shown(code)["state"] == "ALIVE", "carried out before"
    assert is_well(store)


def test_a_bad_gateway_speaks_html(store: SandboxStore) -> None:
    store.misbehave(answer=502)
    answer = store.send(HEARTBEAT, UNKNOWN)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<h1>502" in answer.text


@pytest.mark.parametrize("code", [code for code in GATEWAY if code not in ("APIGW.0308", "iam_503")])
def test_every_gateway_error(store: SandboxStore, code: str) -> None:
    store.misbehave(gateway=code)
    answer = store.send(HEARTBEAT, UNKNOWN)
    assert answer.status_code == GATEWAY[code][0]
    assert set(answer.json()) == {"error_msg", "error_code", "request_id"}
    assert answer.json()["error_code"] == code


def test_the_gateway_error_without_a_code(store: SandboxStore) -> None:
    store.misbehave(gateway="iam_503")
    answer = store.send(HEARTBEAT, UNKNOWN)
    assert (answer.status_code, set(answer.json())) == (503, {"error_msg", "request_id"})


def test_throttled(store: SandboxStore) -> None:
    store.misbehave(throttle="yes", retry_after_s=7)
    answer = store.send(HEARTBEAT, UNKNOWN)
    assert (answer.status_code, answer.json()["error_code"]) == (429, "APIGW.0308")
    assert answer.headers["Retry-After"] == "7"
    store.misbehave(retry_after="date")
    answer = store.send(HEARTBEAT, UNKNOWN)
    told, now = (parsedate_to_datetime(answer.headers[name]) for name in ("Retry-After", "Date"))
    assert (told - now).total_seconds() in (6, 7, 8)
    store.misbehave(retry_after="absent")
    assert "Retry-After" not in store.send(HEARTBEAT, UNKNOWN).headers


@pytest.mark.parametrize("seconds", [-7200, 7200])
def test_a_store_whose_clock_is_wrong(store: SandboxStore, seconds: int) -> None:
    store.misbehave(clock_off_s=seconds)
    answer = store.send(HEARTBEAT, UNKNOWN)
    assert "signature expired" in answer.json()["error_msg"]
    told = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    assert abs(told - time.time() - seconds) < 60
    assert store.call(HEARTBEAT, UNKNOWN, at=told)["error_code"] == "92020005", "who learns the offset gets through"


@pytest.mark.parametrize("words", ["Success", "SUCCESS", "sUcCeSs"])
def test_success_by_other_spellings(store: SandboxStore, words: str) -> None:
    code = store.active()
    store.misbehave(success_text=words)
    answer = store.call(HEARTBEAT, {"license": code})
    assert (answer["error_code"], answer["error_msg"]) == ("92020000", words)


def test_fields_that_nobody_announced(store: SandboxStore) -> None:
    code = store.new()
    store.misbehave(extra_fields="yes")
    assert set(store.call(ACTIVATE, {"license": code})) > {"error_code", "error_msg", "data", "trace"}
    assert set(store.heartbeat(code)) > {"license_code", "status", "activate_time", "expire_time", "quota"}
    assert "trace" in store.call(HEARTBEAT, UNKNOWN)


# -- how long, and for whom


def test_only_as_often_as_was_said(store: SandboxStore) -> None:
    store.misbehave(answer="500", times=2)
    assert [store.send(HEARTBEAT, UNKNOWN).status_code for _ in range(4)] == [500, 500, 200, 200]
    assert store.ask("state")["behaviour"] == {}


def test_only_for_some_calls(store: SandboxStore) -> None:
    store.misbehave(answer="500", on="heartbeat", times=1)
    code = store.new()
    assert store.call(ACTIVATE, {"license": code})["error_code"] == "92020000"
    use = {"usage_info": [{"license": code, "software_usage_Info": [{"id": "a"}]}]}
    assert store.call(USAGE, use)["error_code"] == "92020000"
    assert store.send("/nowhere").status_code == 404
    assert store.send(HEARTBEAT, UNKNOWN).status_code == 500
    assert is_well(store)


def test_the_control_path_always_behaves(store: SandboxStore) -> None:
    store.misbehave(answer="500", drop="before", throttle="yes", domains="none", clock_off_s=-1_000_000_000)
    assert store.ask("state")["behaviour"]["domains"] == "none"


# -- traits


def test_every_trait_is_shown_with_its_meaning(store: SandboxStore) -> None:
    shown = store.ask("traits")["traits"]
    assert [one["key"] for one in shown] == [one.key for one in TRAITS]
    assert all(one["meaning"] and one["unknown"] in UNKNOWNS.values() for one in shown)
    assert {one.unknown for one in TRAITS} == set(UNKNOWNS)


def test_a_plan_has_the_traits_that_are_used_up() -> None:
    assert {one.key: one.default for one in MISBEHAVIOURS} == {name: getattr(Plan(), name) for name in Plan.__slots__}


@pytest.mark.parametrize("one", TRAITS, ids=lambda one: one.key)
def test_every_value_of_every_trait_can_be_set(store: SandboxStore, one: object) -> None:
    found = trait(one.key)  # type: ignore[attr-defined]  # a trait
    values = found.choices or (found.least, found.most, str(found.most))
    for value in values:
        store.misbehave(**{found.key: value})
    for wrong in ("no such value", None, True, 1.5, [], found.most + 1):
        with pytest.raises(SandboxError, match="ISCB-SANDBOX-PERSONALITY"):
            store.misbehave(**{found.key: wrong})


def test_a_trait_that_does_not_exist(store: SandboxStore) -> None:
    with pytest.raises(SandboxError, match="ISCB-SANDBOX-PERSONALITY"):
        store.misbehave(answer="500", colour="red")
    assert store.ask("state")["behaviour"] == {}, "all or nothing"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"7", b"[" * 100_000])
def test_a_behaviour_file_that_is_damaged_means_defaults(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "behaviour.json"
    path.write_bytes(content)
    assert Behaviour(path).different() == {}


def test_what_an_older_store_wrote_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "behaviour.json"
    path.write_text(json.dumps({"gone": 1, "answer": "no such", "drop": "after"}))
    assert Behaviour(path).different() == {"drop": "after"}
