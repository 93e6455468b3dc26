"""The folder of the machine's administrator, and whether what lies in it is really theirs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

TYPE_CHECKING = False  # this module loads at every command
if TYPE_CHECKING:
    from iscbridge.core.jobs import ErrorInfo


def machine_folder() -> Path:
    """Where what holds for all users of this machine lies; it need not exist.

    On Linux always `/etc/xdg/ISCBridge`: a variable of the user (XDG_CONFIG_DIRS, which desktops set too) must not
    lead away from what the administrator wrote.
    """
    if sys.platform == "linux":
        return Path("/etc/xdg/ISCBridge")
    import platformdirs

    return Path(platformdirs.site_config_dir("ISCBridge", appauthor=False))


def machine_policy() -> Path:
    """The file that sets and locks settings for all users; it need not exist."""
    return machine_folder() / "policy.toml"


def doubt(path: Path) -> ErrorInfo | None:
    """Why a file or folder of the machine's folder must not be believed; None: it may be.

    It counts for every user, so it is believed only if the machine's folder and everything on the way to it belong to
    an administrator, and nobody else may change them. Where that is so nobody can change it behind this look, either.
    What lies elsewhere, or is not there, is not doubted. Blocking, on a local disk; raises nothing.
    """
    top = machine_folder()
    if not path.is_relative_to(top) or not os.path.lexists(path):
        return None
    from iscbridge.core.jobs import ErrorInfo
    from iscbridge.core.paths import printable
    from iscbridge.platform.administrators import doubt_about
    from iscbridge.platform.faults import detail

    way = [top]
    for part in path.relative_to(top).parts:
        way.append(way[-1] / part)
    for one in way:
        try:
            why = doubt_about(str(one))
        except OSError as error:
            why = detail(error)
        if why:
            return ErrorInfo("ISCB-SET-MACHINE-RIGHTS", {"path": printable(str(one)), "detail": why})
    return None
