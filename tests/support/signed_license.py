"""Signed licences made from the document alone, with the standard library's base64 and json: no code of the package."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

#: A fixed key, so that a failing example can be made again; it signs nothing but these tests.
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))

FINGERPRINT = "04:7C:16:5E:E3:5D|001B_444A_488B_5CEC.||BFEBFBFF00090672"
NOW = 1_795_305_600.0
"""2026-11-22T00:00:00Z."""


def public(key: Ed25519PrivateKey = KEY) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


PUBLIC = public()


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def sealed(payload: bytes, key: Ed25519PrivateKey = KEY, prefix: str = "ISCLIC1") -> str:
    """A licence of these very payload bytes."""
    signed = f"{prefix}.{b64(payload)}"
    return f"{signed}.{b64(key.sign(signed.encode()))}"


def licence(key: Ed25519PrivateKey = KEY, **changes: Any) -> str:
    """A good licence; a change to `...` takes the member away."""
    members = {"product": "flowcad", "issued": "2026-11-01T00:00:00Z", "id": "L-1", **changes}
    kept = {name: value for name, value in members.items() if value is not ...}
    return sealed(json.dumps(kept).encode(), key)
