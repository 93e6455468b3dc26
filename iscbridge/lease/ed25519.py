"""Ed25519 keys and signatures as they stand in texts (RFC 8032): base64, and no key for which anybody could sign."""

from __future__ import annotations

import base64
import binascii

KEY_SIZE = 32
SIGNATURE_SIZE = 64

#: Encodings of the curve's points of small order, sign bit off (RFC 8032, section 5.1: y is little-endian). For such a
#: "key" anybody can make signatures; the all-zero placeholder of an unfinished policy file is one of them.
_WEAK_KEYS = frozenset(
    {
        bytes(32),
        bytes([1]) + bytes(31),
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        b"\xec" + b"\xff" * 30 + b"\x7f",
        b"\xed" + b"\xff" * 30 + b"\x7f",
        b"\xee" + b"\xff" * 30 + b"\x7f",
    }
)


def public_key(text: str) -> bytes | None:
    """The 32 bytes of a public key, from base64 in its ordinary or its URL alphabet, padded or not.

    None: it is none, or one for which anybody could sign.
    """
    plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    key = from_base64url(plain) if plain.isascii() else None
    if key is None or len(key) != KEY_SIZE or key[:-1] + bytes([key[-1] & 0x7F]) in _WEAK_KEYS:
        return None
    return key


def signed_by(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the holder of this public key signed the message. False too for what is no key or no signature."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if len(signature) != SIGNATURE_SIZE:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def to_base64url(data: bytes) -> str:
    """Base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes | None:
    """The bytes. None for what is none, and for a second spelling of the same bytes (bits of the last character that count for nothing)."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    return data if to_base64url(data) == text else None
