"""Every component of a fingerprint for people: value, where it came from, what was left out and why."""

from __future__ import annotations

from dataclasses import dataclass, replace

from iscbridge.device.facts import Part
from iscbridge.device.fingerprint import SHORT_LIMIT, Component, Fingerprint, Value

#: Reasons that are no rules (`iscbridge.device.rules`): facts that only help to explain, and what could not be read.
MORE_REASONS = (
    "fact.only-shown",
    "part.not-given",
    "board.not-readable",
    "component.none",
    "limit.short",
    "limit.full",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the explanation."""

    component: str
    """`mac`, `disk`, `board`, `cpu`, or `system` for facts that are shown only."""
    used: bool
    value: str
    source: str
    reason: str = ""
    """Why it is not used: id of a rule, or one of `MORE_REASONS`. Empty if it is, but for `limit.short`: it is used
    in the documented form and does not fit into the short one."""


def explain(fingerprint: Fingerprint) -> list[Line]:
    """All that was found, in the order of the form; within a component what counts comes first."""
    groups = fingerprint.short(SHORT_LIMIT).split("|")
    in_short = {component: group.split(",") for component, group in zip(Component, groups, strict=True)}
    lines: list[Line] = []
    for component in Component:
        used = [value for value in fingerprint.values if value.component is component]
        kept = fingerprint.of(component)
        lines += [_used(component, value, value.text in kept, value.text in in_short[component]) for value in used]
        left_out = [item for item in fingerprint.left_out if item.component is component]
        lines += [Line(component.value, False, item.text, item.source, item.reason) for item in left_out]
        lines += [] if used or left_out else _absent(fingerprint, component)
    return [_printable(line) for line in (*lines, *_system(fingerprint))]


def _printable(line: Line) -> Line:
    """Names that drivers and firmware give must not steer a terminal."""

    def clean(text: str) -> str:
        return "".join(c if c.isprintable() else "?" for c in text)

    return replace(line, value=clean(line.value), source=clean(line.source))


def _used(component: Component, value: Value, in_text: bool, in_short: bool) -> Line:
    reason = "" if in_short else "limit.short" if in_text else "limit.full"
    return Line(component.value, in_text, value.text, value.source, reason)


_PART_OF = {
    Component.MAC: Part.ADAPTERS,
    Component.DISK: Part.DISKS,
    Component.BOARD: Part.FIRMWARE,
    Component.CPU: Part.CPU,
}
"""What has to be read for a component."""


def _absent(fingerprint: Fingerprint, component: Component) -> list[Line]:
    """Why a component has nothing at all."""
    reason = "component.none"
    if _PART_OF[component] in fingerprint.facts.missing:
        linux_board = component is Component.BOARD and fingerprint.facts.system == "linux"
        reason = "board.not-readable" if linux_board else "part.not-given"
    return [Line(component.value, False, "", "", reason)]


def _system(fingerprint: Fingerprint) -> list[Line]:
    """Facts that many machines share, or that a reinstallation or a clone carries along: shown, never used."""
    system, names = fingerprint.smbios.system, fingerprint.facts.names
    if system is not None:
        facts = [system.manufacturer, system.product, system.serial, system.uuid]
        source = "SMBIOS type 1"
    else:
        facts = [names.get(key, "") for key in ("sys_vendor", "product_name", "product_serial", "product_uuid")]
        source = "/sys/class/dmi/id"
    return [Line("system", False, value, source, "fact.only-shown") for value in facts if value]
