"""Makes keys and signs licences: the vendor's side of `iscbridge.licensefile.verifier`. The bridge itself never signs."""

from __future__ import annotations

import base64
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iscbridge.lease.ed25519 import to_base64url
from iscbridge.licensefile.payload import encode
from iscbridge.licensefile.verifier import PREFIX

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_KEY_LIMIT = 16 * 1024


class KeyFileError(Exception):
    """The file of a private key can't be used; the text says why, for the vendor who runs the tool."""


def sign(members: Mapping[str, Any], private_key: Ed25519PrivateKey) -> str:
    """A licence of these members, as one line without a line break.

    Raises:
        LicenseError: ISCB-LIC-FILE-FORMAT: it would not be accepted when it is verified.
    """
    signed = f"{PREFIX}.{to_base64url(encode(members))}"
    return f"{signed}.{to_base64url(private_key.sign(signed.encode('ascii')))}"


def public_key_text(private_key: Ed25519PrivateKey) -> str:
    """The public key as `verify_key` of a policy file: base64 of its 32 bytes."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return base64.b64encode(private_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode("ascii")


def make_key(path: Path) -> Ed25519PrivateKey:
    """Make a key and write it, readable for its owner only, as PKCS #8 in PEM. An existing file stays as it is.

    Raises:
        KeyFileError: there is such a file, or it can't be written.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from iscbridge.platform.private import write_private

    if os.path.lexists(path):
        raise KeyFileError(f"{path} exists: a key is never written over")
    key = Ed25519PrivateKey.generate()
    try:
        write_private(os.path.abspath(path), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    except OSError as error:
        raise KeyFileError(f"{path} can't be written: {error.strerror}") from error
    return key


def load_key(path: Path) -> Ed25519PrivateKey:
    """Read a key that `make_key` wrote.

    Raises:
        KeyFileError: it is not there, others may read it (POSIX), or it is no private Ed25519 key.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        with open(path, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            # Windows: who may read it stands in its access list, which `make_key` has written.
            if sys.platform != "win32" and stat.S_IMODE(mode) & 0o077:
                raise KeyFileError(f"{path} can be read by others; chmod 600 it, and think of it as known to them")
            content = file.read(_KEY_LIMIT)
    except OSError as error:
        raise KeyFileError(f"{path} can't be read: {error.strerror}") from error
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyFileError(f"{path} holds no private key in PEM without a password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path} holds a key of another kind than Ed25519")
    return key
