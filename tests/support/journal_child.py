"""A process that uses journal and store until it is killed, and says what it was told is safe.

python journal_child.py commits FOLDER        one line per commit
python journal_child.py captures FOLDER SRC   one line per capture: the objects' digests
python journal_child.py full FOLDER LIMIT     commits until the disk is full, then goes on once there is room
"""

from __future__ import annotations

import sys
import threading
from itertools import count
from pathlib import Path

from iscbridge.core.effects import WriteJob
from iscbridge.core.errors import JournalError
from iscbridge.core.jobs import Job, JobKind, JobState
from iscbridge.journal.capture import CaptureRequest, capture
from iscbridge.journal.journal import Journal
from iscbridge.journal.snapshots import SnapshotStore

_STEPS = (JobState.ACCEPTED, JobState.CAPTURED, JobState.WAITING, JobState.SUBMITTED, JobState.DONE)


def _job(number: int, state: JobState, padding: str = "") -> Job:
    return Job(f"job-{number}", JobKind.SAVE, state, f"/cad/{padding}", 1000.0 + number, 1000.0, "sandbox")


def commits(folder: Path) -> None:
    """Jobs through all their steps, for ever."""
    journal, _ = Journal.open(folder / "journal.sqlite3")
    for number in count():
        for state in _STEPS:
            journal.commit([WriteJob(_job(number, state), state)])
            print(number, state, flush=True)


def captures(folder: Path, source: Path) -> None:
    """The same folder again and again, with other content each time."""
    store = SnapshotStore(folder / "snapshots")
    for number in count():
        main = source / source.name
        main.write_bytes(str(number).encode() * 1000)
        snapshot = capture(CaptureRequest(str(source), assembly=True), store, threading.Event())
        print(*(file.sha256 for file in snapshot.files), flush=True)


def full(folder: Path, limit: int) -> None:
    """Fill the disk (here: the largest file that this process may write), then go on when there is room."""
    import resource

    journal, _ = Journal.open(folder / "journal.sqlite3")
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    written = 0
    code = ""
    for number in range(10_000):
        try:
            journal.commit([WriteJob(_job(number, JobState.ACCEPTED, "x" * 2000), "accepted")])
        except JournalError as error:
            code = error.code
            break
        written += 1
    readable = len(journal.jobs(limit=1000))
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    journal.commit([WriteJob(_job(written, JobState.DONE), "done")])
    print(written, code, readable, flush=True)
    journal.close()


if __name__ == "__main__":
    if sys.argv[1] == "commits":
        commits(Path(sys.argv[2]))
    elif sys.argv[1] == "captures":
        captures(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        full(Path(sys.argv[2]), int(sys.argv[3]))
