"""Requests of a device: who made them, for whom, once."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.lease.requests import WINDOW_S, device_id, in_time, proven, read_claim, sign_request

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))).public_key().public_bytes_raw()
NOW = 1_790_000_000.0


def signed(path="/v1/licenses/check", body=b"{}", audience="relay.example.com"):
    return sign_request(KEY, path, body, audience, NOW)


def test_what_a_device_signs_is_proven():
    claim = read_claim(signed())
    assert claim is not None
    assert claim.device == device_id(PUBLIC)
    assert proven(claim, PUBLIC, "/v1/licenses/check", b"{}", "Relay.Example.com")


@pytest.mark.parametrize(
    ("path", "body", "audience", "key"),
    [
        ("/v1/licenses/release", b"{}", "relay.example.com", PUBLIC),
        ("/v1/licenses/check", b"{ }", "relay.example.com", PUBLIC),
        ("/v1/licenses/check", b"{}", "relay.example.org", PUBLIC),
        ("/v1/licenses/check", b"{}", "relay.example.com", OTHER),
    ],
)
def test_it_is_worth_nothing_for_anything_else(path, body, audience, key):
    claim = read_claim(signed())
    assert claim is not None
    assert not proven(claim, key, path, body, audience)


@pytest.mark.parametrize("name", ["x-isc-device", "x-isc-time", "x-isc-nonce", "x-isc-signature"])
@given(value=st.text(max_size=100))
def test_any_header_may_be_anything(name, value):
    headers = signed()
    changed = {**headers, name: value}
    claim = read_claim(changed)
    if claim is not None and value != headers[name]:
        assert not proven(claim, PUBLIC, "/v1/licenses/check", b"{}", "relay.example.com")


@pytest.mark.parametrize("name", ["x-isc-device", "x-isc-time", "x-isc-nonce", "x-isc-signature"])
def test_without_one_of_the_headers_nobody_claims_anything(name):
    headers = signed()
    del headers[name]
    assert read_claim(headers) is None


def test_no_two_requests_have_the_same_nonce():
    assert len({signed()["x-isc-nonce"] for _ in range(50)}) == 50


def test_time_is_looked_at_on_both_sides():
    claim = read_claim(signed())
    assert claim is not None
    assert in_time(claim, NOW + WINDOW_S)
    assert in_time(claim, NOW - WINDOW_S)
    assert not in_time(claim, NOW + WINDOW_S + 1)
    assert not in_time(claim, NOW - WINDOW_S - 1)
