"""What the installation left beside the add-in: how ISCBridge is started. What it did not say stays unknown."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys

_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_LIST = os.path.join(_FOLDER, "iscbridge-installed.json")
_POLICY = os.path.join(_FOLDER, "policy.json")
#: Of FreeCAD's own Python and Qt; another program would load the wrong libraries with them.
_NOT_FOR_OTHERS = ("PYTHONHOME", "PYTHONPATH", "QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH")
#: Windows: no console window, and it goes on when FreeCAD ends.
_DETACHED = 0x00000008 | 0x00000200
#: TOKEN_ELEVATION_TYPE: the only token that the user has (also an administrator's, where User Account Control is off),
#: and the usual one of an administrator's two.
_ONLY, _LIMITED = 1, 3
_TOKEN_QUERY, _TOKEN_ELEVATION_TYPE = 0x8, 18


def bridge_command():
    """The command that starts ISCBridge, as a list; None: it is not known."""
    command = _read(_LIST).get("command")
    good = isinstance(command, list) and command and all(isinstance(word, str) for word in command)
    return command if good and os.path.isfile(command[0]) else None


@functools.lru_cache(maxsize=1)
def refusal_disables():
    """The vendor's policy: whether commands are disabled while the licence does not allow them."""
    return _read(_POLICY).get("licenceRefused", "disable") != "tell"


def is_elevated():
    """Whether FreeCAD runs with more rights than its user usually has. ISCBridge is not started from there."""
    if sys.platform == "win32":
        return _elevation_type() not in (_ONLY, _LIMITED)
    return os.getuid() != os.geteuid() or bool({"SUDO_UID", "PKEXEC_UID"} & set(os.environ))


def _elevation_type():
    """TOKEN_ELEVATION_TYPE of this process; 0: Windows does not tell."""
    import ctypes
    from ctypes import wintypes

    kernel32, advapi32 = ctypes.WinDLL("kernel32"), ctypes.WinDLL("advapi32")
    kernel32.GetCurrentProcess.restype = wintypes.HANDLE
    kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)
    number = ctypes.POINTER(wintypes.DWORD)
    advapi32.OpenProcessToken.argtypes = (wintypes.HANDLE, wintypes.DWORD, ctypes.POINTER(wintypes.HANDLE))
    advapi32.GetTokenInformation.argtypes = (wintypes.HANDLE, ctypes.c_int, number, wintypes.DWORD, number)
    token, found, size = wintypes.HANDLE(), wintypes.DWORD(), wintypes.DWORD()
    if not advapi32.OpenProcessToken(kernel32.GetCurrentProcess(), _TOKEN_QUERY, ctypes.byref(token)):
        return 0
    try:
        asked = (token, _TOKEN_ELEVATION_TYPE, ctypes.byref(found), ctypes.sizeof(found), ctypes.byref(size))
        return found.value if advapi32.GetTokenInformation(*asked) else 0
    finally:
        kernel32.CloseHandle(token)


def start_bridge(command):
    """Start ISCBridge apart from this process; raises OSError. Ask the process's `poll` later on."""
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_OTHERS}
    if "APPIMAGE" in os.environ:
        environment.pop("LD_LIBRARY_PATH", None)
    apart = {"creationflags": _DETACHED} if sys.platform == "win32" else {"start_new_session": True}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, env=environment, cwd=os.path.expanduser("~"), **quiet, **apart)


def _read(path):
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
