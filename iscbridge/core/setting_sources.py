"""Where a setting's value comes from.

The later of these counts:

1. the default of the declaration,
2. the machine's policy file,
3. the user's settings file,
4. the variable of the environment,
5. what the command line of `iscbridge serve` names,
6. the machine's policy file, if it locks the setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.paths import printable
from iscbridge.core.setting_migrations import LATEST, is_version
from iscbridge.core.settings import BY_KEY, SETTINGS, Setting, Settings

#: Tells of unknown names end here: a file that is not ours at all has thousands.
_MOST_UNKNOWN = 20


class Source(StrEnum):
    """What gave a setting its value. The words are those of `iscbridge config list --json`."""

    DEFAULT = "default"
    POLICY = "policy"
    """The machine's policy file suggests it; the user may choose another."""
    FILE = "file"
    ENVIRONMENT = "environment"
    LOCKED = "locked"
    """The machine's policy file locks the setting."""


@dataclass(frozen=True, slots=True)
class MachinePolicy:
    """What the machine's administrator wants. `values` by key, already checked."""

    path: str = ""
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """By key. One of them may be secret, so they are not in the repr."""
    locked: frozenset[str] = frozenset()
    told: tuple[ErrorInfo, ...] = ()
    unusable: frozenset[str] = frozenset()
    """Settings for which it has a value that can't be used."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """All settings, where each comes from, and what is wrong with what was written."""

    settings: Settings
    sources: Mapping[str, Source]
    """By key, of all settings."""
    policy: MachinePolicy = field(default_factory=MachinePolicy)
    told: tuple[ErrorInfo, ...] = ()
    unusable: frozenset[str] = frozenset()
    """Settings for which somebody wrote a value that can't be used."""


def resolve(
    document: Mapping[str, Any],
    environ: Mapping[str, str] | None = None,
    policy: MachinePolicy | None = None,
) -> Resolved:
    """The settings of a document as TOML gives it, with all that comes before and after it.

    Args:
        document: tables in tables; anything else in it is told, never raised.
        environ: the variables of the process; None: none count.
        policy: of the machine; None: there is none.

    Returns:
        The settings, with the next lower value in place of each wrong one; and for each of those ISCB-SET-VALUE, for
        each name that this version does not know ISCB-SET-UNKNOWN (a newer version may have written it).
    """
    machine = policy or MachinePolicy()
    told = list(machine.told)
    found: dict[str, object] = {}
    _flatten(document, "", found)
    if "version" in found and not is_version(found.pop("version")):
        told.append(ErrorInfo("ISCB-SET-VALUE", {"key": "version", "allowed": str(LATEST)}))
    values: dict[str, Any] = {}
    sources: dict[str, Source] = {}
    unusable = set(machine.unusable)
    for setting in SETTINGS:
        key, from_file = setting.key, found.pop(setting.key, None)
        values[key], sources[key] = machine.values.get(key, setting.default), Source.DEFAULT
        if key in machine.locked:
            sources[key] = Source.LOCKED
            continue
        if key in machine.values:
            sources[key] = Source.POLICY
        variable = (environ or {}).get(setting.variable, "").strip() if setting.variable else ""
        try:
            if from_file is not None:
                values[key], sources[key] = setting.kind.read(from_file), Source.FILE
        except ValueError:
            unusable.add(key)
            told.append(_wrong(setting, key))
        try:
            if variable:
                values[key], sources[key] = setting.kind.typed(variable), Source.ENVIRONMENT
        except ValueError:
            unusable.add(key)
            told.append(_wrong(setting, setting.variable))
    told += [ErrorInfo("ISCB-SET-UNKNOWN", {"key": printable(key, 100)}) for key in list(found)[:_MOST_UNKNOWN]]
    return Resolved(Settings(values), sources, machine, tuple(told), frozenset(unusable))


def parse_machine_policy(document: Mapping[str, Any], path: str) -> MachinePolicy:
    """The policy in a document: `[set]` with settings as in the settings file, `[lock]` with `keys`.

    What can't be used is told (ISCB-SET-MACHINE-VALUE, ISCB-SET-MACHINE); a lock without a value locks the default.
    """
    told: list[ErrorInfo] = []
    where = printable(path)

    def complain(detail: str) -> None:
        if len(told) < _MOST_UNKNOWN:
            told.append(ErrorInfo("ISCB-SET-MACHINE", {"path": where, "detail": detail}))

    given, lock = document.get("set", {}), document.get("lock", {})
    keys = lock.get("keys", []) if isinstance(lock, Mapping) else None
    if not isinstance(given, Mapping):
        complain("[set] is no table")
        given = {}
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        complain("keys in [lock] is no list of names")
        keys = []
    for name in document:
        if name not in ("set", "lock"):
            complain(f"“{printable(str(name), 100)}” is neither [set] nor [lock]")
    found: dict[str, object] = {}
    _flatten(given, "", found)
    values: dict[str, Any] = {}
    unusable: set[str] = set()
    for key, value in found.items():
        setting = BY_KEY.get(key)
        if setting is None:
            complain(f"there is no setting “{printable(key, 100)}”")
            continue
        try:
            values[key] = setting.kind.read(value)
        except ValueError:
            unusable.add(key)
            allowed = setting.kind.allowed
            told.append(ErrorInfo("ISCB-SET-MACHINE-VALUE", {"path": where, "key": key, "allowed": allowed}))
    for key in keys:
        if key not in BY_KEY:
            complain(f"there is no setting “{printable(key, 100)}”")
    locked = frozenset(key for key in keys if key in BY_KEY)
    return MachinePolicy(path, values, locked, tuple(told), frozenset(unusable))


def _wrong(setting: Setting[Any], where: str) -> ErrorInfo:
    return ErrorInfo("ISCB-SET-VALUE", {"key": where, "allowed": setting.kind.allowed})


def _flatten(table: Mapping[str, Any], prefix: str, found: dict[str, object]) -> None:
    """Values by dotted key, as deep as settings go; a table in place of a value is told as unknown or wrong.

    A name with a dot in it ("a.b" in quotes) is none of ours: it keeps its quotes.
    """
    tables = {setting.key.rpartition(".")[0] for setting in SETTINGS}
    for name, value in table.items():
        key = f'{prefix}"{name}"' if "." in name else f"{prefix}{name}"
        if isinstance(value, Mapping) and key in tables:
            _flatten(value, f"{key}.", found)
        else:
            found[key] = value
