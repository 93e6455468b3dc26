"""Files that are overwritten, replaced, deleted, growing or locked while they are captured."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from iscbridge.core.errors import BridgeError, FileError
from iscbridge.journal import capture as module
from iscbridge.journal.capture import CaptureRequest, Stopped, capture
from iscbridge.journal.snapshots import SnapshotStore

GO = threading.Event()
PARTS = 12


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path / "home" / "snapshots")


@contextmanager
def meanwhile(work: Callable[[int], None]) -> Iterator[None]:
    """Do something again and again on another thread."""
    done = threading.Event()

    def run() -> None:
        number = 0
        while not done.is_set():
            work(number)
            number += 1

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def overwrite(path: Path, mark: bytes) -> None:
    with open(path, "r+b") as file:
        file.write(mark * 1000)


def replace(path: Path, mark: bytes) -> None:
    """As a CAD saves: a new file takes the old one's name."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(mark * 1000)
    os.replace(new, path)


@pytest.mark.parametrize("change", [overwrite, replace])
def test_versions_are_never_mixed(store: SnapshotStore, tmp_path: Path, change: Callable[[Path, bytes], None]) -> None:
    """A writer saves all parts of a set, one version after the other; each capture holds parts that stood side by side."""
    parts = [tmp_path / f"part{number:02}" for number in range(PARTS)]
    for part in parts:
        part.write_bytes(b"\0" * 1000)
    enough = threading.Event()

    def save_all(version: int) -> None:
        for part in parts:
            change(part, bytes([(version + 1) % 200]))
        enough.wait(0.1 + 0.05 * version)  # longer and longer: a slow machine needs more time between two saves

    request = CaptureRequest(str(parts[0]), assembly=True, files=tuple(map(str, parts)))
    consistent = 0
    with meanwhile(save_all):
        for _ in range(6):
            try:
                found = capture(request, store, GO, patience=(0.05,) * 8)
            except FileError as error:
                assert error.code in ("ISCB-FILE-RESTLESS", "ISCB-FILE-MISSING")  # noqa: PT017  both are right answers
                continue
            marks = []
            for file in sorted(found.files, key=lambda entry: entry.name):
                with store.open(file.sha256) as stored:
                    content = stored.read()
                assert content == content[:1] * 1000
                marks.append(content[0])
            # the writer goes from the first part to the last: at one instant at most one step down
            steps = [(one - two) % 200 for one, two in pairwise(marks)]
            assert sum(steps) in (0, 1)
            consistent += 1
        enough.set()
    assert consistent > 0


def test_a_file_that_never_rests_is_said(store: SnapshotStore, tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_bytes(b"x")
    with (
        open(part, "ab", buffering=0) as file,
        meanwhile(lambda _n: file.write(b"more")),
        pytest.raises(FileError) as caught,
    ):
        capture(CaptureRequest(str(part)), store, GO, patience=(0.01, 0.01))
    assert caught.value.code == "ISCB-FILE-RESTLESS"
    assert list(Path(store.root, "objects").glob("*/*")) == []


def test_a_file_that_comes_to_rest_is_captured_whole(store: SnapshotStore, tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_bytes(b"")
    started = threading.Event()

    def grow() -> None:
        with open(part, "ab", buffering=0) as file:
            for _ in range(40):
                file.write(b"y" * 1000)
                started.set()
                threading.Event().wait(0.01)

    writer = threading.Thread(target=grow)
    writer.start()
    assert started.wait(10)
    found = capture(CaptureRequest(str(part)), store, GO)
    writer.join()
    with store.open(found.files[0].sha256) as stored:
        assert stored.read() == b"y" * 40_000


def at_copy(monkeypatch: pytest.MonkeyPatch, work: Callable[[], None]) -> None:
    """Do something once, right after a file was copied and before the last look."""
    real = module._Capture._take_all
    todo = [work]

    def take_all(self: module._Capture, plan: module.Plan) -> None:
        real(self, plan)
        if todo:
            todo.pop()()

    monkeypatch.setattr(module._Capture, "_take_all", take_all)


def test_a_part_that_is_deleted_between_two_looks_and_comes_back(
    store: SnapshotStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = tmp_path / "part"
    part.write_bytes(b"old")
    restored = threading.Timer(0.15, lambda: part.write_bytes(b"new"))

    def delete() -> None:
        part.unlink()
        restored.start()

    at_copy(monkeypatch, delete)
    found = capture(CaptureRequest(str(part)), store, GO)
    restored.join()
    with store.open(found.files[0].sha256) as stored:
        assert stored.read() == b"new"


def test_a_part_that_stays_away_is_missing(
    store: SnapshotStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = tmp_path / "part"
    part.write_bytes(b"old")
    at_copy(monkeypatch, part.unlink)
    with pytest.raises(FileError) as caught:
        capture(CaptureRequest(str(part)), store, GO, patience=(0.01,))
    assert caught.value.code == "ISCB-FILE-MISSING"


def test_an_older_file_of_the_same_size_in_its_place_is_noticed(
    store: SnapshotStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, older = tmp_path / "part", tmp_path / "older"
    older.write_bytes(b"old")
    part.write_bytes(b"new")
    stamp = part.stat()
    os.utime(older, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    at_copy(monkeypatch, lambda: os.replace(older, part))
    found = capture(CaptureRequest(str(part)), store, GO)
    with store.open(found.files[0].sha256) as stored:
        assert stored.read() == b"old"


def test_a_file_that_appears_in_the_folder_belongs_to_it(
    store: SnapshotStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "gear"
    folder.mkdir()
    (folder / "gear.asm").write_bytes(b"main")
    at_copy(monkeypatch, lambda: (folder / "late.prt").write_bytes(b"late") and None)
    found = capture(CaptureRequest(str(folder), assembly=True), store, GO)
    assert {file.name for file in found.files} == {"gear.asm", "late.prt"}


def test_a_lock_is_waited_for(store: SnapshotStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No lock of this system keeps a reader out: the answer of one that does is played."""
    (tmp_path / "part").write_bytes(b"x")
    real = SnapshotStore.take
    refusals = [FileError("ISCB-FILE-LOCKED", path="part")] * 2

    def take(self: SnapshotStore, *arguments: object) -> object:
        if refusals:
            raise refusals.pop()
        return real(self, *arguments)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(SnapshotStore, "take", take)
    assert capture(CaptureRequest(str(tmp_path / "part")), store, GO, patience=(0.01, 0.01)).total_size == 1
    refusals += [FileError("ISCB-FILE-LOCKED", path="part")] * 3
    with pytest.raises(BridgeError) as caught:
        capture(CaptureRequest(str(tmp_path / "part")), store, GO, patience=(0.01, 0.01))
    assert caught.value.code == "ISCB-FILE-LOCKED"


def test_waiting_for_rest_can_be_called_off(store: SnapshotStore, tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_bytes(b"x")
    stop = threading.Event()

    def disturb(number: int) -> None:
        overwrite(part, bytes([number % 200]))
        if number > 50:
            stop.set()

    with meanwhile(disturb), pytest.raises(Stopped):
        capture(CaptureRequest(str(part)), store, stop, patience=(0.02,) * 10_000)
