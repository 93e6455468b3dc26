"""Small files that only their owner may read: on the disk when a function returns, and never half there."""

from __future__ import annotations

import os
import sys

from iscbridge.platform.durable import flush_file, flush_folder, remove, replace
from iscbridge.platform.longpaths import extended


def write_private(path: str, data: bytes) -> None:
    """Write a small file as a whole, readable for its owner only; its folder is made if there is none.

    Readers see the old content or the new one. One writer at a time: what a killed one left behind has a fixed
    name (`<path>.new`) and goes with the next writing.

    Raises:
        OSError: the disk is full, or the folder can't be written; the old content stays.
    """
    folder = os.path.dirname(path)
    os.makedirs(extended(folder), mode=0o700, exist_ok=True)
    fresh = f"{path}.new"
    remove(fresh)
    try:
        fd = _create_private(extended(fresh))
        with open(fd, "wb") as file:
            file.write(data)
            file.flush()
            flush_file(file.fileno())
        replace(fresh, path)
        flush_folder(folder)
    except OSError:
        remove(fresh)
        raise


if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    from iscbridge.platform.winfiles import CREATE_NEW, open_handle
    from iscbridge.platform.winuser import user_sid

    _GENERIC_WRITE = 0x40000000
    _NORMAL = 0x80
    _SDDL_REVISION = 1

    class _SecurityAttributes(ctypes.Structure):
        _fields_ = (
            ("length", wintypes.DWORD),
            ("descriptor", ctypes.c_void_p),
            ("inherit", wintypes.BOOL),
        )

    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
    _kernel32.LocalFree.argtypes = (wintypes.HLOCAL,)
    _kernel32.LocalFree.restype = wintypes.HLOCAL
    _descriptor_from = _advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW
    _descriptor_from.argtypes = (
        wintypes.LPCWSTR,
        wintypes.DWORD,
        ctypes.POINTER(ctypes.c_void_p),
        ctypes.c_void_p,
    )
    _descriptor_from.restype = wintypes.BOOL

    def _create_private(path: str) -> int:
        """A new file whose access list names this user and the system, and inherits nothing from the folder."""
        descriptor = ctypes.c_void_p()
        sddl = f"D:P(A;;FA;;;{user_sid()})(A;;FA;;;SY)"
        if not _descriptor_from(sddl, _SDDL_REVISION, ctypes.byref(descriptor), None):
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            security = _SecurityAttributes(ctypes.sizeof(_SecurityAttributes), descriptor, False)
            handle = open_handle(path, _GENERIC_WRITE, _NORMAL, share=0, disposition=CREATE_NEW, security=security)
        finally:
            _kernel32.LocalFree(descriptor)
        return msvcrt.open_osfhandle(handle, os.O_WRONLY | os.O_BINARY | os.O_NOINHERIT)

else:

    def _create_private(path: str) -> int:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
