"""Showing a file in the file manager: the right program is asked for the right thing, and a failure is told."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from iscbridge.platform import reveal as module
from iscbridge.platform.reveal import nearest, reveal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stands in for the programs of a Linux desktop")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch):
    """Programs by name and exit code; gives what they were called with."""
    folder = tmp_path / "bin"
    folder.mkdir()
    log = tmp_path / "log"
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")

    def make(**codes: int):
        for name, code in codes.items():
            program = folder / name.replace("_", "-")
            program.write_text(f'#!/bin/sh\nfor a in "$0" "$@"; do printf "%s\\0" "$a" >> "{log}"; done\nexit {code}\n')
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return lambda: [part for part in log.read_text("utf-8").split("\0") if part] if log.exists() else []

    return make


@pytest.mark.parametrize("name", ["a.FCStd", "it's.FCStd", "齿轮 & 盖.FCStd", '"q".FCStd', "a'] , '"])
def test_the_file_is_selected_by_its_uri(programs, tmp_path, name):
    said = programs(gdbus=0, xdg_open=0)
    path = tmp_path / name
    path.write_bytes(b"")
    assert reveal(str(path))
    items = next(part for part in said() if part.startswith("['"))
    assert items.count("'") == 2
    assert unquote(urlsplit(items[2:-2]).path) == str(path)
    assert not any("xdg-open" in part for part in said())


def test_without_such_a_file_manager_the_folder_is_opened(programs, tmp_path):
    said = programs(gdbus=1, xdg_open=0)
    path = tmp_path / "a.FCStd"
    path.write_bytes(b"")
    assert reveal(str(path))
    assert said()[-1] == str(tmp_path)


def test_what_is_gone_is_stood_for_by_the_folder_above(programs, tmp_path):
    said = programs(gdbus=0, xdg_open=0)
    assert reveal(str(tmp_path / "gone" / "deeper" / "a.FCStd"))
    assert said()[-1] == str(tmp_path)
    assert not any("gdbus" in part for part in said())


def test_nothing_that_can_show_it_is_told(programs, tmp_path, monkeypatch):
    programs(gdbus=1, xdg_open=3)
    assert not reveal(str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not reveal(str(tmp_path))


def test_a_program_that_does_not_end_is_not_waited_for(programs, tmp_path, monkeypatch):
    programs(gdbus=0, xdg_open=0)
    for program in (tmp_path / "bin").iterdir():
        program.write_text("#!/bin/sh\nexec sleep 600\n")
    monkeypatch.setattr(module, "_ANSWER_S", 0.05)
    assert not reveal(str(tmp_path))


def test_nearest(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    assert nearest(str(link)) == str(link)
    assert nearest(str(tmp_path / "a" / "b")) == str(tmp_path)
    assert nearest("/") == "/"
