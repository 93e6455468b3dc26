"""Comparing before and after, and laying out assembly folders."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from iscbridge.core.inputs import CheckOutcome
from iscbridge.core.jobs import Snapshot
from iscbridge.journal import compare, staging
from iscbridge.journal.capture import CaptureRequest, Stopped, capture, prepare, recheck
from iscbridge.journal.snapshots import SnapshotStore
from support.fcstd import write_fcstd

GO = threading.Event()
DAY = 86_400.0
SAME, CHANGED, MISSING, UNREADABLE = CheckOutcome


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path / "home" / "snapshots")


@pytest.fixture(params=[True, False], ids=["all hashed", "by stamp"])
def hashing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        monkeypatch.setattr(compare, "_SMALL", -1)


def single(store: SnapshotStore, path: Path) -> Snapshot:
    return capture(CaptureRequest(str(path)), store, GO)


def staged(store: SnapshotStore, root: Path) -> Snapshot:
    write_fcstd(root / "lib" / "bolt.FCStd")
    write_fcstd(root / "lib2" / "bolt.FCStd", content=b"other")
    main = write_fcstd(root / "a" / "gear.FCStd", ["../lib/bolt.FCStd", "../lib2/bolt.FCStd"])
    return capture(CaptureRequest(str(main), assembly=True), store, GO)


def in_place(store: SnapshotStore, root: Path) -> Snapshot:
    write_fcstd(root / "gear" / "lib" / "bolt.FCStd")
    write_fcstd(root / "gear" / "gear.FCStd", ["lib/bolt.FCStd"])
    return capture(CaptureRequest(str(root / "gear"), assembly=True), store, GO)


def tree(folder: str) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()
    }


def expected(store: SnapshotStore, snapshot: Snapshot) -> dict[str, bytes]:
    found = {}
    for file in snapshot.files:
        with store.open(file.sha256) as stored:
            found[file.name] = stored.read()
    return found


def outcome(store: SnapshotStore, snapshot: Snapshot) -> CheckOutcome:
    return prepare(snapshot, store, store.staging).outcome


def test_an_unchanged_file_is_handed_over_by_its_path(store: SnapshotStore, tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"x")
    found = single(store, tmp_path / "part")
    answer = prepare(found, store, store.staging)
    assert (answer.outcome, answer.handed_path, answer.error) == (SAME, str(tmp_path / "part"), None)
    assert recheck(found, store.staging) is SAME


def test_every_kind_of_change_of_a_file_shows(store: SnapshotStore, tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_bytes(b"one")
    found = single(store, part)
    times = part.stat()
    part.write_bytes(b"two")
    os.utime(part, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert (outcome(store, found), recheck(found, store.staging)) == (CHANGED, CHANGED)
    part.write_bytes(b"longer")
    assert outcome(store, found) is CHANGED
    part.unlink()
    assert (outcome(store, found), recheck(found, store.staging)) == (MISSING, MISSING)
    part.mkdir()
    assert outcome(store, found) is MISSING
    part.rmdir()
    part.write_bytes(b"one")
    assert (outcome(store, found), recheck(found, store.staging)) == (SAME, SAME)


def test_a_file_that_can_not_be_read_is_said(
    store: SnapshotStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "part").write_bytes(b"x")
    found = single(store, tmp_path / "part")

    def refuse(path: str, _stop: threading.Event) -> str:
        raise compare.BridgeError("ISCB-FILE-LOCKED", path=path)

    monkeypatch.setattr(compare, "hash_path", refuse)
    answer = prepare(found, store, store.staging)
    assert answer.outcome is UNREADABLE
    assert answer.error is not None
    assert answer.error.code == "ISCB-FILE-LOCKED"
    assert recheck(found, store.staging) is UNREADABLE


@pytest.mark.usefixtures("hashing")
def test_an_assembly_is_laid_out_exactly(store: SnapshotStore, tmp_path: Path) -> None:
    found = staged(store, tmp_path)
    answer = prepare(found, store, store.staging)
    assert answer.handed_path == found.folder
    assert tree(answer.handed_path) == expected(store, found)
    assert os.path.basename(answer.handed_path) == "gear"
    assert recheck(found, store.staging) is SAME


@pytest.mark.usefixtures("hashing")
def test_what_the_desk_did_to_the_folder_is_noticed_and_undone(store: SnapshotStore, tmp_path: Path) -> None:
    found = staged(store, tmp_path)
    folder = Path(prepare(found, store, store.staging).handed_path)
    (folder / "bolt.FCStd").write_bytes(b"spoilt")
    (folder / "desk.tmp").write_bytes(b"new")
    (folder / "sub").mkdir()
    (folder / "sub" / "x").write_bytes(b"new")
    assert recheck(found, store.staging) is CHANGED
    assert outcome(store, found) is SAME
    assert tree(str(folder)) == expected(store, found)
    assert recheck(found, store.staging) is SAME
    (folder / "gear.FCStd").unlink()
    assert recheck(found, store.staging) is CHANGED
    # the store itself was never in reach
    assert expected(store, found)


def test_files_that_the_desk_adds_do_no_harm(store: SnapshotStore, tmp_path: Path) -> None:
    found = staged(store, tmp_path)
    folder = Path(prepare(found, store, store.staging).handed_path)
    (folder / "desk.tmp").write_bytes(b"new")
    assert recheck(found, store.staging) is SAME


def test_a_newer_version_takes_the_same_folder(store: SnapshotStore, tmp_path: Path) -> None:
    first = staged(store, tmp_path)
    folder = prepare(first, store, store.staging).handed_path
    unchanged = os.stat(os.path.join(folder, "bolt.FCStd"))
    main = write_fcstd(tmp_path / "a" / "gear.FCStd", ["../lib/bolt.FCStd"])
    second = capture(CaptureRequest(str(main), assembly=True), store, GO)
    assert outcome(store, first) is CHANGED
    assert prepare(second, store, store.staging).handed_path == folder
    assert tree(folder) == expected(store, second)
    assert os.stat(os.path.join(folder, "bolt.FCStd")).st_mtime_ns == unchanged.st_mtime_ns  # not written again


def test_two_assemblies_of_one_name_have_two_folders(store: SnapshotStore, tmp_path: Path) -> None:
    one, two = staged(store, tmp_path / "one"), staged(store, tmp_path / "two")
    assert one.folder != two.folder


@pytest.mark.usefixtures("hashing")
def test_a_changed_or_missing_part_is_a_change_of_the_assembly(store: SnapshotStore, tmp_path: Path) -> None:
    for number, make in enumerate((staged, in_place)):
        root = tmp_path / str(number)
        found = make(store, root)
        part, main = Path(found.files[1].source), Path(found.files[0].source)
        content = part.read_bytes()
        part.write_bytes(content[:-1] + b"!")
        assert outcome(store, found) is CHANGED
        part.unlink()
        assert outcome(store, found) is CHANGED
        part.write_bytes(content)
        assert outcome(store, found) is SAME
        main.unlink()
        assert outcome(store, found) is MISSING


@pytest.mark.usefixtures("hashing")
def test_an_assembly_in_place(store: SnapshotStore, tmp_path: Path) -> None:
    found = in_place(store, tmp_path)
    folder = tmp_path / "gear"
    assert prepare(found, store, store.staging).handed_path == str(folder)
    assert recheck(found, store.staging) is SAME
    (folder / "lib" / "more.prt").write_bytes(b"x")
    assert (outcome(store, found), recheck(found, store.staging)) == (CHANGED, CHANGED)
    (folder / "lib" / "more.prt").unlink()
    assert outcome(store, found) is SAME
    (folder / "gear.FCStd").touch()
    assert outcome(store, found) is SAME  # another stamp, the same bytes
    os.rename(folder, tmp_path / "elsewhere")
    assert (outcome(store, found), recheck(found, store.staging)) == (MISSING, MISSING)


def test_a_lost_object_heals_by_capturing_again(store: SnapshotStore, tmp_path: Path) -> None:
    found = staged(store, tmp_path)
    sha = found.files[1].sha256
    os.unlink(os.path.join(store.root, "objects", sha[:2], sha))
    assert outcome(store, found) is CHANGED
    again = staged(store, tmp_path)
    assert outcome(store, again) is SAME


def test_a_layout_note_that_lies_is_not_believed(store: SnapshotStore, tmp_path: Path) -> None:
    found = staged(store, tmp_path)
    folder = Path(prepare(found, store, store.staging).handed_path)
    for note in ("", "[]", "{", '{"gear.FCStd": 5}', '{"gear.FCStd": ["a"]}', '{"gear.FCStd": {}}'):
        (folder.parent / "layout.json").write_text(note)
        (folder / "gear.FCStd").write_bytes(b"spoilt")
        assert outcome(store, found) is SAME
        assert tree(str(folder)) == expected(store, found)


def test_old_folders_are_pruned(store: SnapshotStore, tmp_path: Path) -> None:
    one, two = staged(store, tmp_path / "one"), staged(store, tmp_path / "two")
    folders = [Path(prepare(found, store, store.staging).handed_path) for found in (one, two)]
    os.utime(folders[0].parent / "layout.json", (1000, 1000))
    staging.prune(store.staging, 2000.0)
    assert not folders[0].exists()
    assert folders[1].exists()
    staging.prune(tmp_path / "none", 2000.0)


def test_it_can_be_called_off(store: SnapshotStore, tmp_path: Path) -> None:
    found = staged(store, tmp_path)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        prepare(found, store, store.staging, stop)
    with pytest.raises(Stopped):
        recheck(found, store.staging, stop)


def test_the_sweep_of_old_folders_leaves_one_alone_that_is_being_laid_out(
    store: SnapshotStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = staged(store, tmp_path)
    folder = prepare(found, store, store.staging).handed_path
    (Path(folder) / found.files[1].name).unlink()
    long_ago = time.time() - 30 * DAY
    for path in (Path(folder).parent, Path(folder).parent / "layout.json"):
        os.utime(path, (long_ago, long_ago))
    copy_out = store.copy_out

    def with_a_sweep(*arguments: Any) -> None:
        staging.prune(store.staging, time.time() - 7 * DAY)
        copy_out(*arguments)

    monkeypatch.setattr(store, "copy_out", with_a_sweep)
    assert prepare(found, store, store.staging).outcome is SAME
    assert tree(folder) == expected(store, found)


def test_one_that_was_given_up_touches_nothing_any_more(
    store: SnapshotStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = staged(store, tmp_path)
    folder = Path(prepare(found, store, store.staging).handed_path)
    (folder / "newer.FCStd").write_bytes(b"of a newer look, which has another list of files")
    stop, hash_path = threading.Event(), compare.hash_path

    def give_up(path: str, asked: threading.Event) -> str:
        found = hash_path(path, asked)
        stop.set()  # while the share does not answer
        return found

    monkeypatch.setattr(compare, "hash_path", give_up)
    found = replace(found, files=found.files[:1])  # its last look at the files is its only one
    with pytest.raises(Stopped):
        prepare(found, store, store.staging, stop)
    assert (folder / "newer.FCStd").exists()
