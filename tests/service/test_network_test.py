"""`network.test` of a real bridge, against the real sandbox store."""

from __future__ import annotations

import json
import threading

import pytest

from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc.client import BridgeError
from iscbridge.platform.folders import Home
from iscbridge.sandbox.store.places import StorePlaces
from iscbridge.service import network_test
from iscbridge.store.client import STORE_DOMAINS
from support.sandbox_store import SandboxStore
from support.store_server import nobody_listens
from support.world import World

ALL = ["proxy", "dns", "connect", "tls", "store"]


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(world):
    world.desk()
    world.bridge()
    return world.client()


def ends(answer):
    return [(step["name"], step.get("error", {}).get("code")) for step in answer["steps"]]


def tell_ready(home, store, **changes):
    """As if the store of another profile were this one's, with other addresses: one whose own file is changed ends."""
    found = {**json.loads(StorePlaces.of(store.home).ready.read_bytes()), **changes}
    ready = StorePlaces.of(home).ready
    ready.parent.mkdir(parents=True, exist_ok=True)
    ready.write_text(json.dumps(found))


def test_each_address_of_the_sandbox_store_is_walked_to(world, client):
    store = SandboxStore(world.home)
    answer = client.request("network.test", {})
    assert ends(answer) == [(name, None) for name in ALL] * len(store.bases)
    assert {step["source"] for step in answer["steps"] if step["name"] == "proxy"} == {"loopback"}
    assert all(step["millis"] >= 0 and step["ok"] for step in answer["steps"])


def test_without_a_store_it_says_so(client):
    with pytest.raises(BridgeError) as caught:
        client.request("network.test", {})
    assert caught.value.code == "ISCB-SANDBOX-NOT-RUNNING"


def test_what_stands_in_the_way_is_said_in_the_language_of_who_asks(world, client, tmp_path):
    store = SandboxStore(Home(tmp_path / "elsewhere"))
    with nobody_listens() as address:
        tell_ready(world.home, store, bases=[address, store.bases[0]])
        other = world.client("other", language="zh")
        answer = other.request("network.test", {})
        tell_ready(world.home, store, ca=str(tmp_path / "none.pem"))
        assert ends(client.request("network.test", {}))[-1] == ("tls", "ISCB-STORE-TLS")
    assert ends(answer)[:3] == [("proxy", None), ("dns", None), ("connect", "ISCB-STORE-UNREACHABLE")]
    assert ends(answer)[3:] == [(name, None) for name in ALL]
    assert "无法连接" in answer["steps"][2]["error"]["title"]


def test_many_who_ask_at_once_are_all_answered(world):
    SandboxStore(world.home)
    world.desk()
    world.bridge()
    answers = []

    def ask():
        answers.append(world.client().request("network.test", {}))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(answer["steps"]) % 5 for answer in answers] == [0] * 8


def test_no_signature_and_no_code_is_spent(world, client):
    store = SandboxStore(world.home)
    before = {**store.ask("state"), "time": ""}
    client.request("network.test", {})
    assert {**store.ask("state"), "time": ""} == before


# what is used of the real cloud


def test_the_real_cloud_has_the_store_s_addresses_and_the_system_s_certificates(tmp_path):
    places = network_test._places(Home(tmp_path), [], store=True, real=True)
    assert places == [network_test.Place(domain) for domain in STORE_DOMAINS]
    relay = network_test._places(Home(tmp_path), ["https://licences.example"], store=False, real=True)
    assert relay == [network_test.Place("https://licences.example", relay=True)]


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"bases": 5, "ca": ""}', '{"bases": ["https://a"]}'])
def test_a_sandbox_that_says_nothing_useful(tmp_path, content):
    home = Home(tmp_path)
    if content is not None:
        home.ensure()
        ready = StorePlaces.of(home).ready
        ready.parent.mkdir(parents=True, exist_ok=True)
        ready.write_text(content)
    found = network_test._places(home, [], store=True, real=False)
    assert isinstance(found, ErrorInfo)
    assert found.code == "ISCB-SANDBOX-NOT-RUNNING"


def test_the_proxy_and_its_login_are_those_of_the_settings(tmp_path, monkeypatch):
    from iscbridge.platform.secrets import open_secrets
    from iscbridge.platform.settings_file import change_setting
    from iscbridge.store import probe as probe_module

    home = Home(tmp_path / "home")
    home.ensure()
    change_setting(home.config, "network.proxy", "http://proxy.example:3128")
    change_setting(home.config, "secrets.store", "file")
    seen = []
    monkeypatch.setattr(probe_module, "probe", lambda address, **given: seen.append(given["proxies"]) or [])
    walk = network_test._walk
    place = network_test.Place(STORE_DOMAINS[0])
    walk(home, place, threading.Event(), sandbox=False)
    open_secrets(home, "file").set("proxy", json.dumps({"user": "me", "password": "hunter2"}))
    walk(home, place, threading.Event(), sandbox=False)
    assert [choice.setting for choice in seen] == ["http://proxy.example:3128"] * 2
    assert [choice.login and choice.login.user for choice in seen] == [None, "me"]
