"""Starting and stopping the sandbox store, its control path, and what stays over a restart."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iscbridge.core.errors import SandboxError
from iscbridge.platform.folders import Home
from iscbridge.sandbox.store import control, extra
from iscbridge.sandbox.store.certificates import CA_LIFE, CA_NEAR_END, LIFE, NEAR_END, Certificates
from iscbridge.sandbox.store.places import StorePlaces, write_private
from support.desk_wire import until
from support.sandbox_store import ACTIVATE, HEARTBEAT, SandboxStore, sandbox_store

UNKNOWN = {"license": "PL0"}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A profile of the test's own; its store, if any, is gone afterwards."""
    own = Home(tmp_path / "home")
    yield own
    control.stop(own)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxStore]:
    with sandbox_store(Home(tmp_path_factory.mktemp("store"))) as running:
        yield running


# -- starting and stopping


def test_start_and_stop(home: Home) -> None:
    assert control.stop(home) is False
    places = StorePlaces.of(home)
    ready = control.start(home)
    assert json.loads(places.ready.read_bytes()) == ready
    assert set(ready) == {"pid", "bases", "login", "ca", "control"}
    assert control.running(home) == ready["pid"]
    assert control.start(home) == ready, "one that runs is left as it is"
    assert control.stop(home) is True
    assert control.running(home) is None
    assert not places.ready.exists()
    with pytest.raises(SandboxError, match="ISCB-SANDBOX-NOT-RUNNING"):
        control.request(home, {"request": "state"})


def test_a_restart_keeps_codes_authority_keys_and_behaviour(home: Home) -> None:
    store = SandboxStore(home)
    code = store.active(days=30)
    store.misbehave(success_text="Success", domains="second")
    before = (store.shown(code), store.ca.read_bytes(), store.ak, store.sk)
    control.stop(home)
    store.load()
    assert (store.shown(code), store.ca.read_bytes(), store.ak, store.sk) == before
    with pytest.raises(httpx.ConnectError):
        store.send(HEARTBEAT, {"license": code})
    answer = store.call(HEARTBEAT, {"license": code}, domain=1)
    assert (answer["error_msg"], answer["data"]["status"]) == ("Success", "ALIVE")


def test_two_homes_side_by_side(home: Home, shared: SandboxStore) -> None:
    other = SandboxStore(home)
    assert other.pid != shared.pid
    assert {other.ak, *other.bases}.isdisjoint({shared.ak, *shared.bases})
    code = other.new()
    assert shared.call(ACTIVATE, {"license": code})["error_code"] == "92020005"
    assert other.send(ACTIVATE, {"license": code}, ak=shared.ak, sk=shared.sk).json()["error_code"] == "APIGW.0301"
    with shared.client() as client, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        client.post(other.bases[0] + HEARTBEAT)
    other.travel(10 * 86_400)
    assert shared.ask("state")["shift"] == 0.0


def test_a_second_store_on_the_profile_gives_way(shared: SandboxStore) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "iscbridge.sandbox.store", "--home", str(shared.home.root)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 3
    assert str(shared.pid) in done.stderr
    assert shared.call(HEARTBEAT, UNKNOWN)


def test_starts_at_the_same_time_agree_on_one(home: Home) -> None:
    code = (
        "import sys; from iscbridge.platform.folders import Home; from iscbridge.sandbox.store import control;"
        "print(control.start(Home(sys.argv[1]))['pid'])"
    )
    command = [sys.executable, "-c", code, str(home.root)]
    starters = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    pids = {starter.communicate(timeout=100)[0] for starter in starters}
    assert pids == {f"{control.running(home)}\n"}


def test_a_leftover_ready_file_is_no_store(home: Home) -> None:
    store = SandboxStore(home)
    left = store.places.ready.read_bytes()
    control.stop(home)
    store.places.ready.write_bytes(left)
    with pytest.raises(SandboxError, match="ISCB-SANDBOX-NOT-RUNNING"):
        store.ask("state")
    assert control.start(home)["pid"] != store.pid


def test_a_store_that_nobody_can_find_ends(home: Home) -> None:
    store = SandboxStore(home)
    store.places.ready.unlink()
    until(lambda: control.running(home) is None, "the end of the store")


def test_a_store_that_cannot_run_says_where_to_look(home: Home) -> None:
    home.ensure()
    places = StorePlaces.of(home)
    places.ensure()
    places.database.write_bytes(b"no database at all" * 100)
    with pytest.raises(SandboxError) as caught:
        control.start(home)
    assert caught.value.code == "ISCB-SANDBOX-START"
    assert "not a database" in Path(caught.value.params["log"]).read_text()


def test_a_store_that_ends_before_it_has_a_log_is_heard_all_the_same(home: Home) -> None:
    with pytest.raises(SandboxError) as caught:
        control.start(home, [sys.executable, "-c", "import sys; sys.exit('no such module')"])
    assert caught.value.code == "ISCB-SANDBOX-START"
    assert "no such module" in Path(caught.value.params["log"]).read_text()


def test_a_long_log_is_put_aside(home: Home) -> None:
    home.ensure()
    places = StorePlaces.of(home)
    places.ensure()
    places.log.write_bytes(b"x" * (5 * 1024 * 1024))
    control.start(home)
    assert places.log.stat().st_size < 10_000
    assert places.log.with_suffix(".log.1").exists()


def test_what_waits_does_not_hold_up_the_end(home: Home) -> None:
    store = SandboxStore(home)
    store.misbehave(delay_ms=600_000)
    with store.client() as client, pytest.raises(httpx.TimeoutException):
        client.post(store.bases[0] + HEARTBEAT, json=UNKNOWN, timeout=0.2)
    with socket.create_connection(("127.0.0.1", urlsplit(store.bases[1]).port or 0)):  # a handshake that never comes
        assert control.stop(home) is True
    assert "Traceback" not in store.places.log.read_text()


# -- packages


def test_packages_that_are_missing_are_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "PACKAGES", ("starlette", "no_such_package_a", "no_such_package_b"))
    with pytest.raises(SandboxError) as caught:
        control.start(home)
    assert caught.value.code == "ISCB-SANDBOX-EXTRA"
    assert caught.value.params == {"packages": "no_such_package_a, no_such_package_b"}
    assert control.running(home) is None


def test_the_process_itself_says_which_packages_are_missing(home: Home) -> None:
    code = (
        "import sys; from iscbridge.sandbox.store import __main__ as store, extra;"
        "extra.PACKAGES = ('no_such_package',); sys.exit(store.main(['--home', sys.argv[1]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(home.root)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 4
    assert "ISCB-SANDBOX-EXTRA" in done.stderr
    assert "pip install iscbridge[sandbox]" in done.stderr


def test_the_client_loads_no_package_of_the_extra() -> None:
    code = (
        "import sys, iscbridge.sandbox.store.control, iscbridge.cli.sandbox_license;"
        "print([m for m in ('starlette', 'uvicorn', 'trustme', 'PySide6', 'ssl', 'sqlite3') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


# -- TLS


def test_both_names_and_nothing_but_loopback(shared: SandboxStore) -> None:
    for base in shared.bases:
        port = urlsplit(base).port or 0
        with shared.client() as client:
            for name in ("localhost", "127.0.0.1"):
                assert client.post(f"https://{name}:{port}/nowhere").status_code == 404
    own = socket.gethostbyname(socket.gethostname())
    if not own.startswith("127."):
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((own, urlsplit(shared.bases[0]).port or 0), timeout=10)


def test_who_does_not_know_the_authority_gets_no_connection(shared: SandboxStore) -> None:
    with httpx.Client(trust_env=False) as client, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        client.post(shared.bases[0] + HEARTBEAT)


@pytest.mark.parametrize("days", [-36_000, -400, 40, 400, 36_000])
def test_time_travel_is_no_matter_of_tls(shared: SandboxStore, days: int) -> None:
    shared.behave()
    shared.travel(days * 86_400.0)
    assert shared.call(HEARTBEAT, UNKNOWN)["error_code"] == "92020005"
    assert shared.ask("state")["shift"] == days * 86_400.0
    shared.behave()


def test_old_tls_is_not_spoken(shared: SandboxStore) -> None:
    assert Certificates(shared.places).context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_the_server_certificate_is_renewed_in_time_and_by_the_real_clock(tmp_path: Path) -> None:
    places = StorePlaces(tmp_path)
    places.ensure()
    now = datetime.now(UTC)
    certificates = Certificates(places)
    assert certificates.renew(now) is True
    assert certificates.renew(now + LIFE - NEAR_END - timedelta(hours=1)) is False
    assert certificates.renew(now + LIFE - NEAR_END + timedelta(hours=1)) is True
    assert {path.name for path in places.folder.iterdir()} == {"ca.pem", "ca.key.pem"}, "its key stays nowhere"


def test_an_authority_that_ends_or_is_damaged_is_made_anew(tmp_path: Path) -> None:
    places = StorePlaces(tmp_path)
    places.ensure()
    Certificates(places)
    first = places.ca.read_bytes()
    Certificates(places)
    assert places.ca.read_bytes() == first
    then = datetime.now(UTC) + CA_LIFE - CA_NEAR_END
    Certificates(places, then - timedelta(hours=1))
    assert places.ca.read_bytes() == first
    Certificates(places, then + timedelta(hours=1))
    second = places.ca.read_bytes()
    assert second != first
    for path in (places.ca, places.ca_key):
        path.write_bytes(b"-----BEGIN NOTHING-----")
        Certificates(places).renew()
        assert places.ca.read_bytes() not in (first, second)


# -- the control path


def test_without_the_token_nothing_is_told(shared: SandboxStore) -> None:
    with shared.client() as client:
        for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": b"Bearer \xff"}):
            answer = client.post(shared.control["url"], json={"request": "stop"}, headers=headers)
            assert (answer.status_code, answer.json()) == (403, {"ok": False})
        token = {"Authorization": f"Bearer {shared.control['token']}"}
        answer = client.post(shared.bases[0] + "/control", json={"request": "state"}, headers=token)
        assert answer.status_code == 404, "and not at the domains"
    assert shared.ask("state")["pid"] == shared.pid


def test_codes_one_by_one(shared: SandboxStore) -> None:
    code = shared.new(days=7, code="PL-made_up1")
    assert code == "PL-made_up1"
    assert shared.shown(code) == {
        **shared.shown(code),
        "state": "RECEIVED",
        "activated": False,
        "detected": False,
        "days": 7,
        "activateTime": None,
        "expireTime": None,
        "amount": 1,
    }
    assert code in [one["code"] for one in shared.ask("list")["licenses"]]
    assert shared.new() != shared.new()


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"request": "sing"},
        {"request": "\ud800"},
        {"request": 7},
        {"request": "new", "days": 0},
        {"request": "new", "days": 40_000},
        {"request": "new", "days": "7"},
        {"request": "new", "days": True},
        {"request": "new", "collected": 1},
        {"request": "new", "code": "a b"},
        {"request": "new", "code": "x" * 65},
        {"request": "new", "code": "PL-taken"},
        {"request": "show"},
        {"request": "show", "code": "PL-no"},
        {"request": "show", "code": "\ud800"},
        {"request": "show", "code": ["PL"]},
        {"request": "expire", "code": "PL-no"},
        {"request": "renew", "code": "PL-taken", "days": 5},
        {"request": "renew", "code": "PL-released", "days": 5},
        {"request": "renew", "code": "PL-alive", "days": 0},
        {"request": "renew", "code": "PL-alive", "days": 10**30},
        {"request": "freeze", "code": "PL-released"},
        {"request": "misbehave", "set": []},
        {"request": "misbehave", "set": {"delay_ms": -1}},
        {"request": "misbehave", "set": {"delay_ms": 10**30}},
    ],
)
def test_requests_that_make_no_sense_are_refused_with_a_code(shared: SandboxStore, message: dict[str, object]) -> None:
    if "PL-taken" not in [one["code"] for one in shared.ask("list")["licenses"]]:
        shared.new(code="PL-taken")
        shared.active(code="PL-alive")
        shared.active(code="PL-released")
        shared.ask("release", code="PL-released")
    with pytest.raises(SandboxError) as caught:
        control.request(shared.home, message)
    assert caught.value.code in ("ISCB-SANDBOX-REQUEST", "ISCB-SANDBOX-PERSONALITY")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["state", "new", "list", "show", "renew", "expire", "freeze", "release", "collect", "misbehave", "calls"]
KEYS = ["code", "days", "collected", "set", "reset", "clear"]
REQUESTS = st.builds(
    lambda name, fields: json.dumps({**fields, "request": name}).encode(),
    st.sampled_from(NAMES),
    st.dictionaries(st.sampled_from(KEYS), JSON, max_size=3),
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(REQUESTS, JSON.map(lambda value: json.dumps(value).encode()), st.binary(max_size=60)))
def test_whatever_comes_gets_one_answer(shared: SandboxStore, body: bytes) -> None:
    token = {"Authorization": f"Bearer {shared.control['token']}"}
    with shared.client() as client:
        answer = client.post(shared.control["url"], content=body, headers=token)
    assert answer.status_code == 200
    assert isinstance(answer.json()["ok"], bool)


def test_deep_and_long_requests_are_refused(shared: SandboxStore) -> None:
    token = {"Authorization": f"Bearer {shared.control['token']}"}
    with shared.client() as client:
        for body in (b"[" * 200_000, b'"' + b"x" * (2 * 1024 * 1024) + b'"'):
            answer = client.post(shared.control["url"], content=body, headers=token)
            assert answer.json()["error"] == "ISCB-SANDBOX-REQUEST"


def test_what_another_process_keeps_owner_only_it_writes_whole(tmp_path: Path) -> None:
    target = tmp_path / "file"
    write_private(target, b"one")
    write_private(target, b"two")
    assert target.read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    with pytest.raises(OSError, match=r".*"):
        write_private(tmp_path / "no" / "folder", b"")


def test_it_starts_again_after_a_kill(home: Home) -> None:
    store = SandboxStore(home)
    code = store.active()
    os.kill(store.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    until(lambda: control.running(home) is None, "the end of the store")
    assert store.places.ready.exists()
    with pytest.raises(SandboxError, match="ISCB-SANDBOX-NOT-RUNNING"):
        store.ask("state")
    store.load()
    assert store.heartbeat(code)["status"] == "ALIVE"
