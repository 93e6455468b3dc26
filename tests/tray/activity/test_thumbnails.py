"""Pictures come later and never hold up the window; each file is read once for as long as it is the same."""

from __future__ import annotations

import gc
import os
import threading
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from shiboken6 import delete

from iscbridge.tray.activity import thumbnail_file, thumbnails
from iscbridge.tray.activity.thumbnails import Thumbnails
from support.checkout import ROOT


@pytest.fixture
def reads(monkeypatch) -> list[int]:
    """The thread of each read; what is read is a white square."""
    found: list[int] = []

    def read(_fd: int, _side: int) -> QImage:
        found.append(threading.get_ident())
        image = QImage(8, 8, QImage.Format.Format_RGB32)
        image.fill(0xFFFFFFFF)
        return image

    monkeypatch.setattr(thumbnail_file, "read", read)
    return found


@pytest.fixture
def pictures(qapp) -> Thumbnails:
    return Thumbnails()


def document(folder: Path, name: str = "a.FCStd") -> str:
    path = folder / name
    path.write_bytes(b"bytes")
    return str(path)


def test_a_picture_comes_later_from_another_thread(pictures, reads, qtbot, tmp_path):
    path = document(tmp_path)
    with qtbot.waitSignal(pictures.arrived) as told:
        assert pictures.get(path, "1") is None
    assert told.args == [path]
    assert pictures.get(path, "1").width() == 8
    assert threading.get_ident() not in reads


def test_the_same_file_is_read_once(pictures, reads, qtbot, tmp_path):
    path = document(tmp_path)
    for mark in ("1", "2"):
        with qtbot.waitSignal(pictures.arrived):
            pictures.get(path, mark)
    assert len(reads) == 1


def test_a_file_that_changed_is_read_again_and_its_old_picture_stays_meanwhile(pictures, reads, qtbot, tmp_path):
    path = document(tmp_path)
    with qtbot.waitSignal(pictures.arrived):
        pictures.get(path, "1")
    Path(path).write_bytes(b"other bytes")
    with qtbot.waitSignal(pictures.arrived):
        assert pictures.get(path, "2") is not None
    assert len(reads) == 2


def test_a_file_that_is_gone_is_looked_for_once_for_each_mark(pictures, reads, qtbot, tmp_path):
    path = str(tmp_path / "gone.FCStd")
    with qtbot.waitSignal(pictures.arrived):
        pictures.get(path, "1")
    assert pictures.get(path, "1") is None
    assert path not in pictures._asked
    assert reads == []


def test_a_disk_that_does_not_answer_holds_up_nobody(qapp, qtbot, monkeypatch, tmp_path):
    stuck, told = threading.Event(), threading.Semaphore(0)

    def look(_path: str) -> None:
        told.release()
        stuck.wait()

    monkeypatch.setattr(thumbnail_file, "look", look)
    pictures = Thumbnails()
    for number in range(thumbnails._MOST_WAITING + thumbnails.THREADS + 40):
        assert pictures.get(os.path.join(str(tmp_path), f"{number}.FCStd"), "1") is None
    for _ in range(thumbnails.THREADS):
        assert told.acquire(timeout=30)
    busy = [thread for thread in threading.enumerate() if thread.name == "thumbnails"]
    assert all(thread.daemon for thread in busy)
    assert len(pictures._reader._waiting) <= thumbnails._MOST_WAITING
    assert not told.acquire(blocking=False)
    stuck.set()


def test_what_was_dropped_is_asked_for_again(pictures, qapp, qtbot, monkeypatch, tmp_path):
    """A quick scroll past thousands of rows must not leave any of them without its picture for ever."""
    gate = threading.Event()
    monkeypatch.setattr(thumbnail_file, "look", lambda _path: gate.wait() and None)
    for number in range(1000):
        pictures.get(f"/{number}.FCStd", "1")
    qtbot.waitUntil(lambda: len(pictures._asked) <= thumbnails._MOST_WAITING + thumbnails.THREADS)
    gate.set()
    qtbot.waitUntil(lambda: not pictures._asked)
    missing = next(path for path in (f"/{n}.FCStd" for n in range(1000)) if path not in pictures._known)
    with qtbot.waitSignal(pictures.arrived):
        pictures.get(missing, "1")


def test_a_closed_window_gets_no_pictures(qapp, qtbot, monkeypatch, tmp_path):
    gate, begun = threading.Event(), threading.Event()

    def look(_path: str) -> None:
        begun.set()
        gate.wait()

    monkeypatch.setattr(thumbnail_file, "look", look)
    pictures = Thumbnails()
    reader = pictures._reader
    pictures.get("/a.FCStd", "1")
    assert begun.wait(30)
    pictures.get("/b.FCStd", "1")
    delete(pictures)
    del pictures
    gc.collect()
    gate.set()
    assert reader._stopped
    qtbot.waitUntil(lambda: reader._threads == 0)


def test_a_sample_without_a_picture_has_none(pictures, qtbot):
    path = str(ROOT / "resources" / "samples" / "bracket.FCStd")
    with qtbot.waitSignal(pictures.arrived):
        pictures.get(path, "1")
    assert pictures.get(path, "1") is None


def test_a_thread_with_nothing_to_do_ends_and_another_begins(pictures, reads, qtbot, monkeypatch, tmp_path):
    monkeypatch.setattr(thumbnails, "_IDLE_S", 0.01)
    for name in ("a.FCStd", "b.FCStd"):
        with qtbot.waitSignal(pictures.arrived):
            pictures.get(document(tmp_path, name), "1")
        qtbot.waitUntil(lambda: pictures._reader._threads == 0)
    assert len(reads) == 2
