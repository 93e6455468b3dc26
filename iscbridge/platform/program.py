"""How this program is started once more, and in which of its forms."""

from __future__ import annotations

import os
import sys

#: The two programs of the frozen product. They lie in one folder and are told apart by more than case.
COMMAND_PROGRAM = "iscbridge"
TRAY_PROGRAM = "ISCBridgeTray"


def is_frozen() -> bool:
    """Whether this is the frozen product, whose programs need no Python on the machine."""
    return bool(getattr(sys, "frozen", False))


def own_command(*arguments: str, windowed: bool = False) -> list[str]:
    """The command line that runs this program again.

    Args:
        arguments: after the program.
        windowed: without a console window on Windows, where python.exe brings one and pythonw.exe none.
    """
    if is_frozen():
        return [frozen_program(windowed=windowed), *arguments]
    program = sys.executable
    if windowed and sys.platform == "win32":
        quiet = os.path.join(os.path.dirname(program), "pythonw.exe")
        program = quiet if os.path.exists(quiet) else program
    return [program, "-m", "iscbridge", *arguments]


def own_process(name: str, module: str) -> list[str]:
    """The command line of one of our processes that is no command: `iscbridge.__main__` knows the names.

    Args:
        name: by which the frozen program, that has no Python to run a module with, becomes this process.
        module: what Python runs otherwise.
    """
    return [frozen_program(), name] if is_frozen() else [sys.executable, "-m", module]


def frozen_program(*, windowed: bool = False) -> str:
    """One of the two programs of the frozen product, whichever of them this process is."""
    folder, running = os.path.split(sys.executable)
    wanted = (TRAY_PROGRAM if windowed else COMMAND_PROGRAM) + os.path.splitext(running)[1]
    path = os.path.join(folder, wanted)
    return path if os.path.exists(path) else sys.executable
