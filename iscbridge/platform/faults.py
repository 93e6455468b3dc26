"""Translates the system's file errors, once, into the bridge's own."""

from __future__ import annotations

import errno

from iscbridge.core.errors import BridgeError, FileError, JournalError, RequestError
from iscbridge.core.paths import printable

_BY_ERRNO = {
    errno.ENOENT: "ISCB-FILE-MISSING",
    errno.ENOTDIR: "ISCB-FILE-MISSING",
    errno.EISDIR: "ISCB-FILE-IS-FOLDER",
    errno.ELOOP: "ISCB-FILE-LOOP",
    errno.EACCES: "ISCB-FILE-DENIED",
    errno.EPERM: "ISCB-FILE-DENIED",
    errno.EBUSY: "ISCB-FILE-LOCKED",
    errno.EAGAIN: "ISCB-FILE-LOCKED",
    errno.EDEADLK: "ISCB-FILE-LOCKED",
    errno.ENXIO: "ISCB-FILE-NOT-REGULAR",  # opening a socket or a device that is not there
    errno.ENODEV: "ISCB-FILE-NOT-REGULAR",
}
for _name in ("ETIMEDOUT", "EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH", "ENOTCONN", "ECONNRESET"):
    if hasattr(errno, _name):
        _BY_ERRNO[getattr(errno, _name)] = "ISCB-FILE-SHARE-SLOW"
if hasattr(errno, "ETXTBSY"):
    _BY_ERRNO[errno.ETXTBSY] = "ISCB-FILE-LOCKED"

#: System Error Codes (Microsoft).
_BY_WINERROR = {
    2: "ISCB-FILE-MISSING",
    3: "ISCB-FILE-MISSING",
    15: "ISCB-FILE-MISSING",  # no such drive
    67: "ISCB-FILE-MISSING",  # no such share
    123: "ISCB-FILE-MISSING",  # characters that no name can have
    161: "ISCB-FILE-MISSING",
    5: "ISCB-FILE-DENIED",
    32: "ISCB-FILE-LOCKED",  # sharing violation
    33: "ISCB-FILE-LOCKED",  # lock violation
    53: "ISCB-FILE-SHARE-SLOW",
    54: "ISCB-FILE-SHARE-SLOW",
    59: "ISCB-FILE-SHARE-SLOW",
    64: "ISCB-FILE-SHARE-SLOW",
    121: "ISCB-FILE-SHARE-SLOW",
    1231: "ISCB-FILE-SHARE-SLOW",
    1232: "ISCB-FILE-SHARE-SLOW",
    1236: "ISCB-FILE-SHARE-SLOW",
    1921: "ISCB-FILE-LOOP",
}
_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_FULL_WINERRORS = {39, 112, 1295}  # handle disk full, disk full, quota exceeded


def file_error(error: OSError, path: str) -> BridgeError:
    """The error for a file of the user's that can't be looked at or read."""
    winerror = getattr(error, "winerror", None)
    if error.errno == errno.ENAMETOOLONG or winerror in (111, 206):
        return RequestError("ISCB-REQ-PATH-TOO-LONG", path=printable(path))
    code = _BY_WINERROR.get(winerror) if winerror else None
    if code is None and not winerror and error.errno is not None:
        code = _BY_ERRNO.get(error.errno)
    if code is None:
        return FileError("ISCB-FILE-UNREADABLE", path=printable(path), detail=detail(error))
    return FileError(code, path=printable(path))


def store_error(error: OSError, folder: str) -> JournalError:
    """The error for a file of our own (journal, snapshots, staging) that can't be written or read."""
    if error.errno in _FULL or getattr(error, "winerror", None) in _FULL_WINERRORS:
        return JournalError("ISCB-JOURNAL-DISK-FULL", folder=printable(folder))
    return JournalError("ISCB-JOURNAL-IO", folder=printable(folder), detail=detail(error))


def detail(error: OSError) -> str:
    """What the system says, in its own words."""
    return error.strerror or type(error).__name__
