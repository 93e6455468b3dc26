from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from iscbridge.core.errors import BridgeError
from iscbridge.journal.capture import CaptureRequest, capture, is_rule
from iscbridge.journal.snapshots import SnapshotStore
from support.fcstd import write_fcstd

GO = threading.Event()


@pytest.fixture
def store(tmp_path: Path) -> SnapshotStore:
    return SnapshotStore(tmp_path / "home" / "snapshots")


def refusal(store: SnapshotStore, path: Path | str, *, assembly: bool = False) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        capture(CaptureRequest(str(path), assembly), store, GO, patience=())
    return caught.value


def test_pipes_links_in_circles_and_devices(store: SnapshotStore, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "device").symlink_to("/proc/kmsg")
    expected = {"pipe": "ISCB-FILE-NOT-REGULAR", "loop": "ISCB-FILE-LOOP", "device": "ISCB-REQ-PATH-DEVICE"}
    for name, code in expected.items():
        for assembly in (False, True):
            error = refusal(store, tmp_path / name, assembly=assembly)
            assert error.code == code
            assert is_rule(error)


def test_a_name_that_is_not_unicode_in_a_folder(store: SnapshotStore, tmp_path: Path) -> None:
    folder = tmp_path / "gear"
    write_fcstd(folder / "gear.FCStd")
    Path(os.fsdecode(os.fsencode(folder) + b"/b\xff")).write_bytes(b"x")
    assert refusal(store, folder, assembly=True).code == "ISCB-REQ-PATH-ENCODING"


def test_a_backslash_in_a_name_of_an_assembly(store: SnapshotStore, tmp_path: Path) -> None:
    folder = tmp_path / "gear"
    write_fcstd(folder / "gear.FCStd", ["a\\b.FCStd"])
    write_fcstd(folder / "a\\b.FCStd")
    for path in (folder, folder / "gear.FCStd"):
        assert refusal(store, path, assembly=True).code == "ISCB-FILE-PATH-NOT-EXPRESSIBLE"


def test_a_linked_folder_does_not_lead_out(store: SnapshotStore, tmp_path: Path) -> None:
    write_fcstd(tmp_path / "lib" / "bolt.FCStd")
    folder = tmp_path / "gear"
    write_fcstd(folder / "gear.FCStd", ["lib/bolt.FCStd"])
    (folder / "lib").symlink_to(tmp_path / "lib")
    assert refusal(store, folder, assembly=True).code == "ISCB-ASM-OUTSIDE"


def test_spellings_of_one_file_are_one_identity(store: SnapshotStore, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "part").write_bytes(b"x")
    (tmp_path / "short").symlink_to("lib")
    one = capture(CaptureRequest(str(tmp_path / "lib" / "part")), store, GO)
    two = capture(CaptureRequest(str(tmp_path / "short" / "part")), store, GO)
    assert one.identity == two.identity
    assert two.files[0].source == str(tmp_path / "short" / "part")
