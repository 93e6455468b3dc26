"""The folder of the machine's administrator, which users can read and only administrators can write."""

from __future__ import annotations

import sys
from pathlib import Path


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
