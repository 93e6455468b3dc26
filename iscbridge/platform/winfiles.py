"""Files and folders on Windows opened as Python's `open` can't: shared with everybody, links themselves, with rights."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    SHARE_ALL = 0x1 | 0x2 | 0x4
    """FILE_SHARE_READ, _WRITE, _DELETE: nobody else is held up."""
    CREATE_NEW, OPEN_EXISTING = 1, 3
    BACKUP_SEMANTICS = 0x0200_0000
    """FILE_FLAG_BACKUP_SEMANTICS, without which no folder is opened."""
    _INVALID_HANDLE = ctypes.c_void_p(-1).value

    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _CreateFileW = _kernel32.CreateFileW
    _CreateFileW.argtypes = (
        wintypes.LPCWSTR,
        wintypes.DWORD,
        wintypes.DWORD,
        ctypes.c_void_p,
        wintypes.DWORD,
        wintypes.DWORD,
        wintypes.HANDLE,
    )
    _CreateFileW.restype = wintypes.HANDLE
    _kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)

    def open_handle(
        path: str,
        access: int,
        flags: int,
        *,
        share: int = SHARE_ALL,
        disposition: int = OPEN_EXISTING,
        security: ctypes.Structure | None = None,
    ) -> int:
        """A handle by CreateFileW; the caller closes it. The path is taken as it is.

        Raises:
            OSError: as Windows says.
        """
        given = None if security is None else ctypes.byref(security)
        handle: int | None = _CreateFileW(path, access, share, given, disposition, flags, None)
        if handle is None or handle == _INVALID_HANDLE:
            raise ctypes.WinError(ctypes.get_last_error())
        return handle

    def close_handle(handle: int) -> None:
        """Close what `open_handle` gave."""
        _kernel32.CloseHandle(handle)
