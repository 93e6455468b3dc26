"""Memory that the program freed and its C library has kept: given back to the system."""

from __future__ import annotations

import sys


def give_back() -> None:
    """Give back what can be, where the library has a call for it (glibc); takes a few milliseconds. Any thread.

    What was needed for reading modules at the start is most of it.
    """
    if sys.platform == "linux":
        import ctypes

        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
