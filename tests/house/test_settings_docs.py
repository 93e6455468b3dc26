"""docs/settings.md says of each setting what the declaration says."""

from __future__ import annotations

from iscbridge.core.settings import SETTINGS
from iscbridge.texts import en
from support.checkout import ROOT, table_rows

DOCUMENT = ROOT / "docs" / "settings.md"


def test_the_table_of_settings_is_the_codes():
    in_code = [
        [f"`{each.key}`", each.kind.allowed, str(each.default), f"`{each.variable}`", en.MESSAGES[each.text]]
        for each in SETTINGS
    ]
    assert table_rows(DOCUMENT, "key") == in_code


def test_every_choice_of_secret_stores_is_explained():
    explained = [row[0].strip("`") for row in table_rows(DOCUMENT, "choice")]
    (setting,) = (each for each in SETTINGS if each.key == "secrets.store")
    assert ", ".join(explained) == setting.kind.allowed


def test_the_example_is_valid():
    import tomllib

    from iscbridge.core.settings import parse

    example = DOCUMENT.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    assert parse(tomllib.loads(example))[1] == []
