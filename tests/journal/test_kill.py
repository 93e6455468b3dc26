"""Kill -9 of a process that commits and captures, at every step and in between."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from iscbridge.core.jobs import JobState
from iscbridge.journal.journal import Journal
from iscbridge.journal.snapshots import SnapshotStore
from support import journal_child

_ORDER = ["accepted", "captured", "waiting", "submitted", "done"]


def run_until_killed(arguments: list[str], lines: int, delay_s: float) -> list[str]:
    """Start a child, kill it a moment after its n-th line, and give all that it said."""
    child = subprocess.Popen(
        [sys.executable, journal_child.__file__, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert child.stdout is not None
    said = [child.stdout.readline() for _ in range(lines)]
    threading.Event().wait(delay_s)  # where in its work the child is hit, not something that is waited for
    child.kill()
    said += child.stdout.read().splitlines(keepends=True)
    child.wait()
    child.stdout.close()
    whole = [line.strip() for line in said if line.endswith("\n")]
    assert len(whole) >= lines
    return whole


@pytest.mark.parametrize("lines", range(1, 13))
def test_every_commit_that_was_answered_is_there(tmp_path: Path, lines: int) -> None:
    said = run_until_killed(["commits", str(tmp_path)], lines, (lines % 4) * 0.0007)
    journal, damaged = Journal.open(tmp_path / "journal.sqlite3")
    assert damaged is None
    _, _, clean = journal.load()
    assert not clean
    for line in said:
        number, state = line.split()
        found = journal.job(f"job-{number}")
        assert found is not None
        assert _ORDER.index(found.state) >= _ORDER.index(JobState(state))
        steps = journal.history(found.id)
        assert [step.state for step in steps] == _ORDER[: len(steps)]
        assert steps[-1].state == found.state
    journal.close()


@pytest.mark.parametrize("lines", range(6))
def test_captures_are_whole_or_not_there(tmp_path: Path, lines: int) -> None:
    source = tmp_path / "gear"
    source.mkdir()
    for number in range(30):
        (source / f"part{number}").write_bytes(bytes([number]) * 100_000)
    said = run_until_killed(["captures", str(tmp_path), str(source)], lines, lines * 0.011 + (0.25 if not lines else 0))
    store = SnapshotStore(tmp_path / "snapshots")
    assert list((tmp_path / "snapshots" / "tmp").iterdir()) == []
    for line in said:
        for sha in line.split():
            with store.open(sha) as file:
                assert hashlib.sha256(file.read()).hexdigest() == sha
    for found in (tmp_path / "snapshots" / "objects").glob("*/*"):
        assert hashlib.sha256(found.read_bytes()).hexdigest() == found.name
