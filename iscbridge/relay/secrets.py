"""The relay's secrets: one owner-only file each, or the environment. Never arguments, never settings, never logs.

lookup_key          32 bytes, hex: finds codes and tokens by a keyed digest
seal_key            32 bytes, hex: what is kept sealed in the database
database_password   PostgreSQL's
store_ak, store_sk  the merchant account's keys (cloud-store-api.md, section 4)
access_key          the seller centre's key for calls in both directions (sections 6.3 and 7)
oauth_<tenant>      client id and secret of a tenant, on two lines (section 8)
metering_key        text of 32 characters or more, shared with the vendor's service that tells metered use
license_key         Ed25519 key in PEM that signs licences of the built-in form; policy files have its other half
lease_keys/<kid>.pem   Ed25519 keys that sign leases; the newest by name signs, all are told to devices
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from iscbridge.core.errors import RelayError

PREFIX = "ISCBRIDGE_RELAY_"
LEASE_KEYS = "lease_keys"

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_LIMIT = 16 * 1024


class Secrets:
    """Where secrets are. Reads each time anew: a key that was changed holds at the next start of what uses it."""

    def __init__(self, folder: Path, environment: Mapping[str, str] = os.environ) -> None:
        self._folder = folder
        self._environment = environment

    def __repr__(self) -> str:
        return f"Secrets({str(self._folder)!r})"

    def find(self, name: str) -> str | None:
        """A secret without blanks around it, or None if there is none.

        Raises:
            RelayError: ISCB-RELAY-SECRET: there is a file, and others may read it, or it can't be read.
        """
        if not _NAME.fullmatch(name):
            raise ValueError("not a name of a secret")
        told = self._environment.get(PREFIX + name.upper())
        if told is not None:
            return told.strip() or None
        data = self._read(self._folder / name)
        return None if data is None else _text(data, name).strip() or None

    def get(self, name: str) -> str:
        """As `find`, of a secret that must be there.

        Raises:
            RelayError: ISCB-RELAY-SECRET: there is none.
        """
        found = self.find(name)
        if found is None:
            raise _bad(name, "there is none")
        return found

    def key(self, name: str) -> bytes:
        """A key of 32 bytes, from hex.

        Raises:
            RelayError: ISCB-RELAY-SECRET.
        """
        try:
            key = bytes.fromhex(self.get(name))
        except ValueError:
            raise _bad(name, "it is not hexadecimal") from None
        if len(key) != 32:
            raise _bad(name, "it has not 32 bytes")
        return key

    def lease_keys(self) -> dict[str, bytes]:
        """The PEM of each key that signs leases, by its name, the newest last.

        Raises:
            RelayError: ISCB-RELAY-SECRET: there is none, or one that can't be read.
        """
        folder = self._folder / LEASE_KEYS
        try:
            files = sorted(path for path in folder.iterdir() if path.suffix == ".pem")
        except OSError:
            files = []
        keys = {path.stem: data for path in files if (data := self._read(path)) is not None}
        if not keys:
            raise _bad(LEASE_KEYS, "there is none")
        return keys

    def _read(self, path: Path) -> bytes | None:
        try:
            with path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                # Windows: who may read it stands in its access list, which `relay init` has written.
                if sys.platform != "win32" and stat.S_IMODE(mode) & 0o077:
                    raise _bad(path.name, "others may read its file: chmod 600 it, and think of it as known to them")
                data = file.read(_LIMIT + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _bad(path.name, error.strerror or "its file can't be read") from error
        if len(data) > _LIMIT:
            raise _bad(path.name, "its file is too large")
        return data


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _bad(name, "it is not UTF-8") from None


def _bad(name: str, detail: str) -> RelayError:
    return RelayError("ISCB-RELAY-SECRET", name=name, detail=detail)
