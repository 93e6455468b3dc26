"""Both languages say the same things, about everything that exists, and only about that."""

from __future__ import annotations

import string

import pytest

from iscbridge.core.errors import CODES
from iscbridge.core.jobs import JobKind, JobState, WaitReason
from iscbridge.texts import en, zh

TABLES = ("TEXTS", "STATES", "WAIT_REASONS", "NOTES", "KINDS", "MESSAGES")


def placeholders(*templates: str) -> set[str]:
    return {name for template in templates for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("table", TABLES)
def test_both_languages_have_the_same_ids(table):
    assert list(getattr(en, table)) == list(getattr(zh, table))


@pytest.mark.parametrize("code", en.TEXTS)
def test_both_languages_use_the_same_parameters_of_an_error(code):
    for part, (english, chinese) in enumerate(zip(en.TEXTS[code], zh.TEXTS[code], strict=True)):
        assert placeholders(english) == placeholders(chinese), f"part {part} of {code}"


@pytest.mark.parametrize("table", [name for name in TABLES if name != "TEXTS"])
def test_both_languages_use_the_same_parameters_of_a_sentence(table):
    english, chinese = getattr(en, table), getattr(zh, table)
    assert {key: placeholders(value) for key, value in english.items()} == {
        key: placeholders(value) for key, value in chinese.items()
    }


@pytest.mark.parametrize("module", [en, zh])
def test_every_code_state_reason_and_kind_has_a_text_and_no_other_has(module):
    assert set(module.TEXTS) == set(CODES)
    assert set(module.STATES) == {state.value for state in JobState}
    assert set(module.WAIT_REASONS) == {reason.value for reason in WaitReason}
    assert set(module.KINDS) == {kind.value for kind in JobKind}
    assert all(key.startswith("note.") for key in module.NOTES)


@pytest.mark.parametrize("module", [en, zh])
def test_every_error_says_what_happened_and_what_to_do(module):
    for code, parts in module.TEXTS.items():
        assert all(part.strip() == part and part for part in parts), code
        title, message, remedy = parts
        assert title[-1] not in ".。", f"{code}: a title is no sentence"
        assert message[-1] in ".。", code
        assert remedy[-1] in ".。", code


def test_chinese_is_chinese():
    for code, parts in zh.TEXTS.items():
        for part in parts:
            assert any("\u4e00" <= char <= "\u9fff" for char in part), code
            assert not set(part) & set(",;!?"), f"{code}: western punctuation in {part!r}"
