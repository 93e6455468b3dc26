"""What licences are kept in is damaged, replaced or out of reach: the bridge starts, tells, and restricts nobody for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.faults_shim import Shim
from support.licensed import PRODUCT
from support.licensed_faults import FaultyWorld
from support.world import until


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FaultyWorld]:
    made = FaultyWorld(tmp_path)
    try:
        made.store()
        made.bridge()
        yield made
    finally:
        made.close()


def codes(warnings: list[dict[str, str]]) -> list[str]:
    return [one["code"] for one in warnings]


def told(world: FaultyWorld) -> list[str]:
    """What `bridge.status` warns of."""
    return codes(world.ask().request("bridge.status").get("warnings", []))


DAMAGES = {
    "rights": "ISCB-SECRET-EXPOSED",
    "link": "ISCB-SECRET-IO",
    "cut": "ISCB-SECRET-DAMAGED",
    "folder": "ISCB-SECRET-IO",
    "fifo": "ISCB-SECRET-EXPOSED",
}


def damage(path: Path, deed: str) -> None:
    """Do it to the secrets' file, which is kept beside."""
    import os

    content = path.read_bytes()
    kept = path.with_name("kept.json")
    kept.write_bytes(content)
    kept.chmod(0o600)
    if deed == "rights":
        path.chmod(0o644)
        return
    path.unlink()
    if deed == "link":
        path.symlink_to(kept)
    elif deed == "folder":
        path.mkdir()
    elif deed == "fifo":
        os.mkfifo(path, 0o600)
    else:
        path.write_bytes(content[:-20])
        path.chmod(0o600)


def mend(path: Path) -> None:
    if path.is_dir():
        path.rmdir()
    path.with_name("kept.json").replace(path)


@pytest.mark.parametrize("deed", DAMAGES)
def test_the_secrets_file_is_not_what_it_was(world: FaultyWorld, deed: str) -> None:
    """At a start, and while the bridge runs."""
    code = world.activated()
    at_a_start = deed in ("rights", "cut", "link")
    if at_a_start:
        world.stop_bridge()
    damage(world.secrets_path, deed)
    if at_a_start:
        world.bridge()
        assert DAMAGES[deed] in codes(world.license()["warnings"])
        assert DAMAGES[deed] in told(world)
    world.days_pass(1)
    found = world.until_license("offline_grace")
    assert found["allowed"]["newSave"]
    assert DAMAGES[deed] in codes(found["warnings"])
    assert world.error_of("license.activate", product=PRODUCT, code=world.new_code()) == DAMAGES[deed]
    assert world.rest()["state"] == "offline_grace"
    mend(world.secrets_path)
    assert world.refresh()["state"] == "active"
    assert world.license()["code"].endswith(code[-3:])


def test_the_secrets_file_is_gone(world: FaultyWorld) -> None:
    """Nothing proves the record any more: it is called so, and the code has to be typed again, for it was lost."""
    code = world.activated()
    world.stop_bridge()
    world.secrets_path.unlink()
    world.bridge()
    found = world.check()
    assert (found["state"], found["error"]["code"]) == ("not_activated", "ISCB-LIC-RECORD-COPIED")
    world.ask().request("license.activate", {"product": PRODUCT, "code": code})
    assert world.until_license("active")["code"].endswith(code[-3:])
    world.restart()
    assert world.until_license("active")


def test_the_secrets_file_of_an_older_day_is_put_back(world: FaultyWorld) -> None:
    code = world.activated()
    older = world.secrets_path.read_bytes()
    world.days_pass(1)
    world.until_license("active")
    until(lambda: len(world.ask_store("show", code=code)["usage"]) > 0, "the report")
    world.days_pass(1)
    world.until_license("active")
    world.stop_bridge()
    world.secrets_path.write_bytes(older)
    world.bridge()
    assert world.until_license("active")["allowed"]["newSave"], "the code is there: one check heals it"


@pytest.mark.parametrize("deed", ["folder", "locked"])
def test_a_record_out_of_reach_costs_no_code(world: FaultyWorld, shim_library: Path, tmp_path: Path, deed: str) -> None:
    """The record can't be read, the code can: it is asked about at once, and nobody types it again."""
    shim = Shim(shim_library, tmp_path / "faults")
    code = world.activated()
    world.stop_bridge()
    record = world.record_path(PRODUCT)
    if deed == "folder":
        record.unlink()
        record.mkdir()
        (record / "in the way").touch()
        world.bridge()
        found = world.until_license("active")
    else:
        with shim.locked(record):
            world.bridge(**shim.environment)
            shim.until_denied()
            found = world.until_license("active")
    assert found["allowed"]["newSave"]
    assert codes(found["warnings"]), "it is said that records are out of reach"
    assert world.bought(code)["activated"]
    if deed == "folder":
        (record / "in the way").unlink()
        record.rmdir()
    world.restart()
    assert world.until_license("active")["allowed"]["newSave"]


def test_secrets_out_of_reach_at_a_start_leave_no_code_pending(world: FaultyWorld) -> None:
    """An activation is open, the bridge starts without its secrets, and gets them back later."""
    code = world.new_code()
    world.ask_store("misbehave", set={"drop": "after"})
    assert world.error_of("license.activate", product=PRODUCT, code=code) == "ISCB-LIC-ACTIVATION-OPEN"
    world.stop_bridge()
    world.behave()
    damage(world.secrets_path, "rights")
    world.bridge()
    world.check()
    world.rest()
    mend(world.secrets_path)
    assert world.refresh()["state"] == "active"
    world.until_settled(PRODUCT)
    assert world.license()["code"].endswith(code[-3:])


def test_settings_that_can_t_be_read_are_told_and_mended_without_a_code(world: FaultyWorld) -> None:
    """Without its settings the bridge does not know where secrets lie: nothing proves the record until they are mended."""
    code = world.activated()
    good = world.home.config.read_bytes()
    for content in (b"not toml [", b'[secrets]\nstore = "drawer"\n'):
        world.stop_bridge()
        world.home.config.write_bytes(content)
        world.bridge()
        assert any(one.startswith("ISCB-SET-") for one in told(world)), told(world)
        assert world.license()["managed"]
        assert world.check("another CAD")["managed"] is False
    world.stop_bridge()
    world.home.config.write_bytes(good)
    world.bridge()
    assert world.until_license("active")["code"].endswith(code[-3:])


def test_a_policy_folder_out_of_reach_restricts_nobody(world: FaultyWorld) -> None:
    world.activated()
    folder = world.home.products
    kept = folder.with_name("kept products")
    for deed in ("loop", "file"):
        world.stop_bridge()
        folder.rename(kept)
        if deed == "loop":
            folder.symlink_to(folder.name)
        else:
            folder.write_text("no folder")
        world.bridge()
        assert world.check()["managed"] is False
        assert world.check()["allowed"] == {"newSave": True, "openedSave": True, "open": True}
        assert deed != "loop" or "ISCB-SET-POLICY" in told(world)
        folder.unlink()
        kept.rename(folder)
    # one bad file among good ones
    (folder / "aaa.toml").write_bytes(b"\x00\xff")
    (folder / "bbb.toml").mkdir()
    (folder / "ccc.toml").symlink_to("nowhere")
    world.restart()
    assert told(world).count("ISCB-SET-POLICY") >= 1
    assert world.until_license("active")["managed"]


def test_a_damaged_breaker_file_counts_as_none(world: FaultyWorld) -> None:
    breaker = world.home.root / "store-breaker.json"
    world.activated()
    for content in (b'{"version": 1, "keys": {"a": 1}}', "folder"):
        world.ask_store("misbehave", set={"gateway": "APIGW.0301"})
        world.refresh()
        world.refresh()
        assert json.loads(breaker.read_bytes())["keys"]
        world.stop_bridge()
        breaker.unlink()
        if isinstance(content, str):
            breaker.mkdir()
        else:
            breaker.write_bytes(content)
        world.behave()
        world.days_pass(1)
        world.bridge()
        assert world.until_license("active")["allowed"]["newSave"]
