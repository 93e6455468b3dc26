"""Shows a file in the system's file manager.

Blocks for as long as the file's drive, the session bus or the file manager take: call it from a thread that may wait.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

#: A file manager that is not there yet is started by the call; more than this is no answer.
_ANSWER_S = 10.0


def nearest(path: str) -> str | None:
    """The file or folder itself, or the innermost folder above it that is there."""
    found = os.path.abspath(path)
    while not os.path.lexists(found):
        above = os.path.dirname(found)
        if above == found:
            return None
        found = above
    return found


def reveal(path: str) -> bool:
    """Open the folder of a file or folder, with it selected where the system can do that.

    What is not there any more is stood for by the innermost folder above it. False: nothing could be shown.
    """
    found = nearest(path)
    if found is None:
        return False
    whole = os.path.normpath(found) == os.path.normpath(os.path.abspath(path))
    try:
        return _select(found) if whole else _open(found)
    except (OSError, subprocess.SubprocessError):
        return False


if sys.platform == "win32":

    def _select(path: str) -> bool:
        # One string: explorer takes the path in quotes behind the comma, which the quoting of a list would spoil.
        # A Windows path can't hold a quotation mark.
        subprocess.Popen(f'"{_explorer()}" /select,"{os.path.normpath(path)}"')
        return True

    def _open(folder: str) -> bool:
        subprocess.Popen([_explorer(), os.path.normpath(folder)])
        return True

    def _explorer() -> str:
        # By its place: a program of that name in the working folder is not meant.
        return os.path.join(os.environ.get("SYSTEMROOT", r"C:\Windows"), "explorer.exe")

else:

    def _select(path: str) -> bool:
        """By the interface that file managers of desktops share; else its folder is opened."""
        command = [
            "gdbus",
            "call",
            "--session",
            "--dest=org.freedesktop.FileManager1",
            "--object-path=/org/freedesktop/FileManager1",
            "--method=org.freedesktop.FileManager1.ShowItems",
            f"['{_uri(path)}']",
            "",
        ]
        return _ran(command) or _open(os.path.dirname(path))

    def _open(folder: str) -> bool:
        return _ran(["xdg-open", folder])

    def _uri(path: str) -> str:
        # An apostrophe may stand in a URI, and would end the string that it stands in.
        return Path(path).as_uri().replace("'", "%27")

    def _ran(command: list[str]) -> bool:
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_ANSWER_S,
                check=False,
            )
        except OSError:
            return False
        return done.returncode == 0
