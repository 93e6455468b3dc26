"""Signs requests with SDK-HMAC-SHA256, as Huawei Cloud's API gateway documents it (reference, section 4.2).

Pure functions: no clock, no network. Where Huawei's own signer for Python does other than the documentation says
(`tests/store/test_signing.py` names each place), the documentation is followed: the gateway checks by it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes

from iscbridge.store.credentials import Credentials

ALGORITHM = "SDK-HMAC-SHA256"
DATE_HEADER = "X-Sdk-Date"
CONTENT_HEADER = "X-Sdk-Content-Sha256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
"""Value of `CONTENT_HEADER` that leaves the body out of the signature."""


@dataclass(frozen=True, slots=True)
class SignRequest:
    """What of a request goes into its signature."""

    method: str
    path: str
    """Absolute path as it stands in the URL; characters may be percent-encoded or not."""
    headers: Mapping[str, str]
    """Every header to be signed, `X-Sdk-Date` among them. Names with an underscore are left out: gateways drop them."""
    query: tuple[tuple[str, str], ...] = ()
    """Names and values as they are meant, not encoded. A name may come more than once."""
    body: bytes = field(default=b"", repr=False)


def authorization(request: SignRequest, credentials: Credentials) -> str:
    """The value of the header `Authorization`.

    Raises:
        ValueError: `X-Sdk-Date` is missing; it must be signed.
    """
    names = ";".join(_signed_headers(request))
    signature = sign(request, credentials.secret_key)
    return f"{ALGORITHM} Access={credentials.access_key}, SignedHeaders={names}, Signature={signature}"


def sign(request: SignRequest, secret_key: str) -> str:
    """The signature, lower-case hex. The key is the SK itself: nothing is derived, and the AK does not enter.

    Raises:
        ValueError: `X-Sdk-Date` is missing.
    """
    return hmac.new(secret_key.encode(), string_to_sign(request).encode(), hashlib.sha256).hexdigest()


def string_to_sign(request: SignRequest) -> str:
    """Algorithm, time and the hash of the canonical request, a line each.

    Raises:
        ValueError: `X-Sdk-Date` is missing.
    """
    date = _header(request, DATE_HEADER)
    if not date:
        raise ValueError(f"{DATE_HEADER} has to be signed")
    digest = hashlib.sha256(canonical_request(request).encode()).hexdigest()
    return f"{ALGORITHM}\n{date}\n{digest}"


def canonical_request(request: SignRequest) -> str:
    """The request in the one form in which both sides hash it."""
    headers = _signed_headers(request)
    return "\n".join(
        (
            request.method.upper(),
            _canonical_path(request.path),
            _canonical_query(request.query),
            # Each header ends in a line break of its own, so that a blank line follows.
            "".join(f"{name}:{value}\n" for name, value in headers.items()),
            ";".join(headers),
            _payload_hash(request),
        )
    )


def _canonical_path(path: str) -> str:
    # Split first, decode then: an encoded slash belongs to its segment and separates nothing (RFC 3986, section 2.2).
    segments = [quote_from_bytes(unquote_to_bytes(segment), safe="~") for segment in path.split("/")]
    canonical = "/".join(_without_dots(segments))
    return canonical if canonical.endswith("/") else canonical + "/"


def _without_dots(segments: list[str]) -> list[str]:
    """Takes out `.` and `..` (RFC 3986, section 5.2.4). The first segment is what stands before the leading slash."""
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    return kept


def _canonical_query(query: tuple[tuple[str, str], ...]) -> str:
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in sorted(query))


def _encode(text: str) -> str:
    return quote(text, safe="~")


def _signed_headers(request: SignRequest) -> dict[str, str]:
    """Lower-case name -> trimmed value, sorted by name."""
    return {
        name.lower(): value.strip()
        for name, value in sorted(request.headers.items(), key=lambda item: item[0].lower())
        if "_" not in name
    }


def _header(request: SignRequest, name: str) -> str:
    return _signed_headers(request).get(name.lower(), "")


def _payload_hash(request: SignRequest) -> str:
    return _header(request, CONTENT_HEADER) or hashlib.sha256(request.body).hexdigest()
