"""The tray is asked to end before it has begun: it does, in good order."""

from __future__ import annotations

import subprocess
import sys

import pytest

from support.world import PATIENCE_S, World

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ends processes by POSIX signals")

#: Sends itself a signal before it calls one function of the tray's: while nothing has begun, or in the middle of the
#: slot that loads what stands behind the icon.
PROGRAM = """
import os, signal, sys
name, where = sys.argv[1:]
from iscbridge.tray import app
real = getattr(app, where)
def signalled(*given, **named):
    os.kill(os.getpid(), signal.Signals[name])
    return real(*given, **named)
setattr(app, where, signalled)
from iscbridge.__main__ import main
sys.argv[1:] = ["tray", "--quiet"]
sys.exit(main())
"""


@pytest.mark.parametrize("where", ["tray_lock", "make_application", "start_logging"])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_while_it_loads_ends_it(tmp_path, name: str, where: str) -> None:
    world = World(tmp_path)
    tray = subprocess.run(
        [sys.executable, "-c", PROGRAM, name, where],
        env=world.env | {"QT_QPA_PLATFORM": "offscreen"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    world.close()
    assert (tray.returncode, tray.stdout, tray.stderr) == (0, "", "")
