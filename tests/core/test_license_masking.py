from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.licensing.masking import mask


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("PL12345678001", "PL****001"),
        ("ABCDEFGH", "AB****FGH"),
        ("ABCDEFG", "****"),
        ("A", "****"),
        ("", "****"),
    ],
)
def test_a_code_is_shown_by_its_ends(code, shown):
    assert mask(code) == shown


@given(st.text(min_size=8, max_size=64))
def test_never_more_than_five_characters_are_shown(code):
    assert mask(code) == code[:2] + "****" + code[-3:]
    assert len(mask(code)) == 9
