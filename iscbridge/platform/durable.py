"""Making sure that what was written survives a power cut, and replacing files in one step."""

from __future__ import annotations

import errno
import os
import sys
import time

from iscbridge.platform.longpaths import extended

TYPE_CHECKING = False  # clients load this module
if TYPE_CHECKING:
    from collections.abc import Callable

#: A virus scanner or indexer holds a fresh file for a moment; together 2.5 s.
_BACK_OFF_S = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 0.93)
#: Access denied, sharing violation, lock violation: the only ones that pass by themselves.
_PASSING_WINERRORS = (5, 32, 33)
#: On Windows a file that is being replaced refuses to be opened for a moment; `open` there knows this error only.
_REFUSED = (errno.EACCES,) if sys.platform == "win32" else ()
_READ_AGAIN_S = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16)


def replace(source: str, target: str) -> None:
    """Rename `source` over `target` in one step; on Windows it is on the disk when this returns.

    On POSIX `flush_folder` of the target's folder makes it durable, which a caller does once for many.

    Raises:
        OSError: it stayed impossible for some 2.5 s.
    """
    for pause in (*_BACK_OFF_S, None):
        try:
            _rename_over(extended(source), extended(target))
        except OSError as error:
            if pause is None or getattr(error, "winerror", None) not in _PASSING_WINERRORS:
                raise
            time.sleep(pause)
        else:
            return


def read_replaced(read: Callable[[], bytes]) -> bytes:
    """What `read` gives, which opens a file that others may be replacing just then.

    Raises:
        OSError: as `read`; one that passes, when it stayed for some 0.3 s.
    """
    for pause in _READ_AGAIN_S:
        try:
            return read()
        except OSError as error:
            if error.errno not in _REFUSED:
                raise
            time.sleep(pause)
    return read()


def remove(path: str) -> None:
    """Delete a file if it is there, with the same patience.

    Raises:
        OSError: it stayed impossible.
    """
    for pause in (*_BACK_OFF_S, None):
        try:
            os.unlink(extended(path))
        except FileNotFoundError:
            return
        except OSError as error:
            if pause is None or getattr(error, "winerror", None) not in _PASSING_WINERRORS:
                raise
            time.sleep(pause)
        else:
            return


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _REPLACE_EXISTING = 0x1
    _WRITE_THROUGH = 0x8

    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _MoveFileExW = _kernel32.MoveFileExW
    _MoveFileExW.argtypes = (wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD)
    _MoveFileExW.restype = wintypes.BOOL

    def _rename_over(source: str, target: str) -> None:
        if not _MoveFileExW(source, target, _REPLACE_EXISTING | _WRITE_THROUGH):
            raise ctypes.WinError(ctypes.get_last_error())

    def flush_file(fd: int) -> None:
        """Write the file's bytes to the disk (FlushFileBuffers)."""
        os.fsync(fd)

    def flush_folder(path: str) -> None:
        """Nothing: NTFS journals its folders, and `replace` writes through."""
        del path

    def flush_volume(path: str) -> bool:
        """Whether everything written on the volume is on the disk now: Windows offers that to administrators only."""
        del path
        return False

else:
    import fcntl

    def _rename_over(source: str, target: str) -> None:
        os.replace(source, target)

    def flush_file(fd: int) -> None:
        """Write the file's bytes to the disk."""
        if sys.platform == "darwin":
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)  # fsync there leaves the bytes in the drive's own cache
        else:
            os.fsync(fd)

    def flush_folder(path: str) -> None:
        """Write the folder's entries to the disk."""
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            flush_file(fd)
        finally:
            os.close(fd)

    def flush_volume(path: str) -> bool:
        """Write everything of the volume that holds the folder `path` to the disk; False if this system can't.

        Raises:
            OSError: writing failed, now or since it was last asked (Linux 5.8 and later report both).
        """
        if _syncfs is None:
            return False
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            _syncfs(fd)
        finally:
            os.close(fd)
        return True

    if sys.platform == "linux":
        import ctypes

        _libc = ctypes.CDLL(None, use_errno=True)

        def _syncfs_linux(fd: int) -> None:
            if _libc.syncfs(fd) != 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number))

        _syncfs = _syncfs_linux if hasattr(_libc, "syncfs") else None
    else:
        _syncfs = None
