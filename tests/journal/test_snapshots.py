from __future__ import annotations

import errno
import hashlib
import os
import threading
from pathlib import Path

import pytest

from iscbridge.core.errors import JournalError
from iscbridge.core.jobs import Snapshot
from iscbridge.journal.capture import CaptureRequest, capture
from iscbridge.journal.snapshots import SnapshotStore
from iscbridge.platform import durable

GO = threading.Event()


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path / "home" / "snapshots")


def sha_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def captured(store: SnapshotStore, path: Path, content: bytes) -> Snapshot:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return capture(CaptureRequest(str(path)), store, GO)


def objects(store: SnapshotStore) -> set[str]:
    return {path.name for path in Path(store.root).glob("objects/*/*")}


@pytest.mark.parametrize("size", [0, 1, 262_143, 262_144, 262_145, 1_000_000])
def test_bytes_come_back_as_they_went_in(store: SnapshotStore, tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    sha = captured(store, tmp_path / "part", content).files[0].sha256
    assert sha == sha_of(content)
    with store.open(sha) as file:
        assert file.read() == content


def test_one_content_is_one_object(store: SnapshotStore, tmp_path: Path) -> None:
    captured(store, tmp_path / "a", b"same")
    captured(store, tmp_path / "b", b"same")
    assert objects(store) == {sha_of(b"same")}


class Flushes:
    """Folders whose entries were written to the disk; `fails` names one that can't be."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folders: list[str] = []
        self.fails = ""
        self._real = durable.flush_folder
        monkeypatch.setattr(durable, "flush_folder", self._flush)

    def _flush(self, path: str) -> None:
        if os.path.basename(path) == self.fails:
            raise OSError(errno.EIO, "no")
        self.folders.append(os.path.basename(path))
        self._real(path)


def test_a_folder_of_objects_that_could_not_be_flushed_is_not_relied_on(
    store: SnapshotStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushes = Flushes(monkeypatch)
    flushes.fails = "objects"
    with pytest.raises(JournalError):
        captured(store, tmp_path / "part", b"x")
    flushes.fails = ""
    captured(store, tmp_path / "part", b"x")
    assert flushes.folders[:2] == ["objects", sha_of(b"x")[:2]]


def test_what_a_run_that_was_killed_has_named_is_flushed_before_it_is_relied_on(
    store: SnapshotStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    captured(store, tmp_path / "part", b"x")
    flushes = Flushes(monkeypatch)
    later = SnapshotStore(Path(store.root))
    for _ in range(2):
        captured(later, tmp_path / "part", b"x")
    assert flushes.folders == ["objects", sha_of(b"x")[:2]]


def test_leftovers_of_a_crash_go_at_the_start(store: SnapshotStore) -> None:
    left = Path(store.root) / "tmp"
    (left / "7").mkdir()
    (left / "7" / "0").write_bytes(b"half")
    (left / "stray").write_bytes(b"half")
    SnapshotStore(Path(store.root))
    assert list(left.iterdir()) == []


def test_collect_keeps_what_is_named_and_what_is_new(store: SnapshotStore, tmp_path: Path) -> None:
    captured(store, tmp_path / "a", b"kept")
    captured(store, tmp_path / "b", b"not yet in the journal")
    assert store.collect({sha_of(b"kept")}) == 0
    assert objects(store) == {sha_of(b"kept"), sha_of(b"not yet in the journal")}
    # once the journal has named it, the journal decides
    store.collect({sha_of(b"kept"), sha_of(b"not yet in the journal")})
    assert store.collect({sha_of(b"kept")}) == len(b"not yet in the journal")
    assert objects(store) == {sha_of(b"kept")}


def test_collect_after_a_restart_goes_by_the_journal_alone(store: SnapshotStore, tmp_path: Path) -> None:
    captured(store, tmp_path / "a", b"a")
    captured(store, tmp_path / "b", b"b")
    again = SnapshotStore(Path(store.root))
    again.collect({sha_of(b"b")})
    assert objects(again) == {sha_of(b"b")}


def test_collect_never_takes_an_object_that_is_captured_again_just_now(store: SnapshotStore, tmp_path: Path) -> None:
    """Captures of always the same contents race with collections that keep nothing."""
    files = tuple(str(tmp_path / f"part{number}") for number in range(8))
    for name in files:
        Path(name).write_bytes(name[-1].encode() * 1000)
    done = threading.Event()
    lost: list[str] = []

    def collect() -> None:
        while not done.is_set():
            store.collect(set())

    collector = threading.Thread(target=collect)
    collector.start()
    try:
        for _ in range(25):
            found = capture(CaptureRequest(files[0], assembly=True, files=files), store, GO)
            lost += [file.sha256 for file in found.files if not store.holds(file.sha256)]
            store.collect({file.sha256 for file in found.files})  # now the journal names them ...
            with store._lock:
                store._pins.clear()  # ... and the job is over: all may go
    finally:
        done.set()
        collector.join()
    assert lost == []


def test_a_lost_object_is_said(store: SnapshotStore, tmp_path: Path) -> None:
    sha = captured(store, tmp_path / "a", b"a").files[0].sha256
    Path(store.root, "objects", sha[:2], sha).unlink()
    with pytest.raises(JournalError) as caught:
        store.open(sha)
    assert caught.value.code == "ISCB-JOURNAL-SNAPSHOT-LOST"
