"""The scan: links, rights, names that are no text."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from iscbridge.core.workfile_model import Hash, Look, Stat
from iscbridge.platform import scan as scans
from iscbridge.platform import workfile_looks
from iscbridge.platform.files import stamp
from iscbridge.platform.scan import Found, Scanner
from iscbridge.platform.workfile_looks import look, read


@pytest.fixture(params=[scans.by_name, scans.by_listing], ids=["name", "listing"])
def scanner(request):
    return Scanner(request.param)


def watched(scanner, path):
    found = stamp(str(path))
    scanner.add(str(path), Stat(found.size, found.mtime_ns, found.file_id))


def found(scanner):
    return [item.path for item in scanner.scan(threading.Event()) if isinstance(item, Found)]


def test_a_link_is_followed(scanner, tmp_path):
    target = tmp_path / "target.FCStd"
    target.write_bytes(b"x")
    link = tmp_path / "link.FCStd"
    link.symlink_to(target)
    watched(scanner, link)
    assert found(scanner) == []
    target.write_bytes(b"longer")
    assert found(scanner) == [str(link)]
    target.unlink()
    assert found(scanner) == [str(link)]
    assert look(Look(str(link), 1)).stat is None


def test_a_loop_of_links_is_trouble_and_no_end(scanner, tmp_path):
    link = tmp_path / "a"
    link.write_bytes(b"x")
    watched(scanner, link)
    link.unlink()
    link.symlink_to(tmp_path / "a")
    assert found(scanner) == [str(link)]
    assert found(scanner) == []
    assert look(Look(str(link), 1)).readable is False


def test_a_link_to_a_folder_is_looked_through(scanner, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "gear.FCStd").write_bytes(b"x")
    (tmp_path / "way").symlink_to(tmp_path / "real")
    watched(scanner, tmp_path / "way" / "gear.FCStd")
    assert found(scanner) == []
    (tmp_path / "way").unlink()
    assert found(scanner) == [str(tmp_path / "way" / "gear.FCStd")]


def test_a_name_that_is_no_text_is_a_name(scanner, tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/gear\xff\xfe.FCStd")
    with open(path, "wb") as file:
        file.write(b"x")
    watched(scanner, path)
    assert found(scanner) == []
    os.unlink(path)
    assert found(scanner) == [path]


def test_a_time_that_is_put_back_hides_nothing(tmp_path):
    scanner = Scanner()
    path = tmp_path / "gear.FCStd"
    path.write_bytes(b"one")
    watched(scanner, path)
    before = path.stat()
    path.write_bytes(b"two")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert found(scanner) == [str(path)]


def test_a_pipe_is_not_opened(scanner, tmp_path):
    path = tmp_path / "gear.FCStd"
    path.write_bytes(b"x")
    watched(scanner, path)
    path.unlink()
    os.mkfifo(path)
    assert found(scanner) == [str(path)]
    assert read(Hash(str(path), 1), threading.Event()).stat is None


def test_a_file_that_is_replaced_while_it_is_read_has_no_digest(tmp_path, monkeypatch):
    """As FreeCAD saves; Windows refuses the renaming over a file that is open."""
    path = tmp_path / "gear.FCStd"
    path.write_bytes(b"abc")
    other = tmp_path / "new"
    other.write_bytes(b"xyz")
    really = workfile_looks.read_into

    def replacing(fd, buffer, name):
        if other.exists():
            os.replace(other, path)
        return really(fd, buffer, name)

    monkeypatch.setattr(workfile_looks, "read_into", replacing)
    answer = read(Hash(str(path), 1), threading.Event())
    assert answer.sha256 is None
    assert answer.stat == look(Look(str(path), 1)).stat


AS_NOBODY = """
import hashlib, os, sys, threading  # hashlib: what is loaded late must be there before the rights go
from iscbridge.core.workfile_model import Hash, Look
from iscbridge.platform.scan import Found, Scanner, by_listing, by_name
from iscbridge.platform.workfile_looks import is_locked, look, read
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
path = sys.argv[1]
for way in (by_name, by_listing):
    scanner = Scanner(way)
    scanner.add(path, None)
    told = list(scanner.scan(threading.Event()))
    print(sum(isinstance(item, Found) for item in told), told[-1].whole, told[-1].error and told[-1].error.code)
print(look(Look(path, 1)).readable, is_locked(path), read(Hash(path, 1), threading.Event()).stat is not None)
"""


def as_nobody(path):
    for folder in path.parents[1:4]:
        folder.chmod(0o711)
    done = subprocess.run([sys.executable, "-c", AS_NOBODY, str(path)], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.fixture
def deep(tmp_path):
    path = tmp_path / "folder" / "gear.FCStd"
    path.parent.mkdir()
    path.write_bytes(b"x")
    yield path
    path.parent.chmod(0o700)


def test_a_folder_that_may_not_be_entered(deep):
    """Asking for each file tells it of each, listing tells it of the folder; a look tells that it can't be told."""
    deep.parent.chmod(0)
    assert as_nobody(deep) == ["1 True None", "0 False ISCB-FILE-DENIED", "False True False"]


def test_a_folder_that_may_be_entered_and_not_listed(deep):
    deep.parent.chmod(0o711)
    deep.chmod(0o644)
    assert as_nobody(deep) == ["1 True None", "0 False ISCB-FILE-DENIED", "True False True"]


def test_a_file_that_may_not_be_read_is_seen_all_the_same(deep):
    deep.parent.chmod(0o755)
    deep.chmod(0)
    assert as_nobody(deep) == ["1 True None", "1 True None", "True False False"]
