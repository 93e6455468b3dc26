"""Licences from the code that a person types to the save that is let go out: everything real, time moved by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iscbridge.ipc.client import BridgeError
from support.licensed import PRODUCT, RENEW, LicensedWorld
from support.world import until


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LicensedWorld]:
    made = LicensedWorld(tmp_path)
    try:
        made.store()
        made.desk()
        made.bridge()
        yield made
    finally:
        made.close()


def refused(world: LicensedWorld, method: str, **params: Any) -> str:
    """The code with which a request is refused at once."""
    with pytest.raises(BridgeError) as caught:
        world.host().request(method, params)
    return caught.value.code


def saved(world: LicensedWorld, path: Path) -> dict[str, Any]:
    return world.finish(world.host().save(str(path))["job"])


def test_a_code_is_typed_once_and_masked_from_then_on(world: LicensedWorld) -> None:
    code = world.new_code()
    done = world.cli("license", "activate", "--product", PRODUCT, "--code-stdin", typed=f" {code}\r\n")
    assert done.returncode == 0, done.stderr
    assert code not in done.stdout + done.stderr
    found = world.check()
    assert (found["state"], found["managed"], found["cloud"]) == ("active", True, "sandbox")
    assert found["code"] == f"{code[:2]}****{code[-3:]}"
    assert found["allowed"] == {"newSave": True, "openedSave": True, "open": True}
    kept = world.ask_store("show", code=code)["license"]
    assert kept["activated"]
    until(lambda: world.ask_store("show", code=code)["license"]["detected"], "the store to have seen a heartbeat")


def test_a_wrong_code_says_what_is_wrong_and_leaves_the_old_licence(world: LicensedWorld) -> None:
    code = world.activated()
    done = world.cli("license", "activate", "--product", PRODUCT, "--code-stdin", typed="PL0000000000\n")
    assert (done.returncode, "ISCB-STORE-NO-SUCH-CODE" in done.stderr) == (5, True)
    found = world.license()
    assert (found["state"], found["code"][-3:]) == ("active", code[-3:])


def test_a_code_that_nobody_collected(world: LicensedWorld) -> None:
    code = world.new_code(collected=False)
    assert refused(world, "license.activate", product=PRODUCT, code=code) == "ISCB-STORE-NOT-RECEIVED"
    world.ask_store("collect", code=code)
    assert world.ask().request("license.activate", {"product": PRODUCT, "code": code})["state"] == "active"


def test_without_a_licence_only_new_cloud_work_stops(world: LicensedWorld) -> None:
    part = world.file("part.step")
    assert world.check()["state"] == "not_activated"
    for method, params in (
        ("cloud.save", {"path": str(part)}),
        ("cloud.saveAs", {"path": str(part)}),
        ("cloud.open", {}),
        ("cloud.solve", {"path": str(part)}),
    ):
        assert refused(world, method, **params) == "ISCB-LIC-NOT-ACTIVATED"
    assert part.read_bytes() == b"the first content"
    other = world.client("another CAD", product="FreeCAD")
    assert world.finish(other.save(str(part))["job"])["state"] == "done"
    assert world.ask().request("license.check", {"product": "FreeCAD"})["managed"] is False


def test_a_day_asks_once_and_a_day_without_use_not_at_all(world: LicensedWorld) -> None:
    code = world.activated()
    world.calls()
    world.days_pass(1)
    hosts = [world.host() for _ in range(5)]
    for host in hosts:
        host.request("license.check", {"product": PRODUCT})
    until(lambda: world.ask_store("show", code=code)["usage"], "the usage report")
    world.rest()
    for host in hosts:
        host.request("license.check", {"product": PRODUCT})
    assert sorted(world.calls()) == ["heartbeat", "usage"]
    world.days_pass(3)
    world.license()
    assert world.calls() == []


def test_the_client_id_tells_nothing_of_the_machine(world: LicensedWorld) -> None:
    code = world.activated()
    world.days_pass(1)
    world.check()
    usage = until(lambda: world.ask_store("show", code=code)["usage"], "the usage report")
    told = json.dumps(usage)
    done = world.cli("license", "fingerprint", "--json")
    values = [
        v for line in done.stdout.splitlines() for v in json.loads(line)["fingerprint"].replace("|", ",").split(",")
    ]
    assert any(values), done.stdout
    assert not [value for value in values if len(value) > 3 and value in told]


def test_offline_nothing_changes_until_the_grace_is_over(world: LicensedWorld) -> None:
    world.activated()
    part = world.file("part.step")
    world.stop_store()
    for day in range(1, 14):
        world.days_pass(1)
        found = world.until_license("offline_grace")
        assert found["allowed"]["newSave"], day
        assert found["daysLeft"] == 14 - day
        assert (found.get("notice") is not None) == (found["daysLeft"] <= 7)
    assert saved(world, part)["state"] == "done"
    world.days_pass(1.5)
    found = world.until_license("grace_over")
    assert found["allowed"] == {"newSave": False, "openedSave": True, "open": False}
    world.store()
    assert world.refresh()["state"] == "active"
    assert saved(world, part)["state"] == "done"


def test_a_monday_after_a_long_leave(world: LicensedWorld) -> None:
    """Grace is over, the store is there: the first save waits for the check and goes out."""
    world.activated()
    world.ask_store("misbehave", set={"delay_ms": 4000})  # within which the save is captured
    world.days_pass(30)
    host = world.host()
    accepted = host.save(str(world.file("monday.step")))
    assert accepted["state"] == "accepted"
    job = accepted["job"]
    assert world.finish(job)["state"] == "done"
    steps = host.request("job.history", {"job": job})["steps"]
    assert ("waiting", "license") in [(step["state"], step.get("reason")) for step in steps]


def test_a_monday_without_a_network(world: LicensedWorld) -> None:
    world.activated()
    world.stop_store()
    world.days_pass(30)
    job = world.finish(world.host().save(str(world.file("monday.step")))["job"])
    assert (job["state"], job["error"]["code"]) == ("refused", "ISCB-LIC-GRACE-OVER")
    world.store()
    assert world.refresh()["state"] == "active"
    assert world.finish(world.ask().request("job.retry", {"job": job["job"]})["job"])["state"] == "done"


def test_a_retry_is_a_use_and_waits_for_the_check_that_it_begins(world: LicensedWorld) -> None:
    world.activated()
    world.stop_store()
    world.days_pass(30)
    job = world.finish(world.host().save(str(world.file("monday.step")))["job"])
    assert job["error"]["code"] == "ISCB-LIC-GRACE-OVER"
    world.rest()
    world.store()
    world.days_pass(1)
    assert world.finish(world.ask().request("job.retry", {"job": job["job"]})["job"])["state"] == "done"


def test_expiry_stops_new_work_finishes_the_old_and_renewal_restores_all(world: LicensedWorld) -> None:
    code = world.activated()
    part, mine = world.file("new.step"), world.file("mine.step")
    assert saved(world, mine)["state"] == "done"
    world.ask_desk("script", answers=[{"action": "open", "path": "/mine.step", "checkout": True}])
    opened = world.finish(world.host().request("cloud.open", {})["job"])
    delivered = Path(opened["resultPath"])
    world.ask_desk("hold")
    under_way = world.host().save(str(world.file("under-way.step")))["job"]
    world.until_state(under_way, "submitted")
    world.days_pass(1)
    world.ask_store("expire", code=code)
    found = world.until_license("expired")
    assert found["renewUrl"] == RENEW
    assert RENEW in found["notice"] + found["error"]["remedy"] + found["error"]["message"]
    world.ask_desk("release")
    assert world.finish(under_way)["state"] == "done"
    job = world.finish(world.host().save(str(part))["job"])
    assert (job["state"], job["error"]["code"]) == ("refused", "ISCB-LIC-EXPIRED")
    assert refused(world, "cloud.open") == "ISCB-LIC-EXPIRED"
    delivered.write_bytes(b"changed after the licence ended")
    assert saved(world, delivered)["state"] == "done"
    world.days_pass(16)
    assert world.until_license("expired")["allowed"]["openedSave"] is False
    assert refused(world, "cloud.save", path=str(delivered)) == "ISCB-LIC-EXPIRED"
    world.ask_store("renew", code=code, days=365)
    assert world.refresh()["state"] == "active"
    assert world.finish(world.ask().request("job.retry", {"job": job["job"]})["job"])["state"] == "done"


def test_a_released_code_needs_a_new_one(world: LicensedWorld) -> None:
    code = world.activated()
    world.ask_store("release", code=code)
    assert world.refresh()["state"] == "released"
    fresh = world.activated()
    assert fresh != code


def test_what_is_no_answer_changes_nothing(world: LicensedWorld) -> None:
    world.activated()
    for answer in ("500", "502", "503", "garbage", "empty", "cut", "portal"):
        world.ask_store("misbehave", set={"answer": answer})
        world.days_pass(1)
        found = world.until_license("offline_grace")
        assert found["allowed"]["newSave"], answer
        world.ask_store("behave")
        world.rest()
        assert world.refresh()["state"] == "active", answer
        world.rest()


def test_only_the_second_domain_answers(world: LicensedWorld) -> None:
    world.ask_store("misbehave", set={"domains": "second"})
    world.activated()


def test_a_wrong_clock_costs_the_vendor_s_key_one_refused_signature(world: LicensedWorld) -> None:
    world.ask_store("misbehave", set={"clock_off_s": 7200})
    world.activated()
    world.until_license("active")
    for _ in range(3):
        assert world.refresh()["state"] == "active"
    statuses = [call["status"] for call in world.ask_store("calls")["calls"]]
    assert (statuses[0], statuses.count(401)) == (401, 1)


def test_a_lost_reply_to_the_activation_is_settled(world: LicensedWorld) -> None:
    code = world.new_code()
    world.ask_store("misbehave", set={"drop": "after", "on": "activate", "times": 1})
    assert world.ask().request("license.activate", {"product": PRODUCT, "code": code})["state"] == "active"
    assert world.until_license("active")["code"].endswith(code[-3:])


def test_an_activation_without_a_network_is_called_open_and_settled_later(world: LicensedWorld) -> None:
    code = world.new_code()
    world.ask_store("misbehave", set={"drop": "after"})
    assert refused(world, "license.activate", product=PRODUCT, code=code) == "ISCB-LIC-ACTIVATION-OPEN"
    world.kill_bridge()
    world.ask_store("behave")
    world.bridge()
    assert world.until_license("active")["code"].endswith(code[-3:])


def test_a_restart_offline_keeps_what_is_known(world: LicensedWorld) -> None:
    world.activated()
    world.stop_store()
    world.kill_bridge()
    world.days_pass(2)
    world.bridge()
    assert world.until_license("offline_grace")["daysLeft"] == 12
    assert saved(world, world.file("part.step"))["state"] == "done"


def test_one_product_s_licence_never_touches_another_s(world: LicensedWorld) -> None:
    world.policy("OtherCAD")
    world.stop_bridge()
    world.bridge()
    first, second = world.activated(), world.activated("OtherCAD")
    world.ask_store("release", code=first)
    assert world.refresh()["state"] == "released"
    assert world.refresh("OtherCAD")["state"] == "active"
    assert world.license("OtherCAD")["code"].endswith(second[-3:])


@pytest.mark.parametrize("deed", ["edited", "put back", "deleted"])
def test_a_record_that_was_meddled_with_is_noticed_and_one_check_heals_it(world: LicensedWorld, deed: str) -> None:
    code = world.activated()
    (record,) = world.home.licenses.glob("*.json")
    older = record.read_bytes()
    world.ask_store("expire", code=code)
    assert world.refresh()["state"] == "expired"
    world.stop_bridge()
    world.stop_store()
    if deed == "edited":
        record.write_bytes(record.read_bytes().replace(b"expired", b"alive"))
    elif deed == "put back":
        record.write_bytes(older)
    else:
        record.unlink()
    world.bridge()
    found = world.until_license("grace_over")
    assert not found["allowed"]["newSave"]
    assert found["error"]["code"].startswith("ISCB-LIC-RECORD-")
    world.store()
    world.ask_store("renew", code=code, days=30)
    assert world.refresh()["state"] == "active"


def test_a_host_hears_what_changes(world: LicensedWorld) -> None:
    code = world.activated()
    host, stranger = world.host(), world.host("OtherCAD")
    world.ask_store("expire", code=code)
    world.refresh()
    told = until(
        lambda: [p for topic, p in host.poll(1) if topic == "license.changed" and p["state"] == "expired"],
        "license.changed",
    )
    assert told[-1]["product"] == PRODUCT
    assert [topic for topic, _ in stranger.poll(0.2)] == []


def test_taking_the_licence_off_this_machine(world: LicensedWorld) -> None:
    world.activated()
    assert world.ask().request("license.deactivateLocal", {"product": PRODUCT})["state"] == "not_activated"
    assert refused(world, "cloud.open") == "ISCB-LIC-NOT-ACTIVATED"
    assert "code/" not in (world.home.root / "secrets.json").read_text("utf-8")


def test_a_clock_put_back_is_suspect_until_an_answer_comes(world: LicensedWorld) -> None:
    world.activated()
    world.days_pass(5)
    world.until_license("active")
    world.stop_store()
    world.days_pass(-3)
    assert not world.until_license("clock_suspect")["allowed"]["newSave"]
    world.store()
    assert world.refresh()["state"] == "active"


def test_no_secret_store_is_said_kindly_before_the_code_is_spent(world: LicensedWorld) -> None:
    world.home.config.write_text('[secrets]\nstore = "keyring"\n', encoding="utf-8")
    world.stop_bridge()
    world.bridge(PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")
    code = world.new_code()
    assert refused(world, "license.activate", product=PRODUCT, code=code) == "ISCB-SECRET-NONE"
    assert not world.ask_store("show", code=code)["license"]["activated"]


def test_a_secret_store_that_hangs_holds_nobody_up(world: LicensedWorld) -> None:
    """Promise 2: saves are taken at once; what is known of the licence counts, and is called unverified."""
    world.activated()
    world.stop_bridge()
    world.home.config.write_text('[secrets]\nstore = "keyring"\n', encoding="utf-8")
    stuck = world.work / "stuck"
    stuck.touch()
    tests = Path(__file__).parents[1]
    keyring = "support.stuck_keyring.Keyring"
    world.bridge(PYTHON_KEYRING_BACKEND=keyring, PYTHONPATH=str(tests), STUCK_KEYRING=str(stuck))
    job = world.host().save(str(world.file("part.step")))
    assert job["state"] == "accepted"
    assert world.finish(job["job"])["state"] == "done"
    found = world.license()
    assert found["state"] == "active"
    assert [warning["code"] for warning in found["warnings"]] == ["ISCB-SECRET-LOCKED"]
    stuck.unlink()


def test_a_record_that_can_t_be_written_is_said_and_stops_nobody(world: LicensedWorld) -> None:
    code = world.activated()
    (record,) = world.home.licenses.glob("*.json")
    record.unlink()
    record.mkdir()
    (record / "in the way").touch()
    world.ask_store("renew", code=code, days=30)
    world.days_pass(1)
    found = world.until_license("active")
    assert [w["code"] for w in found["warnings"]] == [
        w["code"] for w in world.ask().request("bridge.status")["warnings"]
    ]
    assert found["warnings"][0]["code"].startswith("ISCB-JOURNAL-")
    assert saved(world, world.file("part.step"))["state"] == "done"


def test_a_record_without_any_secret_store_is_not_believed(world: LicensedWorld) -> None:
    """Else an edited record would count wherever somebody takes the keyring away."""
    world.activated()
    world.stop_bridge()
    world.home.config.write_text('[secrets]\nstore = "keyring"\n', encoding="utf-8")
    world.bridge(PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")
    found = world.until_license("not_activated")
    assert (found["allowed"]["newSave"], found["error"]["code"]) == (False, "ISCB-SECRET-NONE")
    world.stop_bridge()
    world.home.config.write_text('[secrets]\nstore = "file"\n', encoding="utf-8")
    world.bridge()
    assert world.until_license("active")["allowed"]["newSave"]
