"""Back-ends for the real `keyring` library: one that works, one that is locked, one that breaks and tells too much.

Their priority is below that of the library's own "no keyring": the library never chooses one by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keyring.backend
import keyring.core
import keyring.errors

#: What Windows Credential Manager holds, in bytes of UTF-16.
LIMIT = 2560


class StubError(Exception):
    """As pywin32-ctypes has it: a number, a function, a text."""

    def __init__(self, winerror: int, funcname: str, strerror: str) -> None:
        super().__init__(winerror, funcname, strerror)
        self.winerror = winerror
        self.funcname = funcname
        self.strerror = strerror


class MemoryKeyring(keyring.backend.KeyringBackend):
    """Holds what it is given, and no more of it at once than Credential Manager does."""

    priority = -5  # type: ignore[assignment]  a number is what the library documents

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}
        self.writes = 0

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if len(password.encode("utf-16-le")) > LIMIT:
            raise StubError(1783, "CredWrite", "The stub received bad data.")
        self.writes += 1
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.entries:
            raise keyring.errors.PasswordDeleteError("not found")
        del self.entries[service, username]


class LockedKeyring(MemoryKeyring):
    """Its user does not unlock it."""

    def get_password(self, service: str, username: str) -> str | None:
        raise keyring.errors.KeyringLocked("Failed to unlock the collection!")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise keyring.errors.KeyringLocked("Failed to unlock the collection!")

    delete_password = get_password  # type: ignore[assignment]  it only raises


class CancellingKeyring(LockedKeyring):
    """As KWallet: a change that its user cancels fails without saying that it is locked."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise keyring.errors.PasswordSetError("Cancelled by user")


class TalkativeKeyring(MemoryKeyring):
    """Fails, and puts what it was given into the text of its error."""

    error: type[Exception] = RuntimeError

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self.error(f"could not write {password!r} for {username!r}")

    def delete_password(self, service: str, username: str) -> None:
        raise self.error(f"could not delete {self.entries[service, username]!r}")


@contextmanager
def keyring_in_use(backend: keyring.backend.KeyringBackend) -> Iterator[None]:
    """The library's keyring is this one."""
    before = keyring.core._keyring_backend
    keyring.set_keyring(backend)
    try:
        yield
    finally:
        keyring.core._keyring_backend = before
