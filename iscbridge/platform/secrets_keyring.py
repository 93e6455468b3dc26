"""Secrets in the user's own keyring: Credential Manager, Secret Service, KWallet, macOS Keychain (library `keyring`).

The library is loaded when a store is opened, not with this module: finding the back-end talks to D-Bus. It waits
without limit for an answer there, also for its user to unlock the keyring; so each call has a thread of its own, and is
given up after a while. One that was given up and ends later has its effect then.
"""

from __future__ import annotations

import copy
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from iscbridge.core.errors import SecretError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

    from iscbridge.platform.secrets import SecretStore

T = TypeVar("T")

#: CRED_MAX_CREDENTIAL_BLOB_SIZE (wincred.h): 5 * 512 bytes of UTF-16. Beyond it Windows says 1783, "bad data".
WINDOWS_LIMIT = 2560

#: Back-ends that keep nothing, keep it readable for anybody, or ask for a password at a terminal (keyrings.alt).
_NO_STORES = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt.", "keyring.backends.chainer")

#: What the libraries below `keyring` raise while a keyring is locked, is asking its user, or does not answer. By name:
#: secretstorage and jeepney are not there on every system.
_SHUT = {
    "KeyringLocked",
    "InitError",
    "LockedException",
    "PromptDismissedException",
    "SecretServiceNotAvailableException",
    "DBusErrorResponse",
}
#: ERROR_NO_SUCH_LOGON_SESSION (winerror.h): Credential Manager does not serve this log-on (yet).
_SHUT_WINERRORS = {1312}


#: Seconds for one call: long enough to type the password of a keyring, short enough for whoever waits for an answer.
PATIENCE_S = 30.0


class Line:
    """Calls into the keyring, one at a time, none of which holds its caller up for longer than `patience` seconds.

    While one that was given up has not ended, all others are refused at once: so a prompt that nobody answers stays
    the only one, and threads do not pile up.
    """

    def __init__(self, patience: float = PATIENCE_S) -> None:
        self._patience = patience
        self._turn = threading.Lock()
        self._given_up: threading.Thread | None = None

    def call(self, run: Callable[[], T]) -> T:
        """What `run` returns.

        Raises:
            SecretError: what it raised, translated, without a trace of the foreign error; or ISCB-SECRET-LOCKED.
        """
        ended: list[T | SecretError] = []

        def go() -> None:
            try:
                ended.append(run())
            except Exception as error:  # noqa: BLE001  whatever a back-end raises
                ended.append(_translated(error))

        with self._turn:
            if self._given_up is not None and self._given_up.is_alive():
                raise SecretError("ISCB-SECRET-LOCKED", detail="an earlier call has no answer yet")
            # A daemon: a keyring that never answers does not keep the process from ending.
            self._given_up = thread = threading.Thread(target=go, name="keyring", daemon=True)
            thread.start()
            thread.join(self._patience)
            if not ended:
                raise SecretError("ISCB-SECRET-LOCKED", detail="no answer in time")
        result = ended[0]
        if isinstance(result, SecretError):
            raise result
        return result


def find_backend(line: Line | None = None) -> KeyringBackend | None:
    """The keyring of this user as `keyring` finds or its configuration names it; None if there is none to trust.

    Raises:
        SecretError: ISCB-SECRET-LOCKED: looking for it took too long.
    """
    return (line or Line()).call(_find_backend)


def _find_backend() -> KeyringBackend | None:
    try:
        import keyring
        from keyring.backends import fail

        found = keyring.get_keyring()
        if isinstance(found, fail.Keyring):
            found = _look_again() or found
        return _trusted(found)
    except Exception:  # noqa: BLE001  a keyring that is configured and broken raises whatever its import raises
        return None


def _look_again() -> KeyringBackend | None:
    """Ask once more: at log-on the keyring may have come up after the first look, which the library remembers."""
    import keyring
    from keyring import backend, core

    forget: Any = backend.get_all_keyring
    with suppress(AttributeError, KeyError):  # KeyError: it never looked, its configuration named one
        forget.reset()
    core.init_backend()
    return keyring.get_keyring()


def _trusted(backend: Any) -> KeyringBackend | None:
    module = type(backend).__module__
    if module == "keyring.backends.chainer":
        # It stands for several back-ends, best first: which one holds an entry must not depend on the day.
        return next((one for each in backend.backends if (one := _trusted(each)) is not None), None)
    if f"{module}.".startswith(_NO_STORES):
        return None
    if module == "keyring.backends.Windows":
        # The default, "enterprise", follows the user to other computers: the records there are others.
        backend = copy.copy(backend)
        backend.persist = "local machine"
    found: KeyringBackend = backend
    return found


class KeyringStore:
    """One service for each entry: `ISCBridge/<home key>/<name>`. See `iscbridge.platform.secrets.SecretStore`.

    `overflow` takes what Credential Manager can't hold; None: the keyring takes any length.
    """

    kind = "keyring"

    def __init__(
        self, backend: KeyringBackend, home_key: str, overflow: SecretStore | None = None, line: Line | None = None
    ) -> None:
        self._backend = backend
        self._line = line or Line()
        # Not one service with many users: Credential Manager holds one user a service, and `keyring` then moves
        # entries about with every writing.
        self._service = f"ISCBridge/{home_key}/"
        self._overflow = overflow

    def get(self, name: str) -> str | None:
        found: str | None = self._ask("get_password", name)
        if found is None and self._overflow is not None:
            return self._overflow.get(name)
        return found

    def set(self, name: str, value: str) -> None:
        if self._overflow is not None and len(value.encode("utf-16-le")) > WINDOWS_LIMIT:
            self._overflow.set(name, value)
            self._delete(name)  # after it: what the keyring holds comes first in `get`
            return
        self._change("set_password", name, value)
        if self._overflow is not None:
            with suppress(SecretError):  # it is set: what the keyring holds comes first
                self._overflow.delete(name)

    def delete(self, name: str) -> None:
        self._delete(name)
        if self._overflow is not None:
            self._overflow.delete(name)

    def _delete(self, name: str) -> None:
        if self._ask("get_password", name) is not None:
            self._change("delete_password", name)

    def _change(self, method: str, name: str, *value: str) -> None:
        try:
            self._ask(method, name, *value)
        except SecretError as error:
            if error.code == "ISCB-SECRET-IO":
                # Some back-ends say only "cancelled": reading shows that they are locked.
                self._ask("get_password", name)
            raise

    def _ask(self, method: str, name: str, *value: str) -> Any:
        return self._line.call(lambda: getattr(self._backend, method)(self._service + name, name, *value))


def _translated(error: Exception) -> SecretError:
    """The error in our own words. Never with the foreign text: that may hold the value."""
    names = {kind.__name__ for kind in type(error).__mro__}
    number = getattr(error, "winerror", None)
    known = f" {number}" if isinstance(number, int) else ""
    told = f"{type(error).__module__}.{type(error).__name__}{known}"
    if "NoKeyringError" in names:
        return SecretError("ISCB-SECRET-NONE")
    if names & _SHUT or isinstance(error, (ConnectionError, TimeoutError, EOFError)) or number in _SHUT_WINERRORS:
        return SecretError("ISCB-SECRET-LOCKED", detail=told)
    if isinstance(error, OSError) and error.errno is not None and not known:
        told = f"{told}: {os.strerror(error.errno)}"
    return SecretError("ISCB-SECRET-IO", detail=told)
