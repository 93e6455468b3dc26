"""Whether a program starts when its user logs on.

    autostart = system_autostart()
    autostart.set(True, ["/opt/iscbridge/iscbridge", "tray", "--quiet"])
    autostart.state(["/opt/iscbridge/iscbridge", "tray", "--quiet"])   # Autostart.ON

Windows: a value under the user's Run key. What the person switched off in Task Manager stays off: the entry is
written, and `SWITCHED_OFF` is what it is. Linux: a desktop entry in the user's autostart folder (XDG). Elsewhere
there is nothing (`NOT_HERE`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from enum import Enum, auto
from typing import Protocol

NAME = "ISCBridge"


class Autostart(Enum):
    """What is entered at the system."""

    ON = auto()
    OFF = auto()
    OTHER = auto()
    """On, but another command: another copy of the program."""
    SWITCHED_OFF = auto()
    """Entered, and the person switched it off with the system's own means."""
    NOT_HERE = auto()
    """This system has no such thing."""


class AutostartEntry(Protocol):
    """The entry of this program."""

    def state(self, command: Sequence[str]) -> Autostart:
        """What is entered, compared with this command. Raises OSError if it can't be read."""
        ...

    def set(self, on: bool, command: Sequence[str]) -> None:
        """Enter the command, or take the entry away. Raises OSError if it can't be written."""
        ...

    @property
    def place(self) -> str:
        """Where the entry lies, for people."""
        ...


class NoAutostart:
    """Of a system that has no such thing."""

    place = ""

    def state(self, command: Sequence[str]) -> Autostart:
        """Nothing is entered, and nothing can be."""
        del command
        return Autostart.NOT_HERE

    def set(self, on: bool, command: Sequence[str]) -> None:
        """Nothing to do."""
        del on, command


def desktop_quote(argument: str) -> str:
    """An argument for the key Exec of a desktop entry (Desktop Entry Specification, "The Exec key").

    Two rules on top of each other: an argument is quoted, with a backslash before what a shell would expand; and a
    value's backslashes are doubled. A percent sign is doubled, too.
    """
    quoted = "".join(f"\\{one}" if one in '"`$\\' else one for one in argument)
    return f'"{quoted}"'.replace("\\", "\\\\").replace("%", "%%").replace("\n", "\\n").replace("\t", "\\t")


class XdgAutostart:
    """A desktop entry in the user's autostart folder."""

    def __init__(self, folder: str) -> None:
        self.place = os.path.join(folder, "iscbridge.desktop")

    def state(self, command: Sequence[str]) -> Autostart:
        """By the entry's lines. `Hidden` and GNOME's own key are how desktops switch one off."""
        try:
            with open(self.place, encoding="utf-8", errors="replace") as file:
                lines = [line.strip() for line in file.read(65_536).splitlines()]
        except FileNotFoundError:
            return Autostart.OFF
        found = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
        switches = (("Hidden", "true"), ("X-GNOME-Autostart-enabled", "false"))
        if any(found.get(key, "").strip().lower() == off for key, off in switches):
            return Autostart.SWITCHED_OFF
        return Autostart.ON if found.get("Exec", "").strip() == _exec_line(command) else Autostart.OTHER

    def set(self, on: bool, command: Sequence[str]) -> None:
        """Write the entry, unless the person switched it off; or remove it."""
        if not on:
            with suppress(FileNotFoundError):
                os.unlink(self.place)
            return
        if self.state(command) in (Autostart.ON, Autostart.SWITCHED_OFF):
            return
        os.makedirs(os.path.dirname(self.place), mode=0o700, exist_ok=True)
        fresh = f"{self.place}.new"
        with open(fresh, "w", encoding="utf-8") as file:
            file.write(_entry(command))
        os.replace(fresh, self.place)


def _exec_line(command: Sequence[str]) -> str:
    return " ".join(desktop_quote(argument) for argument in command)


def _entry(command: Sequence[str]) -> str:
    return "\n".join(
        (
            "[Desktop Entry]",
            "Type=Application",
            f"Name={NAME}",
            "Comment=Connects CAD applications with ISCDesk",
            "Comment[zh_CN]=连接 CAD 应用与 ISCDesk",
            f"Exec={_exec_line(command)}",
            "Terminal=false",
            "X-GNOME-Autostart-Delay=2",
            "",
        )
    )


if sys.platform == "win32":
    import subprocess
    import winreg

    _RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
    _APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"

    class WindowsAutostart:
        """A value under HKEY_CURRENT_USER; `run` and `approved` are the keys' paths there."""

        def __init__(self, run: str = _RUN, approved: str = _APPROVED) -> None:
            self._run = run
            self._approved = approved

        @property
        def place(self) -> str:
            """The key, as the registry editor shows it."""
            return rf"HKEY_CURRENT_USER\{self._run}"

        def state(self, command: Sequence[str]) -> Autostart:
            """The value, and what Task Manager noted beside it."""
            found = _value(self._run)
            if found is None:
                return Autostart.OFF
            approved = _value(self._approved)
            # Not documented; as Task Manager writes it: 12 bytes, the first odd if the entry is switched off.
            if isinstance(approved, bytes) and approved[:1] and approved[0] & 1:
                return Autostart.SWITCHED_OFF
            return Autostart.ON if found == subprocess.list2cmdline(command) else Autostart.OTHER

        def set(self, on: bool, command: Sequence[str]) -> None:
            """Write or delete the value. Task Manager's note is left alone: it is the person's word."""
            if on:
                with winreg.CreateKeyEx(winreg.HKEY_CURRENT_USER, self._run, 0, winreg.KEY_SET_VALUE) as key:
                    winreg.SetValueEx(key, NAME, 0, winreg.REG_SZ, subprocess.list2cmdline(command))
                return
            with (
                suppress(FileNotFoundError),
                winreg.OpenKey(winreg.HKEY_CURRENT_USER, self._run, 0, winreg.KEY_SET_VALUE) as key,
            ):
                winreg.DeleteValue(key, NAME)

    def _value(path: str) -> object | None:
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
                value: object = winreg.QueryValueEx(key, NAME)[0]
                return value
        except FileNotFoundError:
            return None

    def system_autostart() -> AutostartEntry:
        """That of this system."""
        return WindowsAutostart()

elif sys.platform == "linux":

    def system_autostart() -> AutostartEntry:
        """That of this system."""
        config = os.environ.get("XDG_CONFIG_HOME", "").strip() or os.path.expanduser("~/.config")
        return XdgAutostart(os.path.join(config, "autostart"))

else:

    def system_autostart() -> AutostartEntry:
        """That of this system: none."""
        return NoAutostart()
