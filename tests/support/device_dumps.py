"""Machines: recorded in the form in which the native library reports them, made up in content."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from iscbridge.device.facts import Facts, Part
from iscbridge.device.fingerprint import Fingerprint, compose
from iscbridge.device.records import facts_from
from support.checkout import ROOT
from support.smbios_tables import from_description

FOLDER = ROOT / "tests" / "device" / "dumps"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


@dataclass(frozen=True)
class Dump:
    """One machine, and what its fingerprint has to be."""

    parts: dict[Part, bytes]
    missing: dict[Part, str]
    text: str
    left_out: list[list[str]]
    """component, part of source or value, reason."""

    @property
    def facts(self) -> Facts:
        return facts_from(self.parts, self.missing)

    @property
    def fingerprint(self) -> Fingerprint:
        return compose(self.facts)


def dump(name: str) -> Dump:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    parts = {part: json.dumps(found[part.value]).encode() for part in Part if part is not Part.FIRMWARE}
    missing = {}
    if "firmware" in found:
        parts[Part.FIRMWARE] = from_description(found["firmware"])
    else:
        missing[Part.FIRMWARE] = "the operating system does not give this"
    return Dump(parts, missing, found["expected"]["text"], found["expected"]["left_out"])
