"""A job's captured copy is given back: whole and verified, beside everything and over nothing."""

from __future__ import annotations

import os
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iscbridge.core.errors import BridgeError
from iscbridge.core.jobs import CapturedFile, Snapshot
from iscbridge.journal.capture import CaptureRequest, capture
from iscbridge.journal.recovery import Recovered, Stopped, recover
from iscbridge.journal.snapshots import SnapshotStore
from support.fcstd import write_fcstd

GO = threading.Event()
LABEL = "2026-11-22 09-15-02"


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path / "home" / "snapshots")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


def taken(store: SnapshotStore, path: Path, *, assembly: bool = False) -> Snapshot:
    return capture(CaptureRequest(str(path), assembly=assembly), store, GO)


def part(store: SnapshotStore, root: Path, name: str = "part.FCStd", content: bytes = b"what was saved") -> Snapshot:
    path = root / name
    path.write_bytes(content)
    return taken(store, path)


def back(snapshot: Snapshot, store: SnapshotStore, target: Path, stop: threading.Event = GO) -> Recovered:
    return recover(snapshot, store, str(target), LABEL, stop)


def refusal(snapshot: Snapshot, store: SnapshotStore, target: Path) -> str:
    with pytest.raises(BridgeError) as caught:
        back(snapshot, store, target)
    return caught.value.code


def objects(store: SnapshotStore) -> list[Path]:
    return [path for path in Path(store.root, "objects").rglob("*") if path.is_file()]


def test_a_file_comes_back_in_a_folder_named_after_it_and_its_time(
    store: SnapshotStore, tmp_path: Path, target: Path
) -> None:
    snapshot = part(store, tmp_path)
    (tmp_path / "part.FCStd").unlink()
    found = back(snapshot, store, target)
    assert found == Recovered(str(target / f"part {LABEL}"), str(target / f"part {LABEL}" / "part.FCStd"), 1)
    assert Path(found.main).read_bytes() == b"what was saved"
    assert [path.name for path in Path(found.folder).iterdir()] == ["part.FCStd"]


def test_an_assembly_comes_back_with_its_sub_folders(store: SnapshotStore, tmp_path: Path, target: Path) -> None:
    main = write_fcstd(tmp_path / "gear.FCStd", ["lib/bolt.FCStd"])
    bolt = write_fcstd(tmp_path / "lib" / "bolt.FCStd")
    found = back(taken(store, main, assembly=True), store, target)
    folder = Path(found.folder)
    assert (folder / "gear.FCStd").read_bytes() == main.read_bytes()
    assert (folder / "lib" / "bolt.FCStd").read_bytes() == bolt.read_bytes()
    assert found.files == 2


def test_again_it_goes_beside_what_is_there(store: SnapshotStore, tmp_path: Path, target: Path) -> None:
    snapshot = part(store, tmp_path)
    first = back(snapshot, store, target)
    Path(first.main).write_bytes(b"worked on since")
    (target / f"part {LABEL} (2)").write_bytes(b"a file of that name")
    second = back(snapshot, store, target)
    assert second.folder == str(target / f"part {LABEL} (3)")
    assert Path(first.main).read_bytes() == b"worked on since"


def test_a_copy_that_is_gone_leaves_nothing_behind(store: SnapshotStore, tmp_path: Path, target: Path) -> None:
    write_fcstd(tmp_path / "bolt.FCStd", content=b"bolt")
    snapshot = taken(store, write_fcstd(tmp_path / "gear.FCStd", ["bolt.FCStd"]), assembly=True)
    Path(store.root, "objects", snapshot.files[1].sha256[:2], snapshot.files[1].sha256).unlink()
    assert refusal(snapshot, store, target) == "ISCB-JOURNAL-SNAPSHOT-LOST"
    assert list(target.iterdir()) == []


def test_a_damaged_copy_is_not_given_back(store: SnapshotStore, tmp_path: Path, target: Path) -> None:
    write_fcstd(tmp_path / "bolt.FCStd", content=b"bolt")
    snapshot = taken(store, write_fcstd(tmp_path / "gear.FCStd", ["bolt.FCStd"]), assembly=True)
    damaged = Path(store.root, "objects", snapshot.files[1].sha256[:2], snapshot.files[1].sha256)
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.chmod(0o600)
    damaged.write_bytes(content)
    assert refusal(snapshot, store, target) == "ISCB-JOURNAL-SNAPSHOT-LOST"
    assert list(target.iterdir()) == []


def test_where_nothing_can_be_written(store: SnapshotStore, tmp_path: Path, target: Path) -> None:
    snapshot = part(store, tmp_path)
    assert refusal(snapshot, store, target / "nowhere") == "ISCB-FILE-TARGET"
    (target / "file").write_bytes(b"")
    assert refusal(snapshot, store, target / "file") == "ISCB-FILE-TARGET"


def test_a_full_disk_leaves_nothing_behind(
    store: SnapshotStore, tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = part(store, tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "copy_out", full)
    assert refusal(snapshot, store, target) == "ISCB-FILE-TARGET"
    assert list(target.iterdir()) == []


def test_called_off_it_leaves_nothing_behind(store: SnapshotStore, tmp_path: Path, target: Path) -> None:
    snapshot = part(store, tmp_path)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        back(snapshot, store, target, stop)
    assert list(target.iterdir()) == []


@pytest.mark.parametrize("name", ["../escaped", "/etc/escaped", "a/../../escaped", "a\\..\\escaped", "", "C:escaped"])
def test_a_journal_that_was_tampered_with_leads_nowhere_else(
    store: SnapshotStore, tmp_path: Path, target: Path, name: str
) -> None:
    snapshot = part(store, tmp_path)
    for files in ((replace(snapshot.files[0], name=name),), (snapshot.files[0], replace(snapshot.files[0], name=name))):
        assert refusal(replace(snapshot, files=files), store, target) == "ISCB-JOURNAL-SNAPSHOT-LOST"
    assert list(target.iterdir()) == []
    assert not list(tmp_path.rglob("*escaped*"))


def test_two_files_that_the_folder_does_not_tell_apart(store: SnapshotStore, tmp_path: Path, target: Path) -> None:
    snapshot = part(store, tmp_path)
    twice = replace(snapshot, files=(snapshot.files[0], snapshot.files[0]))
    assert refusal(twice, store, target) == "ISCB-FILE-TARGET"
    assert list(target.iterdir()) == []


NAMES = st.text(
    st.characters(exclude_characters='/\\:*?"<>|\0', exclude_categories=("Cs", "Cc")), min_size=1, max_size=120
).filter(lambda name: len(os.fsencode(f"{name}.x")) <= 255 and name.strip(" .") == name and name)


@settings(max_examples=60, deadline=None)
@given(NAMES)
def test_every_name_gives_a_folder_that_can_be_made(stem: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        store = SnapshotStore(root / "snapshots")
        with store.batch() as batch:
            (root / "source").write_bytes(b"content")
            stored = store.take(str(root / "source"), batch, GO)
            store.publish([stored])
        file = CapturedFile(f"{stem}.x", "/w/x", 7, 1, "id", stored.sha256, stored.sha256)
        found = back(Snapshot("file:/w/x", (file,)), store, root)
        assert Path(found.main).read_bytes() == b"content"
        assert Path(found.main).name == f"{stem}.x"
        assert Path(found.folder).name.endswith(LABEL)
