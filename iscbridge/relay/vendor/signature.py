"""Requests of the vendor's own service, signed with the secret `metering_key` that it shares with the relay.

    X-Isc-Time       whole seconds since the epoch
    X-Isc-Signature  hex HMAC-SHA256 of `signed_bytes`

There is no nonce: what such a request tells counts once by its own serial numbers, however often it comes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

TIME, SIGNATURE = "x-isc-time", "x-isc-signature"
WINDOW_S = 300
"""So far a request's time may be from the relay's clock, on either side."""
SHORTEST_KEY = 32
"""Characters: a key that a person made up would be found out."""

_TIME = re.compile(r"[0-9]{1,12}", re.ASCII)
_HEX = re.compile(r"[0-9A-Fa-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Claim:
    """What the headers say; proven by `genuine`."""

    time: int
    signature: str


def read_claim(headers: Mapping[str, str]) -> Claim | None:
    """The claim of a request's headers (lower-case names), or None if there is none in order."""
    time, signature = headers.get(TIME, ""), headers.get(SIGNATURE, "")
    return Claim(int(time), signature) if _TIME.fullmatch(time) and _HEX.fullmatch(signature) else None


def signed_bytes(path: str, time: int, body: bytes, audience: str) -> bytes:
    """What is signed: one line each."""
    lines = ["ISCUSE1", "POST", path, str(time), hashlib.sha256(body).hexdigest(), audience.lower()]
    return "\n".join(lines).encode("utf-8")


def sign(key: str, path: str, time: int, body: bytes, audience: str) -> dict[str, str]:
    """The headers of a request. `audience`: host name of the relay, without a port."""
    digest = hmac.new(key.encode(), signed_bytes(path, time, body, audience), hashlib.sha256)
    return {TIME: str(time), SIGNATURE: digest.hexdigest()}


def genuine(claim: Claim, key: str, path: str, body: bytes, audience: str) -> bool:
    """Whether the holder of the key made this request. Takes as long for a wrong signature as for a good one."""
    expected = sign(key, path, claim.time, body, audience)[SIGNATURE]
    return hmac.compare_digest(expected, claim.signature.lower())


def in_time(claim: Claim, now: float) -> bool:
    """Whether a request's time is near enough to the relay's."""
    return abs(claim.time - now) <= WINDOW_S
