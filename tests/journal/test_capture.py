from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest

from iscbridge.core.errors import BridgeError
from iscbridge.core.jobs import Snapshot
from iscbridge.hosts.fcstd import FcStd
from iscbridge.journal import capture as cap
from iscbridge.journal.capture import CaptureRequest, Stopped, capture, identify_opened, identities, is_rule
from iscbridge.journal.snapshots import SnapshotStore
from support.fcstd import write_fcstd

SAMPLES = Path(__file__).parents[2] / "resources" / "samples"
GO = threading.Event()


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path / "home" / "snapshots")


def assembly(store: SnapshotStore, path: Path, **fields: object) -> Snapshot:
    return capture(CaptureRequest(str(path), assembly=True, **fields), store, GO)  # type: ignore[arg-type]  # its fields


def content(store: SnapshotStore, snapshot: Snapshot) -> dict[str, bytes]:
    found = {}
    for file in snapshot.files:
        with store.open(file.sha256) as stored:
            found[file.name] = stored.read()
        assert hashlib.sha256(found[file.name]).hexdigest() == file.sha256
    return found


def refusal(store: SnapshotStore, path: Path | str, **fields: object) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        capture(CaptureRequest(str(path), **fields), store, GO, patience=())  # type: ignore[arg-type]  # its fields
    assert list(Path(store.root, "tmp").iterdir()) == []
    return caught.value


def folder_of(path: Path, *names: str) -> Path:
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(name.encode())
    return path


def test_a_single_file_is_handed_over_by_its_own_path(store: SnapshotStore, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    path = str(tmp_path / "sub" / ".." / "part.FCStd")
    Path(path).write_bytes(b"anything")
    found = capture(CaptureRequest(path), store, GO)
    assert (found.folder, found.staged) == (None, False)
    assert (found.files[0].source, found.files[0].name) == (path, "part.FCStd")
    assert found.files[0].sha256 == found.files[0].source_sha256
    assert found.identity == identify_opened(str(tmp_path / "part.FCStd"), False)
    assert content(store, found) == {"part.FCStd": b"anything"}


def test_a_real_assembly_is_staged_flat_with_its_references(store: SnapshotStore) -> None:
    main = SAMPLES / "gearbox" / "gearbox.FCStd"
    before = {path: path.read_bytes() for path in SAMPLES.rglob("*.FCStd")}
    found = assembly(store, main)
    assert found.staged
    assert found.folder is not None
    assert os.path.basename(found.folder) == "gearbox"
    assert found.folder == assembly(store, main).folder
    assert found.files[0].name == "gearbox.FCStd"
    files = content(store, found)
    assert len(files) == 7
    for file in found.files:
        with store.open(file.sha256) as stored:
            for link in FcStd().links(stored, file.name):
                assert link in files
        changed = file.name in ("gearbox.FCStd", "drive.FCStd")
        assert (file.sha256 != file.source_sha256) == changed
        assert file.size == os.stat(file.source).st_size
    assert {path: path.read_bytes() for path in before} == before


def test_an_assembly_below_one_folder_keeps_its_bytes(store: SnapshotStore, tmp_path: Path) -> None:
    write_fcstd(tmp_path / "lib" / "bolt.FCStd")
    found = assembly(store, write_fcstd(tmp_path / "gear.FCStd", ["lib/bolt.FCStd"]))
    assert [file.name for file in found.files] == ["gear.FCStd", "lib/bolt.FCStd"]
    assert all(file.sha256 == file.source_sha256 for file in found.files)


def test_an_assembly_folder_goes_in_place_with_all_its_files(store: SnapshotStore, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "gear", "gear.asm", "lib/bolt.prt", "notes.txt")
    found = assembly(store, folder)
    assert (found.folder, found.staged) == (str(folder), False)
    assert found.files[0].name == "gear.asm"
    assert set(content(store, found)) == {"gear.asm", "lib/bolt.prt", "notes.txt"}
    assert found.identity == identify_opened(str(folder), True)


def test_the_known_format_is_the_main_file(store: SnapshotStore, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "gear", "gear.asm", "Gear.FCStd.bak")
    write_fcstd(folder / "gear.FCStd")
    assert assembly(store, folder).files[0].name == "gear.FCStd"


def test_a_folder_without_a_main_file_is_refused(store: SnapshotStore, tmp_path: Path) -> None:
    error = refusal(store, folder_of(tmp_path / "gear", "other.asm", "sub/gear.asm"), assembly=True)
    assert error.code == "ISCB-ASM-NO-MAIN"
    assert is_rule(error)


def test_what_came_from_the_cloud_goes_back_from_its_folder(store: SnapshotStore, tmp_path: Path) -> None:
    folder = tmp_path / "gear"
    write_fcstd(folder / "lib" / "bolt.FCStd")
    write_fcstd(folder / "gear.FCStd", ["lib/bolt.FCStd"])
    for path in (folder / "gear.FCStd", folder / "lib" / "bolt.FCStd"):
        found = assembly(store, path, opened_folders=(str(folder),))
        assert (found.folder, found.staged) == (str(folder), False)
        assert found.files[0].name == "gear.FCStd"
        assert found.identity == identify_opened(str(folder), True)
    assert assembly(store, folder / "gear.FCStd", opened_folders=(str(tmp_path / "ge"),)).staged


def test_a_part_outside_the_cloud_folder_is_refused(store: SnapshotStore, tmp_path: Path) -> None:
    outside = write_fcstd(tmp_path / "lib" / "bolt.FCStd")
    main = write_fcstd(tmp_path / "gear" / "gear.FCStd", ["../lib/bolt.FCStd"])
    error = refusal(store, main, assembly=True, opened_folders=(str(tmp_path / "gear"),))
    assert error.code == "ISCB-ASM-OUTSIDE"
    assert error.params["names"] == str(outside)


def test_missing_parts_are_refused_with_their_names(store: SnapshotStore, tmp_path: Path) -> None:
    main = write_fcstd(tmp_path / "gear" / "gear.FCStd", ["bolt.FCStd", "nut.FCStd"])
    for path in (main, main.parent):
        error = refusal(store, path, assembly=True)
        assert error.code == "ISCB-ASM-MISSING-PARTS"
        assert is_rule(error)
        assert "bolt.FCStd" in error.params["names"]
        assert "nut.FCStd" in error.params["names"]


def test_a_list_of_files(store: SnapshotStore, tmp_path: Path) -> None:
    folder_of(tmp_path, "gear.asm", "lib/bolt.prt")
    found = assembly(
        store, tmp_path / "gear.asm", files=(str(tmp_path / "lib" / "bolt.prt"), str(tmp_path / "gear.asm"))
    )
    assert found.staged
    assert [file.name for file in found.files] == ["gear.asm", "lib/bolt.prt"]


def test_a_list_with_equal_names_is_refused(store: SnapshotStore, tmp_path: Path) -> None:
    folder_of(tmp_path, "asm/gear.asm", "x/bolt.prt", "y/BOLT.prt")
    listed = tuple(str(tmp_path / name) for name in ("x/bolt.prt", "y/BOLT.prt"))
    error = refusal(store, tmp_path / "asm" / "gear.asm", assembly=True, files=listed)
    assert error.code == "ISCB-ASM-NAME-COLLISION"
    assert is_rule(error)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("", "ISCB-REQ-PATH-EMPTY"),
        ("part.FCStd", "ISCB-REQ-PATH-RELATIVE"),
        ("/a\0b", "ISCB-REQ-PATH-ENCODING"),
        ("/\ud800", "ISCB-REQ-PATH-ENCODING"),
        ("/" + "x" * 300, "ISCB-REQ-PATH-TOO-LONG"),
    ],
)
@pytest.mark.parametrize("is_assembly", [False, True])
def test_impossible_paths_are_refused(store: SnapshotStore, path: str, code: str, is_assembly: bool) -> None:
    path = path.replace("/", "C:\\") if os.sep == "\\" else path
    error = refusal(store, path, assembly=is_assembly)
    assert error.code == code
    assert is_rule(error)


def test_a_bad_path_in_a_list_is_refused(store: SnapshotStore, tmp_path: Path) -> None:
    folder_of(tmp_path, "gear.asm")
    assert refusal(store, tmp_path / "gear.asm", assembly=True, files=("bolt",)).code == "ISCB-REQ-PATH-RELATIVE"


def test_what_is_no_file_is_refused_or_fails(store: SnapshotStore, tmp_path: Path) -> None:
    missing = refusal(store, tmp_path / "none")
    assert (missing.code, is_rule(missing)) == ("ISCB-FILE-MISSING", False)
    folder = refusal(store, tmp_path)
    assert (folder.code, is_rule(folder)) == ("ISCB-FILE-IS-FOLDER", True)
    (tmp_path / "a.FCStd").write_bytes(b"no zip")
    damaged = refusal(store, tmp_path / "a.FCStd", assembly=True)
    assert (damaged.code, is_rule(damaged)) == ("ISCB-ASM-FORMAT", True)


def test_it_can_be_called_off(store: SnapshotStore, tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"x")
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        capture(CaptureRequest(str(tmp_path / "part")), store, stop)
    assert list(Path(store.root, "tmp").iterdir()) == []


def test_ten_thousand_files(store: SnapshotStore, tmp_path: Path) -> None:
    for number in range(9_999):
        (tmp_path / f"part{number}").write_bytes(number.to_bytes(4))
    (tmp_path / "gear.asm").write_bytes(b"main")
    listed = tuple(str(tmp_path / f"part{number}") for number in range(9_999))
    found = assembly(store, tmp_path / "gear.asm", files=listed)
    assert len(found.files) == 10_000
    assert len({file.sha256 for file in found.files}) == 10_000
    assert all(store.holds(file.sha256) for file in found.files)


def test_identities_cover_all_ways_of_saving_a_file(store: SnapshotStore, tmp_path: Path) -> None:
    main = write_fcstd(tmp_path / "gear" / "gear.FCStd")
    known = identities(str(main))
    assert capture(CaptureRequest(str(main)), store, GO).identity == known[0]
    assert assembly(store, main).identity == known[1]
    assert assembly(store, main.parent).identity == known[2]
    assert identities(str(main.parent)) == (known[2],)


def test_it_is_durable_before_it_returns(store: SnapshotStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes are flushed before an object gets its name, and the names before the capture is done."""
    log: list[str] = []
    durable = cap.SnapshotStore.publish.__globals__["durable"]
    for name in ("flush_file", "replace", "flush_folder"):
        real = getattr(durable, name)
        monkeypatch.setattr(durable, name, lambda *a, _name=name, _real=real: (log.append(_name), _real(*a))[1])
    (tmp_path / "part").write_bytes(b"x")
    capture(CaptureRequest(str(tmp_path / "part")), store, GO)
    assert log.index("flush_file") < log.index("replace")
    assert "flush_folder" in log[log.index("replace") :]
