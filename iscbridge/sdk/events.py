"""Decodes the information string of an SDK event: JSON text, by the developer guide, but no guide says how strict.

In print every value is a string; one copy of page CheckNewVersions has an unquoted boolean, and the pages do not
agree on `Status` or `status`. So values of any kind are read and come out as text, names stay as they came, and
what can't be read as an event has the operate text "" and keeps its raw text. Nothing here raises.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from json import JSONDecoder, JSONEncoder

TEXT_LIMIT = 64 * 1024
"""Bytes of an information string that are read and kept; the printed ones have about 100."""

_MAX_DEPTH = 32
"""Levels of nesting in one parameter; the printed ones have none."""

_CONFLICT = " | "
"""Joins the values of a name that came twice with different values, so that neither of them is believed."""


@dataclass(slots=True)
class EventText:
    r"""What an information string said.

    `operate` is "" if it could not be read. `params` has the members of `params` as text: booleans as
    `true`/`false`, numbers as written, null as "", objects and lists as JSON text. `raw` is what came, at most
    `TEXT_LIMIT` bytes of it, bytes that are no UTF-8 written as `\xNN`.
    """

    operate: str
    params: dict[str, str]
    raw: str


class _Number(str):
    """A number as it was written: no digit is lost on the way."""

    __slots__ = ()


class _Members(list[tuple[str, object]]):
    """The members of an object in order, names that came twice included."""

    __slots__ = ()


class _UnreadableError(ValueError):
    """The text is JSON, but no event."""


# strict=False: a tab or line break inside a string, as a message of a foreign program may have, does no harm.
_DECODER = JSONDecoder(
    strict=False, object_pairs_hook=_Members, parse_int=_Number, parse_float=_Number, parse_constant=_Number
)
_quoted = JSONEncoder(ensure_ascii=False).encode


def decode(text: bytes) -> EventText:
    """Read one information string (page RegisterEventRecall and the pages of the events)."""
    if len(text) > TEXT_LIMIT:
        return EventText("", {}, _raw(text[:TEXT_LIMIT]))
    try:
        readable = text.decode("utf-8")
    except UnicodeDecodeError:
        return EventText("", {}, _raw(text))
    try:
        operate, params = _read(readable)
    except (ValueError, RecursionError):
        # json raises RecursionError, and unwinds cleanly, on nesting deeper than the interpreter allows.
        return EventText("", {}, readable)
    return EventText(operate, params, readable)


def _raw(text: bytes) -> str:
    return text.decode("utf-8", "backslashreplace")[:TEXT_LIMIT]


def _read(text: str) -> tuple[str, dict[str, str]]:
    document = _DECODER.decode(text.strip("\ufeff\0 \t\r\n"))
    if not isinstance(document, _Members):
        raise _UnreadableError("not an object")
    operate: str | None = None
    params: list[tuple[str, object]] = []
    for name, value in document:
        known = name.lower()
        if known == "operate":
            if not isinstance(value, str) or isinstance(value, _Number) or operate not in (None, value):
                raise _UnreadableError("operate is no text, or two of them")
            operate = value
        elif known == "params" and isinstance(value, _Members):
            params += value
    return _sound(operate or ""), _as_text(params)


def _as_text(members: Iterable[tuple[str, object]]) -> dict[str, str]:
    """Members as text. Where one name, in any case, came with different values, the first has them all."""
    params: dict[str, str] = {}
    spellings: dict[str, str] = {}
    for name, value in members:
        key, text = _sound(name), _value(value)
        first = spellings.setdefault(key.lower(), key)
        if params.setdefault(first, text) != text:
            params[first] += _CONFLICT + text
        params.setdefault(key, text)
    return params


def _value(value: object) -> str:
    if isinstance(value, str):
        return _sound(value)
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    return _sound(_json(value, _MAX_DEPTH))


def _json(value: object, depth: int) -> str:
    """JSON text of a decoded value: numbers as written, members in order and none left out."""
    if depth == 0:
        raise _UnreadableError("nested too deeply")
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, _Members):
        return "{" + ",".join(f"{_quoted(name)}:{_json(item, depth - 1)}" for name, item in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_json(item, depth - 1) for item in value) + "]"
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _sound(text: str) -> str:
    """Half of a surrogate pair, which JSON can write as an escape, is no text and could not be sent on."""
    if text.isascii():
        return str(text)
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
