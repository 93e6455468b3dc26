from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.errors import BridgeError
from iscbridge.platform.files import FileStamp, open_shared, read_into, stamp


def code_of(path: Path) -> str:
    with pytest.raises(BridgeError) as caught:
        open_shared(str(path))
    with pytest.raises(BridgeError) as looked:
        stamp(str(path))
    assert looked.value.code == caught.value.code
    return caught.value.code


def test_a_file_is_opened_with_its_stamp(tmp_path: Path) -> None:
    path = tmp_path / "Gehäuse 中文.FCStd"
    path.write_bytes(b"abc")
    fd, found = open_shared(str(path))
    try:
        buffer = memoryview(bytearray(10))
        assert read_into(fd, buffer, str(path)) == 3
        assert read_into(fd, buffer, str(path)) == 0
        assert found == stamp(str(path))
        assert found.size == 3
    finally:
        os.close(fd)


def test_an_open_file_can_be_moved_away_replaced_and_deleted(tmp_path: Path) -> None:
    """As a CAD on Windows saves: the old file gets the name of a backup, the new one its place."""
    path, newer, backup = tmp_path / "part", tmp_path / "newer", tmp_path / "backup"
    path.write_bytes(b"old")
    newer.write_bytes(b"new")
    fd, before = open_shared(str(path))
    try:
        os.rename(path, backup)
        os.rename(newer, path)
        assert stamp(str(path)) != before
        backup.unlink()
        buffer = memoryview(bytearray(10))
        assert read_into(fd, buffer, str(path)) == 3
        assert bytes(buffer[:3]) == b"old"
    finally:
        os.close(fd)
    assert path.read_bytes() == b"new"


def test_what_is_no_file_has_its_code(tmp_path: Path) -> None:
    assert code_of(tmp_path / "nothing") == "ISCB-FILE-MISSING"
    assert code_of(tmp_path) == "ISCB-FILE-IS-FOLDER"
    (tmp_path / "file").write_bytes(b"")
    assert code_of(tmp_path / "file" / "below") == "ISCB-FILE-MISSING"


def test_a_replaced_file_of_same_size_and_time_has_another_stamp(tmp_path: Path) -> None:
    path, other = tmp_path / "part", tmp_path / "other"
    path.write_bytes(b"one")
    before = stamp(str(path))
    other.write_bytes(b"two")
    os.utime(other, ns=(before.mtime_ns, before.mtime_ns))
    os.replace(other, path)
    assert stamp(str(path)) != before


@given(st.integers(0, 2**62), st.floats(0, 4e9))
def test_waiting_is_bounded(mtime_ns: int, now: float) -> None:
    assert 0.0 <= FileStamp(1, mtime_ns, "x").unsettled_for(now) <= 2.1


def test_only_fresh_files_are_waited_for() -> None:
    assert FileStamp(1, 1_000_000_000_123_456_789, "x").unsettled_for(1_000_000_000.13) > 0.0
    assert FileStamp(1, 1_000_000_000_123_456_789, "x").unsettled_for(1_000_000_001.0) == 0.0
    # whole seconds: the volume may count no finer
    assert FileStamp(1, 1_000_000_000_000_000_000, "x").unsettled_for(1_000_000_001.0) > 1.0
    # from a clock that is an hour ahead: nothing to wait for
    assert FileStamp(1, 1_000_003_600_123_456_789, "x").unsettled_for(1_000_000_000.0) == 0.0
