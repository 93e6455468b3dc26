"""Every error is told: each place that makes one gives the parameters that its text needs, and no code is unused."""

from __future__ import annotations

import string

import pytest

from iscbridge.core.errors import CODES
from iscbridge.texts import en
from support.checkout import ROOT
from support.error_sites import error_sites, mentioned_codes

PACKAGE = ROOT / "iscbridge"
SITES = list(error_sites(PACKAGE))
#: Has a wording of its own where it is not known ("no details are known").
OPTIONAL = {"detail"}


def needed(code: str) -> set[str]:
    names = {name for part in en.TEXTS[code] for _, name, _, _ in string.Formatter().parse(part) if name}
    return names - OPTIONAL


def test_the_source_is_read():
    assert len(SITES) > len(CODES) / 2


@pytest.mark.parametrize("site", SITES, ids=lambda site: f"{site.code}-{site.where}")
def test_an_error_has_the_parameters_of_its_text(site):
    assert site.code in CODES, "not a declared code"
    if site.params is not None:
        assert needed(site.code) <= site.params


def test_no_code_is_declared_in_vain():
    assert set(CODES) - mentioned_codes(PACKAGE) == set()


def test_no_note_is_written_in_vain():
    source = "\n".join(
        path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py") if path.parent.name != "texts"
    )
    # `note.torn` and `note.newer` are also made from the cause of a transition
    assert [note for note in en.NOTES if note not in source and note.removeprefix("note.") not in source] == []
