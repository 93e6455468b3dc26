"""Programs of somebody else on Windows: a job object ends them with all that they have started."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from ctypes import wintypes
from pathlib import Path

from iscbridge.platform.programs import End, foreign_environment, run_program

_SYNCHRONIZE = 0x0010_0000

_PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-P", "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


def ran(folder: Path, code: str, seconds: float = 60.0):
    command = [sys.executable, "-P", "-c", code]
    return run_program(command, str(folder), seconds, threading.Event(), most=1000, most_messages=100)


def ends(pid: int) -> bool:
    """Whether a process has ended or does so within a moment."""
    kernel32 = ctypes.WinDLL("kernel32")
    kernel32.OpenProcess.restype = wintypes.HANDLE
    kernel32.WaitForSingleObject.argtypes = (wintypes.HANDLE, wintypes.DWORD)
    kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)
    handle = kernel32.OpenProcess(_SYNCHRONIZE, False, pid)
    if not handle:
        return True
    try:
        return bool(kernel32.WaitForSingleObject(handle, 60_000) == 0)
    finally:
        kernel32.CloseHandle(handle)


def test_it_works_in_its_folder_and_its_words_are_kept(tmp_path: Path) -> None:
    found = ran(tmp_path, "import os, sys; print(os.getcwd()); print('oh', file=sys.stderr); sys.exit(3)")
    assert (found.end, found.code) == (End.ENDED, 3)
    assert os.path.samefile(found.out.decode("mbcs").strip(), tmp_path)
    assert found.messages.strip() == b"oh"


def test_too_many_words_end_it(tmp_path: Path) -> None:
    assert ran(tmp_path, "print('x' * 5000, flush=True); import time; time.sleep(600)").end is End.TOO_MUCH


def test_what_it_started_ends_with_it(tmp_path: Path) -> None:
    found = ran(tmp_path, _PARENT, seconds=15)
    assert found.end is End.LATE
    assert ends(int(found.out))


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    found = run_program([str(tmp_path / "none.exe")], str(tmp_path), 5, threading.Event(), most=1, most_messages=100)
    assert found.end is End.NOT_STARTED


def test_none_of_our_variables_reach_it() -> None:
    found = foreign_environment({"PATH": "C:\\", "Iscbridge_Home": "x", "QT_STYLE": "y"}, screen=True)
    assert found == {"PATH": "C:\\"}
