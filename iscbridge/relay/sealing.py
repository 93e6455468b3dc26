"""What the database holds of secrets: sealed, and found by a keyed digest. Whoever reads the database reads neither."""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from iscbridge.core.errors import RelayError

_NONCE = 12


class Sealer:
    """Seals with AES-256-GCM and digests with HMAC-SHA256. Any thread may use it."""

    def __init__(self, seal_key: bytes, lookup_key: bytes) -> None:
        self._cipher = AESGCM(seal_key)
        self._lookup = lookup_key

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Seal for one purpose: what was sealed for a code is no token."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, purpose.encode())

    def unseal(self, sealed: bytes, purpose: str) -> bytes:
        """What was sealed.

        Raises:
            RelayError: ISCB-RELAY-SEALED: with another key, for another purpose, or changed since.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
        except (InvalidTag, ValueError):
            raise RelayError("ISCB-RELAY-SEALED", purpose=purpose) from None

    def digest(self, plain: str, purpose: str) -> str:
        """Hex digest by which it is found again."""
        return hmac.new(self._lookup, f"{purpose}\n{plain}".encode(), hashlib.sha256).hexdigest()
