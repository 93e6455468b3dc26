"""The sandbox store's own certificate authority and its server certificate. All of it goes by the real clock.

The authority is trusted by nobody but those who are given its certificate (`StorePlaces.ca`) for this one server.
"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

import trustme
from cryptography import x509

from iscbridge.sandbox.store.places import StorePlaces, write_private

NAMES = ("localhost", "127.0.0.1", "::1")
LIFE = timedelta(days=90)
"""Of a server certificate. It is made anew at each start and when `NEAR_END` is left; its key is on no disk."""
NEAR_END = timedelta(days=30)
_CA_NEAR_END = timedelta(days=180)


class Certificates:
    """Makes the authority at the first start, and server certificates for the context that servers use."""

    def __init__(self, places: StorePlaces, now: datetime | None = None) -> None:
        """Load the authority, or make it: if there is none, it can't be read, or it ends soon.

        Raises:
            OSError: it can't be written.
        """
        self._places = places
        self._ca = _load(places, now or datetime.now(UTC)) or _make(places)
        self._ends = datetime.min.replace(tzinfo=UTC)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2

    def renew(self, now: datetime | None = None) -> bool:
        """Give the context a fresh server certificate if its own ends soon; new connections use it. Whether it did.

        Raises:
            OSError: the folder can't be written.
        """
        now = now or datetime.now(UTC)
        if self._ends - now > NEAR_END:
            return False
        ends = now + LIFE
        # A day back: the clocks of two virtual machines on one desk differ.
        leaf = self._ca.issue_cert(
            *NAMES, organization_name="ISCBridge sandbox", not_before=now - timedelta(days=1), not_after=ends
        )
        with leaf.private_key_and_cert_chain_pem.tempfile(dir=str(self._places.folder)) as path:
            self.context.load_cert_chain(path)  # takes a path only; the file is for the owner, and gone at once
        self._ends = ends
        return True


def _load(places: StorePlaces, now: datetime) -> trustme.CA | None:
    try:
        certificate, key = places.ca.read_bytes(), places.ca_key.read_bytes()
        ends = x509.load_pem_x509_certificate(certificate).not_valid_after_utc
        if ends - now <= _CA_NEAR_END:
            return None
        return trustme.CA.from_pem(certificate, key)
    except (OSError, ValueError, TypeError):
        return None


def _make(places: StorePlaces) -> trustme.CA:
    ca = trustme.CA(path_length=0, organization_name="ISCBridge sandbox", organization_unit_name="Store authority")
    write_private(places.ca_key, ca.private_key_pem.bytes())
    write_private(places.ca, ca.cert_pem.bytes())
    return ca
