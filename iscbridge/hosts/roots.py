"""The folders that a CAD's description may name, on this machine; and nothing outside of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from iscbridge.hosts.host_file import INSTALLATION, version_numbers

#: Program folders: an installation that a registry names must lie in one of them, or in the user's home.
_PROGRAMS = (
    "bin",
    "local",
    "opt",
    "lib",
    "share",
    "snap",
    "flatpak",
    "programs",
    "programs_x86",
    "applications",
    "home",
)


@dataclass(frozen=True, slots=True)
class Roots:
    """Absolute folders by name. One that this system does not have is not in it."""

    platform: str
    folders: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_this_machine(cls, environ: Mapping[str, str] | None = None) -> Roots:
        """Those of the user who asks."""
        env = os.environ if environ is None else environ
        if sys.platform == "win32":
            found = {name: env.get(variable, "") for name, variable in _WINDOWS.items()}
            return cls("windows", _absolute(found))
        home = env.get("HOME") or os.path.expanduser("~")
        if sys.platform == "darwin":
            support = f"{home}/Library/Application Support"
            found = {"home": home, "config": support, "data": support, "applications": "/Applications"}
            return cls("macos", _absolute({**found, "bin": "/usr/local/bin", "opt": "/opt"}))
        found = {
            "home": home,
            "config": env.get("XDG_CONFIG_HOME") or f"{home}/.config",
            "data": env.get("XDG_DATA_HOME") or f"{home}/.local/share",
            **_LINUX,
        }
        return cls("linux", _absolute(found))

    def expand(self, path: str, *, installation: str = "", version: str = "") -> str | None:
        """A description's path without patterns on this machine; None if a part of it is not known here."""
        first, _, rest = path.partition("/")
        name = first.strip("{}")
        root = installation if name == INSTALLATION else self.folders.get(name, "")
        numbers = version_numbers(version)
        for place, placeholder in enumerate(("{major}", "{minor}")):
            if placeholder in rest:
                if len(numbers) <= place:
                    return None
                rest = rest.replace(placeholder, str(numbers[place]))
        return os.path.join(root, *rest.split("/")) if root else None

    def is_program_place(self, path: str) -> bool:
        """Whether an absolute path lies below a folder of programs, or the user's home."""
        wanted = _plain(path)
        if not os.path.isabs(path):
            return False
        tops = [_plain(self.folders[name]) for name in _PROGRAMS if name in self.folders]
        return any(wanted.startswith(top.rstrip(os.sep) + os.sep) for top in tops)


_LINUX = {
    "bin": "/usr/bin",
    "local": "/usr/local",
    "opt": "/opt",
    "lib": "/usr/lib",
    "share": "/usr/share",
    "snap": "/snap",
    "flatpak": "/var/lib/flatpak",
}
_WINDOWS = {
    "home": "USERPROFILE",
    "config": "APPDATA",
    "data": "LOCALAPPDATA",
    "programs": "ProgramFiles",
    "programs_x86": "ProgramFiles(x86)",
    "machine": "ProgramData",
}


def _absolute(found: Mapping[str, str]) -> dict[str, str]:
    """A variable that names no absolute folder counts as not set."""
    return {name: path for name, path in found.items() if path and os.path.isabs(path)}


def _plain(path: str) -> str:
    return os.path.normcase(os.path.normpath(path))
