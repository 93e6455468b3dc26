"""Secrets in one file of the profile. Without DPAPI this is the opt-in of machines that have no keyring.

The file's rights are all that guards plain entries: whoever can read the disk, or a backup of it, has them.
`docs/settings.md` says so to those who choose it.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from iscbridge.core.errors import BridgeRunError, SecretError
from iscbridge.core.paths import printable
from iscbridge.platform.durable import read_replaced
from iscbridge.platform.faults import detail
from iscbridge.platform.locks import ProfileLock
from iscbridge.platform.longpaths import extended
from iscbridge.platform.private import write_private

_FORMAT = 1
_LARGEST = 4 * 1024 * 1024
#: Another process (bridge, command line) holds the file's lock for some milliseconds.
_PATIENCE_S = 10.0


class Entries:
    """Names and texts in one owner-only JSON file. For any thread, and for several processes at once."""

    def __init__(self, path: str, protection: str) -> None:
        self._path = path
        self._protection = protection
        self._thread_lock = threading.Lock()

    def get(self, name: str) -> str | None:
        """The text of this name.

        Raises:
            SecretError: ISCB-SECRET-EXPOSED, -DAMAGED or -IO.
        """
        return self._read().get(name)

    def put(self, name: str, text: str | None) -> None:
        """Keep a text under this name, or (None) none; durable on return.

        Raises:
            SecretError: as `get`; the file is as it was.
        """
        if text is None and name not in self._read():
            return  # so that a file that nobody needs is not made for nothing
        with self._thread_lock, self._alone():
            entries = self._read()
            if entries.get(name) == text:
                return
            entries.pop(name, None)
            if text is not None:
                entries[name] = text
            document = {"format": _FORMAT, "protection": self._protection, "entries": entries}
            data = json.dumps(document, indent=1, sort_keys=True).encode() + b"\n"
            try:
                write_private(self._path, data)
            except OSError as error:
                raise SecretError("ISCB-SECRET-IO", detail=detail(error)) from error

    def _read(self) -> dict[str, str]:
        try:
            data = read_replaced(self._bytes)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise SecretError("ISCB-SECRET-IO", detail=detail(error)) from error
        try:
            document = json.loads(data)
            entries = document["entries"]
            sound = document["format"] == _FORMAT and document["protection"] == self._protection
            sound = sound and all(isinstance(text, str) for text in entries.values())
            found = dict(entries)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            sound, found = False, {}
        if not sound:
            # `from None` by being outside of `except`: what json says of a broken file may quote it.
            raise SecretError("ISCB-SECRET-DAMAGED", path=printable(self._path))
        return found

    def _bytes(self) -> bytes:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        flags |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOINHERIT", 0)
        fd = os.open(extended(self._path), flags)
        with open(fd, "rb") as file:
            if _is_exposed(os.fstat(fd)):
                raise SecretError("ISCB-SECRET-EXPOSED", path=printable(self._path))
            return file.read(_LARGEST)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock file beside the secrets, so that of two processes none undoes what the other wrote."""
        lock = ProfileLock(f"{self._path}.lock")
        until = time.monotonic() + _PATIENCE_S
        try:
            os.makedirs(extended(os.path.dirname(self._path)), mode=0o700, exist_ok=True)
            while not lock.held:
                try:
                    lock.acquire()
                except BridgeRunError:
                    if time.monotonic() >= until:
                        raise SecretError("ISCB-SECRET-IO", detail="another process holds the file") from None
        except OSError as error:
            raise SecretError("ISCB-SECRET-IO", detail=detail(error)) from error
        try:
            yield
        finally:
            lock.release()


class FileStore:
    """Entries as they are, in a file that only its owner may read. See `iscbridge.platform.secrets.SecretStore`."""

    kind = "file"

    def __init__(self, path: str) -> None:
        self._entries = Entries(path, "none")

    def get(self, name: str) -> str | None:
        return self._entries.get(name)

    def set(self, name: str, value: str) -> None:
        self._entries.put(name, value)

    def delete(self, name: str) -> None:
        self._entries.put(name, None)


if sys.platform == "win32":

    def _is_exposed(found: os.stat_result) -> bool:
        """Never: Windows' access lists do not show here, and DPAPI protects what the file holds."""
        del found
        return False

else:

    def _is_exposed(found: os.stat_result) -> bool:
        """Whether it is no ordinary file of this user's that nobody else may read or write."""
        others = stat.S_IMODE(found.st_mode) & 0o077
        return not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or others != 0
