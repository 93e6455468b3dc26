"""The sandbox store as a shop, and the sandbox's relay: real processes on loopback, the whole life of a licence."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import trustme

from iscbridge.lease import wire
from iscbridge.lease.ed25519 import public_key
from iscbridge.lease.form import Lease, verify
from iscbridge.lease.requests import device_id
from iscbridge.licensefile.verifier import public_key_bytes
from iscbridge.platform.folders import Home
from support.relay_process import HttpDevice, installed, relay_process
from support.sandbox_store import SandboxStore, sandbox_store

pytestmark = pytest.mark.timeout(300)
PRODUCT = "Demo CAD"


def run(home: Home, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "iscbridge", *arguments, "--json"],
        capture_output=True, check=False, text=True, timeout=120, env={**os.environ, "ISCBRIDGE_HOME": str(home.root)},
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def shop(home: Home, *arguments: str, code: int = 0) -> dict[str, Any]:
    [told] = run(home, "sandbox", "shop", *arguments, code=code)
    return told


class World:
    """A sandbox with a relay, and a device that knows both."""

    def __init__(self, home: Home) -> None:
        self.home = home
        [self.relay] = run(home, "sandbox", "relay", "start")
        context = ssl.create_default_context(cafile=str(home.sandbox / "relay-ca.pem"))
        self.http = httpx.Client(base_url=self.relay["url"], verify=context, trust_env=False, timeout=30.0)
        self.keys = {kid: public_key(text) for kid, text in self.http.get(wire.KEYS).json()["keys"].items()}

    def device(self) -> HttpDevice:
        return HttpDevice(self.http, PRODUCT)

    def lease(self, device: HttpDevice, answer: httpx.Response) -> Lease:
        assert answer.status_code == 200, answer.text
        told = msgspec.json.decode(answer.content, type=wire.Leased)
        return verify(told.lease, self.keys, PRODUCT, device_id(device.key.public_key().public_bytes_raw())).lease

    def checked(self, device: HttpDevice) -> str:
        return self.lease(device, device.check()).state.value

    def admin(self, *arguments: str) -> list[dict[str, Any]]:
        return run(self.home, "relay", "admin", *arguments, "--folder", self.relay["folder"])

    def until_sent(self) -> None:
        until(lambda: all(row["state"] == "sent" for row in self.admin("outbox")))


def until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    home = Home(tmp_path_factory.mktemp("shop"))
    try:
        made = World(home)
        yield made
        made.http.close()
    finally:
        run(home, "sandbox", "stop")


class TestLifeOfACode:
    def test_bought_leased_frozen_thawed_renewed_released(self, world):
        bought = shop(world.home, "buy", "--amount", "1")
        assert (bought["message"]["activity"], bought["message"]["result"]) == ("orderNotify", "000000")
        device, code = world.device(), bought["code"]
        assert world.lease(device, device.enrol(code)).state.value == "alive"
        other = world.device()
        assert world.lease(other, other.enrol(code)).reason == "ISCB-RELAY-SEATS-TAKEN"
        said = [world.checked(device)]
        for action in ("freeze", "unfreeze", "renew", "release"):
            assert shop(world.home, action, code)["message"]["state"] == "done"
            said.append(world.checked(device))
        assert said == ["alive", "frozen", "alive", "alive", "released"]

    def test_more_seats_for_more_machines(self, world):
        code = shop(world.home, "buy", "--amount", "2")["code"]
        devices = [world.device() for _ in range(3)]
        assert [world.lease(one, one.enrol(code)).state.value for one in devices] == ["alive", "alive", "refused"]

    def test_a_renewal_tells_the_new_end(self, world):
        code = shop(world.home, "buy")["code"]
        device = world.device()
        before = world.lease(device, device.enrol(code)).license_expires
        shop(world.home, "renew", code, "--days", "30")
        after = world.lease(device, device.check()).license_expires
        assert abs(after - before - 30 * 86_400) <= 3601  # the estimate of an activation is an hour off

    def test_a_renewal_with_other_seats_is_learnt_from_its_order(self, world):
        code = shop(world.home, "buy", "--amount", "3")["code"]
        device = world.device()
        assert world.lease(device, device.enrol(code)).state.value == "alive"
        for amount, wanted in ((1, ["--amount", "1"]), (5, ["--amount", "5"]), (5, [])):
            shop(world.home, "renew", code, *wanted)
            world.until_sent()
            [row] = [row for row in world.admin("codes") if row["seats"] == "node" and row["taken"] == 1][:1]
            assert row["amount"] == amount
        assert shop(world.home, "renew", code, "--amount", "0", code=1)["error"] == "ISCB-SANDBOX-REQUEST"


class TestLifeOfAnInstance:
    def test_bought_applied_for_frozen_released(self, world):
        bought = shop(world.home, "buy", "--instance", "--amount", "1")
        instance = bought["instance"]
        assert bought["message"]["instance"] == instance
        world.until_sent()
        applied = shop(world.home, "apply-license", instance, "--fingerprint", "AA|BB|CC|DD")
        assert applied["message"]["result"] == "000004"
        world.until_sent()
        uploads = {one["event"]: one for one in store_of(world.home).ask("uploads")["uploads"]}
        assert uploads[applied["event"]]["content"].startswith("ISCLIC1.")
        full = shop(world.home, "apply-license", instance, "--fingerprint", "EE|FF|GG|HH", code=1)
        assert full["message"]["result"] == "000900"
        said = []
        for action in ("freeze", "unfreeze", "release"):
            shop(world.home, action, instance)
            said += [row["state"] for row in world.admin("licenses") if row["instance"] == instance]
        assert said == ["frozen", "alive", "released"]

    def test_the_same_application_twice_is_one_licence(self, world):
        instance = shop(world.home, "buy", "--instance")["instance"]
        world.until_sent()
        first = shop(world.home, "apply-license", instance, "--event", "e-1")
        again = shop(world.home, "again", str(first["message"]["id"]))
        assert again["message"]["result"] == "000004"
        world.until_sent()
        assert [one["count"] for one in store_of(world.home).ask("uploads")["uploads"] if one["event"] == "e-1"] == [1]


class TestRelay:
    def test_a_second_start_leaves_it_as_it_is(self, world):
        assert run(world.home, "sandbox", "relay", "start") == [world.relay]
        assert run(world.home, "sandbox", "relay", "status") == [world.relay]

    def test_its_policy_file_can_be_read_and_names_it(self, world):
        from iscbridge.service.licensing.policies import read_policies

        policies = read_policies([world.home.products])
        policy = policies.products[PRODUCT]
        assert policies.faults == ()
        assert (policy.authority, policy.relay_url) == ("relay", world.relay["url"])
        assert [entry.partition(":")[0] for entry in policy.relay_keys] == list(world.keys)
        assert public_key_bytes(policy.verify_key)

    def test_time_travel_reaches_it(self, world):
        code = shop(world.home, "buy")["code"]
        device = world.device()
        device.enrol(code)
        assert device.check().status_code == 200
        run(world.home, "sandbox", "time", "+1d")
        try:
            refused = device.check()
            assert msgspec.json.decode(refused.content, type=wire.Refusal).error.code == "ISCB-RELAY-CLOCK"
        finally:
            run(world.home, "sandbox", "time", "reset")


def store_of(home: Home) -> SandboxStore:
    return SandboxStore(home)


class TestRepeats:
    """Calls that fail are repeated, signed anew, and arrive once."""

    @pytest.fixture
    def home(self, tmp_path) -> Iterator[Home]:
        home = Home(tmp_path / "home")
        with sandbox_store(home) as store:
            store.misbehave(repeat_s=1)
            yield home

    def served(self, folder: Path, home: Home, ca: trustme.CA, *, port: int = 0) -> contextlib.AbstractContextManager:
        store = store_of(home)
        if not folder.exists():
            installed(
                folder, ca, store_addresses=tuple(store.bases), store_ca=str(store.ca), listen=f"127.0.0.1:{port}"
            )
        keys = json.loads(store.places.credentials.read_bytes())
        for name, key in (("store_ak", "ak"), ("store_sk", "sk"), ("access_key", "access_key")):
            (folder / "secrets" / name).write_text(keys[key])
        return relay_process(folder, ca=ca)

    def named(self, home: Home, tmp_path: Path, url: str, ca: trustme.CA) -> None:
        ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        shop(home, "merchant", f"{url}/store/production", "--ca", str(tmp_path / "ca.pem"))

    def test_a_relay_that_was_away_hears_of_everything_in_order_and_once(self, home, tmp_path):
        ca, folder = trustme.CA(), tmp_path / "relay"
        with self.served(folder, home, ca) as relay:
            port = relay.told["port"]
            self.named(home, tmp_path, relay.url, ca)
            assert relay.terminate() == 0
        shutil.copy(folder / "relay.toml", tmp_path / "kept")
        (folder / "relay.toml").write_text((tmp_path / "kept").read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}"))
        code = shop(home, "buy", "--no-wait")["code"]
        for action in ("freeze", "unfreeze", "freeze"):
            assert shop(home, action, code, "--no-wait")["message"]
        told = store_of(home)
        until(lambda: all(one["calls"] for one in told.ask("shop.messages")["messages"] if one["id"] in (1, 2)))
        assert {one["state"] for one in told.ask("shop.messages")["messages"]} == {"waiting"}
        told.stop()  # and it goes on after a restart of the store
        told.load()
        with self.served(folder, home, ca) as relay:
            until(lambda: all(one["state"] == "done" for one in told.ask("shop.messages")["messages"]))
            [row] = run(home, "relay", "admin", "codes", "--folder", str(folder))
            done = [row["what"] for row in run(home, "relay", "admin", "audit", "--folder", str(folder))]
        assert row["state"] == "frozen"
        assert sorted(what for what in done if what.startswith("call.")) == [
            "call.code_status", "call.code_status", "call.code_status", "call.order_notify"
        ]  # fmt: skip

    def test_who_is_not_the_merchant_is_told_nothing(self, home, tmp_path):
        ca, folder = trustme.CA(), tmp_path / "relay"
        with self.served(folder, home, ca) as relay:
            self.named(home, tmp_path, relay.url, trustme.CA())
            told = shop(home, "buy", code=1)["message"]
            lines = [line for line in relay.lines() if "route" in line]
        assert (told["state"], told["result"]) == ("waiting", "SSLCertVerificationError")
        assert lines == []

    def test_an_answer_that_is_not_signed_by_the_merchant_counts_as_none(self, home, tmp_path):
        ca, folder = trustme.CA(), tmp_path / "relay"
        with self.served(folder, home, ca) as relay:
            (folder / "secrets" / "access_key").write_text("another")
            self.named(home, tmp_path, relay.url, ca)
            told = shop(home, "buy", code=1)["message"]
        assert (told["state"], told["result"]) == ("waiting", "the answer is not signed by the merchant")

    def test_nobody_is_called_without_a_merchant(self, home):
        told = shop(home, "buy")
        assert told["message"] == 1
        assert [one["calls"] for one in store_of(home).ask("shop.messages")["messages"]] == [0]


def test_a_store_that_is_started_again_is_where_it_was(tmp_path):
    with sandbox_store(Home(tmp_path)) as store:
        before = store.bases
        store.stop()
        store.load()
        assert store.bases == before
        port = int(before[0].rpartition(":")[2])
        store.stop()
        with socket.create_server(("127.0.0.1", port)):
            store.load()
            assert [store.bases[0] == before[0], store.bases[1] == before[1]] == [False, True]


@pytest.mark.parametrize(
    "arguments",
    [["freeze", "nothing"], ["apply-license", "nothing"], ["again", "99"], ["buy", "--amount", "0"],
     ["merchant", "http://localhost/x"], ["buy", "--code", "a b"], ["buy", "--days", "99999999"]],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(world, arguments):
    [told] = run(world.home, "sandbox", "shop", *arguments, code=1)
    assert told["error"] == "ISCB-SANDBOX-REQUEST"
