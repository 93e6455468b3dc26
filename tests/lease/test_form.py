"""The lease: what is signed is what is read, and nothing else is believed."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.errors import LicenseError
from iscbridge.lease.ed25519 import from_base64url, to_base64url
from iscbridge.lease.form import LONGEST_S, PREFIX, Lease, LeaseState, SeatKind, sign, verify

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
DEVICE = "ab" * 32
NOW = 1_790_000_000


def keys(**named: Ed25519PrivateKey) -> dict[str, bytes]:
    return {name: key.public_key().public_bytes_raw() for name, key in named.items()}


def lease(**changed: Any) -> Lease:
    plain = Lease(v=1, kid="k1", product="AcmeCAD", lease="l-1", device=DEVICE, fingerprint="cd" * 32,
                  state=LeaseState.ALIVE, seat=SeatKind.NODE, issued=NOW, until=NOW + 86_400, next_check=NOW + 3_600)  # fmt: skip
    return msgspec.structs.replace(plain, **changed)


def refused(text: str, known: dict[str, bytes] | None = None, product: str = "AcmeCAD", device: str = DEVICE) -> str:
    with pytest.raises(LicenseError) as caught:
        verify(text, keys(k1=KEY) if known is None else known, product, device)
    return caught.value.code


texts = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=80)


@given(
    product=texts,
    user=texts,
    features=st.lists(texts.filter(lambda name: len(name) <= 64), max_size=8).map(tuple),
    state=st.sampled_from(LeaseState),
    length=st.integers(1, LONGEST_S),
    ends=st.none() | st.integers(NOW, NOW + 10**8),
)
def test_what_is_signed_is_read(product, user, features, state, length, ends):
    made = lease(product=product, user=user, features=features, state=state, seat=SeatKind.NAMED,
                 until=NOW + length, next_check=NOW + length // 2, license_expires=ends)  # fmt: skip
    text = sign(made, KEY)
    found = verify(text, keys(k0=OTHER, k1=KEY), product, DEVICE)
    assert found.lease == made
    assert found.text == text


def test_only_this_key_product_and_device():
    text = sign(lease(), KEY)
    assert refused(text, keys(k1=OTHER)) == "ISCB-LIC-LEASE-SIGNATURE"
    assert refused(text, keys(k2=KEY)) == "ISCB-LIC-LEASE-KEY"
    assert refused(text, {}) == "ISCB-LIC-LEASE-KEY"
    assert refused(text, product="acmecad") == "ISCB-LIC-LEASE-PRODUCT"
    assert refused(text, device="ba" * 32) == "ISCB-LIC-LEASE-DEVICE"


@given(st.data())
def test_a_change_anywhere_is_noticed(data):
    text = sign(lease(), KEY)
    where = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("ABCdef012-_.=\n é").filter(lambda sign: sign != text[where]))
    refused(text[:where] + other + text[where + 1 :])


@given(st.integers(0, 400))
def test_a_cut_lease_is_none(length):
    text = sign(lease(), KEY)
    refused(text[: min(length, len(text) - 1)])


@given(st.text(max_size=400))
def test_any_text_is_refused_in_words(text):
    assert refused(text) == "ISCB-LIC-LEASE-FORMAT"


@given(st.dictionaries(st.sampled_from(["v", "kid", "product", "until", "state", "features", "x"]),
                       st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)))  # fmt: skip
def test_a_payload_that_is_signed_and_wrong_is_refused(changed):
    payload = json.loads(from_base64url(sign(lease(), KEY).split(".")[1]) or b"")
    wrong = {**payload, **changed}
    signed = f"{PREFIX}.{to_base64url(json.dumps(wrong).encode())}"
    text = f"{signed}.{to_base64url(KEY.sign(signed.encode()))}"
    try:
        verify(text, keys(k1=KEY), "AcmeCAD", DEVICE)
    except LicenseError:
        return
    known = {name: value for name, value in wrong.items() if name != "x"}
    assert all(known[name] == payload[name] for name in ("v", "kid", "product", "state"))


@pytest.mark.parametrize(
    "changed",
    [
        {"until": NOW - 1}, {"until": NOW + LONGEST_S + 1}, {"next_check": NOW - 1}, {"next_check": NOW + 10**6},
        {"issued": NOW * 1000}, {"v": 2}, {"kid": ""}, {"product": "a\nb"}, {"features": ("x",) * 65},
        {"features": ("",)}, {"license_expires": 5}, {"user": "x" * 257},
    ],
)  # fmt: skip
def test_what_would_not_be_accepted_is_not_signed(changed):
    with pytest.raises(LicenseError) as caught:
        sign(lease(**changed), KEY)
    assert caught.value.code == "ISCB-LIC-LEASE-FORMAT"


def test_a_lease_that_lasts_for_ever_is_refused_though_it_is_signed():
    payload = json.loads(from_base64url(sign(lease(), KEY).split(".")[1]) or b"")
    signed = f"{PREFIX}.{to_base64url(json.dumps({**payload, 'until': NOW + LONGEST_S + 1}).encode())}"
    assert refused(f"{signed}.{to_base64url(KEY.sign(signed.encode()))}") == "ISCB-LIC-LEASE-FORMAT"
