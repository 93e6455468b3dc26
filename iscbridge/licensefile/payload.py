"""What a signed licence says, and the strict JSON that it is written in. `docs/licensing.md` has the form for vendors.

Whatever a licence may hold here it may hold when it is signed: both ways lead through `check`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NoReturn

from iscbridge.core.errors import LicenseError

ID_LIMIT = 128
PRODUCT_LIMIT = 256
DEVICE_LIMIT = 5 * 1024
"""Bytes; the guide allows a fingerprint of 5 KB (page License)."""
DEPTH_LIMIT = 32
"""Levels of objects and lists, in unknown members too."""
_DIGITS_LIMIT = 19
"""Of a whole number: what 64 bits hold, as most readers of JSON do."""
_EARLIEST_S = 946_684_800.0
"""2000-01-01. With the latest time it catches milliseconds that were meant as seconds."""
_LATEST_S = 253_402_300_799.0
"""9999-12-31."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Payload:
    """A payload whose every known member is in order. Times are seconds since the epoch, UTC."""

    product: str
    id: str
    issued: float
    expires: float | None
    """None: it never ends."""
    device: str | None
    """Fingerprint text in the documented form; None: any machine."""
    features: Any
    """As the vendor wrote it, any JSON; None if absent."""
    members: Mapping[str, Any] = field(repr=False)
    """All members as they stood, unknown ones too."""


def decode(raw: bytes) -> Payload:
    """Read a payload.

    Raises:
        LicenseError: ISCB-LIC-FILE-FORMAT.
    """
    try:
        text = raw.decode("utf-8")
        members = json.loads(
            text, object_pairs_hook=_members, parse_int=_whole, parse_float=_fraction, parse_constant=_constant
        )
    except (ValueError, RecursionError) as error:
        raise _bad(str(error) if isinstance(error, _WrongError) else "the payload is not JSON in UTF-8") from None
    return check(members)


def encode(members: Mapping[str, Any]) -> bytes:
    """Write a payload in its canonical form: members sorted, no blanks, characters as they are, UTF-8.

    Raises:
        LicenseError: ISCB-LIC-FILE-FORMAT: it could not be read again.
    """
    try:
        text = json.dumps(members, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
        raw = text.encode("utf-8")
    except (ValueError, TypeError, RecursionError):
        raise _bad("the payload can't be written as JSON in UTF-8") from None
    decode(raw)
    return raw


def check(members: object) -> Payload:
    """The payload that these members make.

    Raises:
        LicenseError: ISCB-LIC-FILE-FORMAT.
    """
    if not isinstance(members, dict):
        raise _bad("the payload is not an object")
    _check_tree(members)
    return Payload(
        product=_text(members, "product", PRODUCT_LIMIT),
        id=_text(members, "id", ID_LIMIT),
        issued=_time(members, "issued"),
        expires=_time(members, "expires") if "expires" in members else None,
        device=_device(members) if "device" in members else None,
        features=members.get("features"),
        members=members,
    )


def shown_time(seconds: float) -> str:
    """A time as it may stand in a payload, and as people can read it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(members: dict[str, Any], name: str, limit: int) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not value or len(value) > limit or not value.isprintable():
        raise _bad(f"`{name}` must be text of 1 to {limit} printable characters")
    return value


def _device(members: dict[str, Any]) -> str:
    value = members["device"]
    # One that names no part would hold on every machine: a licence for any machine has no such member.
    if (
        not isinstance(value, str)
        or not 0 < len(value.encode()) <= DEVICE_LIMIT
        or not value.isprintable()
        or not value.strip("|, ")
    ):
        raise _bad("`device` must be the text of a fingerprint")
    return value


def _time(members: dict[str, Any], name: str) -> float:
    """Whole seconds since the epoch, or ISO 8601 with its offset from UTC. Not null: an end that got lost is no "never"."""
    value = members.get(name)
    seconds: float | None = None
    if isinstance(value, int) and not isinstance(value, bool):
        seconds = float(value)
    elif isinstance(value, str) and _TIME.fullmatch(value):
        try:
            seconds = datetime.fromisoformat(value).timestamp()
        except (ValueError, OverflowError):
            seconds = None
    if seconds is None or not _EARLIEST_S <= seconds <= _LATEST_S:
        raise _bad(f"`{name}` must be a time such as 2026-11-22T00:00:00Z, or whole seconds since 1970")
    return seconds


class _WrongError(ValueError):
    """What is wrong with the JSON, in words for people."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _WrongError("a member stands twice")
    return members


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS_LIMIT:
        raise _WrongError("a number is too long")
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if len(digits) > _DIGITS_LIMIT or value in (float("inf"), float("-inf")):
        raise _WrongError("a number is too long")
    return value


def _constant(name: str) -> NoReturn:
    raise _WrongError(f"{name} is no number of JSON")


def _check_tree(members: dict[str, Any]) -> None:
    """No deep nesting, and no half of a surrogate pair, which an escape can smuggle in."""
    level: list[Any] = [members]
    for _ in range(DEPTH_LIMIT):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below += [*value.keys(), *value.values()]
            elif isinstance(value, list):
                below += value
            elif isinstance(value, str) and not value.isascii():
                _check_text(value)
        level = below
        if not level:
            return
    raise _bad("it is nested too deeply")


def _check_text(value: str) -> None:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise _bad("a text is not valid Unicode") from None


def _bad(detail: str) -> LicenseError:
    return LicenseError("ISCB-LIC-FILE-FORMAT", detail=detail)
