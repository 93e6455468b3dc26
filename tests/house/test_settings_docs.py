"""docs/settings.md says of each setting what the declaration says."""

from __future__ import annotations

import tomllib

from iscbridge.core.setting_kinds import as_typed
from iscbridge.core.setting_migrations import LATEST
from iscbridge.core.setting_sources import Source, parse_machine_policy, resolve
from iscbridge.core.settings import SETTINGS
from iscbridge.texts import en
from support.checkout import ROOT, table_rows

DOCUMENT = ROOT / "docs" / "settings.md"


def test_the_table_of_settings_is_the_codes():
    in_code = [
        [
            f"`{each.key}`",
            each.kind.allowed,
            as_typed(each.default) or "(empty)",
            f"`{each.variable}`",
            each.page,
            "restart" if each.restart else "at once",
            en.MESSAGES[each.text],
        ]
        for each in SETTINGS
    ]
    assert table_rows(DOCUMENT, "key") == in_code


def test_every_source_is_named():
    words = DOCUMENT.read_text(encoding="utf-8")
    assert [source.value for source in Source if f"`{source.value}`" not in words] == []


def test_every_choice_of_secret_stores_is_explained():
    explained = [row[0].strip("`") for row in table_rows(DOCUMENT, "choice")]
    (setting,) = (each for each in SETTINGS if each.key == "secrets.store")
    assert ", ".join(explained) == setting.kind.allowed


def test_the_examples_are_valid():
    settings, policy = (part.split("```")[0] for part in DOCUMENT.read_text(encoding="utf-8").split("```toml\n")[1:])
    found = resolve(tomllib.loads(settings), None, parse_machine_policy(tomllib.loads(policy), "policy.toml"))
    assert found.told == ()
    assert set(found.sources.values()) == {Source.DEFAULT, Source.FILE, Source.LOCKED}
    assert tomllib.loads(settings)["version"] == LATEST
