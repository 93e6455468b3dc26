from __future__ import annotations

import os
from pathlib import Path

import pytest

from iscbridge.core.errors import BridgeError
from iscbridge.platform.owner_only import read_owner_only


def refusal(path: Path) -> str:
    with pytest.raises(BridgeError) as caught:
        read_owner_only(str(path), 100)
    assert "geheim" not in str(caught.value)
    return caught.value.code


def secret(path: Path, mode: int = 0o600) -> Path:
    path.write_text("geheim")
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_file_of_the_owner_s_alone_is_read(tmp_path, mode):
    assert read_owner_only(str(secret(tmp_path / "s", mode)), 100) == b"geheim"


def test_no_more_than_asked_is_read(tmp_path):
    assert read_owner_only(str(secret(tmp_path / "s")), 3) == b"geh"


@pytest.mark.parametrize("bit", [0o040, 0o020, 0o010, 0o004, 0o002, 0o001])
def test_one_bit_for_others_is_one_too_many(tmp_path, bit):
    assert refusal(secret(tmp_path / "s", 0o600 | bit)) == "ISCB-SECRET-FILE-SHARED"


def test_the_file_at_the_end_of_a_link_counts(tmp_path):
    (tmp_path / "link").symlink_to(secret(tmp_path / "open", 0o644))
    assert refusal(tmp_path / "link") == "ISCB-SECRET-FILE-SHARED"
    (tmp_path / "good").symlink_to(secret(tmp_path / "closed"))
    assert read_owner_only(str(tmp_path / "good"), 100) == b"geheim"


def test_a_file_of_somebody_else_is_refused(tmp_path, monkeypatch):
    file = secret(tmp_path / "s")
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
    assert refusal(file) == "ISCB-SECRET-FILE-SHARED"


def test_what_is_no_file_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert refusal(tmp_path / "pipe") == "ISCB-FILE-NOT-REGULAR"
    assert refusal(tmp_path) == "ISCB-FILE-IS-FOLDER"
    assert refusal(tmp_path / "none") == "ISCB-FILE-MISSING"
