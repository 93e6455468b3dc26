"""relay.toml: read strictly, and said in words what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.errors import RelayError
from iscbridge.relay.config import parse_settings, read_settings

LEAST = 'form = 1\n[relay]\nhost_name = "relay.example.com"\n[[product]]\nname = "AcmeCAD"\n'


def parse(text: str):
    return parse_settings(text.encode(), Path("relay.toml"))


def wrong(text: str) -> str:
    with pytest.raises(RelayError) as caught:
        parse(text)
    assert caught.value.code == "ISCB-RELAY-SETTINGS"
    return caught.value.params["detail"]


def test_the_least_that_must_be_said():
    settings = parse(LEAST)
    assert settings.relay.database.startswith("sqlite")
    assert settings.named("AcmeCAD") is settings.product[0]
    assert settings.named("acmecad") is None
    assert settings.sold_as("OFFI1") is settings.product[0], "one product without ids is what is sold"


def test_products_go_by_their_ids_in_the_store():
    text = LEAST + 'store_products = ["OFFI1"]\n[[product]]\nname = "AcmeCAM"\nstore_products = ["OFFI2"]\n'
    settings = parse(text)
    assert settings.sold_as("OFFI2") is settings.named("AcmeCAM")
    assert settings.sold_as("OFFI3") is None


@pytest.mark.parametrize(
    ("text", "about"),
    [
        (LEAST.replace("form = 1", "form = 2"), "form"),
        (LEAST + "colour = 1\n", "colour"),
        (LEAST + "lease_days = 31\n", "lease_days"),
        (LEAST + 'seats = "desk"\n', "seats"),
        (LEAST + '[[product]]\nname = "AcmeCAD"\n', "once"),
        (LEAST.replace('"relay.example.com"', '""'), "host_name"),
        (LEAST.replace("[[product]]", 'certificate = "a.pem"\n[[product]]'), "certificate"),
        ("form = 1", "relay"),
        ("form = ", "TOML"),
    ],
)
def test_what_is_wrong_is_named(text, about):
    assert about in wrong(text)


@given(st.binary(max_size=200))
def test_any_file_is_read_or_refused_in_words(data):
    with pytest.raises(RelayError):
        parse_settings(data, Path("relay.toml"))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(RelayError, match="ISCB-RELAY-SETTINGS"):
        read_settings(tmp_path / "relay.toml")
