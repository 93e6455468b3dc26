"""Secrets in a file whose every entry Windows' Data Protection API protects with the user's own log-on.

Source: Microsoft, `dpapi.h` (CryptProtectData, CryptUnprotectData). Each entry's name is part of its entropy, so that
no entry can be put in another's place; another user, another computer or another profile can't read any.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import base64
    import ctypes
    import hashlib
    import logging
    from ctypes import wintypes

    from iscbridge.core.errors import SecretError
    from iscbridge.platform.secrets_file import Entries

    log = logging.getLogger(__name__)

    _UI_FORBIDDEN = 0x1
    #: What was protected by another user or computer, for another name, or was changed since (winerror.h):
    #: ERROR_INVALID_DATA, NTE_BAD_KEY, NTE_BAD_DATA, NTE_BAD_KEY_STATE.
    _FOREIGN = {13, 0x80090003, 0x80090005, 0x8009000B}

    class _Blob(ctypes.Structure):
        _fields_ = (("size", wintypes.DWORD), ("data", ctypes.c_void_p))

    _kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel32.LocalFree.argtypes = (wintypes.HLOCAL,)
    _kernel32.LocalFree.restype = wintypes.HLOCAL
    _crypt32 = ctypes.WinDLL("crypt32", use_last_error=True)
    for _function in (_crypt32.CryptProtectData, _crypt32.CryptUnprotectData):
        _function.argtypes = (
            ctypes.POINTER(_Blob),
            ctypes.c_void_p,  # description: none
            ctypes.POINTER(_Blob),
            ctypes.c_void_p,
            ctypes.c_void_p,  # prompt: none
            wintypes.DWORD,
            ctypes.POINTER(_Blob),
        )
        _function.restype = wintypes.BOOL

    class DpapiStore:
        """See the module and `iscbridge.platform.secrets.SecretStore`. An entry that is not ours counts as absent."""

        kind = "dpapi"

        def __init__(self, path: str, home_key: str) -> None:
            self._entries = Entries(path, "dpapi")
            self._home_key = home_key

        def get(self, name: str) -> str | None:
            """The value; None also for one that this user on this computer can't unprotect."""
            text = self._entries.get(name)
            if text is None:
                return None
            try:
                return unprotect(base64.b64decode(text, validate=True), self._entropy(name)).decode("utf-8")
            except ValueError:  # no base64, or no text
                number = 0
            except OSError as error:
                number = (error.winerror or 0) & 0xFFFFFFFF
                if number not in _FOREIGN:
                    raise SecretError("ISCB-SECRET-LOCKED", detail=f"CryptUnprotectData {number:#x}") from error
            log.warning("the secret %s was protected elsewhere or changed (%#x): it counts as absent", name, number)
            return None

        def set(self, name: str, value: str) -> None:
            try:
                protected = protect(value.encode("utf-8"), self._entropy(name))
            except OSError as error:
                number = (error.winerror or 0) & 0xFFFFFFFF
                raise SecretError("ISCB-SECRET-LOCKED", detail=f"CryptProtectData {number:#x}") from error
            self._entries.put(name, base64.b64encode(protected).decode("ascii"))

        def delete(self, name: str) -> None:
            self._entries.put(name, None)

        def _entropy(self, name: str) -> bytes:
            return hashlib.sha256(f"ISCBridge secret\0{self._home_key}\0{name}".encode()).digest()

    def protect(data: bytes, entropy: bytes) -> bytes:
        """The data in a form that only this user's log-on can turn back.

        Raises:
            OSError: Windows can't do it now.
        """
        return _call(_crypt32.CryptProtectData, data, entropy)

    def unprotect(data: bytes, entropy: bytes) -> bytes:
        """What was given to `protect` with the same entropy.

        Raises:
            OSError: it is not ours, was changed, or Windows can't do it now.
        """
        return _call(_crypt32.CryptUnprotectData, data, entropy)

    def _call(function: ctypes._NamedFuncPointer, data: bytes, entropy: bytes) -> bytes:
        source, source_data = _blob(data)
        salt, salt_data = _blob(entropy)
        made = _Blob()
        done = function(ctypes.byref(source), None, ctypes.byref(salt), None, None, _UI_FORBIDDEN, ctypes.byref(made))
        error = ctypes.get_last_error()
        ctypes.memset(source_data, 0, len(source_data))
        del salt_data
        if not done:
            raise ctypes.WinError(error)
        try:
            return ctypes.string_at(made.data, made.size)
        finally:
            ctypes.memset(made.data, 0, made.size)
            _kernel32.LocalFree(made.data)

    def _blob(data: bytes) -> tuple[_Blob, ctypes.Array[ctypes.c_char]]:
        """The structure, and the memory that it points to."""
        buffer = ctypes.create_string_buffer(data, max(len(data), 1))
        return _Blob(len(data), ctypes.addressof(buffer)), buffer
