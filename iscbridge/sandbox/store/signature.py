"""Checking SDK-HMAC-SHA256 signatures as the store's gateway does.

Source: reference cloud-store-api.md, section 4.2 (apisign/api-sign-algorithm-001 and -002) and 4.3. Written from
there alone and sharing nothing with the client's signer (`iscbridge.store`), so that the two check each other.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote_to_bytes

ALGORITHM = b"SDK-HMAC-SHA256"
UNSIGNED = b"UNSIGNED-PAYLOAD"
SKEW_S = 15 * 60.0
"""Farther apart than this, X-Sdk-Date and the gateway's clock mean a refusal."""

_AUTHORIZATION = re.compile(
    rb"SDK-HMAC-SHA256 Access=(?P<access>[^,\s]+),\s*SignedHeaders=(?P<signed>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]+)"
)
_DATE = re.compile(rb"[0-9]{8}T[0-9]{6}Z")
_UNRESERVED = "-_.~"  # besides letters and digits


class BadSignature(Exception):  # noqa: N818  an outcome of checking
    """The request is not authenticated; `str()` is what the gateway says behind "authentication information: "."""

    def __init__(self, words: str, access: str = "") -> None:
        super().__init__(words)
        self.access = access
        """The access key that the failure counts against; empty if none is known."""


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came in, byte for byte."""

    method: str
    path: bytes
    query: bytes
    headers: Sequence[tuple[bytes, bytes]]
    """Names in lower case."""
    body: bytes

    def header(self, name: bytes) -> bytes | None:
        """The value, trimmed; several of one name are joined with a comma. None: there is none."""
        found = [value.strip() for key, value in self.headers if key == name]
        return b",".join(found) if found else None


def verify(received: Received, keys: Mapping[str, str], now: float, *, unsigned_payload: bool = True) -> str:
    """The access key that signed the request.

    Args:
        received: the request.
        keys: secret keys by access key.
        now: the gateway's clock, seconds since the epoch.
        unsigned_payload: whether the body may be left out of the signature.

    Raises:
        BadSignature: it is not signed, signed wrongly, or too long ago or ahead.
    """
    header = received.header(b"authorization")
    if header is None:
        raise BadSignature("no Authorization header")
    parts = _AUTHORIZATION.fullmatch(header)
    if parts is None:
        raise BadSignature("the Authorization header is malformed")
    access = parts["access"].decode("ascii", "replace")
    if access not in keys:
        raise BadSignature("Get secretKey failed")
    signed = parts["signed"].split(b";")
    if b"x-sdk-date" not in [name.lower() for name in signed]:
        raise BadSignature("verify aksk signature fail, X-Sdk-Date is not signed", access)
    date = received.header(b"x-sdk-date") or b""
    if abs(_seconds(date, access) - now) > SKEW_S:
        raise BadSignature("calc ak sk signature fail:signature expired", access)
    canonical = canonical_request(received, signed, unsigned_payload=unsigned_payload)
    expected = signature(keys[access], string_to_sign(date, canonical))
    if not hmac.compare_digest(expected.encode(), parts["signature"]):
        echo = canonical.decode("utf-8", "replace").replace("\n", "|")
        raise BadSignature(f"verify aksk signature fail, canonicalRequest:{echo}", access)
    return access


def canonical_request(received: Received, signed: Sequence[bytes], *, unsigned_payload: bool = True) -> bytes:
    """The request in the one form that both sides hash."""
    names = sorted(name.lower() for name in signed)
    headers = [name + b":" + (received.header(name) or b"") + b"\n" for name in names]
    lines = (
        received.method.upper().encode(),
        _canonical_path(received.path),
        _canonical_query(received.query),
        b"".join(headers),  # each ends its line by itself: an empty line follows
        b";".join(names),
        _payload_hash(received, unsigned_payload=unsigned_payload),
    )
    return b"\n".join(lines)


def string_to_sign(date: bytes, canonical: bytes) -> bytes:
    """What the secret key signs."""
    return b"\n".join((ALGORITHM, date, hashlib.sha256(canonical).hexdigest().encode()))


def signature(secret: str, to_sign: bytes) -> str:
    """HMAC-SHA256 with the secret key itself, in lower-case hexadecimal."""
    return hmac.new(secret.encode(), to_sign, hashlib.sha256).hexdigest()


def _seconds(date: bytes, access: str) -> float:
    if _DATE.fullmatch(date):
        try:
            return datetime.strptime(date.decode(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        except ValueError:
            pass  # the 31st of February
    raise BadSignature("calc ak sk signature fail:X-Sdk-Date is malformed", access)


def _canonical_path(path: bytes) -> bytes:
    segments: list[bytes] = []
    for segment in path.split(b"/"):
        if segment == b".." and len(segments) > 1:
            segments.pop()
        elif segment not in (b".", b".."):
            segments.append(_encoded(unquote_to_bytes(segment)))
    joined = b"/".join(segments)
    return joined if joined.endswith(b"/") else joined + b"/"


def _canonical_query(query: bytes) -> bytes:
    pairs = []
    for part in query.split(b"&") if query else ():
        name, _, value = part.partition(b"=")
        pairs.append((unquote_to_bytes(name), unquote_to_bytes(value)))
    # By name as it is, not as it is encoded: "by character code". The order of equal names is not printed: by value.
    return b"&".join(_encoded(name) + b"=" + _encoded(value) for name, value in sorted(pairs))


def _encoded(raw: bytes) -> bytes:
    return quote(raw, safe=_UNRESERVED).encode()


def _payload_hash(received: Received, *, unsigned_payload: bool) -> bytes:
    if unsigned_payload and received.header(b"x-sdk-content-sha256") == UNSIGNED:
        return UNSIGNED
    return hashlib.sha256(received.body).hexdigest().encode()
