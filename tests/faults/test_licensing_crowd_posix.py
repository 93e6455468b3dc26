"""Many hosts at once, rude ones among them: one answer to each request, and one question at a time for each product."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.licensed import PRODUCT
from support.licensed_faults import FaultyWorld
from support.raw_client import RawClient
from support.world import until

PRODUCTS = (PRODUCT, "OtherCAD", "ThirdCAD")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyWorld]:
    made = FaultyWorld(tmp_path_factory.mktemp("crowd"))
    for product in PRODUCTS[1:]:
        made.policy(product)
    try:
        made.store()
        made.desk()
        made.bridge()
        for product in PRODUCTS:
            made.activated(product)
        yield made
    finally:
        made.close()


@pytest.fixture(name="world")
def _alone(shared: FaultyWorld) -> Iterator[FaultyWorld]:
    shared.days_pass(1)
    yield shared
    RawClient.close_all()
    shared.let_go()
    for product in PRODUCTS:
        shared.rest(product)


def answers(host: RawClient, wanted: list[int]) -> Counter[int]:
    """Read until each of these requests has an answer; how many each got, with what comes until a last ping."""
    found: Counter[int] = Counter()
    while set(wanted) - set(found):
        message = host.read()
        assert message is not None, "the bridge hung up"
        if "id" in message:
            found[message["id"]] += 1
    last = host.ask("bridge.status")
    while (message := host.read()) is not None:
        if message.get("id") == last:
            break
        if "id" in message:
            found[message["id"]] += 1
    return found


def one_at_a_time(world: FaultyWorld) -> None:
    """The store never had two questions of one account at once. How many in all depends on how fast they were asked."""
    questions = ("activate", "heartbeat")
    asked = [one for one in world.noted() if one["call"] in questions]
    assert asked
    assert not [one for one in asked if set(questions) & set(one["beside"])]


def test_fifty_hosts_of_three_products_ask_everything_at_once(world: FaultyWorld) -> None:
    world.ask_store("misbehave", set={"delay_ms": 100})
    codes = {product: world.new_code() for product in PRODUCTS}
    world.forget_calls()
    hosts = [world.raw(PRODUCTS[n % 3], instance=f"crowd-{n:010}") for n in range(50)]
    asked: list[list[int]] = []
    for number, host in enumerate(hosts):
        product = PRODUCTS[number % 3]
        part = world.file(f"crowd/{number}.step", b"%d" % number)
        asked.append(
            [
                host.ask("license.check", {"product": product}),
                host.ask("license.refresh", {"product": product}),
                host.ask("license.activate", {"product": product, "code": codes[product]}),
                host.ask("cloud.save", {"path": str(part)}),
                host.ask("license.status", {}),
            ]
        )
    for host, wanted in zip(hosts, asked, strict=True):
        assert answers(host, wanted) == Counter(dict.fromkeys(wanted, 1))
    one_at_a_time(world)
    for product in PRODUCTS:
        assert world.until_license("active", product)["code"].endswith(codes[product][-3:])
    assert not any(world.pending(product) for product in PRODUCTS)


def test_two_people_activate_different_codes_at_once(world: FaultyWorld) -> None:
    first, second = world.new_code(), world.new_code()
    one, two = world.raw(PRODUCT), world.raw(PRODUCT)
    asked = [
        (host, host.ask("license.activate", {"product": PRODUCT, "code": code}))
        for host, code in ((one, first), (two, second))
    ]
    said = []
    for host, request in asked:
        while (message := host.read()) is not None and message.get("id") != request:
            pass
        assert message is not None
        said.append(message.get("error", {}).get("data", {}).get("code", ""))
    taken = [code for code, error in zip((first, second), said, strict=True) if not error]
    assert taken, said
    assert set(said) <= {"", "ISCB-LIC-BUSY"}
    assert world.rest()["code"].endswith(taken[-1][-3:])
    for code in {first, second} - set(taken):
        assert not world.bought(code)["activated"], "a code that was not taken up is not spent"


def test_hosts_that_leave_in_the_middle_of_an_activation(world: FaultyWorld) -> None:
    code = world.new_code()
    world.ask_store("misbehave", set={"delay_ms": 200, "on": "activate"})
    for _ in range(10):
        host = world.raw(PRODUCT)
        host.ask("license.activate", {"product": PRODUCT, "code": code})
        host.close()
    world.until_held("activate") if not world.bought(code)["activated"] else None
    until(lambda: world.bought(code)["activated"], "the activation to be carried out without its host")
    world.until_settled(PRODUCT)
    assert world.until_license("active")["code"].endswith(code[-3:])
    assert world.error_of("license.activate", product=PRODUCT, code=world.new_code()) == "", "nobody blocks the next"


def test_a_host_that_activates_a_thousand_times(world: FaultyWorld) -> None:
    code = world.new_code()
    host, other = world.raw(PRODUCT), world.raw("ThirdCAD")
    world.ask_store("misbehave", set={"delay_ms": 300, "on": "activate"})
    before = _resident(world.bridge_pid)
    world.forget_calls()
    asked = [host.ask("license.activate", {"product": PRODUCT, "code": code}) for _ in range(1000)]
    assert "result" in other.call("license.check", {"product": "ThirdCAD"})
    assert answers(host, asked) == Counter(dict.fromkeys(asked, 1))
    assert len(world.noted("activate")) < 30
    assert world.until_license("active")["code"].endswith(code[-3:])
    assert _resident(world.bridge_pid) - before < 60 * 1024 * 1024
    assert not world.pending(PRODUCT)


def _resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def test_refreshes_of_many_share_one_question(world: FaultyWorld) -> None:
    world.hold("heartbeat")
    hosts = [world.raw(PRODUCT) for _ in range(20)]
    asked = [[host.ask("license.refresh", {"product": PRODUCT})] for host in hosts]
    for host in hosts:
        assert "result" in host.call("bridge.status")  # so the bridge has read what was asked before
    world.until_held("heartbeat")
    assert len(world.holding("heartbeat")) == 1
    world.let_go()
    for host, wanted in zip(hosts, asked, strict=True):
        assert answers(host, wanted) == Counter(dict.fromkeys(wanted, 1))
    assert len(world.noted("heartbeat")) <= 3, "all of them had the answer to the one that was held"
