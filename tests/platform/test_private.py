from __future__ import annotations

import os
from pathlib import Path

import pytest

from iscbridge.platform import private
from iscbridge.platform.private import write_private


def test_a_file_is_written_and_replaced_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "made" / "on the way" / "file"
    write_private(str(path), b"old")
    write_private(str(path), b"new\r\n\x00")
    assert path.read_bytes() == b"new\r\n\x00"
    assert os.listdir(path.parent) == ["file"]


@pytest.mark.parametrize("step", ["flush_file", "replace"])
def test_a_failed_writing_leaves_the_old_content_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "file"
    write_private(str(path), b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(private, step, fail)
    with pytest.raises(OSError, match="space"):
        write_private(str(path), b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_what_a_killed_writer_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file.new").write_bytes(b"half")
    write_private(str(tmp_path / "file"), b"whole")
    assert (tmp_path / "file").read_bytes() == b"whole"
    assert os.listdir(tmp_path) == ["file"]
