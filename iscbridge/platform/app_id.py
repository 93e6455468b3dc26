"""The name by which Windows knows the windows and notices of one application (AppUserModelID)."""

from __future__ import annotations

import sys

#: As the installed shortcuts have it: windows then stand behind their pin in the taskbar, and notices bear our name.
APP_ID = "ISCBridge.ISCBridge"

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    def name_process() -> bool:
        """Give this process the name, before its first window. Whether Windows took it."""
        name = ctypes.WinDLL("shell32").SetCurrentProcessExplicitAppUserModelID
        name.argtypes = (wintypes.LPCWSTR,)
        name.restype = ctypes.c_long
        return bool(name(APP_ID) == 0)

else:

    def name_process() -> bool:
        """Only Windows has such names: False. Elsewhere the desktop file's name is what counts."""
        return False
