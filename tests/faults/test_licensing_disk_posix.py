"""No room on the disk at each write of a licence: it is said, nothing is restricted by it, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.faults_shim import Shim
from support.licensed_faults import FaultyWorld
from support.world import until

MOST = 20
#: What may be said of a disk that takes nothing.
NO_ROOM = {"ISCB-JOURNAL-DISK-FULL", "ISCB-JOURNAL-IO", "ISCB-SECRET-IO"}


@pytest.fixture(scope="module")
def shim(shim_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Shim:
    return Shim(shim_library, tmp_path_factory.mktemp("orders"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, shim: Shim) -> Iterator[FaultyWorld]:
    made = FaultyWorld(tmp_path_factory.mktemp("full"))
    try:
        made.store()
        made.bridge(**shim.environment)
        yield made
    finally:
        made.close()


def places(world: FaultyWorld) -> dict[str, Path]:
    """The secrets' file lies beside its lock and its next version."""
    return {"records": world.home.licenses, "secrets": world.home.root / "secrets.json.new"}


def made(world: FaultyWorld, shim: Shim, count: int) -> list[str]:
    """Products of their own, known to a bridge that can be hurt."""
    world.no_products()
    found = [world.product("Full") for _ in range(count)]
    world.restart(**shim.environment)
    return found


@pytest.mark.parametrize("place", ["records", "secrets"])
def test_at_each_write_of_an_activation(world: FaultyWorld, shim: Shim, place: str) -> None:
    """It goes well, or it is refused by a code that says why; with room again nobody is the worse for it."""
    met, names = 0, []
    for first, product in enumerate(made(world, shim, MOST), 1):
        code = world.new_code()
        world.forget_calls()
        with shim.full_disk(places(world)[place], first=first):
            said = world.error_of("license.activate", product=product, code=code)
            assert said == "" or said in NO_ROOM
            if said:
                assert not world.bought(code)["activated"], "a code that could not be kept is not spent"
            else:
                found = world.rest(product)
                assert found["state"] == "active"
                assert {one["code"] for one in found.get("warnings", ())} <= NO_ROOM
                world.until_license("active", product)
            refused = shim.refused
        if said:
            world.ask().request("license.activate", {"product": product, "code": code})
        names.append(product)
        assert world.refresh(product)["state"] == "active"
        assert world.activations_taken() == 1
        if not refused:
            break
        met += 1
    else:
        raise AssertionError("an activation has no end of writes")
    assert met >= 2
    world.restart(**shim.environment)
    # What could not be written while there was no room is as right after a start as it was before.
    for name in names:
        world.until_settled(name)
        found = world.until_license("active", name)
        assert found["allowed"]["newSave"]


def test_a_code_that_can_t_take_its_place_is_not_mixed_up_with_the_former_one(world: FaultyWorld, shim: Shim) -> None:
    """The second code is good and settled, the first one given back: only the second one is ever asked about again."""
    met = 0
    for first, product in enumerate(made(world, shim, MOST), 1):
        former = world.activated(product)
        code = world.new_code()
        with shim.full_disk(places(world)["secrets"], first=first):
            said = world.error_of("license.activate", product=product, code=code)
            assert said == "" or said in NO_ROOM
            refused = shim.refused
            if not said:
                world.ask_store("release", code=former)
                found = world.refresh(product)
                assert found["state"] == "active", found
        if not said:
            assert world.refresh(product)["state"] == "active"
            third = world.new_code()
            world.ask().request("license.activate", {"product": product, "code": third})
            assert world.refresh(product)["state"] == "active"
            assert world.license(product)["code"].endswith(third[-3:])
        if not refused:
            break
        met += 1
    assert met >= 1


def test_a_day_without_room_restricts_nobody_and_is_made_up_for(world: FaultyWorld, shim: Shim) -> None:
    (product,) = made(world, shim, 1)
    world.activated(product)
    with shim.full_disk(world.home.root):
        world.days_pass(1)
        found = world.until_license("active", product)
        assert found["allowed"]["newSave"]
        until(lambda: world.license(product).get("warnings"), "a warning that nothing can be written")
    world.days_pass(1)
    found = world.until_license("active", product)
    until(lambda: not world.license(product).get("warnings"), "the warning to be over")
    world.restart(**shim.environment)
    assert world.until_license("active", product)["allowed"]["newSave"]


def test_a_renewal_that_could_not_be_written_is_written_later(world: FaultyWorld, shim: Shim) -> None:
    """The store is asked once a day: what it said must not be lost because the disk was full for a moment."""
    (product,) = made(world, shim, 1)
    code = world.activated(product)
    world.ask_store("expire", code=code)
    assert world.refresh(product)["state"] == "expired"
    world.ask_store("renew", code=code, days=30)
    with shim.full_disk(world.home.licenses):
        assert world.refresh(product)["state"] == "active"
        assert shim.refused
    until(lambda: not world.license(product).get("warnings"), "the record to be written, without any use")
    world.stop_store()
    try:
        world.crash(**shim.environment)
        assert world.license(product)["state"] == "active"
    finally:
        world.store()


def test_a_deactivation_that_can_t_be_written_is_told_and_done_at_last(world: FaultyWorld, shim: Shim) -> None:
    (product,) = made(world, shim, 1)
    world.activated(product)
    with shim.full_disk(world.home.root / "secrets.json.new"):
        found = world.ask().request("license.deactivateLocal", {"product": product})
        assert found["state"] == "not_activated"
        assert "ISCB-SECRET-IO" in [one["code"] for one in found["warnings"]]
    world.restart(**shim.environment)
    assert world.check(product)["state"] == "not_activated"
    until(lambda: f"code/{product}" not in world.secrets(), "the code to be forgotten")
