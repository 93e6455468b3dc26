"""Verifies licences of our signed form with the vendor's public key. `docs/licensing.md` has the form for vendors.

    ISCLIC1.<payload>.<signature>

Both parts are base64url without padding. The signature is Ed25519 (RFC 8032) over the ASCII bytes of everything before
the second full stop, so the name of the form is signed too, and there is no choice of algorithm that a licence could
make. Nothing of the payload is looked at before its signature was found good.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from iscbridge.core.errors import BridgeError, LicenseError
from iscbridge.core.licensing.model import DAY_S, Machine
from iscbridge.core.paths import check_path, printable
from iscbridge.lease.ed25519 import from_base64url, public_key, signed_by
from iscbridge.licensefile.payload import Payload, decode, shown_time

SIZE_LIMIT = 64 * 1024
"""Bytes of a licence, whether file or string."""
PREFIX = "ISCLIC1"
SLACK_S = DAY_S
"""So far this machine's clock may be behind the one of whoever issued the licence."""

_LINE = re.compile(r"(ISCLIC1\.([A-Za-z0-9_-]+))\.([A-Za-z0-9_-]+)", re.ASCII)
_OTHER_VERSION = re.compile(r"ISCLIC\d+\.", re.ASCII)


@dataclass(frozen=True, slots=True)
class Verified:
    """A licence that is good here and now."""

    expires: float | None
    """Seconds since the epoch, UTC; None: it never ends."""
    id: str
    features: Any
    """As the vendor wrote it; None if absent."""
    members: Mapping[str, Any] = field(repr=False)
    """All members of the payload, unknown ones too."""


def verify(
    licence: str | bytes, public_key: str, product: str, same_machine: Callable[[str], Machine], now: float
) -> Verified:
    """Verify a licence, given as text or as the content of a file.

    Args:
        licence: the one line; white space and a byte order mark around it do no harm.
        public_key: the vendor's Ed25519 key, base64 of its 32 bytes (`verify_key` of the policy file).
        product: the product that it must be for, to the letter.
        same_machine: compares the licence's fingerprint text with this machine; what it raises comes through.
            Called only for a licence with a device. `Machine.UNKNOWN` counts as the same: nobody is locked out for a
            missing fact.
        now: seconds since the epoch, UTC.

    Raises:
        LicenseError: ISCB-LIC-FILE-FORMAT, -SIGNATURE, -PRODUCT, -DEVICE, -NOT-YET, -EXPIRED, looked at in this order;
            ISCB-LIC-VERIFY-KEY, which says nothing of the licence.
    """
    key = public_key_bytes(public_key)
    payload = _open(licence, key)
    if payload.product != product:
        raise LicenseError("ISCB-LIC-FILE-PRODUCT", product=product, found=payload.product)
    if payload.device is not None and same_machine(payload.device) is Machine.OTHER:
        raise LicenseError("ISCB-LIC-FILE-DEVICE")
    if payload.issued > now + SLACK_S:
        raise LicenseError("ISCB-LIC-FILE-NOT-YET", issued=shown_time(payload.issued))
    if payload.expires is not None and payload.expires <= now:
        raise LicenseError("ISCB-LIC-FILE-EXPIRED", expires=shown_time(payload.expires))
    return Verified(payload.expires, payload.id, payload.features, payload.members)


def read(path: str) -> bytes:
    """The content of a licence file. May block on a share that does not answer: only for worker threads.

    Raises:
        LicenseError: ISCB-LIC-FILE-UNREADABLE: missing, not a regular file, more than 64 KiB, not to be read.
    """
    from iscbridge.platform.files import open_shared, read_into

    try:
        check_path(path, windows=sys.platform == "win32")
        fd, stamp = open_shared(path)
        try:
            content = bytearray()
            buffer = memoryview(bytearray(SIZE_LIMIT + 1))
            while stamp.size <= SIZE_LIMIT and len(content) <= SIZE_LIMIT:
                size = read_into(fd, buffer, path)
                if size == 0:
                    return bytes(content)
                content += buffer[:size]
        finally:
            os.close(fd)
    except BridgeError as error:
        raise LicenseError("ISCB-LIC-FILE-UNREADABLE", path=printable(path), detail=error.code) from error
    raise LicenseError("ISCB-LIC-FILE-UNREADABLE", path=printable(path), detail="it is too large for a licence")


def inspect(licence: str | bytes) -> Payload:
    """What a licence says, WITHOUT looking at its signature: for people to read, never to decide by.

    Raises:
        LicenseError: ISCB-LIC-FILE-FORMAT.
    """
    _, payload, _ = _split(licence)
    return decode(payload)


def public_key_bytes(text: str) -> bytes:
    """The 32 bytes of a public key, from base64 in its ordinary or its URL alphabet, padded or not.

    Raises:
        LicenseError: ISCB-LIC-VERIFY-KEY: it is none, or one for which anybody could sign.
    """
    key = public_key(text)
    if key is None:
        raise LicenseError("ISCB-LIC-VERIFY-KEY")
    return key


def _open(licence: str | bytes, key: bytes) -> Payload:
    """The payload, if the signature is good."""
    signed, payload, signature = _split(licence)
    if not signed_by(key, signature, signed):
        raise LicenseError("ISCB-LIC-FILE-SIGNATURE")
    return decode(payload)


def _split(licence: str | bytes) -> tuple[bytes, bytes, bytes]:
    """Signed bytes, payload and signature."""
    text = _line_of(licence)
    found = _LINE.fullmatch(text)
    if found is None:
        newer = _OTHER_VERSION.match(text) is not None and not text.startswith(f"{PREFIX}.")
        raise _bad("it is of another version" if newer else "it is not one line of the form ISCLIC1.payload.signature")
    payload, signature = from_base64url(found[2]), from_base64url(found[3])
    if payload is None or signature is None:
        raise _bad("a part of it is not base64url")
    return found[1].encode("ascii"), payload, signature


def _line_of(licence: str | bytes) -> str:
    """The line itself: without what editors and mail programs put around it."""
    if len(licence) > SIZE_LIMIT:
        raise _bad("it is too large for a licence")
    if isinstance(licence, bytes):
        try:
            licence = licence.decode("utf-8")
        except UnicodeDecodeError:
            raise _bad("it is not text in UTF-8") from None
    return licence.strip(" \t\r\n").removeprefix("\ufeff").strip(" \t\r\n")


def _bad(detail: str) -> LicenseError:
    return LicenseError("ISCB-LIC-FILE-FORMAT", detail=detail)
