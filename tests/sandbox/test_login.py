"""`iscbridge sandbox relay start --seats named`: people sign in at the sandbox's login page. Real processes on loopback."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec
import pytest

from iscbridge.lease import wire
from iscbridge.lease.ed25519 import public_key
from iscbridge.lease.form import Lease, verify
from iscbridge.lease.requests import device_id
from iscbridge.platform.folders import Home
from iscbridge.sandbox.store.people import PeopleBook
from support.relay_process import HttpDevice

pytestmark = pytest.mark.timeout(300)
PRODUCT = "People CAD"
NOW = 1_790_000_000.0


def run(home: Home, *arguments: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "iscbridge", *arguments, "--json"],
        capture_output=True, check=False, text=True, timeout=120, env={**os.environ, "ISCBRIDGE_HOME": str(home.root)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    try:
        yield made
    finally:
        run(made, "sandbox", "stop")


def browser(home: Home) -> httpx.Client:
    context = ssl.create_default_context(cafile=str(home.sandbox / "relay-ca.pem"))
    return httpx.Client(verify=context, trust_env=False, timeout=30.0)


def sign_in(device: HttpDevice, home: Home, person: str) -> wire.SignedIn:
    """As the desktop does, and a person with a browser."""
    verifier = secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    message = wire.SigninStart(product=PRODUCT, challenge=challenge, redirect="http://127.0.0.1:49152/once")
    started = msgspec.json.decode(device.post(wire.SIGNIN_START, message).content, type=wire.SigninStarted)
    with browser(home) as web:
        login = web.get(started.url).headers["location"]
        app = login.rpartition("appId=")[2]
        entered = web.get(login.partition("#")[0] + f"enter?person={person}&appId={app}")
        back = web.get(entered.headers["location"]).headers["location"]
    assert back.startswith("http://127.0.0.1:49152/once?")
    brought = dict(parse_qsl(urlsplit(back).query))
    answer = device.post(wire.SIGNIN_FINISH, wire.SigninFinish(**brought, verifier=verifier))
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=wire.SignedIn)


def test_people_have_seats(home):
    [relay] = run(home, "sandbox", "relay", "start", "--product", PRODUCT, "--seats", "named")
    [bought] = run(home, "sandbox", "shop", "buy", "--amount", "1")
    with browser(home) as web:
        web.base_url = relay["url"]
        keys = {kid: public_key(text) for kid, text in web.get(wire.KEYS).json()["keys"].items()}

        def lease(device: HttpDevice, answer: httpx.Response) -> Lease:
            told = msgspec.json.decode(answer.content, type=wire.Leased)
            return verify(told.lease, keys, PRODUCT, device_id(device.key.public_key().public_bytes_raw())).lease

        def checked(device: HttpDevice, session: str) -> Lease:
            message = wire.Check(product=PRODUCT, fingerprint="AA|BB|CC|DD", session=session)
            return lease(device, device.post(wire.CHECK, message))

        first, second, other = (HttpDevice(web, PRODUCT) for _ in range(3))
        for device in (first, second, other):
            assert lease(device, device.enrol(bought["code"])).reason == "ISCB-RELAY-SIGN-IN"
        mine = [checked(device, sign_in(device, home, "anna").session) for device in (first, second)]
        theirs = checked(other, sign_in(other, home, "bo").session)
        session = sign_in(first, home, "anna").session
    assert [(one.state.value, one.user) for one in mine] == [("alive", "Anna Berg")] * 2
    assert theirs.reason == "ISCB-RELAY-NAMED-TAKEN"
    assert session not in (home.sandbox / "relay" / "relay.log").read_text(encoding="utf-8")


def test_what_a_relay_keeps_for_weeks_outlives_a_restart(tmp_path):
    book = PeopleBook(tmp_path / "people.json")
    told = book.register("app", "https://relay.example.com/signin/return")
    given = book.give("anna", NOW, refresh=True)
    book.bar("bo", barred=True)
    again = PeopleBook(tmp_path / "people.json")
    assert again.is_client(told["client_id"], told["client_secret"])
    assert not again.is_client(told["client_id"], "another")
    assert (again.app, again.back) == ("app", "https://relay.example.com/signin/return")
    assert again.by_refresh(given["refresh_token"], NOW + 29 * 86_400, keep=True) == "anna"
    assert again.by_refresh(given["refresh_token"], NOW + 31 * 86_400, keep=True) is None
    assert (again.code("bo", NOW), again.code("zoe", NOW)) == (None, None)


@pytest.mark.parametrize(
    "kept", [b"", b"[]", b'{"refresh": 5}', b'{"refresh": {"a": 5}}', b'{"barred": ["x"]}', b"\xff"]
)
def test_a_damaged_book_is_a_new_one(tmp_path, kept):
    (tmp_path / "people.json").write_bytes(kept)
    book = PeopleBook(tmp_path / "people.json")
    assert not any(one["barred"] for one in book.all())
    assert book.code("anna", NOW)
