"""The picture inside a CAD file: found where FreeCAD puts it, and nothing a file holds can do harm."""

from __future__ import annotations

import io
import os
import struct
import sys
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QBuffer
from PySide6.QtGui import QImage

from iscbridge.tray.activity import thumbnail_file
from iscbridge.tray.activity.thumbnail_file import MEMBER, look, may_have_thumbnail, read, read_from


def png(width: int = 128, height: int = 96, colour: int = 0xFF336699) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(colour)
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


def fcstd(picture: bytes | None, *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr("Document.xml", "<Document/>")
        if picture is not None:
            archive.writestr(MEMBER, picture)
    return made.getvalue()


GOOD = fcstd(png())


def read_bytes(data: bytes, side: int = 64) -> QImage | None:
    return read_from(io.BytesIO(data), side)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_picture_is_found_and_made_small(method):
    image = read_bytes(fcstd(png(128, 96), method=method))
    assert image is not None
    assert (image.width(), image.height()) == (64, 48)
    assert image.pixel(10, 10) == 0xFF336699


def test_a_small_picture_stays_as_it_is():
    image = read_bytes(fcstd(png(16, 16)))
    assert image is not None
    assert image.width() == 16


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\5\6" + b"\0" * 18,
        fcstd(None),
        fcstd(b""),
        fcstd(b"no picture"),
        fcstd(png()[:60]),
        fcstd(png(), method=zipfile.ZIP_LZMA),
        GOOD[: len(GOOD) // 2],
    ],
    ids=["empty", "empty-zip", "no-picture", "nothing-in-it", "no-png", "cut-png", "lzma", "cut-zip"],
)
def test_what_can_not_be_used_is_no_picture(data):
    assert read_bytes(data) is None


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_a_picture_that_claims_to_be_huge_is_not_unpacked():
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    huge = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1_000_000))) + chunk(b"IEND", b"")
    assert read_bytes(fcstd(huge)) is None


def test_a_bomb_is_not_unpacked(monkeypatch):
    bomb = fcstd(bytes(thumbnail_file.MAX_MEMBER + 1))
    assert len(bomb) < 10_000
    unpacked: list[int] = []
    monkeypatch.setattr(thumbnail_file, "_decode", lambda data, _side: unpacked.append(len(data)))
    assert read_bytes(bomb) is None
    # the same with a lie in both headers: what comes out is still bounded
    lie = bomb.replace(struct.pack("<L", thumbnail_file.MAX_MEMBER + 1), struct.pack("<L", 10))
    assert lie != bomb
    assert read_bytes(lie) is None
    assert max(unpacked, default=0) <= 10


def test_a_directory_without_end_is_not_read_to_its_end():
    read_so_far: list[int] = []

    class Counting(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            read_so_far.append(len(data))
            return data

    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"x"
    directory = entry * 600_000
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65_534, 65_534, len(directory), 0, 0)
    assert read_from(Counting(directory + end), 64) is None
    assert sum(read_so_far) <= thumbnail_file.MAX_READ


@given(st.binary(max_size=400))
def test_any_bytes_do_no_harm(data):
    read_bytes(data)


@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=12),
    st.integers(0, len(GOOD)),
)
def test_a_spoilt_file_does_no_harm(changes, cut):
    data = bytearray(GOOD)
    for place, value in changes:
        data[place] = value
    for spoilt in (bytes(data), bytes(data[:cut]), bytes(data[cut:])):
        image = read_bytes(spoilt)
        assert image is None or max(image.width(), image.height()) <= 64


@given(st.binary(max_size=300), st.integers(0, 300))
def test_a_spoilt_picture_does_no_harm(noise, place):
    good = png(8, 8)
    read_bytes(fcstd(good[:place] + noise + good[place + len(noise) :]))


def test_only_files_of_this_kind_are_opened(tmp_path):
    named = tmp_path / "a.FCStd"
    named.write_bytes(GOOD)
    other = tmp_path / "a.step"
    other.write_bytes(GOOD)
    assert may_have_thumbnail(str(named))
    assert look(str(other)) is None
    found = look(str(named))
    assert found is not None
    assert read(found[0], 64) is not None
    os.close(found[0])


def test_what_is_not_there_and_what_is_no_file_is_no_picture(tmp_path):
    folder = tmp_path / "folder.FCStd"
    folder.mkdir()
    assert look(str(tmp_path / "gone.FCStd")) is None
    assert look(str(folder)) is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes among the files")
def test_a_pipe_is_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe.FCStd"
    os.mkfifo(pipe)
    assert look(str(pipe)) is None


def test_a_share_is_left_alone(tmp_path, monkeypatch):
    named = tmp_path / "a.FCStd"
    named.write_bytes(GOOD)
    monkeypatch.setattr(thumbnail_file, "is_share", lambda _path: True)
    assert look(str(named)) is None
