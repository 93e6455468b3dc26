"""The fingerprint of this machine in the form that the developer guide documents (A268).

    MAC[,MAC...]|DISK[,DISK...]|BOARD|CPU

Upper-case, empty where nothing can be had, at most 5K bytes. Which facts count is `rules`; the order is: what is built
in and wired before the rest, then by the text itself. So the same machine gives the same string on every call.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import zip_longest

from iscbridge.device import rules
from iscbridge.device.facts import Adapter, Bus, Cpu, Disk, Facts, Kind
from iscbridge.device.read import read_facts
from iscbridge.device.smbios import Smbios, parse

LIMIT = 5000
"""Bytes of the documented form. The guide says "5K bytes", which may mean 5120."""
SHORT_LIMIT = 1024
"""Characters of the field `deviceFingerprint` of the store's interface."""

_SEPARATORS = 3


class Component(StrEnum):
    """The parts of the form, in its order."""

    MAC = "mac"
    DISK = "disk"
    BOARD = "board"
    CPU = "cpu"


@dataclass(frozen=True, slots=True)
class Value:
    """A value that counts."""

    component: Component
    text: str
    source: str
    """Where it was read; for people."""
    rank: int = 0
    """Lower stands first and is dropped last."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was found and does not count."""

    component: Component
    text: str
    source: str
    reason: str
    """Id of the rule."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What tells this machine from others. Its parts stay out of representations: they identify a person's machine."""

    values: tuple[Value, ...] = field(default=(), repr=False)
    """All that count, in the order of the form, whatever the limits."""
    left_out: tuple[LeftOut, ...] = field(default=(), repr=False)
    facts: Facts = field(default=Facts(), repr=False)
    smbios: Smbios = field(default=Smbios(), repr=False)

    @property
    def text(self) -> str:
        """The documented form, at most `LIMIT` bytes (ASCII)."""
        return _joined(_fitting(self.values, LIMIT))

    def short(self, limit: int = SHORT_LIMIT) -> str:
        """The documented form in at most `limit` characters: whole values only, the most stable ones first.

        Board and CPU come first, then the first address, the first disk, the second address and so on; one that does
        not fit is left out, and a shorter one behind it may still get in.

        Raises:
            ValueError: not even the three separators fit.
        """
        return _joined(_fitting(self.values, limit))

    def of(self, component: Component) -> tuple[str, ...]:
        """The values of one component that stand in `text`."""
        return tuple(value.text for value in _fitting(self.values, LIMIT) if value.component is component)


def take() -> Fingerprint:
    """Read the machine anew and compose its fingerprint. Takes a few milliseconds; any thread; nothing is kept.

    Raises:
        DeviceError: ISCB-DEVICE-LOAD, if the native library can't be used.
    """
    return compose(read_facts())


def compose(facts: Facts) -> Fingerprint:
    """The fingerprint of these facts. Pure; never raises for what the facts hold."""
    smbios = parse(facts.firmware)
    machine = rules.machine_of(facts, smbios)
    found = [*_macs(facts, machine), *_disks(facts, machine), *_board(facts, smbios), *_cpu(facts.cpu)]
    order = list(Component)
    unique: dict[tuple[Component, str], Value] = {}
    for value in sorted((item for item in found if isinstance(item, Value)), key=lambda v: (v.rank, v.source)):
        unique.setdefault((value.component, value.text), value)
    values = sorted(unique.values(), key=lambda v: (order.index(v.component), v.rank, v.text))
    left_out = sorted(
        (item for item in found if isinstance(item, LeftOut)),
        key=lambda item: (order.index(item.component), item.source, item.text, item.reason),
    )
    return Fingerprint(tuple(values), tuple(left_out), facts, smbios)


_Found = list[Value | LeftOut]


def _macs(facts: Facts, machine: rules.Machine) -> _Found:
    found: _Found = []
    for adapter in facts.adapters:
        reason = rules.why_not(adapter, machine, rules.ADAPTER_RULES)
        address = rules.address_of(adapter)
        text = ":".join(address[i : i + 2] for i in range(0, len(address), 2))
        source = _adapter_called(adapter)
        if reason:
            found.append(LeftOut(Component.MAC, text, source, reason))
        else:
            found.append(Value(Component.MAC, text, source, rank=int(adapter.kind is Kind.WIRELESS)))
    return found


def _adapter_called(adapter: Adapter) -> str:
    """As people know it: Windows' name of an adapter is a GUID that nobody sees."""
    name = adapter.label or adapter.name
    return f"{name} ({adapter.description})" if adapter.description not in ("", name) else name


def _disks(facts: Facts, machine: rules.Machine) -> _Found:
    found: _Found = []
    for disk in facts.disks:
        reason = rules.why_not(disk, machine, rules.DISK_RULES)
        found += [LeftOut(Component.DISK, _first(disk), _called(disk), reason)] if reason else _serial(disk)
    return found


def _serial(disk: Disk) -> _Found:
    """The first of a disk's serials that counts, and those before it that do not."""
    found: _Found = []
    for source, text in disk.serials:
        where = f"{_called(disk)}, {source}"
        reason = rules.why_not_value(text, rules.DISK_VALUE_RULES)
        if not reason:
            found.append(
                Value(Component.DISK, rules.written(text), where, rank=int(disk.bus in (Bus.RAID, Bus.UNKNOWN)))
            )
            break
        found.append(LeftOut(Component.DISK, rules.written(text), where, reason))
    return found or [LeftOut(Component.DISK, "", _called(disk), "value.none")]


def _called(disk: Disk) -> str:
    return f"{disk.name} ({disk.model})" if disk.model else disk.name


def _first(disk: Disk) -> str:
    return rules.written(disk.serials[0][1]) if disk.serials else ""


def _board(facts: Facts, smbios: Smbios) -> _Found:
    """One serial: of the motherboard before others, of the table before what Linux made of it."""
    ordered = sorted(smbios.boards, key=lambda board: not board.is_motherboard)
    candidates = [("SMBIOS type 2", board.serial) for board in ordered]
    if "board_serial" in facts.names:
        candidates.append(("/sys/class/dmi/id/board_serial", facts.names["board_serial"]))
    found: _Found = []
    for source, text in candidates:
        reason = rules.why_not_value(text)
        if not reason:
            return [*found, Value(Component.BOARD, rules.written(text), source)]
        found.append(LeftOut(Component.BOARD, rules.written(text), source, reason))
    return found


def _cpu(cpu: Cpu) -> _Found:
    """EDX, then EAX of CPUID leaf 1, as in the guide's printed example; on ARM the main ID register."""
    if cpu.eax or cpu.edx:
        return [Value(Component.CPU, f"{cpu.edx:08X}{cpu.eax:08X}", "CPUID 1")]
    if cpu.midr:
        return [Value(Component.CPU, f"{cpu.midr:016X}", "MIDR_EL1")]
    return []


def _fitting(values: tuple[Value, ...], limit: int) -> tuple[Value, ...]:
    """The values that fit, in the order of the form."""
    room = limit - _SEPARATORS
    if room < 0:
        raise ValueError("the separators alone are longer")
    kept: set[Value] = set()
    begun: set[Component] = set()
    for value in _by_importance(values):
        need = len(value.text) + (value.component in begun)
        if need <= room:
            room -= need
            kept.add(value)
            begun.add(value.component)
    return tuple(value for value in values if value in kept)


def _by_importance(values: tuple[Value, ...]) -> list[Value]:
    by_component = {component: [v for v in values if v.component is component] for component in Component}
    pairs = zip_longest(by_component[Component.MAC], by_component[Component.DISK])
    return [
        *by_component[Component.BOARD],
        *by_component[Component.CPU],
        *(value for pair in pairs for value in pair if value is not None),
    ]


def _joined(values: tuple[Value, ...]) -> str:
    return "|".join(",".join(v.text for v in values if v.component is component) for component in Component)
