from __future__ import annotations

import os
from pathlib import Path

import pytest

from iscbridge.platform import identity
from iscbridge.platform.identity import canonical, identity_key


def test_links_and_dots_lead_to_one_key(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "bolt").write_bytes(b"x")
    (tmp_path / "short").symlink_to("lib")
    (tmp_path / "name").symlink_to("lib/bolt")
    spellings = ["lib/bolt", "short/bolt", "name", "lib/../lib/./bolt", "lib//bolt"]
    assert len({identity_key(f"{tmp_path}/{spelling}") for spelling in spellings}) == 1


def test_a_save_by_rename_keeps_the_key(tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.write_bytes(b"one")
    before, inode = identity_key(str(path)), path.stat().st_ino
    (tmp_path / "new").write_bytes(b"two")
    os.replace(tmp_path / "new", path)
    assert path.stat().st_ino != inode
    assert identity_key(str(path)) == before


def test_hard_links_are_two_files(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"x")
    os.link(tmp_path / "one", tmp_path / "two")
    assert identity_key(str(tmp_path / "one")) != identity_key(str(tmp_path / "two"))


def test_case_counts_where_the_volume_counts_it(tmp_path: Path) -> None:
    (tmp_path / "Bolt").write_bytes(b"x")
    (tmp_path / "bOLT").write_bytes(b"y")
    assert identity_key(str(tmp_path / "Bolt")) != identity_key(str(tmp_path / "bOLT"))


def test_case_is_ignored_where_the_volume_ignores_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # This machine has no such volume: its answers are played for names below the folder.
    (tmp_path / "bolt").write_bytes(b"x")
    real = os.lstat

    def lstat(path: str) -> os.stat_result:
        folder, name = os.path.split(path)
        return real(os.path.join(folder, name.lower()) if folder == str(tmp_path) else path)

    monkeypatch.setattr(identity.os, "lstat", lstat)
    monkeypatch.setattr(identity, "canonical", lambda path: path)
    keys = {identity_key(str(tmp_path / name)) for name in ("bolt", "BOLT", "Bolt")}
    assert len(keys) == 1


def test_what_is_missing_has_a_key_too(tmp_path: Path) -> None:
    assert identity_key(str(tmp_path / "none" / "x")) == canonical(str(tmp_path / "none" / "x"))
