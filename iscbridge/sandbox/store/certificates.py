"""The sandbox store's own certificate authority and its server certificate. All of it goes by the real clock.

The authority is trusted by nobody but those who are given its certificate (`StorePlaces.ca`) for this one server.
"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from iscbridge.sandbox.store.places import StorePlaces, write_private

NAMES = ("localhost", "127.0.0.1", "::1")
LIFE = timedelta(days=90)
"""Of a server certificate. It is made anew at each start and when `NEAR_END` is left; its key is on no disk."""
NEAR_END = timedelta(days=30)
CA_LIFE = timedelta(days=730)
CA_NEAR_END = timedelta(days=120)
"""Longer than a server certificate lives: none outlives its authority."""
_SLACK = timedelta(days=1)
"""Certificates begin a day ago: the clocks of two virtual machines on one desk differ."""


class Certificates:
    """Makes the authority at the first start, and server certificates for the context that servers use."""

    def __init__(self, places: StorePlaces, now: datetime | None = None) -> None:
        """Load the authority, or make it: if there is none, it can't be read, or it ends soon.

        Raises:
            OSError: it can't be written.
        """
        self._places = places
        now = now or datetime.now(UTC)
        self._ca = _load(places, now) or _make(places, now)
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
        leaf = self._ca.issue_cert(
            *NAMES, organization_name="ISCBridge sandbox", not_before=now - _SLACK, not_after=ends
        )
        with leaf.private_key_and_cert_chain_pem.tempfile(dir=str(self._places.folder)) as path:
            self.context.load_cert_chain(path)  # takes a path only; the file is for the owner, and gone at once
        self._ends = ends
        return True

    def issue(self, now: datetime | None = None) -> tuple[bytes, bytes]:
        """A certificate for another server of the sandbox on this computer: chain and key, PEM."""
        now = now or datetime.now(UTC)
        leaf = self._ca.issue_cert(
            *NAMES, organization_name="ISCBridge sandbox", not_before=now - _SLACK, not_after=now + LIFE
        )
        return b"".join(blob.bytes() for blob in leaf.cert_chain_pems), leaf.private_key_pem.bytes()


def _load(places: StorePlaces, now: datetime) -> trustme.CA | None:
    try:
        certificate, key = places.ca.read_bytes(), places.ca_key.read_bytes()
        ends = x509.load_pem_x509_certificate(certificate).not_valid_after_utc
        if ends - now <= CA_NEAR_END:
            return None
        return trustme.CA.from_pem(certificate, key)
    except (OSError, ValueError, TypeError):
        return None


def _make(places: StorePlaces, now: datetime) -> trustme.CA:
    """A new authority. By hand: trustme's own would be valid for anything until the year 3000."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ISCBridge sandbox store authority")])
    certificate = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLACK)
        .not_valid_after(now + CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=_ONLY, excluded_subtrees=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_CA_USAGE, critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(places.ca_key, secret)
    write_private(places.ca, certificate)
    return trustme.CA.from_pem(certificate, secret)


#: Whoever trusts the authority by mistake trusts it for this computer only.
_ONLY: list[x509.GeneralName] = [
    x509.DNSName("localhost"),
    x509.IPAddress(IPv4Network("127.0.0.1/32")),
    x509.IPAddress(IPv6Network("::1/128")),
]
_CA_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
