from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.errors import RequestError
from iscbridge.core.paths import check_member_name, check_path, is_inside, name_key, printable


def refusal(path: str, *, windows: bool) -> str | None:
    try:
        check_path(path, windows=windows)
    except RequestError as error:
        return error.code.removeprefix("ISCB-REQ-PATH-")
    return None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", "EMPTY"),
        ("part.FCStd", "RELATIVE"),
        ("./part.FCStd", "RELATIVE"),
        ("C:\\part.FCStd", "RELATIVE"),
        ("/cad/a\0b", "ENCODING"),
        ("/cad/\ud800.FCStd", "ENCODING"),
        ("/" + "x" * 256, "TOO-LONG"),
        ("/" + "中" * 86, "TOO-LONG"),
        ("/a" * 2048, "TOO-LONG"),
        ("/dev/zero", "DEVICE"),
        ("/cad/../dev/zero", "DEVICE"),
        ("//proc/kmsg", "DEVICE"),
        ("/sys/power/state", "DEVICE"),
        ("/dev/shm/part.FCStd", None),
        ("/device/part", None),
        ("/cad/Gehäuse & Deckel 中文.FCStd", None),
        ("/cad/new\nline", None),
        ("/" + "中" * 85, None),
        ("/", None),
    ],
)
def test_posix(path: str, expected: str | None) -> None:
    assert refusal(path, windows=False) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", "EMPTY"),
        ("part.FCStd", "RELATIVE"),
        ("\\part.FCStd", "RELATIVE"),
        ("C:part.FCStd", "RELATIVE"),
        ("/cad/part", "RELATIVE"),
        ("C:\\a\0b", "ENCODING"),
        ("C:\\\udfff", "ENCODING"),
        ("NUL", "DEVICE"),
        ("C:\\work\\nul", "DEVICE"),
        ("C:\\work\\Con.FCStd", "DEVICE"),
        ("C:\\aux .txt\\part.FCStd", "DEVICE"),
        ("C:\\work\\COM1", "DEVICE"),
        ("C:\\work\\lpt².x", "DEVICE"),
        ("\\\\.\\COM12", "DEVICE"),
        ("\\\\.\\pipe\\x", "DEVICE"),
        ("\\\\?\\GLOBALROOT\\Device\\Null", "DEVICE"),
        ("\\\\?\\pipe\\x", "DEVICE"),
        ("//./C:", "DEVICE"),
        ("\\??\\C:\\x", "DEVICE"),
        ("C:\\part.FCStd:stream", "DEVICE"),
        ("C:\\" + "x" * 256, "TOO-LONG"),
        ("C:\\" + "𝄞" * 128, "TOO-LONG"),
        ("C:\\" + "a\\" * 17_000, "TOO-LONG"),
        ("C:\\work\\part.FCStd", None),
        ("c:/cad/part.FCStd", None),
        ("\\\\nas\\cad\\part.FCStd", None),
        ("\\\\?\\C:\\work\\part.FCStd", None),
        ("\\\\?\\UNC\\nas\\cad\\part.FCStd", None),
        ("C:\\work\\console.FCStd", None),
        ("C:\\work\\COM10", None),
        ("C:\\work\\零件.FCStd", None),
        ("C:\\" + "x" * 255, None),
    ],
)
def test_windows(path: str, expected: str | None) -> None:
    assert refusal(path, windows=True) == expected


@given(st.text(), st.booleans())
def test_any_text_is_taken_or_refused_with_a_code(path: str, windows: bool) -> None:
    assert refusal(path, windows=windows) in (None, "EMPTY", "RELATIVE", "ENCODING", "DEVICE", "TOO-LONG")


@given(st.text(st.characters()))
def test_printable_is_always_utf8(path: str) -> None:
    printable(path + "\ud800").encode()


def test_printable_keeps_both_ends_of_a_long_path() -> None:
    shown = printable("/start/" + "x" * 5000 + "/end")
    assert shown.startswith("/start/")
    assert shown.endswith("/end")
    assert len(shown) < 400


@given(st.text())
def test_name_key_ignores_case_and_composition(name: str) -> None:
    assert name_key(unicodedata.normalize("NFD", name)) == name_key(unicodedata.normalize("NFC", name))
    assert name_key(name.casefold()) == name_key(name)


def test_name_key_tells_names_apart() -> None:
    assert name_key("Bolt.FCStd") == name_key("bolt.fcstd")
    assert name_key("Gehäuse") == name_key("GEHA\u0308USE")
    assert name_key("bolt1") != name_key("bolt2")


@pytest.mark.parametrize(
    ("path", "folder", "windows", "expected"),
    [
        ("/a/b", "/a", False, True),
        ("/a", "/a/", False, True),
        ("/ab", "/a", False, False),
        ("/a/../b", "/a", False, False),
        ("/A/b", "/a", False, False),
        ("/b", "/", False, True),
        ("C:\\A\\b", "c:/a", True, True),
        ("C:\\ab", "C:\\a", True, False),
        ("C:\\x", "C:\\", True, True),
    ],
)
def test_is_inside(path: str, folder: str, windows: bool, expected: bool) -> None:
    assert is_inside(path, folder, windows=windows) is expected


def test_member_names_stay_inside() -> None:
    assert check_member_name("lib/bolt.FCStd")
    for name in ("", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a\\b", "C:x", "a\0"):
        assert not check_member_name(name)
