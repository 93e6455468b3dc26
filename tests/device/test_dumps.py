"""Whole machines: what counts of each, and why the rest does not."""

from __future__ import annotations

import json

import pytest

from iscbridge.core.licensing.model import Machine
from iscbridge.device.compare import compare, seal
from iscbridge.device.facts import Part
from iscbridge.device.fingerprint import compose
from iscbridge.device.records import facts_from
from support.device_dumps import NAMES, dump

SALT = "5e1f0c"


def test_the_machines_are_there():
    assert {"office_desktop_windows", "laptop_on_dock_windows", "server_raid_linux", "wine"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_fingerprint_of_a_machine(name):
    machine = dump(name)
    assert machine.fingerprint.text == machine.text


@pytest.mark.parametrize("name", NAMES)
def test_what_is_left_out_and_why(name):
    machine = dump(name)
    found = [(item.component, f"{item.source} {item.text}", item.reason) for item in machine.fingerprint.left_out]
    for component, what, reason in machine.left_out:
        assert [r for c, text, r in found if c == component and what in text] == [reason], what


@pytest.mark.parametrize("name", NAMES)
def test_every_adapter_and_disk_is_accounted_for(name):
    machine = dump(name)
    fingerprint = machine.fingerprint
    told = {value.source for value in fingerprint.values} | {item.source for item in fingerprint.left_out}
    for fact in (*machine.facts.adapters, *machine.facts.disks):
        name = getattr(fact, "label", "") or fact.name
        assert any(source.startswith(name) for source in told), name


def test_the_printed_example_of_the_guide():
    assert dump("placeholder_board_windows").fingerprint.text == (
        "04:7C:16:5E:E3:5D|001B_444A_488B_5CEC.||BFEBFBFF00090672"
    )


@pytest.mark.parametrize("one", NAMES)
@pytest.mark.parametrize("other", NAMES)
def test_no_two_machines_are_taken_for_one(one, other):
    sealed = seal(dump(one).fingerprint, SALT)
    verdict = compare(sealed, dump(other).fingerprint, SALT)
    if "wine" in (one, other):
        assert verdict is Machine.UNKNOWN  # a CPU alone
    elif one == other:
        assert verdict is Machine.SAME
    else:
        assert verdict is Machine.OTHER


def test_a_cloned_image_is_another_machine_though_its_firmware_says_the_same():
    first, clone = dump("office_desktop_windows").fingerprint, dump("office_desktop_clone_windows").fingerprint
    assert first.smbios.system == clone.smbios.system
    assert first.of("cpu") == clone.of("cpu")
    assert compare(seal(first, SALT), clone, SALT) is Machine.OTHER


def test_undocked_and_disconnected_the_laptop_is_the_same():
    machine = dump("laptop_on_dock_windows")
    adapters = json.loads(machine.parts[Part.ADAPTERS])
    plugged = ("Ethernet 4", "Ethernet 5", "Ethernet 2", "Ethernet 3", "OpenVPN TAP", "wg0")
    adapters["adapters"] = [item for item in adapters["adapters"] if item["label"] not in plugged]
    disks = json.loads(machine.parts[Part.DISKS])
    disks["disks"] = disks["disks"][:1]
    parts = {**machine.parts, Part.ADAPTERS: json.dumps(adapters).encode(), Part.DISKS: json.dumps(disks).encode()}
    undocked = compose(facts_from(parts, machine.missing))
    assert undocked.text == machine.text


def test_a_new_wireless_address_each_day_changes_nothing():
    machine = dump("laptop_linux_user")
    changed = machine.parts[Part.ADAPTERS].replace(b"3ED4A17790C2", b"66A1B2C3D4E5")
    assert changed != machine.parts[Part.ADAPTERS]
    assert compose(facts_from({**machine.parts, Part.ADAPTERS: changed}, machine.missing)).text == machine.text
