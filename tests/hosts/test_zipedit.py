from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.hosts.zipedit import ZipEditError, replace_entry

names = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\\0"), min_size=1, max_size=20)


def replaced(source: io.BytesIO, name: str, data: bytes) -> io.BytesIO:
    target = io.BytesIO()
    replace_entry(source, target, name, data)
    return target


class NoSeek(io.BytesIO):
    """Makes zipfile write data descriptors, as tools that stream do."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise OSError

    def seek(self, *_: int) -> int:
        raise OSError


@given(
    st.dictionaries(names, st.binary(max_size=2000), min_size=1, max_size=6),
    st.binary(max_size=3000),
    st.integers(0),
    st.booleans(),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
)
def test_one_entry_changes(entries: dict[str, bytes], data: bytes, choice: int, streamed: bool, method: int) -> None:
    made = NoSeek() if streamed else io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.comment = "Kommentar 注".encode()
        for name, content in entries.items():
            archive.writestr(name, content)
    source = io.BytesIO(made.getvalue())
    name = sorted(entries)[choice % len(entries)]
    target = replaced(source, name, data)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        assert archive.comment == "Kommentar 注".encode()
        assert archive.namelist() == list(entries)
        assert {n: archive.read(n) for n in entries} == {**entries, name: data}


def test_other_entries_are_the_same_compressed_bytes() -> None:
    source = io.BytesIO()
    with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("a", b"a" * 1000)
        archive.writestr("b", bytes(range(256)) * 40)
    raw = source.getvalue()
    with zipfile.ZipFile(source) as archive:
        info = archive.getinfo("b")
    whole = raw[info.header_offset : info.header_offset + 30 + 1 + info.compress_size]
    assert whole in replaced(source, "a", b"changed").getvalue()


@pytest.mark.parametrize("content", [b"", b"PK", b"x" * 100])
def test_what_is_no_zip_is_refused(content: bytes) -> None:
    with pytest.raises(ZipEditError):
        replaced(io.BytesIO(content), "a", b"")


def test_a_missing_entry_is_refused() -> None:
    source = io.BytesIO()
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr("a", b"")
    with pytest.raises(ZipEditError):
        replaced(source, "b", b"")


def test_bytes_before_the_first_entry_that_shift_the_rest_are_refused() -> None:
    source = io.BytesIO()
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr("a", b"x")
    with pytest.raises(ZipEditError):
        replaced(io.BytesIO(b"#!/bin/sh\n" * 10 + source.getvalue()), "a", b"y")


def test_zip64_is_refused() -> None:
    source = io.BytesIO()
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr("a", b"x")
    raw = bytearray(source.getvalue())
    central = raw.index(b"PK\1\2")
    extra = struct.pack("<HHQ", 1, 8, 1)
    struct.pack_into("<H", raw, central + 30, len(extra))
    struct.pack_into("<L", raw, central + 24, 0xFFFFFFFF)
    raw[central + 47 : central + 47] = extra
    end = raw.index(b"PK\5\6")
    struct.pack_into("<L", raw, end + 12, 47 + len(extra))
    with pytest.raises(ZipEditError, match="zip64"):
        replaced(io.BytesIO(bytes(raw)), "a", b"y")
