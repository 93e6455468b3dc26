"""A lease key is changed as docs/relay.md says, with every part a process of its own: nobody stops work for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iscbridge.cli.sandbox_relay import POLICY, folder_of
from iscbridge.cli.sandbox_relay_grammar import PRODUCT
from support.licensed import LicensedWorld

pytestmark = pytest.mark.timeout(400)


class World(LicensedWorld):
    """One machine, and the vendor's relay before the sandbox store."""

    def run(self, *arguments: str, typed: str | None = None) -> list[dict[str, Any]]:
        done = self.cli(*arguments, "--json", typed=typed)
        assert done.returncode == 0, done.stdout + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def admin(self, *arguments: str) -> list[dict[str, Any]]:
        return self.run("relay", "admin", *arguments, "--folder", str(folder_of(self.home)))

    def keys(self) -> dict[str, str]:
        return {row["id"]: row["public"] for row in self.admin("keys") if row["kind"] == "lease"}

    def signed_by(self) -> str:
        """The key of the device's last lease."""
        [lease] = self.admin("leases")
        return str(lease["kid"])

    def roll_out(self, keys: dict[str, str]) -> None:
        """Policy files with these keys reach the machine; it is started again some time later."""
        path = self.home.products / POLICY
        lines = path.read_text(encoding="utf-8").splitlines()
        listed = ", ".join(f'"{kid}:{key}"' for kid, key in keys.items())
        told = [f"relay_keys = [{listed}]" if line.startswith("relay_keys") else line for line in lines]
        path.write_text("\n".join(told) + "\n", encoding="utf-8")
        self.stop_bridge()
        self.bridge()

    def restart_relay(self) -> None:
        policy = (self.home.products / POLICY).read_bytes()
        self.run("sandbox", "relay", "stop")
        self.run("sandbox", "relay", "start")
        (self.home.products / POLICY).write_bytes(policy)  # workstations get theirs from the vendor, in its own time


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    try:
        yield made
    finally:
        made.cli("sandbox", "relay", "stop")
        made.stop_store()
        made.close()


def test_a_key_is_changed_and_the_old_one_taken_away(world) -> None:
    world.run("sandbox", "relay", "start")
    world.bridge()
    code = world.run("sandbox", "shop", "buy")[0]["code"]
    world.run("license", "activate", "--product", PRODUCT, "--code-stdin", typed=f"{code}\n")
    [old] = world.keys()
    assert world.signed_by() == old

    [made] = world.admin("keys", "new")
    assert world.keys().keys() == {old, made["id"]}
    world.roll_out(world.keys())
    assert world.refresh(PRODUCT)["state"] == "active"
    assert world.signed_by() == old, "the new one signs from the relay's next start on"

    world.restart_relay()
    assert world.refresh(PRODUCT)["state"] == "active"
    assert world.signed_by() == made["id"]

    (folder_of(world.home) / "secrets" / "lease_keys" / f"{old}.pem").unlink()
    world.restart_relay()
    world.roll_out(world.keys())
    assert world.keys() == {made["id"]: made["public"]}
    assert world.license(PRODUCT)["state"] == "active", "the kept lease is the new key's"
    found = world.refresh(PRODUCT)
    assert (found["state"], found.get("warnings")) == ("active", None)


def test_a_bridge_that_ran_before_its_relay_is_to_be_started_again(world) -> None:
    world.bridge()
    told = world.cli("sandbox", "relay", "start")
    assert (told.returncode, "iscbridge stop" in told.stderr) == (0, True)
    world.stop_bridge()
    world.bridge()
    again = world.cli("sandbox", "relay", "start")
    assert (again.returncode, again.stderr) == (0, "")
    assert world.license(PRODUCT)["authority"] == "relay"


def test_a_relay_that_is_ahead_of_its_policy_files_restricts_nobody(world) -> None:
    world.run("sandbox", "relay", "start")
    world.bridge()
    code = world.run("sandbox", "shop", "buy")[0]["code"]
    world.run("license", "activate", "--product", PRODUCT, "--code-stdin", typed=f"{code}\n")
    world.admin("keys", "new")
    world.restart_relay()
    found = world.refresh(PRODUCT)
    assert (found["state"], found["warnings"][0]["code"]) == ("offline_grace", "ISCB-LIC-LEASE-KEY")
    assert found["allowed"]["newSave"]
    world.roll_out(world.keys())
    assert world.refresh(PRODUCT)["state"] == "active"
