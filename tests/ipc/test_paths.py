from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.errors import RequestError
from iscbridge.ipc.paths import check_path, shown


def code_of(path: str, windows: bool) -> str:
    try:
        check_path(path, windows=windows)
    except RequestError as error:
        return error.code.removeprefix("ISCB-REQ-PATH-")
    return ""


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/home/ann/a.FCStd", ""),
        ("/", ""),
        ("/päth/零件.FCStd", ""),
        ("/a/CON/nul.txt", ""),
        ("/with\nline", ""),
        ("", "EMPTY"),
        ("  ", "EMPTY"),
        ("a.FCStd", "RELATIVE"),
        ("./a", "RELATIVE"),
        ("~/a", "RELATIVE"),
        ("C:\\a", "RELATIVE"),
        ("/a\0b", "ENCODING"),
        ("/a\udcff", "ENCODING"),
        ("/" + "n" * 255, ""),
        ("/" + "n" * 256, "TOO-LONG"),
        ("/" + "零" * 86, "TOO-LONG"),
        ("/" + "n/" * 2047, ""),
        ("/" + "n/" * 2048, "TOO-LONG"),
    ],
)
def test_posix(path: str, code: str) -> None:
    assert code_of(path, windows=False) == code


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("C:\\Work\\a.FCStd", ""),
        ("c:/Work/a.FCStd", ""),
        ("\\\\server\\share\\a.FCStd", ""),
        ("//server/share/a.FCStd", ""),
        ("\\\\?\\C:\\Work\\a.FCStd", ""),
        ("\\\\?\\UNC\\server\\share\\a", ""),
        ("C:\\零件\\a", ""),
        ("C:\\console\\nully.txt", ""),
        ("", "EMPTY"),
        ("a.FCStd", "RELATIVE"),
        ("\\a", "RELATIVE"),
        ("C:a", "RELATIVE"),
        ("C:", "RELATIVE"),
        ("1:\\a", "RELATIVE"),
        ("/home/ann/a", "RELATIVE"),
        ("\\\\server", "RELATIVE"),
        ("\\\\", "RELATIVE"),
        ("C:\\nul", "DEVICE"),
        ("C:\\Work\\CON.FCStd", "DEVICE"),
        ("C:\\com1 .txt", "DEVICE"),
        ("C:\\LPT\u00b9", "DEVICE"),
        ("C:\\aux\\a.txt", "DEVICE"),
        ("NUL", "DEVICE"),
        ("CONIN$", "DEVICE"),
        ("\\\\.\\PhysicalDrive0", "DEVICE"),
        ("\\\\.\\pipe\\x", "DEVICE"),
        ("\\\\?\\GLOBALROOT\\Device\\x", "DEVICE"),
        ("C:\\a\ud800", "ENCODING"),
        ("C:\\" + "n" * 255, ""),
        ("C:\\" + "n" * 256, "TOO-LONG"),
        ("C:\\" + "\U0001f600" * 128, "TOO-LONG"),
        ("C:\\" + "n\\" * 16_383, "TOO-LONG"),
    ],
)
def test_windows(path: str, code: str) -> None:
    assert code_of(path, windows=True) == code


@given(st.text(st.characters(), max_size=400), st.booleans())
def test_nothing_but_a_request_error_comes_out(path: str, windows: bool) -> None:
    code_of(path, windows)
    clean = shown(path)
    assert len(clean) <= 200
    clean.encode("utf-8")
