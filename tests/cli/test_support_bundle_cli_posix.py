"""`iscbridge support-bundle` at a terminal: the person is asked."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(("typed", "code", "there"), [("n\n", 7, False), ("y\n", 0, True)])
def test_a_person_at_a_terminal_is_asked(
    environment: dict[str, str], home: Path, tmp_path: Path, typed: str, code: int, there: bool
) -> None:
    target = tmp_path / "a.zip"
    master, slave = pty.openpty()
    os.write(master, typed.encode())
    done = subprocess.run(
        [sys.executable, "-m", "iscbridge", "support-bundle", "--out", str(target)],
        env=environment,
        stdin=slave,
        capture_output=True,
        check=False,
    )
    os.close(slave)
    os.close(master)
    assert done.returncode == code, done.stderr
    assert str(target).encode() in done.stdout
    assert target.exists() is there
