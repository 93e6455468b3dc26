"""The exclusive lock of a profile. The operating system releases it when the process dies, however it dies."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

#: `holder` takes the lock for a moment to see whether it is free; `acquire` outlasts that.
_PATIENCE_S = 0.5
_PAUSE_S = 0.02

if sys.platform == "win32":
    import msvcrt

    # Windows locks are mandatory: a byte far behind the text is locked, so that the holder's pid stays readable.
    _LOCKED_BYTE = 0x7FFF0000

    def _try_lock(fd: int, *, shared: bool) -> bool:
        del shared  # Windows' C runtime knows exclusive locks only
        os.lseek(fd, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(fd: int) -> None:
        os.lseek(fd, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(fd: int, *, shared: bool) -> bool:
        # flock, not POSIX record locks: those vanish when any descriptor of the file is closed in this process.
        try:
            fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_UN)


class ProfileLock:
    """The lock file of a profile (`Home.lock`). The file stays; only the lock on it counts.

    Not for several threads: acquire and release on the same one.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.fspath(path)
        self._fd: int | None = None

    def acquire(self) -> None:
        """Take the lock and write this process's id into the file.

        Raises:
            BridgeRunError: ISCB-BRIDGE-SECOND (param `pid`): another process holds it.
            OSError: the file can't be opened or written.
        """
        if self._fd is not None:
            return
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        try:
            deadline = time.monotonic() + _PATIENCE_S
            while not _try_lock(fd, shared=False):
                if time.monotonic() >= deadline:
                    # Here, since clients load this module for `holder` alone, and the tray before its icon.
                    from iscbridge.core.errors import BridgeRunError

                    raise BridgeRunError("ISCB-BRIDGE-SECOND", pid=str(_read_pid(self._path) or "?"))
                time.sleep(_PAUSE_S)
            os.ftruncate(fd, 0)
            os.lseek(fd, 0, os.SEEK_SET)
            os.write(fd, b"%d\n" % os.getpid())
        except BaseException:
            os.close(fd)
            raise
        self._fd = fd

    def release(self) -> None:
        """Give the lock back; does nothing if it is not held."""
        if self._fd is None:
            return
        fd, self._fd = self._fd, None
        try:
            os.ftruncate(fd, 0)
            _unlock(fd)
        finally:
            os.close(fd)

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._fd is not None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.release()


def holder(path: str | os.PathLike[str]) -> int | None:
    """Process id of the bridge that holds the lock of this file; None if nobody does.

    Raises:
        OSError: the file is there and can't be opened.
    """
    try:
        fd = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        return None
    try:
        if _try_lock(fd, shared=True):
            _unlock(fd)
            return None
    finally:
        os.close(fd)
    return _read_pid(os.fspath(path))


@contextmanager
def waiting_lock(path: str | os.PathLike[str], patience_s: float) -> Iterator[None]:
    """Hold the exclusive lock of a file, which is made if it is not there and stays. Others are waited for.

    Raises:
        TimeoutError: somebody else held it all the time.
        OSError: the file can't be made.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        deadline = time.monotonic() + patience_s
        while not _try_lock(fd, shared=False):
            if time.monotonic() >= deadline:
                raise TimeoutError
            time.sleep(_PAUSE_S)
        try:
            yield
        finally:
            _unlock(fd)
    finally:
        os.close(fd)


def _read_pid(path: str) -> int | None:
    try:
        with open(path, "rb") as file:
            text = file.read(32)
        return int(text) if text.endswith(b"\n") else None
    except (OSError, ValueError):
        return None
