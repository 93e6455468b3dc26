from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.errors import CODES
from iscbridge.core.jobs import ErrorInfo
from iscbridge.texts import en, zh
from iscbridge.texts.render import choose_language, render, text

LANGUAGES = ("en", "zh")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_an_error_without_parameters_still_renders(code, language):
    for part in render(ErrorInfo(code), language):
        assert part
        assert "{" not in part


@given(
    code=st.sampled_from(sorted(CODES)) | st.text(max_size=20),
    params=st.dictionaries(
        st.sampled_from(["path", "names", "detail", "limit", "job"]) | st.text(max_size=8), st.text(max_size=30)
    ),
    language=st.sampled_from(LANGUAGES),
)
def test_rendering_never_raises(code, params, language):
    render(ErrorInfo(code, params), language)


@given(value=st.text(max_size=30))
def test_a_parameter_appears_as_it_is_even_with_braces(value):
    assert value in render(ErrorInfo("ISCB-FILE-MISSING", {"path": value}), "en").message


def test_a_code_of_a_newer_bridge_names_itself():
    rendered = render(ErrorInfo("ISCB-LATER-THING", {"path": "/a"}), "zh")
    assert rendered.title == "ISCB-LATER-THING"
    assert "path=/a" in rendered.message


@pytest.mark.parametrize(
    ("message_id", "expected"),
    [
        ("state.done", en.STATES["done"]),
        ("wait.dialog", en.WAIT_REASONS["dialog"]),
        ("kind.saveAs", en.KINDS["saveAs"]),
        ("note.torn", en.NOTES["note.torn"]),
        ("parameter.missing", en.MESSAGES["parameter.missing"]),
        ("state.ofTheFuture", "ofTheFuture"),
        ("note.ofTheFuture", "note.ofTheFuture"),
        ("no such id", "no such id"),
    ],
)
def test_text_finds_the_table_by_the_id(message_id, expected):
    assert text(message_id, "en") == expected


@given(message_id=st.text(max_size=20), language=st.sampled_from(LANGUAGES))
def test_text_never_raises(message_id, language):
    text(message_id, language, path="x")


@pytest.mark.parametrize(
    ("setting", "environ", "expected"),
    [
        ("zh", {"ISCBRIDGE_LANGUAGE": "en"}, "zh"),
        ("", {"ISCBRIDGE_LANGUAGE": "zh-CN", "LC_ALL": "en_US.UTF-8"}, "zh"),
        ("auto", {"LANG": "zh_CN.UTF-8"}, "zh"),
        ("", {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        ("", {"LC_MESSAGES": "zh_CN.UTF-8", "LANG": "de_DE.UTF-8"}, "zh"),
        ("", {"LANG": "de_DE.UTF-8"}, "en"),
        ("klingon", {"ISCBRIDGE_LANGUAGE": "EN"}, "en"),
    ],
)
def test_language_is_the_setting_then_the_variable_then_the_locale(setting, environ, expected):
    assert choose_language(setting, environ) == expected


def test_english_and_chinese_are_told_apart():
    info = ErrorInfo("ISCB-CLOUD-FAILED")
    assert render(info, "en").title == en.TEXTS[info.code][0]
    assert render(info, "zh").title == zh.TEXTS[info.code][0]


def test_a_state_in_an_error_is_named_as_on_a_list():
    info = ErrorInfo("ISCB-REQ-WRONG-STATE", {"job": "1", "state": "replaced"})
    assert zh.STATES["replaced"] in render(info, "zh").message


def test_a_missing_detail_is_said_in_words():
    assert en.MESSAGES["parameter.missing.detail"] in render(ErrorInfo("ISCB-FILE-UNREADABLE"), "en").message
