"""How this program is started once more."""

from __future__ import annotations

import os
import sys

FROZEN = bool(getattr(sys, "frozen", False))


def own_command(*arguments: str, windowed: bool = False) -> list[str]:
    """The command line that runs this program again.

    Args:
        arguments: after the program.
        windowed: without a console window on Windows, where python.exe brings one and pythonw.exe none.
    """
    if FROZEN:
        return [sys.executable, *arguments]
    program = sys.executable
    if windowed and sys.platform == "win32":
        quiet = os.path.join(os.path.dirname(program), "pythonw.exe")
        program = quiet if os.path.exists(quiet) else program
    return [program, "-m", "iscbridge", *arguments]
