"""Where licence codes and keys are kept: the user's keyring, else DPAPI on Windows, else a file that was asked for.

Names in use: `code/<product>`, `code-pending/<product>`, `record-key`, `record-generation/<product>`,
`store-key/<product>` (JSON {"ak", "sk"}), `proxy` (JSON {"user", "password"}), `lease/<product>`, `relay-device/<product>`,
`relay-session/<product>` (JSON {"session", "user", "until"}), `relay-signout/<product>`.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from iscbridge.core.errors import SecretError
from iscbridge.platform.folders import Home
from iscbridge.platform.secrets_file import FileStore

#: Values of the setting `secrets.store`.
CHOICES = ("auto", "keyring", "file")

#: CRED_MAX_USERNAME_LENGTH (wincred.h) is 513; other keyrings take more. The rest is margin.
_LONGEST_NAME = 400


class SecretStore(Protocol):
    """Names and values of one profile; entries of different profiles never meet.

    Every method may block, half a minute at most: a keyring asks its user to unlock it, or does not answer. So only
    worker threads call it; any thread may, and several at once. A value is text that UTF-8 can hold, and not empty.
    What was set is durable on return. Nothing of a value stands in any exception, log line or `repr`.

    Raises:
        SecretError: ISCB-SECRET-NONE (the keyring is gone), -LOCKED (there, but it does not open now: try again
            later; one that was set may then be kept all the same), -EXPOSED or -DAMAGED (the file), -IO.
        ValueError: what is to be set can't be a value.
    """

    @property
    def kind(self) -> str:
        """`keyring`, `dpapi` or `file`: where the entries lie."""
        ...

    def get(self, name: str) -> str | None:
        """The value; None if there is none."""
        ...

    def set(self, name: str, value: str) -> None:
        """Keep a value in place of any former one."""
        ...

    def delete(self, name: str) -> None:
        """Forget a value; nothing happens if there is none."""
        ...


def open_secrets(home: Home, choice: str) -> SecretStore:
    """The secret store of a profile.

    Finding the keyring may block as `SecretStore` does. Nothing is written, and nothing is unlocked yet.

    Args:
        home: whose secrets.
        choice: setting `secrets.store`. `auto`: the keyring, else on Windows the DPAPI file; `keyring`: only that;
            `file`: `<home>/secrets.json`, on Windows DPAPI-protected.

    Raises:
        SecretError: ISCB-SECRET-NONE: this machine has no such store; -LOCKED: the keyring does not answer.
        ValueError: no such choice.
    """
    if choice not in CHOICES:
        raise ValueError(f"not a choice of secret stores: {choice!r}")
    return _Named(_open(home, choice))


def secrets_file(home: Home) -> Path:
    """The file of those entries of a profile that lie in no keyring."""
    return home.root / "secrets.json"


def _open(home: Home, choice: str) -> SecretStore:
    file = _file_store(home)
    if choice == "file":
        return file
    from iscbridge.platform.secrets_keyring import KeyringStore, find_backend

    backend = find_backend()
    if backend is not None:
        return KeyringStore(backend, home.key, file if sys.platform == "win32" else None)
    if choice == "auto" and sys.platform == "win32":
        return file
    raise SecretError("ISCB-SECRET-NONE")


if sys.platform == "win32":
    from iscbridge.platform.secrets_dpapi import DpapiStore

    def _file_store(home: Home) -> SecretStore:
        return DpapiStore(str(secrets_file(home)), home.key)

else:

    def _file_store(home: Home) -> SecretStore:
        return FileStore(str(secrets_file(home)))


class _Named:
    """A store below, asked by names that every keyring can take: plain ASCII, not too long."""

    def __init__(self, store: SecretStore) -> None:
        self._store = store

    @property
    def kind(self) -> str:
        return self._store.kind

    def get(self, name: str) -> str | None:
        return self._store.get(_storable(name))

    def set(self, name: str, value: str) -> None:
        # Looked at and not tried: the error of an encoding quotes what it could not encode.
        if not value or any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError("a secret is text that UTF-8 can hold, and not empty")
        self._store.set(_storable(name), value)

    def delete(self, name: str) -> None:
        self._store.delete(_storable(name))


def _storable(name: str) -> str:
    """Another text for every name."""
    quoted = quote(name, safe="/", errors="surrogatepass")
    if len(quoted) <= _LONGEST_NAME:
        return quoted
    # `:` is never left unquoted: no short name looks like this.
    return f"{quoted[:100]}:{hashlib.sha256(quoted.encode()).hexdigest()}"
