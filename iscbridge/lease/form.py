"""The lease: what a vendor's relay says of one product on one device, signed. `docs/licensing.md` has the form.

    ISCLEASE1.<payload>.<signature>

Both parts are base64url without padding. The signature is Ed25519 over the ASCII bytes of everything before the second
full stop, so the name of the form is signed too, and there is no choice of algorithm that a lease could make. Nothing of
the payload is decided by before its signature was found good, but the name of the key.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from iscbridge.core.errors import LicenseError
from iscbridge.lease.ed25519 import from_base64url, signed_by, to_base64url

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PREFIX = "ISCLEASE1"
SIZE_LIMIT = 8 * 1024
"""Characters of a lease."""
MOST_FEATURES = 64
LONGEST_S = 30 * 86_400
"""No lease lasts longer, whatever a relay was told: the bound of the grace (`core.licensing`)."""

_LINE = re.compile(r"(ISCLEASE1\.([A-Za-z0-9_-]+))\.([A-Za-z0-9_-]+)", re.ASCII)
_EARLIEST_S, _LATEST_S = 946_684_800, 253_402_300_799  # 2000-01-01 and 9999-12-31: milliseconds are noticed


class LeaseState(StrEnum):
    """Where the licence stands, by the relay's word."""

    ALIVE = "alive"
    FROZEN = "frozen"
    EXPIRED = "expired"
    RELEASED = "released"
    REFUSED = "refused"
    """There is no seat for this device, or it was taken off it."""


class SeatKind(StrEnum):
    """What a seat is bound to."""

    NODE = "node"
    NAMED = "named"
    FLOATING = "floating"


class Lease(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=False, rename="camel"):
    """What a lease says. Times are whole seconds since the epoch, UTC, by the relay's clock."""

    v: int
    kid: str
    """Names the key that signed it."""
    product: str
    lease: str
    """Its id."""
    device: str
    """Hex SHA-256 of the device's public key."""
    fingerprint: str
    """Hex SHA-256 of the product's name, a line feed, and the fingerprint that the device told."""
    state: LeaseState
    seat: SeatKind
    issued: int
    until: int
    """While it lies ahead the device needs no other word."""
    next_check: int
    user: str = ""
    """Who has the seat; `named` only."""
    features: tuple[str, ...] = ()
    license_expires: int | None = None
    """End of the term as the store told it, for notices."""
    reason: str = ""
    """Code of the reason, if `state` is not `alive`."""
    nonce: str = ""
    """Of the request that it answers: a lease that was given to another request answers nothing."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A lease whose signature is good and that is meant for this product and device."""

    lease: Lease
    text: str
    """As it came: what is kept, and verified again at the next start."""


_decoder = msgspec.json.Decoder(Lease)
_encoder = msgspec.json.Encoder(order="sorted")


def fingerprint_digest(product: str, fingerprint: str) -> str:
    """As it stands in a lease: it names a machine to whoever knows the machine, and to nobody else."""
    return hashlib.sha256(f"{product}\n{fingerprint}".encode()).hexdigest()


def sign(lease: Lease, key: Ed25519PrivateKey) -> str:
    """The lease as one line.

    Raises:
        LicenseError: ISCB-LIC-LEASE-FORMAT: it would not be accepted when it is verified.
    """
    payload = _encoder.encode(lease)
    _check(_decode(payload))
    signed = f"{PREFIX}.{to_base64url(payload)}"
    text = f"{signed}.{to_base64url(key.sign(signed.encode('ascii')))}"
    if len(text) > SIZE_LIMIT:
        raise _bad("it is too large")
    return text


def verify(text: str, keys: Mapping[str, bytes], product: str, device: str) -> Verified:
    """A lease that was signed by one of these keys, for this product and this device.

    Whether its time has come or is over is the caller's to judge: time is the relay's, and the caller knows how wrong
    this machine's clock is.

    Args:
        text: what the relay gave, or what was kept of it.
        keys: the vendor's public keys of 32 bytes by their names (`relay_keys` of the policy file).
        product: to the letter.
        device: hex SHA-256 of the device's own public key.

    Raises:
        LicenseError: ISCB-LIC-LEASE-FORMAT, -KEY (of a key that is not known), -SIGNATURE, -PRODUCT, -DEVICE.
    """
    signed, payload, signature = _split(text)
    lease = _decode(payload)
    key = keys.get(lease.kid)
    if key is None:
        raise LicenseError("ISCB-LIC-LEASE-KEY", key=lease.kid if lease.kid.isprintable() else "?")
    if not signed_by(key, signature, signed):
        raise LicenseError("ISCB-LIC-LEASE-SIGNATURE")
    _check(lease)
    if lease.product != product:
        raise LicenseError("ISCB-LIC-LEASE-PRODUCT", product=product, found=lease.product)
    if lease.device != device:
        raise LicenseError("ISCB-LIC-LEASE-DEVICE")
    return Verified(lease, text)


def said(text: str) -> Lease | None:
    """What a lease says that was verified before, to be shown; None: it is none. Nothing is decided by it."""
    try:
        return _decode(_split(text)[1])
    except LicenseError:
        return None


def _split(text: str) -> tuple[bytes, bytes, bytes]:
    """Signed bytes, payload and signature."""
    found = _LINE.fullmatch(text) if len(text) <= SIZE_LIMIT else None
    if found is None:
        raise _bad("it is not one line of the form ISCLEASE1.payload.signature")
    payload, signature = from_base64url(found[2]), from_base64url(found[3])
    if payload is None or signature is None:
        raise _bad("a part of it is not base64url")
    return found[1].encode("ascii"), payload, signature


def _decode(payload: bytes) -> Lease:
    try:
        return _decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _bad("its payload can't be read") from None


def _check(lease: Lease) -> None:
    """What the types don't say. A vendor's mistake is told when it signs, and a stranger's when it is verified."""
    if lease.v != 1:
        raise _bad("it is of another version")
    texts = (lease.kid, lease.product, lease.lease, lease.device, lease.fingerprint)
    long = len(lease.user) > 256 or len(lease.nonce) > 64
    if long or not all(0 < len(text) <= 256 and text.isprintable() for text in texts):
        raise _bad("a text of it is empty or too long")
    if len(lease.features) > MOST_FEATURES or not all(0 < len(name) <= 64 for name in lease.features):
        raise _bad("its features are too many or too long")
    times = [lease.issued, lease.until, lease.next_check, *filter(None, [lease.license_expires])]
    if not all(_EARLIEST_S <= time <= _LATEST_S for time in times):
        raise _bad("a time of it is no time in seconds")
    if not lease.issued <= lease.next_check <= lease.until <= lease.issued + LONGEST_S:
        raise _bad("its times are not in order, or it lasts too long")


def _bad(detail: str) -> LicenseError:
    return LicenseError("ISCB-LIC-LEASE-FORMAT", detail=detail)
