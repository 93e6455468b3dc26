"""Looking at a file and opening it so that a CAD can still replace it meanwhile."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass

from iscbridge.core.errors import FileError
from iscbridge.core.paths import printable
from iscbridge.platform.faults import file_error
from iscbridge.platform.longpaths import extended

#: A time stamp younger than this may hide another write: file systems count in ticks of a few milliseconds.
_TICK_S = 0.1
#: FAT and some shares count in steps of 1 or 2 seconds.
_COARSE_TICK_S = 2.1
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What tells one state of a file from another without reading it.

    `file_id` is opaque: it names the file object on its volume and, on POSIX, the time of its last change of any
    kind, which no program can set back. A difference means "read it", never "it changed".
    """

    size: int
    mtime_ns: int
    file_id: str

    def unsettled_for(self, now: float) -> float:
        """Seconds until a later write is sure to show in the stamp; `now` is seconds since the epoch."""
        coarse = self.mtime_ns % _SECOND_NS == 0
        age = now - self.mtime_ns / _SECOND_NS
        tick = _COARSE_TICK_S if coarse else _TICK_S
        # A time in the future comes from another clock: how old the file is can't be told, one tick must do.
        return max(0.0, tick - max(age, 0.0)) if age > -_COARSE_TICK_S else 0.0


def stamp(path: str) -> FileStamp:
    """The stamp of the file at `path`, links followed. Never opens it, so a pipe or device does no harm.

    Raises:
        BridgeError: ISCB-FILE-* for one that is missing, a folder, not regular, not to be looked at.
    """
    try:
        found = os.stat(extended(path))
    except OSError as error:
        raise file_error(error, path) from error
    return _stamp_from(found, path)


def open_shared(path: str) -> tuple[int, FileStamp]:
    """Open a regular file for reading; others may go on writing, renaming and deleting it. Never blocks on a pipe.

    Returns:
        A file descriptor that belongs to the caller, and the stamp of what was opened.

    Raises:
        BridgeError: ISCB-FILE-*, as for `stamp`, and ISCB-FILE-LOCKED, ISCB-FILE-DENIED.
    """
    stamp(path)  # opening a device or a pipe can already do something; look before
    try:
        fd = _open_for_reading(extended(path))
    except OSError as error:
        raise file_error(error, path) from error
    try:
        return fd, _stamp_from(os.fstat(fd), path)
    except OSError as error:
        os.close(fd)
        raise file_error(error, path) from error
    except BaseException:
        os.close(fd)
        raise


def read_into(fd: int, buffer: memoryview, path: str) -> int:
    """Fill the buffer from the file's current position; 0 at the end.

    Raises:
        BridgeError: ISCB-FILE-LOCKED, ISCB-FILE-UNREADABLE ...
    """
    try:
        return _read_into(fd, buffer)
    except OSError as error:
        raise file_error(error, path) from error


def _stamp_from(found: os.stat_result, path: str) -> FileStamp:
    if stat.S_ISDIR(found.st_mode):
        raise FileError("ISCB-FILE-IS-FOLDER", path=printable(path))
    if not stat.S_ISREG(found.st_mode):
        raise FileError("ISCB-FILE-NOT-REGULAR", path=printable(path))
    return FileStamp(found.st_size, found.st_mtime_ns, file_id(found))


if sys.platform == "win32":
    import ctypes
    import errno
    import msvcrt

    from iscbridge.platform.winfiles import open_handle

    _GENERIC_READ = 0x80000000
    _SEQUENTIAL_SCAN = 0x08000000
    _LOCK_VIOLATION = 33

    def file_id(found: os.stat_result) -> str:
        """`FileStamp.file_id` of a file; not of one that a folder's listing told of, which has no number there."""
        return f"{found.st_dev:x}-{found.st_ino:x}"

    def _open_for_reading(path: str) -> int:
        handle = open_handle(path, _GENERIC_READ, _SEQUENTIAL_SCAN)
        return msvcrt.open_osfhandle(handle, os.O_RDONLY | os.O_BINARY | os.O_NOINHERIT)

    def _read_into(fd: int, buffer: memoryview) -> int:
        try:
            data = os.read(fd, len(buffer))
        except OSError as error:
            # The C runtime reports a range that another program has locked as EACCES, without a Windows error.
            if error.errno == errno.EACCES and not error.winerror:
                raise ctypes.WinError(_LOCK_VIOLATION) from error
            raise
        buffer[: len(data)] = data
        return len(data)

else:

    def file_id(found: os.stat_result) -> str:
        """`FileStamp.file_id` of a file."""
        return f"{found.st_dev:x}-{found.st_ino:x}-{found.st_ctime_ns:x}"

    def _open_for_reading(path: str) -> int:
        # O_NONBLOCK: if a pipe took the file's place since the look, opening it does not wait for a writer.
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)

    def _read_into(fd: int, buffer: memoryview) -> int:
        return os.readv(fd, [buffer])
