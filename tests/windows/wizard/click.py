"""Clicks through an installer as a person would: `click.py PICTURES NAME PROGRAM [SWITCH...]`, run by a Python with Qt.

On each page: waits until its button can be pressed, takes a picture of the window as PICTURES/NAME-N.png, and presses
it. Writes one JSON line for each page, with all that stands on it, and one with the program's exit code.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
import time
from ctypes import wintypes

from PySide6.QtGui import QGuiApplication

PATIENCE_S = 180.0
MOST_PAGES = 12
_NEXT = 1  # IDOK: Next, I Agree, Install, Finish, Close
_WM_COMMAND = 0x111

user32 = ctypes.WinDLL("user32", use_last_error=True)
user32.GetDlgItem.argtypes = (wintypes.HWND, ctypes.c_int)
user32.GetDlgItem.restype = wintypes.HWND
user32.PostMessageW.argtypes = (wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)
_EACH = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)
user32.EnumWindows.argtypes = (_EACH, wintypes.LPARAM)
user32.EnumChildWindows.argtypes = (wintypes.HWND, _EACH, wintypes.LPARAM)


def windows(parent: int | None = None) -> list[int]:
    """All windows that can be seen, or those in one."""
    found: list[int] = []

    def take(window: int, _: int) -> bool:
        if user32.IsWindowVisible(wintypes.HWND(window)):
            found.append(window)
        return True

    if parent is None:
        user32.EnumWindows(_EACH(take), 0)
    else:
        user32.EnumChildWindows(parent, _EACH(take), 0)
    return found


def text_of(window: int) -> str:
    """Its title or label."""
    buffer = ctypes.create_unicode_buffer(4096)
    user32.GetWindowTextW(wintypes.HWND(window), buffer, len(buffer))
    return buffer.value


def class_of(window: int) -> str:
    """What kind of window it is."""
    buffer = ctypes.create_unicode_buffer(128)
    user32.GetClassNameW(wintypes.HWND(window), buffer, len(buffer))
    return buffer.value


def owner(window: int) -> int:
    """The process that it belongs to."""
    pid = wintypes.DWORD()
    user32.GetWindowThreadProcessId(wintypes.HWND(window), ctypes.byref(pid))
    return pid.value


def installer(pid: int) -> int | None:
    """The installer's window, once it is there."""
    for window in windows():
        if class_of(window) == "#32770" and owner(window) == pid and user32.GetDlgItem(window, _NEXT):
            return window
    return None


def page(window: int) -> tuple[str, ...]:
    """All that stands on it: what makes one page another than the one before."""
    return tuple(text for child in windows(window) if (text := text_of(child)))


def picture(application: QGuiApplication, window: int, file: str) -> None:
    """What can be seen of it."""
    area = wintypes.RECT()
    user32.GetWindowRect(wintypes.HWND(window), ctypes.byref(area))
    seen = application.primaryScreen().grabWindow(
        0, area.left, area.top, area.right - area.left, area.bottom - area.top
    )
    if not seen.save(file):
        raise SystemExit(f"no picture {file}")


def ready(window: int, before: tuple[str, ...]) -> bool:
    """Whether another page is there, and its button can be pressed. A window that closes has nothing on it any more."""
    button = user32.GetDlgItem(window, _NEXT)
    return bool(button and user32.IsWindowEnabled(wintypes.HWND(button)) and page(window) not in (before, ()))


def main(pictures: str, name: str, program: str, *switches: str) -> int:
    """Start it, click through it, wait for its end."""
    application = QGuiApplication([sys.argv[0], "-platform", "windows"])
    # As one line: the last switch of an uninstaller has no quotes, whatever stands in it.
    process = subprocess.Popen(" ".join([f'"{program}"', *switches]), stdin=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_S
    before: tuple[str, ...] = ()
    pages = 0
    while process.poll() is None and time.monotonic() < deadline and pages < MOST_PAGES:
        window = installer(process.pid)
        if window is None or not ready(window, before):
            time.sleep(0.05)
            continue
        seen = page(window)
        time.sleep(0.3)  # for it to be painted, and to be sure that it stays: pages come in several steps
        if page(window) != seen or not ready(window, before):
            continue
        before = seen
        pages += 1
        picture(application, window, f"{pictures}\\{name}-{pages}.png")
        print(json.dumps({"page": pages, "title": text_of(window), "texts": before}), flush=True)
        button = user32.GetDlgItem(window, _NEXT)
        user32.PostMessageW(window, _WM_COMMAND, _NEXT, button)
    try:
        code = process.wait(max(1.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        print(f"still there: {[text_of(window) for window in windows()]}; {before}")
        process.kill()
        return 1
    print(json.dumps({"code": code}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
