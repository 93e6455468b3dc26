"""Each rule and each entry of the tables at work."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iscbridge.device import rules, tables
from iscbridge.device.facts import Adapter, Bus, Cpu, Disk, Facts, Kind, Link
from iscbridge.device.rules import ADAPTER_RULES, DISK_RULES, DISK_VALUE_RULES, VALUE_RULES, Machine, why_not
from iscbridge.device.smbios import Smbios, System

CARD = Adapter(
    "eth0",
    "made up",
    "Ethernet",
    "Intel(R) Ethernet Controller",
    "A4BB6DD31F07",
    "",
    Kind.ETHERNET,
    Link.INTERNAL,
    True,
)
DISK = Disk("disk0", "A disk", (("made up", "WD-WX52D93K7R10"),), Bus.ATA)
PHYSICAL, VIRTUAL = Machine(), Machine(virtual=True)


def reason(adapter: Adapter, machine: Machine = PHYSICAL) -> str:
    return why_not(adapter, machine, ADAPTER_RULES)


def test_a_plain_card_and_a_plain_disk_count():
    assert reason(CARD) == ""
    assert reason(CARD, VIRTUAL) == ""
    assert reason(replace(CARD, hardware=None)) == ""
    assert reason(replace(CARD, kind=Kind.WIRELESS)) == ""
    assert why_not(DISK, PHYSICAL, DISK_RULES) == ""


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"link": Link.SOFTWARE}, "adapter.software"),
        ({"filter": True}, "adapter.filter"),
        ({"kind": Kind.BLUETOOTH}, "adapter.bluetooth"),
        ({"link": Link.BLUETOOTH}, "adapter.bluetooth"),
        ({"kind": Kind.MOBILE}, "adapter.mobile"),
        ({"link": Link.USB}, "adapter.usb"),
        ({"removable": True}, "adapter.removable"),
        ({"kind": Kind.OTHER}, "adapter.kind"),
        ({"description": "SecoClient VPN"}, "adapter.name"),
        ({"description": "VirtualBox Host-Only Ethernet Adapter"}, "adapter.name"),
        ({"hardware": False}, "adapter.not-hardware"),
        ({"virtual_function": True}, "adapter.virtual-function"),
        ({"address": ""}, "adapter.no-address"),
        ({"address": "000000000000"}, "adapter.no-address"),
        ({"address": "FFFFFFFFFFFF"}, "adapter.no-address"),
        ({"address": "01005E000001"}, "adapter.no-address"),  # a group's address
        ({"address": "A4BB6DD31F"}, "adapter.no-address"),
        ({"address": "80000208FE80000000000000506B4B0300A1B2C3"}, "adapter.no-address"),  # InfiniBand
        ({"address": "3ED4A17790C2"}, "adapter.random"),
        ({"made_up": True}, "adapter.random"),
    ],
)
def test_each_reason_to_leave_an_adapter_out(change, expected):
    assert reason(replace(CARD, **change)) == expected


def test_the_hardwares_own_address_counts_before_the_one_in_use():
    drawn = replace(CARD, address="3ED4A17790C2", permanent="D45D640102FE", made_up=True)
    assert reason(drawn) == ""
    assert rules.address_of(drawn) == "D45D640102FE"
    member = replace(CARD, permanent="B07B25E0A411", address="B07B25E0A410", made_up=True)
    assert rules.address_of(member) == "B07B25E0A411"


@pytest.mark.parametrize("permanent", ["", "000000000000", "FFFFFFFFFFFF", "A4BB"])
def test_a_permanent_address_that_is_none_is_passed_over(permanent):
    assert rules.address_of(replace(CARD, permanent=permanent)) == CARD.address


def test_what_the_user_calls_a_card_decides_nothing():
    assert reason(replace(CARD, label="VPN bluetooth docker loopback")) == ""


def test_virtual_functions_count_in_the_machine_that_they_were_made_for():
    assert reason(replace(CARD, virtual_function=True), VIRTUAL) == ""


@pytest.mark.parametrize("prefix", tables.HYPERVISOR_PREFIXES)
def test_hypervisors_addresses_count_inside_only(prefix):
    card = replace(CARD, address=prefix + "A1B2C3")
    assert reason(card) == "adapter.host-only"
    kept = prefix in tables.KEPT_LOCAL_PREFIXES or not int(prefix[:2], 16) & 2
    assert reason(card, VIRTUAL) == ("" if kept else "adapter.random")


@pytest.mark.parametrize("address", tables.SHARED_ADDRESSES)
def test_addresses_that_drivers_share(address):
    card = replace(CARD, address=address.ljust(12, "7"))
    assert reason(card) in ("adapter.shared-address", "adapter.no-address")
    assert reason(card, VIRTUAL) in ("adapter.shared-address", "adapter.no-address")


@pytest.mark.parametrize(
    "description",
    [
        "Red Hat VirtIO Ethernet Adapter",
        "vmxnet3 Ethernet Adapter",
        "Microsoft Hyper-V Network Adapter",
        "Realtek PCIe GbE Family Controller",
        "Intel(R) Wi-Fi 6E AX211 160MHz",
        "Killer E2600 Gigabit Ethernet Controller",
        "MediaTek Wi-Fi 6 MT7921 Wireless LAN Card",
        "Qualcomm FastConnect 7800 Wi-Fi 7",
        "Broadcom NetXtreme Gigabit Ethernet",
        "Mellanox ConnectX-5 Adapter",
        "Marvell AQtion 10Gbit Network Adapter",
        "tg3",
        "e1000e",
        "virtio_net",
    ],
)
def test_names_of_real_cards_are_no_names_of_virtual_ones(description):
    assert reason(replace(CARD, description=description)) == ""


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"bus": Bus.SOFTWARE}, "disk.software"),
        ({"bus": Bus.FILE}, "disk.file"),
        ({"optical": True}, "disk.optical"),
        ({"bus": Bus.USB}, "disk.usb"),
        ({"bus": Bus.FIREWIRE}, "disk.usb"),
        ({"bus": Bus.CARD}, "disk.card"),
        ({"removable": True}, "disk.removable"),
        ({"bus": Bus.NETWORK}, "disk.network"),
    ],
)
def test_each_reason_to_leave_a_disk_out(change, expected):
    assert why_not(replace(DISK, **change), PHYSICAL, DISK_RULES) == expected


@pytest.mark.parametrize("bus", [Bus.NVME, Bus.ATA, Bus.SCSI, Bus.RAID, Bus.VIRTIO, Bus.MMC, Bus.UNKNOWN])
def test_disks_that_count(bus):
    assert why_not(replace(DISK, bus=bus), PHYSICAL, DISK_RULES) == ""


@pytest.mark.parametrize(
    "text",
    [
        "To be filled by O.E.M.", "To Be Filled By O.E.M.", "to be filled by o.e.m", "Default string", "$(DEFAULT_STRING)",
        "None", "NONE", "Not Specified", "N/A", "n.a.", "OEM", "INVALID", "System Serial Number", "Base Board Serial Number",
        "Type2 - Board Serial Number", "MB-1234567890", "BSN12345678901234567", "0123456789ABCDEF", "SerNum0",
        "默认字符串", " 无 ", "序列号",
    ],
)  # fmt: skip
def test_placeholders(text):
    assert rules.why_not_value(text) == "value.placeholder"


@pytest.mark.parametrize("entry", [*tables.PLACEHOLDERS, *tables.CHINESE_PLACEHOLDERS])
def test_each_placeholder_of_the_tables_can_be_met(entry):
    assert rules.letters_and_digits(entry) == entry
    assert rules.why_not_value(entry) == "value.placeholder"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "value.none"),
        (" \t ", "value.none"),
        ("0", "value.same-character"),
        ("00000000", "value.same-character"),
        ("0x00000000", "value.same-character"),
        ("FFFFFFFF", "value.same-character"),
        ("xx-xx-xx", "value.same-character"),
        ("....", "value.same-character"),
        ("0000_0000_0000_0001.", "value.same-character"),
        ("1000000", "value.same-character"),
        ("123456789", "value.counting"),
        ("012345678", "value.counting"),
        ("1234567890123", "value.counting"),
        ("A1", "value.short"),
        ("主板1A", "value.short"),
        ("S" + "N1" * 64, "value.long"),
    ],
)
def test_values_that_tell_no_machines_apart(text, expected):
    assert rules.why_not_value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "L1HF26N00X1", "/7HX2PR3/CNFCW0023A00QY/", ".9GT5XK3.CNIVC001A200B7.", "200569831400273", "PGVHJ0A8A2W1FK",
        "001B_444A_488B_5CEC.", "0025_38B9_31B2_9C44.", "ACE4_2E00_3A5B_6F12_2EE4_AC00_0000_0001.", "0000000012AB",
        "     WD-WX52D93K7R10", "6000c29f3d1a4b5c6d7e8f9012345678", "{5c3a8f10-2b7d-4e61-9c0a-d1e2f3a4b5c6}", "0x5b3c9f21",
        "S4EWNX0N123456", "123456780", "FFFFFFFE",
    ],
)  # fmt: skip
def test_real_serials_count(text):
    assert rules.why_not_value(text) == ""
    assert rules.why_not_value(text, DISK_VALUE_RULES) == ""


@pytest.mark.parametrize("text", ["QM00001", "QM00013", "drive-scsi0", "DRIVE-IDE2", "AA000000000000000485", "vda"])
def test_serials_that_disks_of_a_kind_share(text):
    assert rules.why_not_value(text, DISK_VALUE_RULES) == "value.shared"


@pytest.mark.parametrize(
    ("cpu", "names", "system", "virtual"),
    [
        ("", {}, None, False),
        ("Microsoft Hv", {"sys_vendor": "LENOVO"}, None, False),  # Hyper-V below Windows on a physical machine
        ("Microsoft Hv", {}, System("Microsoft Corporation", "Surface Pro 9"), False),
        ("Microsoft Hv", {}, System("Microsoft Corporation", "Virtual Machine"), True),
        ("KVMKVMKVM", {}, None, True),
        ("", {"sys_vendor": "OpenStack Foundation", "product_name": "OpenStack Nova"}, None, True),
        ("", {}, System("innotek GmbH", "VirtualBox"), True),
        ("", {"sys_vendor": "HUAWEI", "product_name": "KLVL-WXX9"}, None, False),
        ("", {"sys_vendor": "Alibaba Cloud", "product_name": "Alibaba Cloud ECS"}, None, True),
    ],
)
def test_virtual_machines_are_told_from_physical_ones(cpu, names, system, virtual):
    found = rules.machine_of(Facts(names=names, cpu=Cpu(hypervisor=cpu)), Smbios(system=system))
    assert found == Machine(virtual=virtual)


def test_rules_are_data_with_a_reason_each():
    every = [*ADAPTER_RULES, *DISK_RULES, *DISK_VALUE_RULES]
    ids = [rule.id for rule in every]
    assert len(set(ids)) == len(ids)
    assert all(rule.why.endswith(".") for rule in every)
    assert DISK_VALUE_RULES[: len(VALUE_RULES)] == VALUE_RULES
    assert all(
        why
        for name, table in vars(tables).items()
        if isinstance(table, dict) and name.isupper()
        for why in table.values()
    )
