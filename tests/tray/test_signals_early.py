"""The tray is asked to end before it has begun: it does, in good order."""

from __future__ import annotations

import subprocess
import sys

import pytest

from support.world import PATIENCE_S, World

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ends processes by POSIX signals")

#: The signal comes in the middle of the slot that loads what stands behind the icon.
PROGRAM = """
import os, signal, sys
name = sys.argv[1]
from iscbridge.tray import app
load = app.start_logging
def start_logging(*given, **named):
    os.kill(os.getpid(), signal.Signals[name])
    return load(*given, **named)
app.start_logging = start_logging
from iscbridge.__main__ import main
sys.argv[1:] = ["tray", "--quiet"]
sys.exit(main())
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_while_it_loads_ends_it(tmp_path, name: str) -> None:
    world = World(tmp_path)
    tray = subprocess.run(
        [sys.executable, "-c", PROGRAM, name],
        env=world.env | {"QT_QPA_PLATFORM": "offscreen"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    world.close()
    assert (tray.returncode, tray.stdout, tray.stderr) == (0, "", "")
