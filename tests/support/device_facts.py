"""Facts of machines that nobody built: for statements that must hold of every machine."""

from __future__ import annotations

import hypothesis.strategies as st

from iscbridge.device.facts import Adapter, Bus, Cpu, Disk, Facts, Kind, Link
from iscbridge.device.fingerprint import Component, Fingerprint, compose
from support.smbios_tables import board, raw

#: Texts as firmware and drivers have them: mostly letters and digits, sometimes anything.
serials = st.one_of(
    st.text("ABCDEFGHJK0123456789", min_size=6, max_size=20),
    st.text("abc123-_./ ,|\t\n", max_size=12),
    st.text(max_size=12),
    st.sampled_from(["To be filled by O.E.M.", "Default string", "0000_0000_0000_0000.", "默认字符串", "x" * 300]),
)
addresses = st.one_of(
    st.binary(min_size=6, max_size=6).map(lambda data: bytes([data[0] & 0xFC, *data[1:]]).hex().upper()),
    st.binary(max_size=20).map(lambda data: data.hex().upper()),
    st.sampled_from(["", "000000000000", "FFFFFFFFFFFF", "005056C00001", "00059A3C7A00"]),
)
adapters = st.builds(
    Adapter,
    name=st.text(max_size=8),
    source=st.just("made up"),
    label=st.text(max_size=8),
    description=st.sampled_from(["", "Realtek PCIe GbE Family Controller", "TAP-Windows Adapter V9", "以太网"]),
    address=addresses,
    permanent=addresses,
    kind=st.sampled_from([Kind.ETHERNET, Kind.ETHERNET, Kind.WIRELESS, *Kind]),
    link=st.sampled_from([Link.INTERNAL, Link.INTERNAL, *Link]),
    hardware=st.sampled_from([True, True, None, False]),
    filter=st.sampled_from([False, False, True]),
    made_up=st.sampled_from([None, False, True]),
    removable=st.sampled_from([False, False, True]),
    virtual_function=st.sampled_from([False, False, True]),
)
disks = st.builds(
    Disk,
    name=st.text(max_size=8),
    model=st.text(max_size=8),
    serials=st.lists(st.tuples(st.just("made up"), serials), max_size=3).map(tuple),
    bus=st.sampled_from([Bus.NVME, Bus.ATA, *Bus]),
    removable=st.sampled_from([False, False, True]),
    optical=st.sampled_from([False, False, True]),
)
registers = st.integers(0, 2**32 - 1)
cpus = st.builds(
    Cpu,
    arch=st.sampled_from(["x86", "arm64", "other", ""]),
    eax=registers,
    edx=registers,
    hypervisor=st.sampled_from(["", "", "KVMKVMKVM", "Microsoft Hv"]),
)


def _table(serial: str) -> bytes:
    text = serial.replace("\0", "")
    return raw((3, 2), [board("Maker", "Model", text.encode("utf-8", "replace").decode())]) if text else b""


firmwares = st.one_of(st.just(b""), st.binary(max_size=200), serials.map(_table))
facts = st.builds(
    Facts,
    system=st.sampled_from(["windows", "linux", ""]),
    adapters=st.lists(adapters, max_size=5).map(tuple),
    disks=st.lists(disks, max_size=5).map(tuple),
    firmware=firmwares,
    names=st.dictionaries(st.sampled_from(["sys_vendor", "product_name", "board_serial"]), serials, max_size=3),
    cpu=cpus,
)


def machine(
    macs: tuple[str, ...] = (), disks: tuple[str, ...] = (), board_serial: str = "", cpu: int = 0
) -> Fingerprint:
    """A machine with just these; addresses are 12 hex digits."""
    found = compose(
        Facts(
            adapters=tuple(
                Adapter(f"eth{n}", "made up", address=mac, kind=Kind.ETHERNET, link=Link.INTERNAL)
                for n, mac in enumerate(macs)
            ),
            disks=tuple(Disk(f"disk{n}", serials=(("made up", text),), bus=Bus.NVME) for n, text in enumerate(disks)),
            names={"board_serial": board_serial} if board_serial else {},
            cpu=Cpu("x86", eax=cpu),
        )
    )
    assert len(found.of(Component.MAC)) == len(set(macs))
    assert len(found.of(Component.DISK)) == len(set(disks))
    assert len(found.of(Component.BOARD)) == bool(board_serial)
    return found
