"""Who calls: the store signs each call with the merchant's access key, and each answer is signed for it.

Reference: cloud-store-api.md, section 7.1 (request) and 7.2 (`Body-Sign`). No vector is published, so both follow the
formulas as printed; hex case is ignored, since the samples differ in it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

WINDOW_S = 60
"""So old or early a call may be (section 7.1)."""

_HEX = re.compile(r"[0-9A-Fa-f]{64}", re.ASCII)
_MILLIS, _SECONDS = re.compile(r"\d{13}", re.ASCII), re.compile(r"\d{10}", re.ASCII)
_NONCE = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Signed:
    """What the parameters of a call's URL say; proven by `genuine`."""

    signature: str
    timestamp: str
    nonce: str

    @property
    def millis(self) -> int:
        """When it was signed. Every sample shows milliseconds; some pages say seconds, which are told by their length."""
        return int(self.timestamp) * (1000 if len(self.timestamp) == 10 else 1)


def read_signed(query: Mapping[str, str]) -> Signed | None:
    """The parameters, or None if they are not in order."""
    signature, timestamp, nonce = (query.get(name, "") for name in ("signature", "timestamp", "nonce"))
    in_order = _HEX.fullmatch(signature) and _NONCE.fullmatch(nonce)
    if not in_order or not (_MILLIS.fullmatch(timestamp) or _SECONDS.fullmatch(timestamp)):
        return None
    return Signed(signature, timestamp, nonce)


def sign_call(access_key: str, timestamp: str, nonce: str, body: bytes) -> str:
    """The signature of a call, in lower-case hex."""
    key = access_key.encode()
    payload = hmac.new(key, body, hashlib.sha256).hexdigest()
    return hmac.new(key, f"{access_key}{nonce}{timestamp}{payload}".encode(), hashlib.sha256).hexdigest()


def genuine(signed: Signed, access_key: str, body: bytes, now: float) -> bool:
    """Whether the store made this call, now. Takes as long for a wrong signature as for a good one."""
    expected = sign_call(access_key, signed.timestamp, signed.nonce, body)
    good = hmac.compare_digest(expected, signed.signature.lower())
    return good and abs(signed.millis / 1000 - now) <= WINDOW_S


def body_sign(access_key: str, body: bytes) -> str:
    """The header `Body-Sign` of an answer; its quotes are mandatory."""
    digest = base64.b64encode(hmac.new(access_key.encode(), body, hashlib.sha256).digest()).decode("ascii")
    return f'sign_type="HMAC-SHA256", signature= "{digest}"'
