"""Secrets do not come through: known ones in any spelling, others by their looks."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.pseudonyms import PathText
from iscbridge.core.scrubbing import HIDDEN, Scrubber

SECRETS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=6, max_size=40)


def written(secret: str) -> list[str]:
    raw = secret.encode()
    coded = [base64.b64encode(b"x" * ahead + raw + b"y" * 3).decode() for ahead in range(3)]
    return [
        f"code {secret} end",
        f"x{secret}y",
        json.dumps({"a": secret}),
        json.dumps({"a": secret}, ensure_ascii=False),
        quote(secret, safe=""),
        raw.hex(),
        *coded,
    ]


@given(SECRETS)
def test_a_known_secret_is_nowhere_in_any_spelling(secret: str) -> None:
    scrubber = Scrubber([secret])
    for text in written(secret):
        shown = scrubber.known(text)
        assert HIDDEN in shown
        assert secret not in shown
        assert secret.encode().hex() not in shown


def test_a_known_secret_is_not_in_the_repr() -> None:
    scrubber = Scrubber(["hunter22"])
    assert "hunter22" not in repr(scrubber)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abc.def ghi", "abc"),
        ("authorization=SDK-HMAC-SHA256 Access=AKEXAMPLE, Signature=00ff", "AKEXAMPLE"),
        ("Cookie: session=12; other=13", "13"),
        ('"password": "it is \\"quoted\\" here"', "quoted"),
        ("password='two words'", "two words"),
        ("proxy_password=hunter2 next", "hunter2"),
        ("license_code: PL-1", "PL-1"),
        ("https://anna:pw@proxy:8080/x", "anna"),
        ("-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----", "abc"),
        ("-----BEGIN PRIVATE KEY-----\nabc", "abc"),
        ("adapter 04:7C:16:5E:E3:5D is up", "5E"),
        ("adapter 04-7c-16-5e-e3-5d is up", "5e"),
        ("PL0F3A9C2D4E5B6A7788 was typed", "PL0F"),
        ("ABCD-1234-EFGH-5678-IJKL", "1234"),
        ("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2ln", "eyJ"),
        ("4f9d2c1b8a7e6f5d4c3b2a1908f7e6d5", "4f9d"),
        ("token=abc&x=1", "abc"),
    ],
)
def test_what_looks_like_a_secret_goes(text: str, secret: str) -> None:
    shown = Scrubber().text(text)
    assert secret not in shown
    assert HIDDEN in shown


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22 08:00:00,123 INFO iscbridge.service.bridge: closing: asked",
        "job j0006445a1b2c3d4-0a1b2c3d is done",
        "journal.sqlite3.damaged-20261122T083432Z",
        "ISCB-JOURNAL-DAMAGED at a-rather-long-name-of-a-thing",
        "setting secrets.store = 'auto' (default)",
        "x86_64 Linux-6.8.0-generic",
        "INFO iscbridge.platform.secrets_keyring: locked",
    ],
)
def test_what_support_needs_stays(text: str) -> None:
    assert Scrubber().text(text) == text


@given(st.text(max_size=300))
def test_scrubbing_twice_is_scrubbing_once(text: str) -> None:
    scrubber = Scrubber(["hunter22"])
    once = scrubber.text(text)
    assert scrubber.text(once) == once


def test_members_with_a_secret_name_are_hidden_whole() -> None:
    document = {"proxy_password": "a b", "license_code": "", "key": "secrets.store", "path": PathText("/a"), "n": [1]}
    shown = Scrubber().document(document)
    assert shown == {"proxy_password": HIDDEN, "license_code": "", "key": "secrets.store", "path": "/a", "n": [1]}
    assert isinstance(shown, dict)
    assert isinstance(shown["path"], PathText)


def test_a_long_line_takes_no_long_time() -> None:
    for text in ("a" * 100_000, "token" * 20_000, "a:" * 50_000, "password=" * 10_000, "x://" * 20_000):
        Scrubber(["hunter22"]).text(text)
