"""The store's replies as values. Reads what is documented, keeps what is not, and says when it can't be sure.

Source: reference, sections 1.2, 2.2, 3, 4.6, 10. The pages are cut off in places: the end of LicenseInfo, all of the
v2 heartbeat and the full name of `data.check_fail_...` are not documented. They are read tolerantly, and what can't be
found with certainty raises `UnreadableError`. Nothing here raises anything else, whatever comes in.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

#: Keys under which the store may tell when a licence ends. The heartbeat's own is not documented.
_EXPIRY_KEYS = ("expire_time", "expireTime", "expire")
_CODE_KEYS = ("license_code", "license")
_TIME = re.compile(r"[0-9]{14}(?:[0-9]{3})?")
_AMOUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?")
_SECONDS = re.compile(r"[0-9]{1,9}")
_DEEPEST = 4
"""Levels at which a v2 reply is searched for entries."""
_EARLIEST_DATE = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
_LATEST_DATE = datetime(2100, 1, 1, tzinfo=UTC).timestamp()


class UnreadableError(Exception):
    """A reply does not say for certain what was asked. The text is fixed words: it holds nothing of the reply."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What both shapes have in common: the licence interfaces' and the gateway's."""

    code: str
    """`error_code`, or `resultCode` in its place; empty if there is neither."""
    message: str = field(repr=False)
    """`error_msg`. The gateway echoes parts of the request in it: never shown, never logged."""
    data: object = field(default=None, repr=False)
    request_id: str = ""
    """The gateway's, for its support."""
    extra: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class LicenseCodeInfo:
    """`data.license_code_info` of an activation. Its expiry is an estimate, says the documentation."""

    status: str = ""
    expires: float | None = None
    product_id: str = ""
    order_id: str = ""
    amount: int | float | None = None
    extra: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class LicenseInfo:
    """One licence in the reply to a heartbeat."""

    status: str
    """`ALIVE`, `EXPIRED`, `RELEASED` are documented; upper case here."""
    code: str = field(default="", repr=False)
    activated: float | None = None
    expires: float | None = None
    """Key and zone are not documented; read as UTC. For notices only."""
    extra: Mapping[str, object] = field(default_factory=dict, repr=False)


def read_reply(body: bytes) -> Reply:
    """The outer object of a reply.

    Raises:
        UnreadableError: no JSON, no object, or `error_code` is neither text nor a number.
    """
    fields = dict(_object(_json(body)))
    # The order interfaces' names, which CBC codes are documented with, are taken too.
    code = fields.pop("error_code", None) or fields.pop("resultCode", None) or ""
    if isinstance(code, int) and not isinstance(code, bool):
        code = str(code)
    if not isinstance(code, str):
        raise UnreadableError("error_code is no text")
    message = _text(fields.pop("error_msg", ""))
    return Reply(code.strip(), message, fields.pop("data", None), _text(fields.pop("request_id", "")), fields)


def read_code_info(data: object) -> LicenseCodeInfo | None:
    """What an activation tells besides that it was accepted: a JSON document inside a string. None if unreadable."""
    try:
        fields = dict(_object(_object(data).get("license_code_info")))
    except UnreadableError:
        return None
    return LicenseCodeInfo(
        status=_text(fields.pop("status", "")).strip().upper(),
        expires=_expiry(fields),
        product_id=_text(fields.pop("product_id", "")),
        order_id=_text(fields.pop("order_id", "")),
        amount=read_amount(fields.pop("amount", None)),
        extra=fields,
    )


def read_license(data: object, code: str) -> LicenseInfo:
    """The licence that a v1 heartbeat tells of.

    Raises:
        UnreadableError: no status, or it tells of another code.
    """
    info = _license_info(_object(data))
    if info is None:
        raise UnreadableError("no status")
    # One code was asked about. A masked one does not contradict it; whether the store masks is not documented.
    if info.code and "*" not in info.code and not _same_code(info.code, code):
        raise UnreadableError("another code")
    return info


def find_license(data: object, code: str) -> LicenseInfo:
    """The licence `code` in the reply to a v2 heartbeat, whose form is not documented: a list, or any object.

    Raises:
        UnreadableError: nothing in it names this code with a status, or what does contradicts itself.
    """
    found = [info for info in _entries(data, _DEEPEST) if info.code and _same_code(info.code, code)]
    if not found:
        raise UnreadableError("the code is not in the reply")
    if len({info.status for info in found}) > 1:
        raise UnreadableError("two states for one code")
    return found[0]


def find_licenses(data: object, codes: Iterable[str]) -> dict[str, LicenseInfo]:
    """As `find_license`, of many codes; those that the reply does not tell of for certain are left out."""
    by_code: dict[str, list[LicenseInfo]] = {}
    for info in _entries(data, _DEEPEST):
        if info.code:
            by_code.setdefault(info.code.strip().casefold(), []).append(info)
    found: dict[str, LicenseInfo] = {}
    for code in codes:
        entries = by_code.get(code.strip().casefold(), [])
        if len({info.status for info in entries}) == 1:
            found[code] = entries[0]
    return found


def usage_failures(data: object) -> int:
    """How many entries of a usage report failed the store's checks.

    The name is cut off in the documentation (`check_fail_...`): every key that begins so counts.
    """
    try:
        fields = _object(data)
    except UnreadableError:
        return 0
    failed = [value for key, value in fields.items() if key.startswith("check_fail")]
    return sum(len(value) if isinstance(value, (list, dict, str)) else int(bool(value)) for value in failed)


def read_time(value: object) -> float | None:
    """`yyyyMMddHHmmss`, with or without three digits of milliseconds, as text or number; UTC. None if it is none."""
    text = str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if not _TIME.fullmatch(text):
        return None
    try:
        moment = datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment.timestamp() + (int(text[14:]) / 1000 if text[14:] else 0.0)


def read_amount(value: object) -> int | float | None:
    """A quantity, which comes as a number or as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()
        if not _AMOUNT.fullmatch(text):
            return None
        return float(text) if "." in text else int(text)
    return value if isinstance(value, (int, float)) and math.isfinite(value) else None


def read_date(header: str | None) -> float | None:
    """The header `Date` (RFC 822), seconds since the epoch. None if it is missing, no date, or from another age."""
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(header or "")
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return seconds if _EARLIEST_DATE <= seconds <= _LATEST_DATE else None


def read_retry_after(header: str | None, now: float | None) -> float | None:
    """The header `Retry-After` in seconds: a number, or a date, which counts from the server's own time `now`."""
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    until = read_date(text)
    return max(0.0, until - now) if until is not None and now is not None else None


def _json(body: bytes | str) -> Any:
    if isinstance(body, bytes):
        body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise UnreadableError("no JSON") from None


def _object(value: object) -> dict[str, object]:
    """A JSON object, or one that stands as a document inside a string."""
    if isinstance(value, str):
        value = _json(value)
    if not isinstance(value, dict):
        raise UnreadableError("no object")
    return value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _expiry(fields: dict[str, object]) -> float | None:
    times = [read_time(fields.pop(key, None)) for key in _EXPIRY_KEYS]
    return next((time for time in times if time is not None), None)


def _license_info(source: Mapping[str, object]) -> LicenseInfo | None:
    fields = dict(source)
    status = fields.pop("status", None)
    if not isinstance(status, str) or not status.strip():
        return None
    codes = [_text(fields.pop(key, "")).strip() for key in _CODE_KEYS]
    return LicenseInfo(
        status=status.strip().upper(),
        code=next((code for code in codes if code), ""),
        activated=read_time(fields.pop("activate_time", None)),
        expires=_expiry(fields),
        extra=fields,
    )


def _same_code(told: str, asked: str) -> bool:
    return told.strip().casefold() == asked.strip().casefold()


def _entries(value: object, depth: int) -> Iterator[LicenseInfo]:
    """Everything in a reply that has the form of a licence."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            value = _json(value)
        except UnreadableError:
            return
    if isinstance(value, dict):
        info = _license_info(value)
        if info is not None:
            yield info
        value = list(value.values())
    if isinstance(value, list) and depth > 0:
        for item in value:
            yield from _entries(item, depth - 1)
