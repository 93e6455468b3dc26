"""Where the sandbox desk of one profile keeps its things, and its two addresses. Cheap to import."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from iscbridge.platform.folders import Home

_DESK_SOCKET = "desk.sock"
_CONTROL_SOCKET = "ctrl.sock"  # as long as the other name, since socket paths are limited


@dataclass(frozen=True, slots=True)
class Places:
    """Paths and addresses below `Home.sandbox`."""

    root: Path
    address: str
    """Where SDK sessions connect (environment variable ISCBRIDGE_SANDBOX_DESK of an SDK process)."""
    control: str
    """Where tests, the command line and the demo control the desk."""

    @classmethod
    def of(cls, home: Home) -> Places:
        """The places of this profile."""
        address = home.desk_address()
        return cls(home.sandbox, address, control_address(address))

    @property
    def database(self) -> Path:
        return self.root / "cloud.sqlite3"

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def personality(self) -> Path:
        return self.root / "personality.json"

    @property
    def pid(self) -> Path:
        """There while the desk listens: JSON with pid, address and control."""
        return self.root / "desk.pid.json"

    @property
    def lock(self) -> Path:
        return self.root / "desk.lock"

    @property
    def log(self) -> Path:
        return self.root / "desk.log"

    @property
    def working(self) -> Path:
        """Files that opening delivered."""
        return self.root / "working"

    @property
    def licenses(self) -> Path:
        """Licence files that were delivered."""
        return self.root / "licenses"

    @property
    def vendor_key(self) -> Path:
        """The private key of the stand-in of a vendor, owner-only; there once it was needed."""
        return self.root / "vendor" / "license.key"


def control_address(desk_address: str) -> str:
    """The control channel's address that belongs to a desk address."""
    if desk_address.endswith(_DESK_SOCKET):
        return desk_address[: -len(_DESK_SOCKET)] + _CONTROL_SOCKET
    return f"{desk_address}-control"
