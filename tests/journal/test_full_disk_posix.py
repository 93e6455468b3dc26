"""No room: for the journal, for a capture, for a staged folder."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from iscbridge.core.errors import JournalError
from iscbridge.core.inputs import CheckOutcome
from iscbridge.journal import snapshots
from iscbridge.journal.capture import CaptureRequest, capture, prepare
from iscbridge.journal.journal import Journal
from iscbridge.journal.snapshots import SnapshotStore
from support import journal_child
from support.fcstd import write_fcstd

GO = threading.Event()


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Writing fails for real, in the kernel, where a file would grow beyond `size` (Python ignores SIGXFSZ)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("limit", [120_000, 400_000])
def test_a_commit_without_room_changes_nothing_and_the_journal_goes_on(tmp_path: Path, limit: int) -> None:
    done = subprocess.run(
        [sys.executable, journal_child.__file__, "full", str(tmp_path), str(limit)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    written, code, readable = done.stdout.split()
    assert int(written) > 0
    assert code in ("ISCB-JOURNAL-DISK-FULL", "ISCB-JOURNAL-IO")
    assert readable == written
    journal, damaged = Journal.open(tmp_path / "journal.sqlite3")
    assert damaged is None
    assert len(journal.jobs(limit=1000)) == int(written) + 1
    journal.close()


def test_a_capture_without_room_leaves_nothing_behind(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path / "snapshots")
    (tmp_path / "part").write_bytes(os.urandom(300_000))
    request = CaptureRequest(str(tmp_path / "part"))
    with no_file_beyond(100_000), pytest.raises(JournalError) as caught:
        capture(request, store, GO)
    assert caught.value.code == "ISCB-JOURNAL-DISK-FULL"
    assert list((tmp_path / "snapshots" / "tmp").iterdir()) == []
    assert list((tmp_path / "snapshots" / "objects").glob("*/*")) == []
    assert capture(request, store, GO).total_size == 300_000


def test_room_is_asked_for_before_copying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SnapshotStore(tmp_path / "snapshots")
    (tmp_path / "part").write_bytes(b"x" * 1000)
    monkeypatch.setattr(snapshots, "free_bytes", lambda _folder: 64 * 1024 * 1024 + 999)
    with pytest.raises(JournalError) as caught:
        capture(CaptureRequest(str(tmp_path / "part")), store, GO)
    assert caught.value.code == "ISCB-JOURNAL-DISK-FULL"


def test_laying_out_without_room_is_an_answer_and_is_made_good_later(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path / "snapshots")
    write_fcstd(tmp_path / "lib" / "big.FCStd", content=os.urandom(300_000))
    main = write_fcstd(tmp_path / "a" / "a.FCStd", ["../lib/big.FCStd"])
    found = capture(CaptureRequest(str(main), assembly=True), store, GO)
    with no_file_beyond(100_000):
        answer = prepare(found, store, store.staging)
    assert answer.outcome is CheckOutcome.UNREADABLE
    assert answer.error is not None
    assert answer.error.code == "ISCB-JOURNAL-DISK-FULL"
    answer = prepare(found, store, store.staging)
    assert answer.outcome is CheckOutcome.SAME
    assert sorted(os.listdir(answer.handed_path)) == ["a.FCStd", "big.FCStd"]
