"""The relay's keys for leases: the newest signs, all of them are told to devices, so that a key can be changed."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING

from iscbridge.core.errors import RelayError
from iscbridge.lease.form import Lease, sign

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class LeaseSigner:
    """Signs leases. Any thread may use it."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """`keys`: PEM by name, the newest last (`Secrets.lease_keys`).

        Raises:
            RelayError: ISCB-RELAY-SECRET: one of them is no private Ed25519 key.
        """
        self._keys = {kid: load_signing_key(f"{kid}.pem", pem) for kid, pem in keys.items()}
        self.kid = list(self._keys)[-1]
        """Of the key that signs."""

    def sign(self, lease: Lease) -> str:
        """The lease as a line; its `kid` must be this signer's.

        Raises:
            LicenseError: ISCB-LIC-LEASE-FORMAT: it would not be accepted.
        """
        return sign(lease, self._keys[lease.kid])

    def public_keys(self) -> dict[str, str]:
        """Every public key by its name, base64 of 32 bytes: what belongs into `relay_keys` of the policy file."""
        return {
            kid: base64.b64encode(key.public_key().public_bytes_raw()).decode("ascii")
            for kid, key in self._keys.items()
        }


def load_signing_key(name: str, pem: bytes) -> Ed25519PrivateKey:
    """A private key of the secrets.

    Raises:
        RelayError: ISCB-RELAY-SECRET: it is none.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise RelayError("ISCB-RELAY-SECRET", name=name, detail="it is no private Ed25519 key")
    return key
