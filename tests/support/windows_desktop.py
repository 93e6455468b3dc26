"""What is on a Windows desktop: windows of a process by class and title, messages to them. Loads on Windows only."""

from __future__ import annotations

import ctypes
from ctypes import wintypes
from dataclasses import dataclass

WM_QUERYENDSESSION = 0x0011
WM_ENDSESSION = 0x0016
#: Qt's message of its tray icon (WM_APP + 101), with what NOTIFYICON_VERSION_4 tells: the event in the low word.
QT_TRAY_ICON = 0x8000 + 101
NIN_SELECT = 0x0400
WM_CONTEXTMENU = 0x007B
#: Part of the class name of the hidden window behind each of Qt's tray icons.
ICON_CLASS = "TrayIcon"

_ABORT_IF_HUNG = 0x0002
_ANSWER_MS = 30_000

_user32 = ctypes.WinDLL("user32", use_last_error=True)
_EnumProc = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)
_user32.EnumWindows.argtypes = (_EnumProc, wintypes.LPARAM)
_user32.GetWindowThreadProcessId.argtypes = (wintypes.HWND, ctypes.POINTER(wintypes.DWORD))
_user32.GetWindowTextW.argtypes = (wintypes.HWND, wintypes.LPWSTR, ctypes.c_int)
_user32.GetClassNameW.argtypes = (wintypes.HWND, wintypes.LPWSTR, ctypes.c_int)
_user32.IsWindowVisible.argtypes = (wintypes.HWND,)
_user32.PostMessageW.argtypes = (wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)
_user32.SendMessageTimeoutW.argtypes = (
    wintypes.HWND,
    wintypes.UINT,
    wintypes.WPARAM,
    wintypes.LPARAM,
    wintypes.UINT,
    wintypes.UINT,
    ctypes.POINTER(ctypes.c_size_t),
)


@dataclass(frozen=True)
class Window:
    """One top-level window."""

    handle: int
    kind: str
    """Name of its class."""
    title: str
    visible: bool

    def post(self, message: int, wparam: int = 0, lparam: int = 0) -> None:
        """Put a message into the queue of its thread."""
        if not _user32.PostMessageW(self.handle, message, wparam, lparam):
            raise ctypes.WinError(ctypes.get_last_error())

    def send(self, message: int, wparam: int = 0, lparam: int = 0) -> int:
        """Send a message and wait for its answer."""
        answer = ctypes.c_size_t()
        arguments = (self.handle, message, wparam, lparam, _ABORT_IF_HUNG, _ANSWER_MS, ctypes.byref(answer))
        if not _user32.SendMessageTimeoutW(*arguments):
            raise ctypes.WinError(ctypes.get_last_error())
        return answer.value


def windows_of(pid: int) -> list[Window]:
    """All top-level windows of a process, also hidden ones."""
    found: list[Window] = []

    def take(handle: int, _unused: int) -> bool:
        owner = wintypes.DWORD()
        _user32.GetWindowThreadProcessId(handle, ctypes.byref(owner))
        if owner.value == pid:
            kind, title = ctypes.create_unicode_buffer(256), ctypes.create_unicode_buffer(512)
            _user32.GetClassNameW(handle, kind, 256)
            _user32.GetWindowTextW(handle, title, 512)
            found.append(Window(handle, kind.value, title.value, bool(_user32.IsWindowVisible(handle))))
        return True

    _user32.EnumWindows(_EnumProc(take), 0)
    return found


def icons_of(pid: int) -> list[Window]:
    """The hidden windows behind its icons in the tray."""
    return [window for window in windows_of(pid) if ICON_CLASS in window.kind]


def titles_of(pid: int) -> list[str]:
    """Titles of its visible windows."""
    return [window.title for window in windows_of(pid) if window.visible and window.title]
