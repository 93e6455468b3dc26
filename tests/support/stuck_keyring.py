"""A keyring that does not answer while the file `stuck` is there: what a locked session bus looks like."""

from __future__ import annotations

import os
import time
from pathlib import Path

from keyring.backend import KeyringBackend


class Keyring(KeyringBackend):
    """Holds every call up; knows nothing once it is let go."""

    priority = 5  # type: ignore[assignment]  # a class property in the base class

    def _wait(self) -> None:
        while Path(os.environ["STUCK_KEYRING"]).exists():
            time.sleep(0.05)

    def get_password(self, service: str, username: str) -> str | None:
        self._wait()
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        self._wait()

    def delete_password(self, service: str, username: str) -> None:
        self._wait()
