"""Whether this process has more rights than its user usually has, and keeping the bridge from running with them.

On Windows: the full one of an administrator's two tokens, or the system's own account. Where User Account Control is
off an administrator has one token for everything, which is the usual one. The client library judges in the same way.
"""

from __future__ import annotations

import sys


def refuse_elevated() -> None:
    """To be called before a bridge begins, or is started.

    Raises:
        BridgeRunError: ISCB-BRIDGE-ELEVATED.
    """
    if has_more_than_usual() and not _is_usual_here():
        from iscbridge.core.errors import BridgeRunError

        raise BridgeRunError("ISCB-BRIDGE-ELEVATED")


def is_more_than_usual(kind: int, integrity: int) -> bool:
    """Of a token with this TOKEN_ELEVATION_TYPE and integrity level."""
    return kind not in (_ONLY, _LIMITED) or integrity >= _SYSTEM_INTEGRITY


_ONLY, _LIMITED = 1, 3
_SYSTEM_INTEGRITY = 0x4000

if sys.platform == "win32":
    import ctypes
    import os
    from ctypes import wintypes

    from iscbridge.platform.winuser import this_process, token_parts

    _ELEVATION_TYPE, _INTEGRITY_LEVEL = 18, 25
    #: Tests under Wine set this to 1: every process of Wine counts as elevated. On Windows it has no meaning.
    _WINE_VARIABLE = "WINE_ELEVATED_IS_USUAL"

    _advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
    _advapi32.GetSidSubAuthorityCount.argtypes = (ctypes.c_void_p,)
    _advapi32.GetSidSubAuthorityCount.restype = ctypes.POINTER(ctypes.c_ubyte)
    _advapi32.GetSidSubAuthority.argtypes = (ctypes.c_void_p, wintypes.DWORD)
    _advapi32.GetSidSubAuthority.restype = ctypes.POINTER(wintypes.DWORD)

    def has_more_than_usual() -> bool:
        """Whether this process does; True if Windows does not tell."""
        try:
            kind, label = token_parts(this_process(), _ELEVATION_TYPE, _INTEGRITY_LEVEL)
        except OSError:
            return True
        return is_more_than_usual(wintypes.DWORD.from_buffer(kind).value, _integrity(label))

    def _integrity(label: ctypes.Array[ctypes.c_char]) -> int:
        sid = ctypes.c_void_p.from_buffer(label)  # TOKEN_MANDATORY_LABEL begins with the pointer to the SID
        count = _advapi32.GetSidSubAuthorityCount(sid)[0]
        return int(_advapi32.GetSidSubAuthority(sid, count - 1)[0])

    def _is_usual_here() -> bool:
        return os.environ.get(_WINE_VARIABLE) == "1" and hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")

else:

    def has_more_than_usual() -> bool:
        """Asked on Windows only: elsewhere programs of root have a profile of their own."""
        return False

    def _is_usual_here() -> bool:
        return False
