from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from iscbridge.core.errors import FileError
from iscbridge.hosts.closure import closure
from support.fcstd import write_fcstd

GO = threading.Event()


def test_two_spellings_of_one_file_are_one(tmp_path: Path) -> None:
    write_fcstd(tmp_path / "lib" / "b.FCStd")
    (tmp_path / "short").symlink_to("lib")
    write_fcstd(tmp_path / "a.FCStd", ["lib/b.FCStd", "short/b.FCStd"])
    found = closure(str(tmp_path / "a.FCStd"), GO)
    assert len(found.members) == 2
    assert len(set(map(id, found.members[0].links.values()))) == 1


def test_hard_links_are_two_files(tmp_path: Path) -> None:
    write_fcstd(tmp_path / "b.FCStd")
    os.link(tmp_path / "b.FCStd", tmp_path / "c.FCStd")
    write_fcstd(tmp_path / "a.FCStd", ["b.FCStd", "c.FCStd"])
    assert len(closure(str(tmp_path / "a.FCStd"), GO).members) == 3


def test_a_pipe_among_the_parts_blocks_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "b.FCStd")
    write_fcstd(tmp_path / "a.FCStd", ["b.FCStd"])
    with pytest.raises(FileError) as caught:
        closure(str(tmp_path / "a.FCStd"), GO)
    assert caught.value.code == "ISCB-FILE-NOT-REGULAR"


def test_a_path_from_windows_is_missing_here(tmp_path: Path) -> None:
    write_fcstd(tmp_path / "a.FCStd", ["D:/cad/b.FCStd", "\\\\nas\\cad\\c.FCStd"])
    assert closure(str(tmp_path / "a.FCStd"), GO).missing == ("D:/cad/b.FCStd", "\\\\nas\\cad\\c.FCStd")
