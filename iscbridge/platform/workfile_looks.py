"""Carries out the effects Look and Hash of the working files. Blocks as long as the disk does: for worker threads."""

from __future__ import annotations

import errno
import os
import threading

from iscbridge.core.errors import BridgeError
from iscbridge.core.lockfiles import RULES, LockRule, lock_names
from iscbridge.core.workfile_model import Hash, Hashed, Look, Seen, Stat
from iscbridge.platform.files import FileStamp, open_shared, read_into, stamp
from iscbridge.platform.longpaths import extended

#: No document: something else has taken its place.
_GONE = ("ISCB-FILE-MISSING", "ISCB-FILE-IS-FOLDER", "ISCB-FILE-NOT-REGULAR")
_BLOCK = 1 << 20


def look(effect: Look, rules: tuple[LockRule, ...] = RULES) -> Seen:
    """The file as it is now, and then whether a lock file of its CAD is there. Raises nothing."""
    try:
        found: Stat | None = _stat(stamp(effect.path))
    except BridgeError as error:
        return Seen(effect.path, effect.number, None, readable=error.code in _GONE)
    return Seen(effect.path, effect.number, found, is_locked(effect.path, rules))


def is_locked(path: str, rules: tuple[LockRule, ...] = RULES) -> bool:
    """Whether one of the lock files stands beside the file. Where that can't be told, it counts as locked."""
    folder, name = os.path.split(path)
    for lock in lock_names(name, rules):
        try:
            os.lstat(extended(os.path.join(folder, lock)))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            if _is_no_name(error):
                continue
        return True
    return False


def read(effect: Hash, stop: threading.Event) -> Hashed:
    """The file's SHA-256 if nothing happened to it meanwhile. Raises nothing; stopped, it could not be read."""
    try:
        fd, before = open_shared(effect.path)
        try:
            digest = _digest(fd, effect.path, stop)
        finally:
            os.close(fd)
        # of the path, not of what was opened: a CAD replaces the file
        after = stamp(effect.path)
    except BridgeError:
        return Hashed(effect.path, effect.number, None, None)
    if digest is None:
        return Hashed(effect.path, effect.number, None, None)
    return Hashed(effect.path, effect.number, _stat(after), digest if before == after else None)


def _digest(fd: int, path: str, stop: threading.Event) -> str | None:
    import hashlib

    digest = hashlib.sha256()
    buffer = memoryview(bytearray(_BLOCK))
    while count := read_into(fd, buffer, path):
        if stop.is_set():
            return None
        digest.update(buffer[:count])
    return digest.hexdigest()


def _stat(found: FileStamp) -> Stat:
    return Stat(found.size, found.mtime_ns, found.file_id)


def _is_no_name(error: OSError) -> bool:
    """The lock file's name would be too long, or hold what no name can hold: no program has made it."""
    return error.errno in (errno.ENAMETOOLONG, errno.EINVAL) or getattr(error, "winerror", None) in (123, 206)
