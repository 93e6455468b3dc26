from __future__ import annotations

import io
import ntpath
import os
import posixpath
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iscbridge.sandbox import archive


def copy(path: str, write: Callable[[bytes], object]) -> None:
    write(Path(path).read_bytes())


def packed(folder: Path) -> bytes:
    target = io.BytesIO()
    archive.pack(archive.list_folder(str(folder)), target, copy)
    return target.getvalue()


def tree(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def test_round_trip_is_byte_for_byte(assembly: Path, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(packed(assembly))
    archive.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert tree(tmp_path / "out") == tree(assembly)
    assert "Teile äöü/深/轴承.FCStd".replace("/", os.sep) in tree(tmp_path / "out")


def test_equal_folders_give_equal_archives(assembly: Path, tmp_path: Path) -> None:
    shutil.copytree(assembly, tmp_path / "again", copy_function=shutil.copyfile)
    os.utime(tmp_path / "again" / "zero", (0, 0))
    (tmp_path / "again" / "zero").chmod(0o600)
    assert packed(tmp_path / "again") == packed(assembly)


NAME = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=40).filter(
    lambda name: name not in {".", ".."} and len(name.encode()) < 200
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.tuples(NAME, NAME), st.binary(max_size=300), max_size=8))
def test_any_names_come_back(tmp_path_factory: pytest.TempPathFactory, files: dict[tuple[str, str], bytes]) -> None:
    root = tmp_path_factory.mktemp("names")
    for (folder, name), content in files.items():
        (root / "in" / folder).mkdir(parents=True, exist_ok=True)
        (root / "in" / folder / name).write_bytes(content)
    (root / "in").mkdir(exist_ok=True)
    (root / "a.zip").write_bytes(packed(root / "in"))
    archive.unpack(root / "a.zip", root / "out")
    assert tree(root / "out") == tree(root / "in")


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/evil", "a//b", "a/./b", ".", "x/..", "//server/share"])
def test_a_name_that_leads_out_is_refused_and_nothing_is_left(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("good", b"1")
        file.writestr(name, b"2")
    with pytest.raises(archive.ArchiveError):
        archive.unpack(tmp_path / "a.zip", tmp_path / "in" / "out")
    assert list((tmp_path / "in").iterdir()) == []
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    "damage", [lambda b: b"", lambda b: b[:-30], lambda b: b"not a zip", lambda b: b[:40] + b"!" + b[41:]]
)
def test_a_damaged_archive_is_an_archive_error(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_bytes(b"content" * 100)
    (tmp_path / "a.zip").write_bytes(damage(packed(tmp_path / "in")))
    with pytest.raises(archive.ArchiveError):
        archive.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_name_that_claims_to_be_utf8_and_is_not(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ä.txt").write_bytes(b"content")
    content = packed(tmp_path / "in").replace("ä".encode(), b"\x80\x80")
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(archive.ArchiveError):
        archive.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_bytes_never_do_harm(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    root = tmp_path_factory.mktemp("fuzz")
    (root / "in").mkdir()
    (root / "in" / "a.txt").write_bytes(b"content")
    content = bytearray(packed(root / "in"))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (root / "a.zip").write_bytes(content)
    try:
        archive.unpack(root / "a.zip", root / "box" / "out")
    except (archive.ArchiveError, OSError):
        assert not (root / "box" / "out").exists()
    assert {path.name for path in root.iterdir()} <= {"in", "a.zip", "box"}


@pytest.mark.parametrize("name", ["c:evil", "..\\evil", "a/b\\c", "\\\\server\\share", "a/c:/b", "\\evil"])
def test_names_that_lead_out_on_windows_only(name: str) -> None:
    assert archive.safe_parts(name, posixpath) == name.split("/")
    with pytest.raises(archive.ArchiveError):
        archive.safe_parts(name, ntpath)


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(archive.ArchiveError, match="loop"):
        archive.list_folder(str(tmp_path))


def test_a_link_to_a_file_counts_as_the_file(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"real")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "z.zip").write_bytes(packed(tmp_path))
    with zipfile.ZipFile(tmp_path / "z.zip") as file:
        assert file.read("link") == b"real"


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(archive.ArchiveError, match="pipe"):
        archive.list_folder(str(tmp_path))


def test_a_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/\xff", "wb"):
        pass
    with pytest.raises(archive.ArchiveError, match="UTF-8"):
        archive.list_folder(str(tmp_path))
