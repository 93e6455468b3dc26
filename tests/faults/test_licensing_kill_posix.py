"""kill -9 of the bridge at every write of a licence and at every question that the store holds.

After each of them the licence is as the store says, no code waits for ever, and only who typed a code that was never
kept types it again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.faults_shim import Shim
from support.licensed_faults import FaultyWorld
from support.world import until

#: Every file that licensing writes is first written beside itself, by this name.
WRITTEN = ".json.new"
MOST_WRITES = 30


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyWorld]:
    made = FaultyWorld(tmp_path_factory.mktemp("kill"))
    try:
        made.store()
        made.bridge()
        yield made
    finally:
        made.close()


@pytest.fixture(autouse=True)
def _well_again(world: FaultyWorld) -> Iterator[None]:
    yield
    world.behave()


@pytest.fixture(scope="module")
def shim(shim_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Shim:
    return Shim(shim_library, tmp_path_factory.mktemp("orders"))


def told(world: FaultyWorld, product: str, code: str) -> bool:
    """Whether this code is shown; the masked form of one whose first record was cut off is not known."""
    return world.license(product)["code"] in (f"{code[:2]}****{code[-3:]}", "****")


def active(world: FaultyWorld, product: str) -> None:
    """The licence stands and can be checked, without anybody typing anything."""
    found = world.until_license("active", product)
    assert found["allowed"] == {"newSave": True, "openedSave": True, "open": True}
    world.until_settled(product)
    assert world.refresh(product)["state"] == "active"
    assert "error" not in found


# at each write


class Deed(ABC):
    """Something done to a licence, and what must hold if the bridge died meanwhile."""

    writes = range(1, MOST_WRITES)
    """At which it is killed; fewer for what shares its steps with another deed."""

    def __init__(self, world: FaultyWorld, product: str) -> None:
        self.world = world
        self.product = product
        self.code = ""
        self.env: dict[str, str] = {}
        """Of the bridge that can die."""

    def before(self) -> None:
        """Make ready, with a bridge that will not die."""
        self.code = self.world.activated(self.product)
        self.world.check(self.product)
        until(self.reported, "the first usage report")
        self.world.rest(self.product)

    @abstractmethod
    def act(self) -> None:
        """Do it, with the bridge that can die."""

    @abstractmethod
    def after(self) -> None:
        """The bridge is there again."""

    def over(self) -> bool:
        """Whether the deed is done and nothing more is written."""
        return True

    def reported(self) -> int:
        """On how many days the use of the code was reported."""
        return len(self.world.ask_store("show", code=self.code)["usage"])


class Activate(Deed):
    """The first code of a product."""

    writes = range(2, MOST_WRITES, 2)

    def before(self) -> None:
        self.code = self.world.new_code()

    def act(self) -> None:
        self.world.error_of("license.activate", product=self.product, code=self.code)

    def after(self) -> None:
        world, product = self.world, self.product
        world.check(product)
        if {f"code/{product}", f"code-pending/{product}"} & world.secrets():
            active(world, product)
        else:
            assert world.check(product)["state"] == "not_activated"
            assert not world.bought(self.code)["activated"], "a code is kept before it is spent"
            world.ask().request("license.activate", {"product": product, "code": self.code})
            active(world, product)
        assert told(world, product, self.code)

    def over(self) -> bool:
        self.world.check(self.product)
        return bool(self.reported())


class Another(Activate):
    """A second code takes the first one's place."""

    writes = range(1, MOST_WRITES, 2)

    def before(self) -> None:
        Deed.before(self)
        self.former = self.code
        self.code = self.world.new_code()

    def after(self) -> None:
        world, product = self.world, self.product
        world.ask_store("release", code=self.former)  # whoever asked about it now would be told
        world.check(product)
        if world.bought(self.code)["activated"] or world.pending(product):
            world.until_settled(product)
            active(world, product)
            assert told(world, product, self.code)
        else:
            assert world.refresh(product)["state"] == "released"


class Daily(Deed):
    writes = range(1, MOST_WRITES, 2)

    def before(self) -> None:
        super().before()
        self.world.stop_bridge()
        self.world.days_pass(1)
        self.world.bridge(**self.env)

    def act(self) -> None:
        self.world.error_of("license.check", product=self.product)

    def after(self) -> None:
        active(self.world, self.product)
        until(self.over, "the usage report of the day")

    def over(self) -> bool:
        return self.reported() > 1


class Expiry(Daily):
    """The check learns that the licence has expired."""

    def before(self) -> None:
        super().before()
        self.world.ask_store("expire", code=self.code)

    def after(self) -> None:
        world, product = self.world, self.product
        assert world.until_license("expired", product)["allowed"]["newSave"] is False
        world.ask_store("renew", code=self.code, days=30)
        assert world.refresh(product)["state"] == "active"

    def over(self) -> bool:
        return self.world.license(self.product)["state"] == "expired"


class Deactivate(Deed):
    def act(self) -> None:
        self.world.error_of("license.deactivateLocal", product=self.product)

    def after(self) -> None:
        world, product = self.world, self.product
        if world.check(product)["state"] == "not_activated":
            until(lambda: f"code/{product}" not in world.secrets(), "the code to be forgotten")
            assert not world.pending(product)
        else:
            active(world, product)
            world.ask().request("license.deactivateLocal", {"product": product})
        assert world.check(product)["state"] == "not_activated"


class Refused(Deed):
    """A code that is none, over a licence that stands."""

    writes = range(3, MOST_WRITES, 2)

    def act(self) -> None:
        self.world.error_of("license.activate", product=self.product, code="PL00000000000000")

    def after(self) -> None:
        world = self.world
        world.check(self.product)
        world.until_settled(self.product)
        active(world, self.product)
        assert told(world, self.product, self.code)


@pytest.mark.timeout(600)  # many restarts; each wait among them has its own, shorter end
@pytest.mark.parametrize("deed", [Another, Daily, Expiry, Deactivate, Refused, Activate])
def test_at_each_write(world: FaultyWorld, shim: Shim, deed: type[Deed]) -> None:
    struck = 0
    for write in deed.writes:
        shim.spare()
        world.no_products()
        product = world.product(deed.__name__)
        world.restart(**shim.environment)
        under = deed(world, product)
        under.env = shim.environment
        under.before()
        shim.kill("before", write, WRITTEN)
        under.act()
        until(lambda under=under: shim.killed or _over(under), f"write {write} or the end")
        if not shim.killed:
            if not struck:
                continue  # the order came in the middle of a write that was under way: that one was not counted
            break
        struck += 1
        until(lambda: not world.bridge_pid, "the bridge to be gone")
        shim.spare()
        world.bridge(**shim.environment)
        under.after()
    else:
        raise AssertionError("it has no end of writes")
    assert struck >= 2, "nothing was written"


def _over(deed: Deed) -> bool:
    """Nothing more comes; a bridge that died while it was asked is found dead in the next round."""
    try:
        return deed.over() and not deed.world.license(deed.product)["checking"]
    except Exception as error:  # noqa: BLE001  the bridge dies at any moment of this question, in many ways
        del error
        return False


# while the store holds a question


def test_while_the_store_holds_an_activation(world: FaultyWorld) -> None:
    product = world.product()
    world.restart()
    code = world.new_code()
    world.forget_calls()
    world.hold("activate", times=1)
    world.raw(product).ask("license.activate", {"product": product, "code": code})
    world.until_held("activate")
    world.crash()
    active(world, product)
    assert world.bought(code)["activated"]
    assert world.activations_taken() == 1


def test_a_code_that_was_activated_before_is_settled_by_asking(world: FaultyWorld) -> None:
    """92020003, and the bridge dies before it has asked: the next life asks, and activates nothing."""
    first, product = world.product(), world.product()
    world.restart()
    code = world.activated(first)
    world.forget_calls()
    world.hold("heartbeat")
    world.raw(product).ask("license.activate", {"product": product, "code": code})
    world.until_held("heartbeat")
    assert [one["error"] for one in world.noted("activate")] == ["92020003"]
    world.kill_bridge()
    world.behave()
    world.bridge()
    active(world, product)
    assert len(world.noted("activate")) == 1


def test_while_the_store_holds_the_query_that_settles(world: FaultyWorld) -> None:
    product = world.product()
    world.restart()
    code = world.new_code()
    world.forget_calls()
    world.hold("heartbeat")
    world.raw(product).ask("license.activate", {"product": product, "code": code})
    world.until_held("heartbeat")
    world.kill_bridge()
    world.behave()
    world.bridge()
    active(world, product)
    assert world.activations_taken() == 1
    assert len(world.noted("activate")) == 1, "what was taken is not asked again"


@pytest.mark.parametrize("deed", ["expiry", "renewal"])
def test_while_the_store_holds_a_check(world: FaultyWorld, deed: str) -> None:
    product = world.product()
    world.restart()
    code = world.activated(product)
    if deed == "renewal":
        world.ask_store("expire", code=code)
        assert world.refresh(product)["state"] == "expired"
        world.ask_store("renew", code=code, days=30)
    elif deed == "expiry":
        world.ask_store("expire", code=code)
    world.stop_bridge()
    world.days_pass(1)
    world.bridge()
    held = "usage" if deed == "report" else "heartbeat"
    world.hold(held)
    world.check(product)
    world.until_held(held)
    found = world.check(product)
    assert found["state"] == ("expired" if deed == "renewal" else "active")
    assert found["checking"] is (deed != "report")
    world.kill_bridge()
    world.behave()
    world.bridge()
    assert world.license(product)["state"] in (found["state"], "expired" if deed == "expiry" else "active")
    world.until_license("expired" if deed == "expiry" else "active", product)
    if deed != "expiry":
        until(lambda: len(world.ask_store("show", code=code)["usage"]) > 0, "the usage report of the day")


def test_while_a_deactivation_waits_behind_a_held_check(world: FaultyWorld) -> None:
    product = world.product()
    world.restart()
    code = world.activated(product)
    world.stop_bridge()
    world.days_pass(1)
    world.bridge()
    world.hold("heartbeat")
    host = world.raw(product)
    world.until_held("heartbeat")
    host.ask("license.deactivateLocal", {"product": product})
    until(lambda: world.license(product)["state"] == "not_activated", "the licence to be off")
    world.kill_bridge()
    world.behave()
    world.bridge()
    # Nobody was told that it is done: either is right, and asking again does it.
    world.check(product)
    world.ask().request("license.deactivateLocal", {"product": product})
    assert world.check(product)["state"] == "not_activated"
    assert f"code/{product}" not in world.secrets()
    assert world.bought(code)["activated"]


def test_again_and_again_at_the_same_step(world: FaultyWorld) -> None:
    """A bridge that dies at every start while an activation is open: each life asks, none spends the code anew."""
    product = world.product()
    world.restart()
    code = world.new_code()
    world.forget_calls()
    world.hold("heartbeat")
    world.raw(product).ask("license.activate", {"product": product, "code": code})
    world.until_held("heartbeat")
    for lives in range(2, 4):
        world.crash()
        until(lambda lives=lives: len(world.noted("heartbeat")) >= lives, "the next life to ask")
    world.kill_bridge()
    world.behave()
    world.days_pass(40)
    world.bridge()
    active(world, product)
    assert world.activations_taken() == 1
