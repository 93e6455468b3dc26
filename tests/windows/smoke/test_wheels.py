"""What licensing and the sandbox's store load on Windows is there, and works as far as it goes by itself."""

from __future__ import annotations

import importlib
import ssl

import httpx
import pytest
import trustme
import truststore
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@pytest.mark.parametrize(
    "name", ["anyio", "certifi", "h11", "keyring", "starlette.applications", "uvicorn.protocols.http.h11_impl"]
)
def test_it_can_be_loaded(name):
    assert importlib.import_module(name)


def test_signatures_of_delivered_licences_can_be_verified():
    key = Ed25519PrivateKey.generate()
    signature = key.sign(b"licence")
    key.public_key().verify(signature, b"licence")
    with pytest.raises(InvalidSignature):
        key.public_key().verify(signature, b"Licence")


def test_certificates_can_be_made_and_the_systems_are_found():
    certificate = trustme.CA().issue_cert("localhost")
    certificate.configure_cert(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    with httpx.Client(verify=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as client:
        assert not client.is_closed
