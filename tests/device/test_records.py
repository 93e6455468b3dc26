"""What the library reports is read tolerantly: another version of it, or a broken answer, must not raise anything."""

from __future__ import annotations

import json

import hypothesis.strategies as st
from hypothesis import given

from iscbridge.device.facts import Bus, Cpu, Facts, Kind, Link, Part
from iscbridge.device.fingerprint import compose
from iscbridge.device.records import facts_from
from support.device_dumps import NAMES, dump

KEYS = ["system", "adapters", "disks", "name", "address", "permanent", "type", "medium", "hardware", "pnp", "removal",
        "device", "subsystem", "assign", "serial", "bus", "card", "eax", "edx", "midr", "arch", "removable"]  # fmt: skip
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=12),
        st.sampled_from(["windows", "linux"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)),
    max_leaves=20,
)


def windows(**record: object) -> Facts:
    data = json.dumps({"system": "windows", "adapters": [record], "disks": [record]}).encode()
    return facts_from({Part.ADAPTERS: data, Part.DISKS: data}, {})


def linux(**record: object) -> Facts:
    data = json.dumps({"system": "linux", "adapters": [record], "disks": [record]}).encode()
    return facts_from({Part.ADAPTERS: data, Part.DISKS: data}, {})


def test_no_parts_at_all():
    assert facts_from({}, {Part.CPU: "no"}) == Facts(missing={Part.CPU: "no"})


@given(st.dictionaries(st.sampled_from(list(Part)), st.binary(max_size=100)))
def test_any_bytes_in_place_of_a_part(parts):
    compose(facts_from(parts, {}))


@given(st.dictionaries(st.sampled_from([part for part in Part if part is not Part.FIRMWARE]), values))
def test_any_json_in_place_of_a_part(parts):
    compose(facts_from({part: json.dumps(value).encode() for part, value in parts.items()}, {}))


@given(st.sampled_from(NAMES), st.integers(0, 10**6), values)
def test_any_member_of_a_wrong_type(name, where, value):
    """A recorded machine in which one value is replaced by anything."""
    parts = dict(dump(name).parts)
    part = (Part.ADAPTERS, Part.DISKS, Part.NAMES, Part.CPU)[where % 4]
    record = json.loads(parts[part])
    items = record.get(part.value)
    target = items[where % len(items)] if items else record
    keys = list(target)
    target[keys[where % len(keys)]] = value
    parts[part] = json.dumps(record).encode()
    compose(facts_from(parts, {}))


def test_where_windows_adapters_hang():
    found = {
        pnp: windows(pnp=pnp).adapters[0].link
        for pnp in ("PCI\\VEN_8086", "USB\\VID_17EF", "ROOT\\NET\\0000", "SWD\\WINTUN", "{5D624F94}\\VWIFI", "BTH\\MS_BTHPAN",
                    "VMBUS\\{F8615163}", "usb\\vid", "", "\\")
    }  # fmt: skip
    assert found == {
        "PCI\\VEN_8086": Link.INTERNAL,
        "USB\\VID_17EF": Link.USB,
        "ROOT\\NET\\0000": Link.SOFTWARE,
        "SWD\\WINTUN": Link.SOFTWARE,
        "{5D624F94}\\VWIFI": Link.SOFTWARE,
        "BTH\\MS_BTHPAN": Link.BLUETOOTH,
        "VMBUS\\{F8615163}": Link.INTERNAL,
        "usb\\vid": Link.USB,
        "": Link.UNKNOWN,
        "\\": Link.UNKNOWN,
    }


def test_what_windows_adapters_speak():
    kinds = {
        (t, m): windows(type=t, medium=m).adapters[0].kind
        for t, m in [(6, 14), (6, 0), (71, 9), (6, 9), (6, 10), (243, 8), (24, 0), (131, 0)]
    }
    assert kinds == {
        (6, 14): Kind.ETHERNET,
        (6, 0): Kind.ETHERNET,
        (71, 9): Kind.WIRELESS,
        (6, 9): Kind.WIRELESS,
        (6, 10): Kind.BLUETOOTH,
        (243, 8): Kind.MOBILE,
        (24, 0): Kind.OTHER,
        (131, 0): Kind.OTHER,
    }


def test_what_windows_disks_hang_on():
    buses = {number: windows(bus=number).disks[0].bus for number in (0, 3, 7, 8, 9, 11, 12, 15, 17, 99)}
    assert buses == {
        0: Bus.UNKNOWN, 3: Bus.ATA, 7: Bus.USB, 8: Bus.RAID, 9: Bus.NETWORK, 11: Bus.ATA, 12: Bus.CARD, 15: Bus.FILE,
        17: Bus.NVME, 99: Bus.UNKNOWN,
    }  # fmt: skip


def test_what_linux_disks_hang_on():
    def bus(device: str, subsystem: str, **more: object) -> Bus:
        return linux(name="d", device=device, subsystem=subsystem, **more).disks[0].bus

    assert bus("pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0", "scsi") is Bus.ATA
    assert bus("pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0", "scsi") is Bus.USB
    assert bus("pci0000:5d/0000:5e:00.0/host0/target0:2:0/0:2:0:0", "scsi") is Bus.SCSI
    assert bus("platform/host4/session1/target4:0:0/4:0:0:1", "scsi") is Bus.NETWORK
    assert bus("pci0000:00/nvme/nvme0", "nvme", transport="pcie") is Bus.NVME
    assert bus("virtual/nvme-subsystem/nvme-subsys0", "nvme-subsystem") is Bus.NVME
    assert bus("virtual/nvme-fabrics/ctl/nvme1", "nvme", transport="rdma") is Bus.NETWORK
    assert bus("platform/mmc_host/mmc0/mmc0:0001", "mmc", card="MMC") is Bus.MMC
    assert bus("platform/mmc_host/mmc0/mmc0:aaaa", "mmc", card="SD") is Bus.CARD
    assert bus("pci0000:00/0000:00:05.0/virtio2", "virtio") is Bus.VIRTIO
    assert linux(name="dm-0").disks[0].bus is Bus.SOFTWARE


def test_registers_out_of_range_are_not_known():
    assert facts_from({Part.CPU: b'{"arch":"x86","eax":4294967296,"edx":-1}'}, {}).cpu == Cpu("x86")
    assert facts_from({Part.CPU: b'{"arch":"arm64","midr":"0x410fd083"}'}, {}).cpu.midr == 0x410FD083
    assert facts_from({Part.CPU: b'{"arch":"arm64","midr":"0x"}'}, {}).cpu.midr == 0


def test_half_a_pair_in_a_name_can_be_printed():
    assert windows(label="\ud800x").adapters[0].label == "?x"
