"""Where the sandbox store of one profile keeps its things. Cheap to import."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from iscbridge.platform.durable import flush_file, flush_folder, replace
from iscbridge.platform.folders import Home


@dataclass(frozen=True, slots=True)
class StorePlaces:
    """Paths below `Home.sandbox`."""

    sandbox: Path

    @classmethod
    def of(cls, home: Home) -> StorePlaces:
        """The places of this profile."""
        return cls(home.sandbox)

    @property
    def ready(self) -> Path:
        """There while the store listens: JSON with pid, bases, ca and control."""
        return self.sandbox / "store.json"

    @property
    def folder(self) -> Path:
        return self.sandbox / "store"

    @property
    def lock(self) -> Path:
        return self.folder / "store.lock"

    @property
    def log(self) -> Path:
        return self.folder / "store.log"

    @property
    def credentials(self) -> Path:
        """The made-up keys: JSON {"ak", "sk", "access_key"}."""
        return self.folder / "credentials.json"

    @property
    def ports(self) -> Path:
        """Ports of the domains and of the login page at the last start: a JSON list. A store that is started again is where it was."""
        return self.folder / "ports.json"

    @property
    def database(self) -> Path:
        return self.folder / "codes.sqlite3"

    @property
    def merchant(self) -> Path:
        """Orders, uploaded licences, metered use."""
        return self.folder / "merchant.sqlite3"

    @property
    def people(self) -> Path:
        """Who is signed in, and which application the login page knows."""
        return self.folder / "people.json"

    @property
    def behaviour(self) -> Path:
        return self.folder / "behaviour.json"

    @property
    def ca(self) -> Path:
        """Certificate of the store's own authority, PEM: what a client verifies it by."""
        return self.folder / "ca.pem"

    @property
    def ca_key(self) -> Path:
        return self.folder / "ca.key.pem"

    def ensure(self) -> None:
        """Make the folder, for the owner only. `Home.ensure` comes first.

        Raises:
            OSError: it can't be made.
        """
        os.makedirs(self.folder, mode=0o700, exist_ok=True)


def write_private(path: Path, data: bytes) -> None:
    """Write a small file as a whole, readable for the owner only from its first byte on.

    On Windows the profile's folder gives the rights.

    Raises:
        OSError: it can't be written; the old content stays.
    """
    temporary = f"{path}.{os.urandom(4).hex()}.tmp"
    try:
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            flush_file(file.fileno())
        replace(temporary, os.fspath(path))
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    flush_folder(os.fspath(path.parent))
