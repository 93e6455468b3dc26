"""A licence record as bytes and back, under a seal.

A file is one line of JSON: `{"body": {"format", "generation", "key", "product", "record"}, "seal"}`. The seal is the
HMAC-SHA256 of the body's canonical bytes; `key` names the key that made it, without telling it. There is one form for
each content: sorted keys, no blanks, ASCII. What a file lacks gets the field's default; fields that this version does
not know are kept. A change that an older version must not pass over raises `FORMAT`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import NoneType
from typing import Any, get_args, get_type_hints

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import LicenseRecord

FORMAT = 1
KEY_BYTES = 32
#: A record has some hundred bytes; a fingerprint of 5 KB, hashed, and an error's parameters are the longest of it.
LARGEST = 512 * 1024

_PURPOSE = b"ISCBridge licence record\0"
_KEY_PURPOSE = b"ISCBridge licence record: name of the key\0"
_HINTS: dict[str, Any] = get_type_hints(LicenseRecord)
#: Stand in the body itself.
_OUTER = ("product", "generation")


class CodecError(ValueError):
    """Bytes that can't be a record. The text says nothing of their content."""


class NewerError(CodecError):
    """A record of a newer ISCBridge, in a form that this one does not know."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a file says. Nothing of it is to be believed before `is_genuine`."""

    record: LicenseRecord
    seal: str
    key_name: str
    extras: Mapping[str, Any]
    """Fields of the record that this version does not know."""
    body: bytes
    canonical: bool
    """Whether the file is the one form of its content."""

    def is_genuine(self, key: bytes) -> bool:
        """Whether this key made the seal, over exactly this."""
        return self.canonical and hmac.compare_digest(
            _seal(key, self.body).encode(), self.seal.encode("utf-8", "replace")
        )


def pack(record: LicenseRecord, key: bytes, extras: Mapping[str, Any] | None = None) -> tuple[bytes, str]:
    """The bytes of a record's file, and its seal.

    Raises:
        ValueError: a time of the record is no finite number.
    """
    fields = {name: _plain(getattr(record, name), hint) for name, hint in _HINTS.items() if name not in _OUTER}
    body = _canonical(
        {
            "format": FORMAT,
            "generation": record.generation,
            "key": key_name(key),
            "product": _text(record.product),
            "record": {**(extras or {}), **fields},
        }
    )
    seal = _seal(key, body)
    return b'{"body":%b,"seal":"%b"}\n' % (body, seal.encode()), seal


def unpack(data: bytes) -> Sealed:
    """What a file says.

    Raises:
        CodecError: it can't be a record; NewerError if a newer version may have written it.
    """
    if len(data) > LARGEST:
        raise CodecError("too large")
    try:
        document = json.loads(data, parse_constant=_refuse)
        body = document["body"]
        form = body["format"]
        if type(form) is int and form > FORMAT:
            raise NewerError("a newer form")
        if (
            type(form) is not int
            or form != FORMAT
            or not isinstance(document["seal"], str)
            or not isinstance(body["key"], str)
        ):
            raise CodecError("not a record")
        fields = body["record"]
        outer = {name: body[name] for name in _OUTER}
        values = {name: _typed(value, _HINTS[name]) for name, value in {**fields, **outer}.items() if name in _HINTS}
        packed = _canonical(body)
        again = b'{"body":%b,"seal":%b}\n' % (packed, _canonical(document["seal"]))
        extras = {name: value for name, value in fields.items() if name not in _HINTS}
        return Sealed(LicenseRecord(**values), document["seal"], body["key"], extras, packed, again == data)
    except CodecError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise CodecError("not a record") from None


def key_name(key: bytes) -> str:
    """A name by which a key is known again, and from which it can't be told."""
    return hmac.new(key, _KEY_PURPOSE, hashlib.sha256).hexdigest()[:16]


def _seal(key: bytes, body: bytes) -> str:
    return hmac.new(key, _PURPOSE + body, hashlib.sha256).hexdigest()


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def _refuse(constant: str) -> float:
    raise CodecError(f"{constant} is no number")


def _plain(value: Any, hint: Any) -> Any:
    """A field's value as JSON has it, of the field's very type: 0 and False are also times and numbers to Python."""
    if value is None:
        return None
    kind = _kind(hint)
    if kind is ErrorInfo:
        return {"code": _text(value.code), "params": [[_text(k), _text(v)] for k, v in value.params.items()]}
    return _text(str(value)) if issubclass(kind, str) else kind(value)


def _text(value: str) -> Any:
    """Text. Halves of surrogate pairs, which only a fault brings, would meet in JSON's escapes: they go as bytes."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return {"bytes": value.encode("utf-8", "surrogatepass").hex()}
    return value


def _typed(value: Any, hint: Any) -> Any:
    """A field's value from JSON; exactly of the field's type."""
    if value is None and NoneType in get_args(hint):
        return None
    kind = _kind(hint)
    if kind is str:
        return _read_text(value)
    if kind is ErrorInfo:
        return ErrorInfo(_read_text(value["code"]), {_read_text(k): _read_text(v) for k, v in value["params"]})
    if issubclass(kind, StrEnum):
        return kind(value)
    if type(value) is not kind or (kind is float and not math.isfinite(value)):
        raise CodecError("a field of another kind")
    return value


def _kind(hint: Any) -> Any:
    """The type of a field that may also be None."""
    kind = next((one for one in get_args(hint) if one is not NoneType), hint)
    if kind not in (str, int, bool, float, ErrorInfo) and not issubclass(kind, StrEnum):
        raise TypeError(f"records have no fields of {kind}")
    return kind


def _read_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return bytes.fromhex(value["bytes"]).decode("utf-8", "surrogatepass")
