from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.setting_kinds import Choice, LanguageChoice, LocalFile, Number, Switch, as_typed


@pytest.mark.parametrize(
    ("written", "meant"), [("auto", "auto"), ("zh", "zh"), ("zh_CN.UTF-8", "zh"), ("en-GB", "en"), ("EN_us", "en")]
)
def test_a_language_may_have_its_long_name(written: str, meant: str) -> None:
    assert LanguageChoice().read(written) == meant
    assert LanguageChoice().typed(written) == meant


@pytest.mark.parametrize("written", ["", "de", "de_DE", "english", "au_to", "z", 1, None, ["zh"], "zh CN"])
def test_another_language_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="words"):
        LanguageChoice().read(written)


@given(st.integers())
def test_a_number_keeps_its_limits(value: int) -> None:
    kind = Number(1, 365)
    if 1 <= value <= 365:
        assert kind.read(value) == kind.typed(str(value)) == value
    else:
        for attempt in (lambda: kind.read(value), lambda: kind.typed(str(value))):
            with pytest.raises(ValueError, match="number"):
                attempt()


@pytest.mark.parametrize("written", ["7", 7.0, True, None, [7], {}])
def test_a_number_in_the_file_is_a_number(written: object) -> None:
    with pytest.raises(ValueError, match="number"):
        Number(1, 365).read(written)


@pytest.mark.parametrize("written", ["", "+7", "7.0", " 7", "\u0667", "1_0", "7\n", "9" * 5000])
def test_what_is_typed_must_be_plain_digits(written: str) -> None:
    with pytest.raises(ValueError, match="number"):
        Number(1, 365).typed(written)


@pytest.mark.parametrize(
    ("written", "meant"), [("on", True), ("true", True), ("ON", True), ("off", False), ("False", False)]
)
def test_a_switch_is_typed_as_people_say_it(written: str, meant: bool) -> None:
    assert Switch().typed(written) is meant
    assert Switch().read(meant) is meant


@pytest.mark.parametrize("written", ["", "yes", "1", 1, 0, None, "on ", ["on"], {}])
def test_what_is_neither_on_nor_off_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="neither"):
        Switch().read(written)
    with pytest.raises(ValueError, match="neither"):
        Switch().typed(str(written))


@pytest.mark.parametrize(
    ("kind", "value"), [(Switch(), True), (Switch(), False), (Number(0, 9), 7), (Choice("a", "b"), "b")]
)
def test_what_is_shown_can_be_typed(kind: Any, value: object) -> None:
    assert kind.typed(as_typed(value)) == value


@pytest.mark.parametrize(
    "path", ["", "/opt/sdk/libshim.so", "C:\\Program Files\\shim.dll", "D:/sdk/shim.dll", "\\\\server\\share\\shim.dll"]
)
def test_a_complete_path_of_either_system_is_taken(path: str) -> None:
    assert LocalFile().read(path) == LocalFile().typed(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "shim.so",
        "./shim.so",
        "C:shim.dll",
        "\\shim.dll",
        "NUL",
        "/dev/null",
        "/a\0b",
        "/a\nb",
        "/\ud800",
        5,
        None,
        ["/a"],
    ],
)
def test_what_is_no_complete_path_of_a_file_is_refused(path: object) -> None:
    with pytest.raises(ValueError, match="path"):
        LocalFile().read(path)


@given(st.text())
def test_no_text_breaks_a_path(text: str) -> None:
    try:
        found = LocalFile().read(text)
    except ValueError:
        return
    assert found == text
    assert found == "" or found.isprintable()
