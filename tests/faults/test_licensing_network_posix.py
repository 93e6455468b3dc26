"""The network and the store at their worst: hosts are answered all the same, and nobody else's licence notices."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iscbridge.platform.folders import Home
from iscbridge.sandbox.store import control as store_control
from iscbridge.sandbox.store.places import StorePlaces
from support.licensed import DAY_S, PRODUCT
from support.licensed_faults import FaultyWorld
from support.world import until

OTHER = "OtherCAD"
STOPPED = "ISCB-STORE-AUTH-STOPPED"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyWorld]:
    made = FaultyWorld(tmp_path_factory.mktemp("net"))
    made.policy(OTHER)
    try:
        made.store()
        made.desk()
        made.bridge()
        made.activated()
        made.activated(OTHER)
        yield made
    finally:
        made.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[FaultyWorld]:
    """A world that is not put together again."""
    made = FaultyWorld(tmp_path)
    made.policy(OTHER)
    try:
        made.store()
        made.desk()
        made.bridge()
        made.activated()
        made.activated(OTHER)
        made.days_pass(1)
        yield made
    finally:
        made.close()


@pytest.fixture(name="world")
def _well_again(shared: FaultyWorld) -> Iterator[FaultyWorld]:
    """Each test begins and ends with two licences that stand, on a new day that nothing was asked on."""
    world = shared
    world.days_pass(1)
    yield world
    world.let_go()
    for product in (PRODUCT, OTHER):
        world.rest(product)
        assert world.refresh(product)["state"] == "active"
        world.rest(product)


def answered_at_once(world: FaultyWorld, name: str) -> None:
    """Hosts of every product are answered from memory, and their saves go out."""
    for product in (PRODUCT, OTHER, "a product without policy"):
        found = world.check(product)
        assert found["allowed"]["newSave"]
        part = world.file(f"{name}-{product}.step")
        job = world.host(product).save(str(part))
        assert job["state"] == "accepted"
        assert world.finish(job["job"])["state"] == "done"


def failing(world: FaultyWorld, product: str = PRODUCT) -> str:
    """Use the product until a check has failed; why."""
    found = world.until_license("offline_grace", product)
    assert found["allowed"]["newSave"]
    return str(found["warnings"][-1]["code"])


def ready(world: FaultyWorld) -> Path:
    """The file that says where the store listens."""
    return StorePlaces.of(world.home).ready


def moved(world: FaultyWorld, former: bytes, **changes: object) -> None:
    """Put other words than `former` into the store's ready file. The store ends when it sees that it is not its own."""
    ready(world).write_bytes(json.dumps({**json.loads(former), **changes}).encode())


def test_a_store_that_holds_what_it_is_asked_holds_nobody_up(world: FaultyWorld) -> None:
    world.hold("heartbeat")
    world.check()
    world.until_held("heartbeat")
    world.forget_calls()
    answered_at_once(world, "held")
    assert world.license()["checking"]
    assert not [one for one in world.noted("heartbeat") if one["status"]], "it still holds what it was asked"


def test_a_port_that_takes_connections_and_never_answers(own: FaultyWorld) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"https://localhost:{deaf.getsockname()[1]}"
        moved(own, ready(own).read_bytes(), bases=[address, address])
        own.check()
        until(lambda: own.license()["checking"], "the check to begin")
        answered_at_once(own, "deaf")


def test_a_question_that_is_held_holds_up_no_other_product(world: FaultyWorld) -> None:
    world.hold("heartbeat", times=1)
    world.check()
    world.until_held("heartbeat")
    found = world.ask().request("license.check", {"product": OTHER})
    assert found["allowed"]["newSave"]
    assert world.error_of("license.activate", product=OTHER, code="") != "ISCB-LIC-BUSY"
    job = world.host(OTHER).save(str(world.file("other.step")))["job"]
    assert world.finish(job)["state"] == "done"
    assert world.license()["checking"]


def test_a_foreign_authority_is_not_believed(own: FaultyWorld, tmp_path: Path) -> None:
    """Another profile's store listens where ours did, and its certificate is another's."""
    stranger = Home(tmp_path / "stranger")
    stranger.ensure()
    former = ready(own).read_bytes()
    try:
        other = store_control.start(stranger)
        moved(own, former, bases=other["bases"])
        assert failing(own) == "ISCB-STORE-TLS"
        answered_at_once(own, "stranger")
        # Its certificate may even be put in our place: our keys are not known there, and a refusal is no word.
        moved(own, former, bases=other["bases"], ca=other["ca"])
        assert own.refresh()["state"] == "offline_grace"
        answered_at_once(own, "believed stranger")
        assert store_control.request(stranger, {"request": "state"})["codes"] == 0
    finally:
        store_control.stop(stranger)


def test_a_certificate_or_a_ready_file_that_is_none(own: FaultyWorld, tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("-----BEGIN CERTIFICATE-----\nnone\n", encoding="utf-8")
    former = ready(own).read_bytes()
    for ca in (tmp_path / "gone.pem", garbage, tmp_path):
        moved(own, former, ca=str(ca))
        assert own.refresh()["state"] == "offline_grace"
        assert failing(own) == "ISCB-STORE-TLS"
    for content in (b"", b"[]", b"null", b'{"bases": 1}', b'{"bases": ["http://x"], "ca": 1}', b"\xff"):
        ready(own).write_bytes(content)
        assert own.refresh()["state"] == "offline_grace"
        assert failing(own).startswith("ISCB-S")
    answered_at_once(own, "none")


@pytest.mark.parametrize(
    "traits",
    [
        {"throttle": "yes", "retry_after_s": 3600},
        {"throttle": "yes", "retry_after": "absent"},
        {"gateway": "APIGW.0201"},
        {"gateway": "iam_503"},
        {"drop": "middle"},
        {"answer": "redirect"},
        {"answer": "unauthorized_403"},
        {"domains": "none"},
    ],
    ids=lambda traits: "-".join(map(str, traits.values())),
)
def test_what_is_no_word_of_the_store_restricts_nobody(world: FaultyWorld, traits: dict[str, Any]) -> None:
    world.ask_store("misbehave", set=traits)
    assert failing(world).startswith("ISCB-STORE-")
    answered_at_once(world, "-".join(map(str, traits.values())).replace(".", "-"))


def test_a_throttled_check_is_made_up_for_within_the_same_question(world: FaultyWorld) -> None:
    world.ask_store("misbehave", set={"throttle": "yes", "retry_after_s": 0, "times": 1})
    world.forget_calls()
    world.check()
    assert world.until_license("active")["allowed"]["newSave"]


def test_a_store_and_a_machine_that_disagree_on_the_time(own: FaultyWorld) -> None:
    """What counts is the store's clock; ours being wrong by weeks restricts nobody."""
    for off in (-3600, 3600, 40 * DAY_S, -40 * DAY_S, 0):
        own.ask_store("misbehave", set={"clock_off_s": int(off)})
        assert own.refresh()["state"] == "active", off
        own.crash()
        assert own.until_license("active")["allowed"]["newSave"], off


def test_two_refused_signatures_then_it_stops_over_restarts_and_a_person_has_one_more_try(own: FaultyWorld) -> None:
    world = own
    world.ask_store("misbehave", set={"gateway": "APIGW.0301"})
    world.forget_calls()
    failing(world)
    for _ in range(3):
        world.refresh()
    stopped = world.refresh()
    assert stopped["state"] == "offline_grace"
    assert stopped["allowed"]["newSave"]
    before = len(world.noted())
    # by itself it asks no more: neither on another day, nor for another product, nor after a restart
    world.crash()
    world.days_pass(1)
    for product in (PRODUCT, OTHER):
        until(lambda product=product: STOPPED in _warned(world, product), f"the stop to be told of {product}")
    world.rest()
    assert len(world.noted()) == before
    # a person: one more try each time, and no more than one
    world.refresh()
    assert len(world.noted()) == before + 1
    world.crash()
    world.refresh()
    assert len(world.noted()) == before + 2
    world.behave()
    assert world.refresh()["state"] == "active"
    world.refresh(OTHER)
    assert world.check(OTHER)["state"] == "active"
    answered_at_once(world, "after a stop")


def _warned(world: FaultyWorld, product: str) -> list[str]:
    return [one["code"] for one in world.check(product).get("warnings", [])]


def test_a_store_that_comes_and_goes(own: FaultyWorld) -> None:
    world = own
    for _ in range(3):
        world.stop_store()
        assert failing(world)
        world.store()
        assert world.refresh()["state"] == "active"
        world.days_pass(1)
