"""Licences of a vendor's relay, from the code to the seat that goes to another machine: real bridge, real TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from iscbridge.ipc.client import BridgeError
from support.licensed import PRODUCT
from support.relay_device import FakeUpstream, bought
from support.relay_parts import add_lease_key
from support.relay_world import RelayWorld, ServedRelay
from support.world import until

ONE, TWO, FLOAT = "PL00000000000001", "PL00000000000002", "PL00000000000003"


@pytest.fixture
def store() -> FakeUpstream:
    return FakeUpstream(**{ONE: bought(1), TWO: bought(2), FLOAT: bought(1, "OFFI2")})


@pytest.fixture
def relay(tmp_path: Path, store: FakeUpstream) -> Iterator[ServedRelay]:
    made = ServedRelay(tmp_path / "relay", store)
    made.start()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def machine(tmp_path: Path, relay: ServedRelay) -> Iterator[Callable[..., RelayWorld]]:
    made: list[RelayWorld] = []

    def make(**options: Any) -> RelayWorld:
        world = RelayWorld(tmp_path / f"machine{len(made)}", relay, **options)
        made.append(world)
        world.bridge()
        return world

    try:
        yield make
    finally:
        for world in made:
            world.close()


def refused(world: RelayWorld, method: str, **params: Any) -> str:
    with pytest.raises(BridgeError) as caught:
        world.ask().request(method, {"product": PRODUCT, **params})
    return caught.value.code


def again(world: RelayWorld) -> None:
    world.stop_bridge()
    world.bridge()


def test_a_code_is_typed_once_and_the_lease_holds_while_nobody_answers(machine, relay) -> None:
    world = machine()
    done = world.cli("license", "activate", "--product", PRODUCT, "--code-stdin", typed=f"{ONE}\n")
    assert done.returncode == 0, done.stderr
    found = world.license()
    assert (found["state"], found["authority"], found["code"]) == ("active", "relay", "PL****001")
    world.days_pass(1)
    world.check()
    until(lambda: "/v1/licenses/usage" in relay.requests, "the day of use to be told")
    assert relay.requests.count("/v1/devices/enrol") == 1
    relay.stop()
    for day in range(1, 14):
        world.days_pass(1)
        found = world.until_license("offline_grace")
        assert (found["allowed"]["newSave"], found["daysLeft"]) == (True, 14 - day)
        if day == 5:
            again(world)
    world.days_pass(1)
    assert not world.until_license("grace_over")["allowed"]["newSave"]
    relay.start()
    assert world.refresh()["state"] == "active"


def test_the_second_machine_is_told_that_every_seat_is_taken_and_can_take_it_over(machine) -> None:
    first, second = machine(), machine()
    assert first.activate(ONE)["state"] == "active"
    told = second.cli("license", "activate", "--product", PRODUCT, "--code-stdin", typed=f"{ONE}\n")
    assert (told.returncode, "ISCB-RELAY-SEATS-TAKEN" in told.stderr, PRODUCT in told.stderr) == (5, True, True)
    assert second.license()["state"] == "not_activated"
    done = second.cli("license", "transfer", "--product", PRODUCT, "--code-stdin", typed=f"{ONE}\n")
    assert done.returncode == 0, done.stderr
    assert second.license()["state"] == "active"
    assert first.license()["state"] == "active", "its lease holds until it asks"
    lost = first.refresh()
    assert (lost["state"], lost["error"]["code"]) == ("refused", "ISCB-RELAY-SEATS-TAKEN")
    assert first.ask().request("license.transfer", {"product": PRODUCT})["state"] == "active", "the kept code"
    assert second.refresh()["state"] == "refused"


def test_a_seat_that_is_given_back_is_free_for_another_machine(machine) -> None:
    first, second = machine(), machine()
    first.activate(ONE)
    done = first.cli("license", "release", "--product", PRODUCT, "--yes")
    assert done.returncode == 0, done.stderr
    found = first.license()
    assert (found["state"], found.get("code")) == ("not_activated", None)
    assert "code/" not in (first.home.root / "secrets.json").read_text("utf-8")
    assert second.activate(ONE)["state"] == "active"
    assert refused(first, "license.release") == "ISCB-LIC-NOT-ACTIVATED"


def test_a_seat_can_not_be_given_back_while_nobody_answers(machine, relay) -> None:
    world = machine()
    world.activate(ONE)
    relay.stop()
    assert refused(world, "license.release") == "ISCB-RELAY-UNREACHABLE"
    assert world.license()["state"] == "active"


def test_a_wrong_code_leaves_the_licence_that_was_there(machine) -> None:
    world = machine()
    world.activate(TWO)
    assert refused(world, "license.activate", code="PL99999999999999") == "ISCB-RELAY-CODE"
    assert (world.refresh()["state"], world.license()["code"]) == ("active", "PL****002")


def test_a_floating_seat_ends_with_its_lease(machine) -> None:
    first, second = machine(product="FloatCAD"), machine(product="FloatCAD")
    assert first.activate(FLOAT, product="FloatCAD")["state"] == "active"
    with pytest.raises(BridgeError) as caught:
        second.activate(FLOAT, product="FloatCAD")
    assert caught.value.code == "ISCB-RELAY-SEATS-TAKEN"
    first.days_pass(61 / 1440)  # an hour and a minute without use: the seat may be another's now
    assert second.activate(FLOAT, product="FloatCAD")["state"] == "active"
    found = first.until_license("refused", product="FloatCAD")
    assert found["error"]["code"] == "ISCB-RELAY-SEATS-TAKEN"


def test_keys_are_changed_with_an_overlap(machine, relay) -> None:
    world = machine()
    world.activate(ONE)
    add_lease_key(relay.folder / "secrets", "k2")
    relay.again()
    found = world.refresh()
    assert (found["state"], found["warnings"][0]["code"]) == ("offline_grace", "ISCB-LIC-LEASE-KEY")
    world.relay_policy()
    again(world)
    assert world.refresh()["state"] == "active"
    world.relay_policy(relay_keys=[key for key in relay.keys if key.startswith("k2:")])
    again(world)
    assert world.refresh()["state"] == "active"


def test_a_false_server_is_not_believed(tmp_path, machine, relay, store) -> None:
    world = machine()
    world.activate(ONE)
    relay.stop()
    false = ServedRelay(tmp_path / "false", store)
    false.clocks.append(world.home.root)
    false.start()
    try:
        world.relay_policy(relay_url=false.url, relay_keys=relay.keys)
        again(world)
        found = world.refresh()
        assert (found["state"], found["warnings"][0]["code"]) == ("offline_grace", "ISCB-RELAY-TLS")
        assert false.requests == []
        world.trusts(false.authority)
        again(world)
        found = world.refresh()
        # it does not know the device: whoever signs with another key has no say over it
        assert found["state"] == "offline_grace"
        assert found["warnings"][0]["code"] == "ISCB-LIC-LEASE-SIGNATURE"
    finally:
        false.close()


def test_a_wrong_clock_is_no_matter(machine, relay) -> None:
    relay.off = 7200.0
    world = machine()
    assert world.activate(ONE)["state"] == "active"
    assert relay.requests[:2] == ["/v1/devices/enrol"] * 2
    assert world.refresh()["state"] == "active"
    assert relay.requests.count("/v1/devices/enrol") == 2, "the time was learnt"


@pytest.mark.parametrize("deed", ["edited", "deleted"])
def test_a_lease_makes_up_for_a_record_that_was_meddled_with(machine, relay, deed) -> None:
    world = machine()
    world.activate(ONE)
    (record,) = world.home.licenses.glob("*.json")
    world.stop_bridge()
    relay.stop()
    if deed == "edited":
        record.write_bytes(record.read_bytes().replace(b'"failures":0', b'"failures":7'))
    else:
        record.unlink()
    world.bridge()
    world.days_pass(3)
    assert world.until_license("offline_grace")["daysLeft"] == 11
    world.days_pass(12)
    assert not world.until_license("grace_over")["allowed"]["newSave"]


def test_an_edited_refusal_stays_one(machine, relay) -> None:
    first, second = machine(), machine()
    first.activate(ONE)
    older = next(first.home.licenses.glob("*.json")).read_bytes()
    second.activate(ONE, "license.transfer")
    assert first.refresh()["state"] == "refused"
    first.stop_bridge()
    relay.stop()
    next(first.home.licenses.glob("*.json")).write_bytes(older)
    first.bridge()
    assert first.until_license("refused")["error"]["code"] == "ISCB-RELAY-SEATS-TAKEN"


def test_the_way_to_the_relay_is_what_a_network_test_walks(machine, relay) -> None:
    world = machine()
    steps = world.ask().request("network.test", {})["steps"]
    assert [(step["name"], step["ok"]) for step in steps] == [
        (name, True) for name in ("proxy", "dns", "connect", "tls", "store")
    ]
    assert steps[-1]["target"] == relay.url.removeprefix("https://")
    assert relay.requests == ["/"], "nothing of a device was asked"
    relay.stop()
    last = world.ask().request("network.test", {})["steps"][-1]
    assert (last["name"], last["error"]["code"]) == ("connect", "ISCB-RELAY-UNREACHABLE")
    world.trusts(trustme.CA())
    relay.start()
    last = world.ask().request("network.test", {})["steps"][-1]
    assert (last["name"], last["error"]["code"]) == ("tls", "ISCB-RELAY-TLS")


def test_a_policy_without_a_relay_says_so(machine, relay) -> None:
    world = machine()
    world.relay_policy(relay_keys=["k1:not a key"])
    again(world)
    assert refused(world, "license.activate", code=ONE) == "ISCB-LIC-RELAY-POLICY"


def test_the_certificate_of_another_ca_is_not_believed(machine, relay) -> None:
    world = machine()
    world.trusts(trustme.CA())
    assert refused(world, "license.activate", code=ONE) == "ISCB-LIC-ACTIVATION-OPEN"
    assert relay.requests == []
