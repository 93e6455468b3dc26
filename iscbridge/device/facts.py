"""Raw facts of a machine, in words that are the same on Windows and Linux. Nothing is decided here: see `rules`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Part(StrEnum):
    """The parts that are read one by one (`isc_device_part` in isc_device.h)."""

    ADAPTERS = "adapters"
    DISKS = "disks"
    FIRMWARE = "firmware"
    NAMES = "names"
    CPU = "cpu"


class Kind(StrEnum):
    """What a network adapter speaks."""

    ETHERNET = "ethernet"
    WIRELESS = "wireless"
    BLUETOOTH = "bluetooth"
    MOBILE = "mobile"
    OTHER = "other"
    """Loopback, tunnel, dial-up, serial line."""


class Link(StrEnum):
    """What a network adapter hangs on."""

    INTERNAL = "internal"
    USB = "usb"
    BLUETOOTH = "bluetooth"
    SOFTWARE = "software"
    """No device at all."""
    UNKNOWN = "unknown"


class Bus(StrEnum):
    """What a disk hangs on."""

    NVME = "nvme"
    ATA = "ata"
    SCSI = "scsi"
    """SCSI and SAS."""
    RAID = "raid"
    VIRTIO = "virtio"
    CARD = "card"
    """SD card."""
    MMC = "mmc"
    """Soldered flash memory."""
    USB = "usb"
    FIREWIRE = "firewire"
    NETWORK = "network"
    """iSCSI, Fibre Channel, NVMe over fabrics."""
    FILE = "file"
    """A file that is shown as a disk."""
    SOFTWARE = "software"
    """No device behind it: loop, RAM, a volume made of other disks."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Adapter:
    """A network adapter. Addresses are hex digits in capitals; empty where there is none."""

    name: str
    source: str
    """Where this was read."""
    label: str = ""
    """What the user calls it (Windows)."""
    description: str = ""
    """The driver's words."""
    address: str = ""
    """The one in use."""
    permanent: str = ""
    """The one that the hardware was made with."""
    kind: Kind = Kind.OTHER
    link: Link = Link.UNKNOWN
    hardware: bool | None = None
    """Whether the system takes it for hardware; None if it does not say."""
    filter: bool = False
    """A filter that hangs on another adapter (Windows)."""
    made_up: bool | None = None
    """Whether the address in use was set or drawn, and not read from the hardware; None if the system does not say."""
    removable: bool = False
    """It goes when a dock or a cable is pulled."""
    virtual_function: bool = False


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk. `serials`: (where it was read, value), the best known first; values as they came."""

    name: str
    model: str = ""
    serials: tuple[tuple[str, str], ...] = ()
    bus: Bus = Bus.UNKNOWN
    removable: bool = False
    """Its medium, or the disk itself, can be taken out."""
    optical: bool = False


@dataclass(frozen=True, slots=True)
class Cpu:
    """What the processor says of itself."""

    arch: str = ""
    vendor: str = ""
    eax: int = 0
    """CPUID leaf 1: family, model and stepping."""
    edx: int = 0
    """CPUID leaf 1: features."""
    midr: int = 0
    """ARM's main ID register."""
    hypervisor: str = ""
    """Who answers CPUID leaf 0x40000000. Also set on a physical machine whose Windows runs on Hyper-V."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was read at one time."""

    system: str = ""
    """`windows`, `linux`, or empty."""
    adapters: tuple[Adapter, ...] = ()
    disks: tuple[Disk, ...] = ()
    firmware: bytes = b""
    """The SMBIOS table in the form of Windows' RawSMBIOSData; empty if it could not be had."""
    names: dict[str, str] = field(default_factory=dict)
    """Linux: what stands in /sys/class/dmi/id."""
    cpu: Cpu = Cpu()
    missing: dict[Part, str] = field(default_factory=dict)
    """Parts that the system did not give, and the library's word for why."""
