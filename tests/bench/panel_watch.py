"""Sees when an icon appears in the panel, to the millisecond: asks the X server itself, for a program per look is slow."""

from __future__ import annotations

import ctypes
import time

from figures import CannotMeasure

_EMPTY = 14
"""A panel without an icon is narrower than this."""


class PanelWatch:
    """A connection to the X server that knows the panel's window."""

    def __init__(self, display: str, panel: int) -> None:
        try:
            self._x = ctypes.CDLL("libX11.so.6")
        except OSError as error:
            raise CannotMeasure(f"libX11 can't be loaded: {error}") from error
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(display.encode()))
        if not self._display:
            raise CannotMeasure(f"no connection to the X server {display}")
        self._panel = ctypes.c_ulong(panel)

    def width(self) -> int:
        """How wide the panel is."""
        root = ctypes.c_ulong()
        x, y = ctypes.c_int(), ctypes.c_int()
        width, height, border, depth = (ctypes.c_uint() for _ in range(4))
        outputs = [ctypes.byref(value) for value in (root, x, y, width, height, border, depth)]
        self._x.XGetGeometry(self._display, self._panel, *outputs)
        return width.value

    def wait(self, *, icon: bool, seconds: float = 60.0) -> float:
        """Wait until an icon is there (or none is); gives the moment."""
        deadline = time.monotonic() + seconds
        while (self.width() > _EMPTY) is not icon:
            if time.monotonic() > deadline:
                raise RuntimeError(f"waited in vain for an icon to {'appear' if icon else 'go'}")
            time.sleep(0.001)
        return time.monotonic()

    def close(self) -> None:
        self._x.XCloseDisplay(self._display)
