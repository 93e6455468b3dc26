"""How an SDK process is started."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import iscbridge
from iscbridge.platform.program import frozen_program, is_frozen

FROZEN_COMMAND = "sdk-host"
"""First argument of the frozen program that makes it an SDK process: there is no Python to run a module with."""


@dataclass(frozen=True, slots=True)
class SdkLaunch:
    """Everything that a start needs. `library` is the shim's absolute path, `sdk` the SDK's own, if it is not the default."""

    program: str
    arguments: tuple[str, ...]
    library: str
    sdk: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    """Added to the environment of this process."""

    @property
    def command(self) -> list[str]:
        """All arguments after the program."""
        sdk = [] if self.sdk is None else ["--sdk", self.sdk]
        return [*self.arguments, "--library", self.library, *sdk]


def launch_host(library: str, sdk: str | None = None, environment: dict[str, str] | None = None) -> SdkLaunch:
    """The usual start: `iscbridge.sdk.host` in another process of this program."""
    added = dict(environment or {})
    if is_frozen():
        return SdkLaunch(frozen_program(), (FROZEN_COMMAND,), library, sdk, added)
    root = Path(iscbridge.__path__[0]).parent
    if root.name not in ("site-packages", "dist-packages"):
        # A source checkout that is not installed. An installed one is found without it, and naming its folder
        # here would put it in front of the standard library.
        added.setdefault("PYTHONPATH", str(root))
    # -P: the working folder, which may be anybody's, is no place to import from.
    return SdkLaunch(sys.executable, ("-P", "-m", "iscbridge.sdk.host"), library, sdk, added)
