"""What a bridge leaves for hosts that find none running."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from iscbridge.platform.folders import Home
from iscbridge.service.process.start_command import leave_start_command


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "Profil 壳")
    made.ensure()
    return made


def test_the_command_is_whole_and_absolute(home: Home) -> None:
    leave_start_command(home)
    command = json.loads(home.start.read_text("utf-8"))["command"]
    assert Path(command[0]).is_absolute()
    assert Path(command[0]).is_file()
    assert command[-2:] == ["tray", "--quiet"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such bits: platform.private sets an access list")
def test_nobody_else_may_read_it(home: Home) -> None:
    leave_start_command(home)
    assert home.start.stat().st_mode & 0o077 == 0


def test_what_says_so_already_is_not_written_again(home: Home) -> None:
    leave_start_command(home)
    os.utime(home.start, (1, 1))
    leave_start_command(home)
    assert home.start.stat().st_mtime == 1
    home.start.write_text("of an older version", encoding="utf-8")
    leave_start_command(home)
    assert json.loads(home.start.read_text("utf-8"))["form"] == 1


def test_a_profile_that_can_t_be_written_stops_nobody(home: Home) -> None:
    (home.start / "in the way").mkdir(parents=True)
    leave_start_command(home)
    assert home.start.is_dir()
