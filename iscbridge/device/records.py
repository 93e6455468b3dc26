"""From the library's records (isc_device.h) to `facts`. Tolerant: what is missing or of another type counts as unknown."""

from __future__ import annotations

import json
import re
from typing import Any

from iscbridge.device.facts import Adapter, Bus, Cpu, Disk, Facts, Kind, Link, Part

Record = dict[str, Any]

_HEX = re.compile(r"[0-9A-F]*")
_USB = re.compile(r"(^|/)usb\d")

_BLUETOOTH_MEDIUM, _MOBILE_MEDIUM = 10, 8
_WIRELESS_MEDIA = (1, 9)  # NdisPhysicalMediumWirelessLan, NdisPhysicalMediumNative802_11
#: IfType (IANA's list, ipifcons.h).
_IF_TYPES = {6: Kind.ETHERNET, 71: Kind.WIRELESS, 243: Kind.MOBILE, 244: Kind.MOBILE}
_SURPRISE_REMOVAL = 3  # CM_REMOVAL_POLICY_EXPECT_SURPRISE_REMOVAL

#: Enumerators, the first part of a Windows device instance id. One that is not named here stands for hardware.
_ENUMERATORS = {
    "": Link.UNKNOWN,
    "USB": Link.USB,
    "BTH": Link.BLUETOOTH,
    "BTHENUM": Link.BLUETOOTH,
    "ROOT": Link.SOFTWARE,
    "SW": Link.SOFTWARE,
    "SWD": Link.SOFTWARE,
    "COMPOSITEBUS": Link.SOFTWARE,
}

#: STORAGE_BUS_TYPE (ntddstor.h).
_BUS_TYPES = {
    1: Bus.SCSI,
    2: Bus.ATA,  # ATAPI
    3: Bus.ATA,
    4: Bus.FIREWIRE,
    6: Bus.NETWORK,  # Fibre Channel
    7: Bus.USB,
    8: Bus.RAID,
    9: Bus.NETWORK,  # iSCSI
    10: Bus.SCSI,  # SAS
    11: Bus.ATA,  # SATA
    12: Bus.CARD,
    13: Bus.MMC,
    14: Bus.FILE,
    15: Bus.FILE,
    16: Bus.RAID,  # Storage Spaces
    17: Bus.NVME,
    18: Bus.SCSI,  # storage class memory
    19: Bus.SCSI,  # UFS
    20: Bus.NETWORK,  # NVMe over fabrics
}
_OPTICAL = (5, 7)  # SCSI peripheral types: CD/DVD, optical memory


def facts_from(parts: dict[Part, bytes], missing: dict[Part, str]) -> Facts:
    """Facts out of the parts that were read. Never raises for their content."""
    adapters = _object(parts.get(Part.ADAPTERS))
    disks = _object(parts.get(Part.DISKS))
    system = _text(adapters, "system") or _text(disks, "system")
    names = {key: _clean(value) for key, value in _object(parts.get(Part.NAMES)).items() if isinstance(value, str)}
    names.pop("system", None)
    to_adapter, to_disk = (_windows_adapter, _windows_disk) if system == "windows" else (_linux_adapter, _linux_disk)
    return Facts(
        system=system,
        adapters=tuple(to_adapter(record) for record in _list(adapters, "adapters")),
        disks=tuple(to_disk(record) for record in _list(disks, "disks")),
        firmware=parts.get(Part.FIRMWARE, b""),
        names=names,
        cpu=_cpu(_object(parts.get(Part.CPU))),
        missing=dict(missing),
    )


def _windows_adapter(record: Record) -> Adapter:
    enumerator = _text(record, "pnp").split("\\", 1)[0].upper()
    link = Link.SOFTWARE if enumerator.startswith("{") else _ENUMERATORS.get(enumerator, Link.INTERNAL)
    return Adapter(
        name=_text(record, "name"),
        source="GetAdaptersAddresses",
        label=_text(record, "label"),
        description=_text(record, "description"),
        address=_hex(record, "address"),
        permanent=_hex(record, "permanent"),
        kind=_windows_kind(record),
        link=link,
        hardware=record["hardware"] if isinstance(record.get("hardware"), bool) else None,
        filter=record.get("filter") is True,
        removable=_number(record, "removal") == _SURPRISE_REMOVAL,
    )


def _windows_kind(record: Record) -> Kind:
    medium = _number(record, "medium")
    if medium == _BLUETOOTH_MEDIUM:
        return Kind.BLUETOOTH
    if medium == _MOBILE_MEDIUM:
        return Kind.MOBILE
    if medium in _WIRELESS_MEDIA:
        return Kind.WIRELESS
    return _IF_TYPES.get(_number(record, "type"), Kind.OTHER)


def _linux_adapter(record: Record) -> Adapter:
    device = _text(record, "device")
    if not device:
        return Adapter(_text(record, "name"), "/sys/class/net", link=Link.SOFTWARE)
    assign = record.get("assign")
    return Adapter(
        name=_text(record, "name"),
        source="/sys/class/net",
        description=_text(record, "driver"),
        address=_hex(record, "address"),
        permanent=_hex(record, "permanent"),
        kind=_linux_kind(record),
        link=_linux_link(device, _text(record, "subsystem")),
        hardware=True,
        made_up=assign != 0 if isinstance(assign, int) else None,
        removable=_text(record, "removable") == "removable",
        virtual_function=record.get("physfn") is True,
    )


def _linux_kind(record: Record) -> Kind:
    devtype = _text(record, "devtype")
    if devtype == "bluetooth":
        return Kind.BLUETOOTH
    if devtype == "wwan":
        return Kind.MOBILE
    if devtype == "wlan" or record.get("wireless") is True:
        return Kind.WIRELESS
    return Kind.ETHERNET if _number(record, "type") == 1 else Kind.OTHER  # ARPHRD_ETHER


def _linux_link(device: str, subsystem: str) -> Link:
    if _USB.search(device):
        return Link.BLUETOOTH if subsystem == "bluetooth" else Link.USB
    if device.startswith("virtual/"):
        return Link.SOFTWARE
    return Link.BLUETOOTH if subsystem == "bluetooth" else Link.INTERNAL


def _windows_disk(record: Record) -> Disk:
    return Disk(
        name=_text(record, "name"),
        model=_text(record, "model"),
        serials=_serials(record, {"serial": "IOCTL_STORAGE_QUERY_PROPERTY"}),
        bus=_BUS_TYPES.get(_number(record, "bus"), Bus.UNKNOWN),
        removable=record.get("removable_media") is True,
        optical=_number(record, "device_type") in _OPTICAL,
    )


def _linux_disk(record: Record) -> Disk:
    device = _text(record, "device")
    if not device:
        return Disk(_text(record, "name"), bus=Bus.SOFTWARE)
    sources = {"serial": "serial", "unit_serial": "device/vpd_pg80", "wwid": "wwid"}
    folder = f"/sys/block/{_text(record, 'name')}"
    return Disk(
        name=_text(record, "name"),
        model=_text(record, "model"),
        serials=_serials(record, {key: f"{folder}/{file}" for key, file in sources.items()}),
        bus=_linux_bus(record, device, _text(record, "subsystem")),
        removable=record.get("removable_media") is True or _text(record, "removable") == "removable",
        optical=_number(record, "device_type") in _OPTICAL,
    )


def _linux_bus(record: Record, device: str, subsystem: str) -> Bus:
    if _USB.search(device):
        return Bus.USB
    if "/session" in device or "/rport-" in device or _text(record, "transport") in ("tcp", "rdma", "fc", "loop"):
        return Bus.NETWORK
    if subsystem.startswith("nvme"):  # also `nvme-subsystem`, with several paths to one disk
        return Bus.NVME
    if subsystem == "mmc":
        return Bus.MMC if _text(record, "card") == "MMC" else Bus.CARD
    if device.startswith("virtual/"):
        return Bus.SOFTWARE
    if subsystem == "virtio":
        return Bus.VIRTIO
    if subsystem == "scsi":
        return Bus.ATA if re.search(r"/ata\d", device) else Bus.SCSI
    return Bus.UNKNOWN


def _serials(record: Record, sources: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((source, value) for key, source in sources.items() if (value := _text(record, key)))


def _cpu(record: Record) -> Cpu:
    midr = _text(record, "midr")
    return Cpu(
        arch=_text(record, "arch"),
        vendor=_text(record, "vendor"),
        eax=_register(record, "eax"),
        edx=_register(record, "edx"),
        midr=int(midr, 16) if re.fullmatch(r"0x[0-9a-fA-F]{1,16}", midr) else 0,
        hypervisor=_text(record, "hypervisor"),
    )


def _register(record: Record, key: str) -> int:
    value = _number(record, key)
    return value if 0 <= value <= 0xFFFFFFFF else 0


def _object(data: bytes | None) -> Record:
    try:
        found = json.loads(data or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _list(record: Record, key: str) -> list[Record]:
    found = record.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _text(record: Record, key: str) -> str:
    value = record.get(key)
    return _clean(value) if isinstance(value, str) else ""


def _clean(text: str) -> str:
    """Halves of a pair, which Windows' names may hold, can't be printed."""
    return text.encode("utf-8", "replace").decode()


def _number(record: Record, key: str) -> int:
    value = record.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def _hex(record: Record, key: str) -> str:
    text = _text(record, key).upper()
    return text if _HEX.fullmatch(text) else ""
