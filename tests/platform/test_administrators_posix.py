"""The same by owner and mode bits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from iscbridge.platform import administrators
from iscbridge.platform.administrators import doubt_about

#: Of an owner that is certainly not the administrator.
SOMEBODY = 4711


@pytest.fixture
def owners(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """By path, whose it is; the administrator's otherwise. Nobody but root could make such files."""
    told: dict[str, int] = {}
    real = os.lstat

    def lstat(path: str) -> os.stat_result:
        found = list(real(path))
        found[4] = told.get(path, 0)
        return os.stat_result(found)

    monkeypatch.setattr(administrators.os, "lstat", lstat)
    return told


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o444, 0o755])
def test_an_administrator_s_file_that_only_he_writes_is_believed(tmp_path: Path, owners, mode: int) -> None:
    path = tmp_path / "policy.toml"
    path.touch()
    path.chmod(mode)
    assert doubt_about(str(path)) == ""


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o777, 0o620])
def test_one_that_others_may_write_is_not(tmp_path: Path, owners, mode: int) -> None:
    path = tmp_path / "policy.toml"
    path.touch()
    path.chmod(mode)
    assert doubt_about(str(path)).startswith("-")


def test_nor_is_a_folder_where_everybody_may_make_files(tmp_path: Path, owners) -> None:
    folder = tmp_path / "ISCBridge"
    folder.mkdir()
    folder.chmod(0o1777)
    assert doubt_about(str(folder)) == "drwxrwxrwt"


def test_nor_is_one_of_another_user(tmp_path: Path, owners) -> None:
    owners[str(tmp_path)] = SOMEBODY
    assert doubt_about(str(tmp_path)) == f"uid {SOMEBODY}"


def test_nor_is_a_link_wherever_it_leads(tmp_path: Path, owners) -> None:
    link = tmp_path / "link"
    link.symlink_to("/etc")
    assert doubt_about(str(link)) == "->"


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        doubt_about(str(tmp_path / "none"))
