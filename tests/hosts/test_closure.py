from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from iscbridge.core.errors import AssemblyError, FileError
from iscbridge.hosts import closure as module
from iscbridge.hosts.closure import Closure, Stopped, closure, listed
from support.fcstd import write_fcstd

SAMPLES = Path(__file__).parents[2] / "resources" / "samples"
GO = threading.Event()


def names(found: Closure, root: Path) -> list[str]:
    return [os.path.relpath(member.path, root).replace(os.sep, "/") for member in found.members]


def test_a_real_assembly_with_its_sub_assembly() -> None:
    found = closure(str(SAMPLES / "gearbox" / "gearbox.FCStd"), GO)
    assert found.missing == ()
    assert names(found, SAMPLES)[0] == "gearbox/gearbox.FCStd"
    assert set(names(found, SAMPLES)) == {
        "gearbox/gearbox.FCStd",
        "gearbox/housing/Gehäuse & Deckel.FCStd",
        "gearbox/drive/drive.FCStd",
        "gearbox/drive/齿轮.FCStd",
        "gearbox/shaft.FCStd",
        "gearbox/fasteners/bolt.FCStd",
        "library/bolt.FCStd",
    }


def test_circles_and_self_references_end(tmp_path: Path) -> None:
    write_fcstd(tmp_path / "a.FCStd", ["b.FCStd", "a.FCStd"])
    write_fcstd(tmp_path / "b.FCStd", ["c.FCStd"])
    write_fcstd(tmp_path / "c.FCStd", ["a.FCStd", "./b.FCStd"])
    assert names(closure(str(tmp_path / "a.FCStd"), GO), tmp_path) == ["a.FCStd", "b.FCStd", "c.FCStd"]


def test_what_is_missing_is_named_and_the_rest_is_found(tmp_path: Path) -> None:
    write_fcstd(tmp_path / "a.FCStd", ["gone.FCStd", "b.FCStd", "folder"])
    write_fcstd(tmp_path / "b.FCStd", ["lib/also gone.FCStd"])
    (tmp_path / "folder").mkdir()
    found = closure(str(tmp_path / "a.FCStd"), GO)
    assert found.missing == tuple(str(tmp_path / name) for name in ("gone.FCStd", "folder", "lib/also gone.FCStd"))
    assert len(found.members) == 2


def test_a_document_takes_only_documents_of_its_kind_along_from_elsewhere(tmp_path: Path) -> None:
    """What somebody else's document names must not be sent because this user may read it."""
    (tmp_path / "secret.txt").write_bytes(b"of nobody's business")
    main = str(write_fcstd(tmp_path / "work" / "a.FCStd", ["B.fcstd", "../secret.txt"]))
    write_fcstd(tmp_path / "work" / "B.fcstd")
    with pytest.raises(AssemblyError) as caught:
        closure(main, GO)
    assert caught.value.code == "ISCB-ASM-FORMAT"
    assert "secret.txt" in caught.value.params["detail"]
    assert len(listed(main, (str(tmp_path / "secret.txt"),), GO).members) == 2, "a host may list it"
    (tmp_path / "secret.txt").unlink()
    assert closure(main, GO).missing == (str(tmp_path / "secret.txt"),)


def test_a_missing_main_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        closure(str(tmp_path / "none.FCStd"), GO)
    assert caught.value.code == "ISCB-FILE-MISSING"


def test_absolute_references_are_followed(tmp_path: Path) -> None:
    part = write_fcstd(tmp_path / "lib" / "b.FCStd")
    write_fcstd(tmp_path / "a.FCStd", [str(part)])
    assert names(closure(str(tmp_path / "a.FCStd"), GO), tmp_path) == ["a.FCStd", "lib/b.FCStd"]


def test_files_of_other_formats_are_taken_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "b.step").write_bytes(b"no zip")
    write_fcstd(tmp_path / "a.FCStd", ["b.step"])
    assert names(closure(str(tmp_path / "a.FCStd"), GO), tmp_path) == ["a.FCStd", "b.step"]


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    (tmp_path / "b.FCStd").write_bytes(b"no zip")
    write_fcstd(tmp_path / "a.FCStd", ["b.FCStd"])
    with pytest.raises(AssemblyError) as caught:
        closure(str(tmp_path / "a.FCStd"), GO)
    assert caught.value.params["path"] == str(tmp_path / "b.FCStd")


def test_it_can_be_called_off(tmp_path: Path) -> None:
    write_fcstd(tmp_path / "a.FCStd")
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        closure(str(tmp_path / "a.FCStd"), stop)


def test_ten_thousand_files(tmp_path: Path) -> None:
    part = write_fcstd(tmp_path / "part0.FCStd")
    for number in range(1, 9_999):
        os.link(part, tmp_path / f"part{number}.FCStd")  # own names, one content: quick to make
    write_fcstd(tmp_path / "a.FCStd", [f"part{number}.FCStd" for number in range(9_999)])
    found = closure(str(tmp_path / "a.FCStd"), GO)
    assert len(found.members) == 10_000
    assert found.missing == ()


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILES", 3)
    for number in range(4):
        write_fcstd(tmp_path / f"{number}.FCStd", [f"{number + 1}.FCStd"])
    with pytest.raises(AssemblyError) as caught:
        closure(str(tmp_path / "0.FCStd"), GO)
    assert caught.value.code == "ISCB-ASM-TOO-LARGE"


def test_a_listed_file_that_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.prt").write_bytes(b"a")
    found = listed(str(tmp_path / "a.prt"), (str(tmp_path / "a.prt"), str(tmp_path / "b.prt")), GO)
    assert found.missing == (str(tmp_path / "b.prt"),)
    assert len(found.members) == 1


def test_a_list_is_taken_as_it_is_and_references_within_it_are_known(tmp_path: Path) -> None:
    write_fcstd(tmp_path / "b.FCStd")
    write_fcstd(tmp_path / "unlisted.FCStd")
    main = write_fcstd(tmp_path / "a.FCStd", ["b.FCStd", "unlisted.FCStd", "gone.FCStd"])
    found = listed(str(main), (str(tmp_path / "b.FCStd"),), GO)
    assert names(found, tmp_path) == ["a.FCStd", "b.FCStd"]
    assert found.missing == ()
    assert list(found.members[0].links) == ["b.FCStd"]
