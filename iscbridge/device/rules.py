"""Which facts count, as data: each rule has an id, a reason, and a test. The first that applies leaves a fact out.

`iscbridge.cli.license_fingerprint` has a sentence for every id in both languages. What the rules know by heart
stands in `tables`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from iscbridge.device import tables
from iscbridge.device.facts import Adapter, Bus, Disk, Facts, Kind, Link
from iscbridge.device.smbios import Smbios

_Fact = TypeVar("_Fact")

MOST_CHARACTERS = 128
"""Of one value. Real serials have 4 to 40; the standard for NVMe allows 20, for ATA 20."""
FEWEST_CHARACTERS = 3
"""Letters and digits of one value: "1" or "A2" tells no machines apart."""

_ADDRESS_DIGITS = 12
_MULTICAST, _LOCAL = 1, 2  # bits of the first byte (IEEE 802, "I/G" and "U/L")
_COUNTING = "01234567890123456789"


@dataclass(frozen=True, slots=True)
class Machine:
    """What the rules must know of the whole machine."""

    virtual: bool = False
    """It is a virtual machine."""


@dataclass(frozen=True, slots=True)
class Rule(Generic[_Fact]):
    """One reason to leave a fact out."""

    id: str
    why: str
    applies: Callable[[_Fact, Machine], bool]


def machine_of(facts: Facts, smbios: Smbios) -> Machine:
    """Whether the facts come from a virtual machine."""
    if facts.cpu.hypervisor in tables.GUEST_HYPERVISORS:
        return Machine(virtual=True)
    words = [facts.names.get("sys_vendor", ""), facts.names.get("product_name", "")]
    if smbios.system is not None:
        words += [smbios.system.manufacturer, smbios.system.product]
    said = " ".join(words).lower()
    return Machine(virtual=any(name in said for name in tables.GUEST_SYSTEMS))


# ------------------------------------------------------------------------------------------------------- adapters


def address_of(adapter: Adapter) -> str:
    """The address that counts: what the hardware was made with, where that is known and sound."""
    return adapter.permanent if _is_address(adapter.permanent) else adapter.address


def _is_address(address: str) -> bool:
    return len(address) == _ADDRESS_DIGITS and len(set(address)) > 1 and not int(address[:2], 16) & _MULTICAST


def _has_name_of_a_virtual_one(adapter: Adapter, machine: Machine) -> bool:
    del machine
    said = adapter.description.lower()  # the label is the user's, who may call a real card "docker"
    return any(name in said for name in tables.ADAPTER_NAMES)


def _is_made_up(adapter: Adapter, machine: Machine) -> bool:
    address = address_of(adapter)
    if machine.virtual and address.startswith(tuple(tables.KEPT_LOCAL_PREFIXES)):
        return False
    if int(address[:2], 16) & _LOCAL:
        return True
    return adapter.made_up is True and not _is_address(adapter.permanent)


ADAPTER_RULES: tuple[Rule[Adapter], ...] = (
    Rule(
        "adapter.software",
        "No hardware stands behind it: bridges, tunnels, containers, VPN clients.",
        lambda a, _: a.link is Link.SOFTWARE,
    ),
    Rule("adapter.filter", "A filter of another adapter, with that one's address.", lambda a, _: a.filter),
    Rule(
        "adapter.bluetooth",
        "Its address is that of the Bluetooth radio, which may be a plugged-in one.",
        lambda a, _: a.kind is Kind.BLUETOOTH or a.link is Link.BLUETOOTH,
    ),
    Rule(
        "adapter.mobile",
        "A modem's address belongs to its driver and changes with it.",
        lambda a, _: a.kind is Kind.MOBILE,
    ),
    Rule(
        "adapter.usb",
        "Docks, adapters on a cable and telephones: they wander between machines.",
        lambda a, _: a.link is Link.USB,
    ),
    Rule("adapter.removable", "It goes when the dock is unplugged (Thunderbolt).", lambda a, _: a.removable),
    Rule(
        "adapter.kind",
        "Neither Ethernet nor wireless LAN: loopback, tunnel, dial-up.",
        lambda a, _: a.kind not in (Kind.ETHERNET, Kind.WIRELESS),
    ),
    Rule("adapter.name", "Its driver is known to be a virtual one.", _has_name_of_a_virtual_one),
    Rule("adapter.not-hardware", "The system does not take it for hardware.", lambda a, _: a.hardware is False),
    Rule(
        "adapter.virtual-function",
        "A share of a card for virtual machines; its address is drawn.",
        lambda a, machine: a.virtual_function and not machine.virtual,
    ),
    Rule(
        "adapter.no-address",
        "It has no address that could tell machines apart.",
        lambda a, _: not _is_address(address_of(a)),
    ),
    Rule(
        "adapter.shared-address",
        "Its driver gives the same address on every machine.",
        lambda a, _: address_of(a).startswith(tuple(tables.SHARED_ADDRESSES)),
    ),
    Rule(
        "adapter.host-only",
        "A hypervisor's address on a physical machine: the host's side of a network with its guests.",
        lambda a, machine: not machine.virtual and address_of(a).startswith(tuple(tables.HYPERVISOR_PREFIXES)),
    ),
    Rule("adapter.random", "The address was drawn or set by software: it changes.", _is_made_up),
)

# ---------------------------------------------------------------------------------------------------------- disks

DISK_RULES: tuple[Rule[Disk], ...] = (
    Rule(
        "disk.software",
        "Made by software: a volume of several disks, an image, memory.",
        lambda d, _: d.bus is Bus.SOFTWARE,
    ),
    Rule("disk.file", "A file that is shown as a disk.", lambda d, _: d.bus is Bus.FILE),
    Rule("disk.optical", "An optical drive.", lambda d, _: d.optical),
    Rule("disk.usb", "Disks at a cable wander between machines.", lambda d, _: d.bus in (Bus.USB, Bus.FIREWIRE)),
    Rule("disk.card", "Memory cards wander between machines.", lambda d, _: d.bus is Bus.CARD),
    Rule("disk.removable", "It can be taken out.", lambda d, _: d.removable),
    Rule("disk.network", "It stands elsewhere and serves several machines.", lambda d, _: d.bus is Bus.NETWORK),
)

# --------------------------------------------------------------------------------------------------------- values


@dataclass(frozen=True, slots=True)
class ValueRule:
    """One reason why a text is no serial number. The text has no white space around it."""

    id: str
    why: str
    applies: Callable[[str], bool]


def letters_and_digits(text: str) -> str:
    """In small letters, without all that firmware puts around and between."""
    return "".join(c for c in text.lower() if c.isalnum())


def _is_one_character(text: str) -> bool:
    """All zeros, all F, and zeros with one other digit among them: "0000_0000_0000_0001."."""
    core = letters_and_digits(text).removeprefix("0x")
    return len(set(core)) <= 1 or len(core.replace("0", "")) <= 1


def _is_counting(text: str) -> bool:
    core = letters_and_digits(text)
    return len(core) >= FEWEST_CHARACTERS and core in _COUNTING


def _is_placeholder(text: str) -> bool:
    core = letters_and_digits(text)
    return core in tables.PLACEHOLDERS or core in tables.CHINESE_PLACEHOLDERS


def _ascii_letters_and_digits(text: str) -> int:
    return sum(c.isalnum() for c in text if c.isascii())


_SHARED_DISKS = re.compile("|".join(f"(?:{pattern})" for pattern in tables.SHARED_DISK_SERIALS))

VALUE_RULES: tuple[ValueRule, ...] = (
    ValueRule("value.none", "Nothing stands there.", lambda text: not text),
    ValueRule("value.placeholder", "A placeholder that the maker left.", _is_placeholder),
    ValueRule("value.same-character", "Zeros, or one character over and over.", _is_one_character),
    ValueRule("value.counting", "Digits that count up, as in 123456789.", _is_counting),
    ValueRule(
        "value.short",
        "Too short to tell machines apart.",
        lambda text: _ascii_letters_and_digits(text) < FEWEST_CHARACTERS,
    ),
    ValueRule("value.long", "No serial number is as long.", lambda text: len(text) > MOST_CHARACTERS),
)

DISK_VALUE_RULES: tuple[ValueRule, ...] = (
    *VALUE_RULES,
    ValueRule(
        "value.shared",
        "Every machine of this kind has the same.",
        lambda text: _SHARED_DISKS.fullmatch(text.upper()) is not None,
    ),
)


def why_not_value(text: str, rules: tuple[ValueRule, ...] = VALUE_RULES) -> str:
    """The id of the first rule that leaves a value out; empty if it counts."""
    stripped = text.strip()
    return next((rule.id for rule in rules if rule.applies(stripped)), "")


def why_not(fact: _Fact, machine: Machine, rules: tuple[Rule[_Fact], ...]) -> str:
    """The id of the first rule that leaves a fact out; empty if it counts."""
    return next((rule.id for rule in rules if rule.applies(fact, machine)), "")


def written(text: str) -> str:
    """A value as it stands in the fingerprint.

    White space around it goes, white space inside becomes one blank, the separators `|` and `,`, control characters
    and all that is not ASCII become `_`, small letters become capitals.
    """
    blanks = " ".join(text.split())
    return "".join(c if " " <= c <= "~" and c not in "|," else "_" for c in blanks).upper()
