"""Licences delivered by ISCDesk, end to end: real bridge, SDK process, desk, verifier and fingerprint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iscbridge.ipc.client import BridgeError
from support.licensed import LicensedWorld
from support.world import until

PRODUCT = "DeskCAD"
OTHER = "OtherCAD"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LicensedWorld]:
    made = LicensedWorld(tmp_path)
    try:
        made.desk(license="signed", license_product=PRODUCT, license_days=30)
        key = made.ask_desk("vendorKey")["verifyKey"]
        made.policy(PRODUCT, authority="desk", verify_key=key)
        made.policy(OTHER, authority="desk")
        made.bridge()
        yield made
    finally:
        made.close()


def connected(world: LicensedWorld, product: str) -> Any:
    host = world.host(product)
    until(lambda: world.ask().request("bridge.status", {})["sessions"][0]["state"] == "ready", "the SDK session")
    return host


def received(host: Any) -> dict[str, Any]:
    found: list[dict[str, Any]] = []

    def come() -> bool:
        found.extend(params for topic, params in host.poll(0.05) if topic == "license.received")
        return bool(found)

    until(come, "license.received")
    return found[0]


def noted(world: LicensedWorld, function: str) -> list[list[str]]:
    return [c["arguments"] for c in world.ask_desk("calls")["calls"] if c["function"] == function]


@pytest.mark.parametrize("form", ["string", "file"])
def test_a_signed_licence_is_verified_by_the_bridge_and_never_shown(world: LicensedWorld, form: str) -> None:
    host = connected(world, PRODUCT)
    host.request("license.request", {"product": PRODUCT, "form": form, "fileName": "a.lic"})
    told = received(host)
    assert (told["ok"], told["verified"]) == (True, True)
    assert "content" not in told
    assert "path" not in told
    until(lambda: world.license(PRODUCT)["state"] == "active", "the licence")
    until(lambda: noted(world, "LicenseVerifyNotify") == [["true", ""]], "the report")


@pytest.mark.parametrize(
    ("mode", "code"),
    [("broken", "SIGNATURE"), ("wrong_product", "PRODUCT"), ("wrong_device", "DEVICE"), ("expired", "EXPIRED")],
)
def test_a_licence_that_is_not_good_says_why(world: LicensedWorld, mode: str, code: str) -> None:
    world.desk(license=mode)
    host = connected(world, PRODUCT)
    host.request("license.request", {"product": PRODUCT, "form": "string"})
    told = received(host)
    assert (told["ok"], told["error"]["code"]) == (False, f"ISCB-LIC-FILE-{code}")
    until(lambda: world.license(PRODUCT)["state"] in ("refused", "expired"), "the verdict")
    until(lambda: noted(world, "LicenseVerifyNotify"), "the report")


def test_a_licence_is_verified_by_the_host_that_asked_and_by_no_other(world: LicensedWorld) -> None:
    world.desk(license="success")
    host = connected(world, OTHER)
    alien = connected(world, PRODUCT)
    host.request("license.request", {"product": OTHER, "form": "string", "deviceInfo": "x"})
    told = received(host)
    assert told["ok"]
    assert told["content"].startswith("0078")
    with pytest.raises(BridgeError, match="ISCB-LIC-NOT-ASKED"):
        alien.request("license.verified", {"product": PRODUCT, "ok": True})
    with pytest.raises(BridgeError, match="ISCB-REQ-PARAMS"):
        host.request("license.verified", {"product": OTHER, "ok": True, "expires": "2099-02-31T00:00:00.000Z"})
    host.request("license.verified", {"product": OTHER, "ok": True, "expires": "2099-12-31T00:00:00.000Z"})
    assert noted(world, "LicenseVerifyNotify") == [["true", ""]]
    found = until(lambda: f if (f := world.license(OTHER))["state"] == "active" else None, "the licence")
    assert found["expires"] == "2099-12-31T00:00:00.000Z"
    assert [topic for topic, _ in alien.poll(0.3) if topic == "license.received"] == []
    world.stop_bridge()
    for path in world.home.root.rglob("*"):
        if path.is_file() and "sandbox" not in path.parts:
            assert b"0078369f54" not in path.read_bytes(), path


def test_a_delivered_licence_ends_by_its_own_term(world: LicensedWorld) -> None:
    """The signed term is the proof: no check is needed, offline or not, and no grace follows."""
    host = connected(world, PRODUCT)
    host.request("license.request", {"product": PRODUCT, "form": "string"})
    received(host)
    until(lambda: world.license(PRODUCT)["state"] == "active", "the licence")
    world.days_pass(20)
    assert world.until_license("active", PRODUCT)["allowed"]["newSave"]
    world.days_pass(11)
    assert not world.until_license("expired", PRODUCT)["allowed"]["newSave"]


def test_the_trial_s_end_is_told_to_the_desk(world: LicensedWorld) -> None:
    host = connected(world, OTHER)
    host.request("license.trialExpired", {"product": OTHER, "form": "file", "fileName": "a.lic"})
    (call,) = until(lambda: noted(world, "TrialExpirationAndGetLicense"), "the call")
    assert (call[0], call[2]) == ("LICENSE_TYPE_FILE", "a.lic")
    assert call[1].count("|") == 3, "the bridge fills in this machine's fingerprint"
