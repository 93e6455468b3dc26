"""Requests that a device signs with its own Ed25519 key, so that a relay knows who asks and nobody can ask again.

    POST <path>
    X-Isc-Device     hex SHA-256 of the device's public key
    X-Isc-Time       whole seconds since the epoch, by the relay's clock as far as it is known
    X-Isc-Nonce      drawn anew for each request
    X-Isc-Signature  base64url of the signature of `signed_bytes`

The audience (the relay's host name) is signed too: what was meant for one relay is worth nothing to another.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iscbridge.lease.ed25519 import SIGNATURE_SIZE, from_base64url, signed_by, to_base64url

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

DEVICE, TIME, NONCE, SIGNATURE = "x-isc-device", "x-isc-time", "x-isc-nonce", "x-isc-signature"
WINDOW_S = 300
"""So far a request's time may be from the relay's clock, on either side. Nonces are remembered for twice as long."""

_DEVICE = re.compile(r"[0-9a-f]{64}", re.ASCII)
_TIME = re.compile(r"[0-9]{1,12}", re.ASCII)
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Claim:
    """What the headers of a request say. Nothing of it is proven before `proven`."""

    device: str
    time: int
    nonce: str
    signature: bytes


def device_id(public_key: bytes) -> str:
    """Hex SHA-256 of a device's public key of 32 bytes: its name everywhere."""
    return hashlib.sha256(public_key).hexdigest()


def signed_bytes(path: str, time: int, nonce: str, body: bytes, audience: str) -> bytes:
    """What a device signs: one line each, none of which can hold a line feed."""
    lines = ["ISCREQ1", "POST", path, str(time), nonce, hashlib.sha256(body).hexdigest(), audience.lower()]
    return "\n".join(lines).encode("utf-8")


def sign_request(key: Ed25519PrivateKey, path: str, body: bytes, audience: str, now: float) -> dict[str, str]:
    """The headers of a request.

    Args:
        key: the device's own.
        path: from `/` on, as it is sent; there is no query.
        body: the very bytes that are sent.
        audience: host name of the relay, without a port.
        now: seconds since the epoch by the relay's clock, as far as it is known.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    time, nonce = int(now), secrets.token_urlsafe(24)
    signature = key.sign(signed_bytes(path, time, nonce, body, audience))
    return {DEVICE: device_id(public), TIME: str(time), NONCE: nonce, SIGNATURE: to_base64url(signature)}


def read_claim(headers: Mapping[str, str]) -> Claim | None:
    """The claim of a request's headers (lower-case names), or None if there is none in order."""
    device, time = headers.get(DEVICE, ""), headers.get(TIME, "")
    nonce, signature = headers.get(NONCE, ""), from_base64url(headers.get(SIGNATURE, "")[:128])
    if not _DEVICE.fullmatch(device) or not _TIME.fullmatch(time) or not _NONCE.fullmatch(nonce):
        return None
    if signature is None or len(signature) != SIGNATURE_SIZE:
        return None
    return Claim(device, int(time), nonce, signature)


def in_time(claim: Claim, now: float) -> bool:
    """Whether a request's time is near enough to the relay's."""
    return abs(claim.time - now) <= WINDOW_S


def proven(claim: Claim, public_key: bytes, path: str, body: bytes, audience: str) -> bool:
    """Whether the holder of this key made the request. Its time and nonce are still to be looked at."""
    if device_id(public_key) != claim.device:
        return False
    return signed_by(public_key, claim.signature, signed_bytes(path, claim.time, claim.nonce, body, audience))
