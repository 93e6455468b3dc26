"""Socket files and modes, which only POSIX has."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from iscbridge.platform.folders import Home


def test_long_homes_get_short_sockets_in_a_private_folder(tmp_path: Path) -> None:
    home = Home(tmp_path / ("x" * 120))
    home.ensure()
    address = home.bridge_address()
    assert len(os.fsencode(address)) <= 100
    folder = os.stat(os.path.dirname(address))
    assert stat.S_IMODE(folder.st_mode) == 0o700
    assert folder.st_uid == os.getuid()
    os.rmdir(os.path.dirname(address))


def test_spellings_of_a_long_home_meet_at_one_address(tmp_path: Path) -> None:
    real = tmp_path / ("x" * 120)
    real.mkdir()
    link = tmp_path / ("y" * 120)
    link.symlink_to(real)
    assert Home(real).bridge_address() == Home(link).bridge_address()


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    home = Home(tmp_path / ("z" * 120))
    folder = Path(home.bridge_address()).parent
    folder.symlink_to(tmp_path)  # as somebody else might have put it there
    try:
        with pytest.raises(PermissionError):
            home.ensure()
    finally:
        folder.unlink()


def test_the_profile_is_for_its_owner_only(tmp_path: Path) -> None:
    home = Home(tmp_path / "profile")
    (tmp_path / "profile").mkdir(mode=0o755)
    home.ensure()
    assert stat.S_IMODE(home.root.stat().st_mode) == 0o700
    assert home.run.is_dir()
