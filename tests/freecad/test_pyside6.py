"""FreeCAD 1.x runs with PySide6 and is not here to be tried: the add-in itself runs under PySide6."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from support.freecad import put_addin

CHILD = Path(__file__).with_name("under_pyside6.py")


def test_the_whole_add_in_runs_under_pyside6(world, tmp_path):
    addin = put_addin(tmp_path / "Mod", tmp_path)
    work = tmp_path / "work"
    work.mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "error", str(CHILD), str(addin), str(work)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "ISCBRIDGE_HOME": str(world.home.root), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "binding": "PySide6.QtCore",
        "action": True,
        "menus": ["&File", "&Cloud", "&Help"],
        "answers": ["Keep mine open", "Reload; the changes are lost"],
        "complaints": [],
        "left": [],
        "connected": False,
    }
    assert world.cloud_bytes("/bracket.FCStd") == b"saved"
