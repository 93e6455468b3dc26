"""Files of ours and the calls about them that Windows answers in another way, or not at all."""

from __future__ import annotations

import ctypes
import os
import threading
from pathlib import Path

import pytest

from iscbridge.core.workfile_model import Hash, Look
from iscbridge.platform import durable
from iscbridge.platform.durable import replace
from iscbridge.platform.hardening import no_core_dumps
from iscbridge.platform.native import NATIVE_DIR, library_name, native_library
from iscbridge.platform.reflink import Reflinker
from iscbridge.platform.resources import client_file, resources_folder
from iscbridge.platform.winfiles import BACKUP_SEMANTICS, close_handle, open_handle
from iscbridge.platform.workfile_looks import is_locked, look, read

GENERIC_READ = 0x8000_0000


def test_the_libraries_are_dlls_of_the_package(tmp_path: Path) -> None:
    for stem in ("iscbridge_shim_sandbox", "iscbridge_sandbox_sdk", "iscbridge_device"):
        assert library_name(stem) == f"{stem}.dll"
        assert native_library(stem, {}).is_file()
    assert native_library("x", {NATIVE_DIR: str(tmp_path)}) == tmp_path / "x.dll"


def test_what_comes_with_the_program_is_found() -> None:
    assert client_file().is_file()
    assert (resources_folder("hosts")).name == "hosts"


def test_a_handle_is_shared_unless_it_is_to_be_one_s_own(tmp_path: Path) -> None:
    path = tmp_path / "gear.FCStd"
    path.write_bytes(b"gear")
    handle = open_handle(str(path), GENERIC_READ, 0)
    path.rename(tmp_path / "other.FCStd")
    (tmp_path / "other.FCStd").rename(path)
    close_handle(handle)
    handle = open_handle(str(path), GENERIC_READ, 0, share=0)
    with pytest.raises(PermissionError):
        path.read_bytes()
    close_handle(handle)
    assert path.read_bytes() == b"gear"


def test_a_folder_s_handle_wants_to_be_asked_for(tmp_path: Path) -> None:
    with pytest.raises(PermissionError):
        open_handle(str(tmp_path), GENERIC_READ, 0)
    close_handle(open_handle(str(tmp_path), GENERIC_READ, BACKUP_SEMANTICS))
    with pytest.raises(FileNotFoundError):
        open_handle(str(tmp_path / "nothing"), GENERIC_READ, 0)


def test_blocks_are_never_shared_here(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"x" * 100_000)
    with source.open("rb") as one, target.open("wb") as other:
        assert not Reflinker().clone(one.fileno(), other.fileno())
    assert not Reflinker.worked


def test_a_working_file_is_looked_at_while_its_cad_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "gear.FCStd"
    path.write_bytes(b"gear")
    with path.open("r+b"):  # a CAD that keeps its document open
        seen = look(Look(str(path), 1))
        assert (seen.stat.size, seen.locked) == (4, False)
        hashed = read(Hash(str(path), 2), threading.Event())
        assert hashed.sha256 is not None
    (tmp_path / "~$gear.FCStd").write_bytes(b"")
    assert is_locked(str(tmp_path / "gear.SLDPRT")) is False
    path.unlink()
    gone = look(Look(str(path), 3))
    assert (gone.stat, gone.readable) == (None, True)


def test_a_replacement_waits_until_readers_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows moves no file over one that is open: a virus scanner or a search index holds it for a moment."""
    path, new = tmp_path / "settings", tmp_path / "settings.new"
    path.write_bytes(b"old")
    new.write_bytes(b"new")
    readers = [os.open(path, os.O_RDONLY | os.O_BINARY)]
    monkeypatch.setattr(durable.time, "sleep", lambda _seconds: os.close(readers.pop()))
    replace(str(new), str(path))
    assert not readers, "it was replaced while it was open"
    assert path.read_bytes() == b"new"


def test_a_file_that_stays_open_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, new = tmp_path / "settings", tmp_path / "settings.new"
    path.write_bytes(b"old")
    new.write_bytes(b"new")
    monkeypatch.setattr(durable.time, "sleep", lambda _seconds: None)
    with path.open("rb"), pytest.raises(PermissionError):
        replace(str(new), str(path))
    assert (path.read_bytes(), new.read_bytes()) == (b"old", b"new")


def test_a_crash_of_this_process_is_reported_to_nobody() -> None:
    no_core_dumps()
    assert ctypes.windll.kernel32.GetErrorMode() & 3 == 3
