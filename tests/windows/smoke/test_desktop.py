"""What the desktop of Windows is asked: the foreground, presentations, the file manager, the programs that start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from iscbridge.platform import reveal as revealing
from iscbridge.platform.app_id import name_process
from iscbridge.platform.autostart import Autostart, WindowsAutostart, system_autostart
from iscbridge.platform.browser import open_page
from iscbridge.platform.foreground import allow_foreground
from iscbridge.platform.presentation import Presenting, presenting_of, system_presentation
from iscbridge.platform.program import own_command
from iscbridge.platform.reveal import nearest, reveal
from iscbridge.platform.winuser import session_id, user_sid


@pytest.mark.parametrize("pid", [None, os.getpid()])
def test_the_right_to_the_foreground_is_asked_of_the_system(pid: int | None) -> None:
    assert isinstance(allow_foreground(pid), bool)


@pytest.mark.parametrize(
    ("state", "meaning"),
    [(1, Presenting.YES), (2, Presenting.YES), (3, Presenting.YES), (4, Presenting.YES), (5, Presenting.NO)],
)
def test_what_the_shell_says_of_presentations(state: int, meaning: Presenting) -> None:
    assert presenting_of(state) is meaning


def test_the_shell_answers() -> None:
    # Wine's has no answer (E_NOTIMPL): that is UNKNOWN, and never an error.
    assert system_presentation().state() in set(Presenting)


def test_a_web_page_is_the_systems_to_open_and_nothing_else_is(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(os, "startfile", opened.append, raising=False)
    assert open_page("https://vendor.example/signin/go?ticket=a&b=c")
    assert not open_page("C:\\Windows\\System32\\calc.exe")
    assert opened == ["https://vendor.example/signin/go?ticket=a&b=c"]


@pytest.fixture
def explorer(monkeypatch: pytest.MonkeyPatch) -> list[str | list[str]]:
    """What would have been started."""
    started: list[str | list[str]] = []
    monkeypatch.setattr(revealing.subprocess, "Popen", started.append)
    return started


def test_a_file_is_selected_in_its_folder(tmp_path: Path, explorer: list[str | list[str]]) -> None:
    path = tmp_path / "gear, 2 & 3 零件.FCStd"
    path.write_bytes(b"x")
    assert reveal(str(path))
    program = os.path.join(os.environ["SYSTEMROOT"], "explorer.exe")
    assert explorer == [f'"{program}" /select,"{path}"']
    assert os.path.exists(program)


def test_what_is_gone_is_stood_for_by_its_folder(tmp_path: Path, explorer: list[str | list[str]]) -> None:
    assert reveal(str(tmp_path / "gone" / "gear.FCStd"))
    assert explorer == [[os.path.join(os.environ["SYSTEMROOT"], "explorer.exe"), str(tmp_path)]]
    assert nearest("Q:\\nowhere\\gear.FCStd") is None
    assert not reveal("Q:\\nowhere\\gear.FCStd")


def test_the_windowed_program_brings_no_console() -> None:
    command = own_command("tray", "--quiet", windowed=True)
    assert [Path(command[0]).name, *command[1:]] == ["pythonw.exe", "-m", "iscbridge", "tray", "--quiet"]
    assert Path(command[0]).is_file()
    assert own_command("serve") == [sys.executable, "-m", "iscbridge", "serve"]


def test_the_entry_for_log_on_is_the_user_s() -> None:
    entry = system_autostart()
    assert entry.place == r"HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Run"
    command = [r"C:\Program Files\ISCBridge\ISCBridgeTray.exe", "tray", "--quiet"]
    try:
        entry.set(True, command)
        assert WindowsAutostart().state(command) is Autostart.ON
        query = ["reg", "query", entry.place, "/v", "ISCBridge"]
        shown = subprocess.run(query, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True).stdout
        assert r'"C:\Program Files\ISCBridge\ISCBridgeTray.exe" tray --quiet' in shown
    finally:
        entry.set(False, command)
    assert entry.state(command) is Autostart.OFF


def test_the_user_is_named_for_every_process_of_hers() -> None:
    assert user_sid() == user_sid(os.getpid())
    assert user_sid().startswith("S-1-5-21-")
    assert session_id() >= 0
    with pytest.raises(OSError, match=r"."):
        user_sid(3)  # ids are multiples of four: nobody has it


def test_windows_and_notices_bear_our_name() -> None:
    assert name_process()
