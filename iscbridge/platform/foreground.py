"""Who may bring a window to the front.

Windows lets only the program in front do so, and that program may pass the right on. X11 and Wayland have no such
call: there the window manager decides.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _ANY_PROCESS = 0xFFFFFFFF  # ASFW_ANY of winuser.h

    def allow_foreground(pid: int | None = None) -> bool:
        """Let a process bring its window to the front next; None: whichever is first.

        Which process shows the dialogs of ISCDesk is not documented: it may be the client or a helper of it. So the
        right is passed to any process. It ends with the person's next click or key.

        Returns:
            Whether Windows took it: False if this process is not in front itself and has no right to pass on.
        """
        user32 = ctypes.WinDLL("user32", use_last_error=True)
        user32.AllowSetForegroundWindow.argtypes = (wintypes.DWORD,)
        user32.AllowSetForegroundWindow.restype = wintypes.BOOL
        return bool(user32.AllowSetForegroundWindow(_ANY_PROCESS if pid is None else pid))

else:

    def allow_foreground(pid: int | None = None) -> bool:
        """Only Windows knows such a right: False."""
        del pid
        return False
