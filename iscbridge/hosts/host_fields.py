"""Reading the members of a CAD's description strictly: every one has its form, its limit, and its words if it has not."""

from __future__ import annotations

import re
from typing import Any, NoReturn

LONGEST_PATH, LONGEST_TEXT = 400, 80
_MOST_SEGMENTS = 16
_ROOT = re.compile(r"\{([a-z_0-9]+)\}")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
#: Names that Windows takes for devices, whatever follows their first full stop.
DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
_FORBIDDEN = frozenset('\\:?"<>|')


class HostFileError(ValueError):
    """What is wrong with a description, in words; it quotes at most a key's name."""


def path_of(
    table: dict[str, Any],
    key: str,
    roots: tuple[str, ...],
    *,
    patterns: bool = False,
    placeholders: tuple[str, ...] = (),
    optional: bool = False,
) -> str:
    text = text_of(table, key, optional=optional, longest=LONGEST_PATH)
    if not text:
        return ""
    first, *segments = text.split("/")
    root = _ROOT.fullmatch(first)
    if root is None or root[1] not in roots or not segments:
        refuse(f"{key} must begin with one of {', '.join(roots)} in braces, and go on below it")
    check_segments(segments, key, patterns=patterns, placeholders=placeholders)
    return text


def check_segments(segments: list[str], key: str, *, patterns: bool, placeholders: tuple[str, ...]) -> None:
    if len(segments) > _MOST_SEGMENTS:
        refuse(f"{key} has more than {_MOST_SEGMENTS} parts")
    allowed = (*placeholders, "{version}") if patterns else placeholders
    for segment in segments:
        bare = _PLACEHOLDER.sub(lambda found: "0" if found[0] in allowed else "{", segment)
        stars = bare.count("*")
        if (
            not bare
            or bare.strip(" ").endswith(".")
            or bare != bare.strip(" ")
            or set(bare) & (_FORBIDDEN | {"{", "}"})
        ):
            refuse(f"a part of {key} is empty, leads upwards, or has a sign that names have not")
        if stars and not patterns:
            refuse(f"{key} is no pattern")
        if stars > 2 or "**" in bare or segment.count("{version}") > 1:
            refuse(f"a part of {key} has too many patterns")
        if DEVICES.fullmatch(bare):
            refuse(f"a part of {key} is a device of Windows")


def text_of(
    table: dict[str, Any],
    key: str,
    form: re.Pattern[str] | None = None,
    *,
    optional: bool = False,
    longest: int = LONGEST_TEXT,
) -> str:
    if key not in table:
        return "" if optional else refuse(f"{key} is missing")
    value = table[key]
    if not isinstance(value, str) or not value.isprintable() or not value or value != value.strip():
        refuse(f"{key} must be a printable text without blanks around it")
    if form is None and len(value) > longest:
        refuse(f"{key} has more than {longest} characters")
    if form is not None and (not form.fullmatch(value) or len(value) > max(longest, 256)):
        refuse(f"{key} is not in its form")
    return value


def table_of(table: dict[str, Any], key: str) -> dict[str, Any]:
    found = table.get(key)
    return found if isinstance(found, dict) else refuse(f"the table {key} is missing")


def tables_of(table: dict[str, Any], key: str, most: int) -> list[dict[str, Any]]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        refuse(f"[[{key}]] must be tables")
    if len(found) > most:
        refuse(f"there are more than {most} of [[{key}]]")
    return found


def only(table: dict[str, Any], where: str, known: set[str]) -> None:
    if set(table) - known:
        refuse(f"{where} has a member that this version does not know")


def refuse(words: str) -> NoReturn:
    raise HostFileError(words)
