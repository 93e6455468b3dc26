"""Takes a picture of the screen when a window of a title is shown: `looks.py TITLE FILE`, run by a Python with Qt."""

from __future__ import annotations

import ctypes
import sys
import time

from PySide6.QtGui import QGuiApplication

PATIENCE_S = 60.0
#: A window that has only its frame so far, or a screen that shows nothing, is a handful of colours.
LEAST_COLOURS = 20


def titles() -> list[str]:
    """Titles of all windows that can be seen."""
    found: list[str] = []

    @ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    def take(window, _):
        text = ctypes.create_unicode_buffer(512)
        if ctypes.windll.user32.IsWindowVisible(ctypes.c_void_p(window)):
            ctypes.windll.user32.GetWindowTextW(ctypes.c_void_p(window), text, 512)
            found.append(text.value)
        return 1

    ctypes.windll.user32.EnumWindows(take, None)
    return found


def main(title: str, file: str) -> int:
    """Wait, look, save."""
    application = QGuiApplication([sys.argv[0], "-platform", "windows"])
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if any(title in text for text in titles()):
            picture = application.primaryScreen().grabWindow(0).toImage()
            seen = {picture.pixel(x, y) for x in range(0, picture.width(), 3) for y in range(0, picture.height(), 3)}
            if len(seen) >= LEAST_COLOURS and picture.save(file):
                return 0
        time.sleep(0.2)
    print(f"no window {title!r}, or nothing in it; there are {titles()}")
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
