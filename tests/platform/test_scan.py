"""The scan against real trees, in both ways of looking at a folder where the system has both."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from iscbridge.core.workfile_model import Hash, Hashed, Look, Seen, Stat
from iscbridge.platform import scan as scans
from iscbridge.platform import workfile_looks
from iscbridge.platform.files import stamp
from iscbridge.platform.scan import Found, Scanned, Scanner
from iscbridge.platform.workfile_looks import look, read

NAMES = [
    "gear.FCStd",
    "齿轮 第二版.FCStd",
    "e\u0301crou.FCStd",
    "e\u0301 and \u00e9.FCStd",
    "a" * 200 + ".FCStd",
    "-x$~.dwg",
]
WAYS = {"listing": scans.by_listing} | ({} if sys.platform == "win32" else {"name": scans.by_name})


def known(path):
    found = stamp(str(path))
    return Stat(found.size, found.mtime_ns, found.file_id)


@pytest.fixture(params=WAYS)
def scanner(request):
    return Scanner(WAYS[request.param])


@pytest.fixture
def tree(tmp_path, scanner):
    files = [tmp_path / folder / name for folder in ("one", "two") for name in NAMES]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"x")
        scanner.add(str(file), known(file))
    return files


def found(scanner, **options):
    told = list(scanner.scan(threading.Event(), **options))
    assert all(isinstance(item, Found | Scanned) for item in told)
    return {item.path for item in told if isinstance(item, Found)}


def test_an_unchanged_tree_has_nothing_to_tell(scanner, tree):
    told = list(scanner.scan(threading.Event()))
    assert told == [Scanned(str(folder), whole=True) for folder in dict.fromkeys(file.parent for file in tree)]


def test_each_change_is_told_once(scanner, tree):
    tree[0].write_bytes(b"longer")
    tree[3].unlink()
    assert found(scanner) == {str(tree[0]), str(tree[3])}
    assert found(scanner) == set()
    tree[3].write_bytes(b"back")
    assert found(scanner) == {str(tree[3])}


def test_what_happened_before_the_start_is_found(scanner, tree):
    """Nothing was scanned before: what is compared with came from the journal."""
    tree[1].write_bytes(b"changed while the bridge was off")
    assert found(scanner) == {str(tree[1])}


def test_a_file_that_nothing_is_known_of_is_told(scanner, tree):
    scanner.add(str(tree[2]), None)
    assert found(scanner) == {str(tree[2])}
    assert found(scanner) == set()


def test_a_replaced_file_is_found(scanner, tree):
    other = tree[0].with_name("new")
    other.write_bytes(b"y2")
    os.replace(other, tree[0])
    assert found(scanner) == {str(tree[0])}


def test_a_folder_in_the_place_of_a_file_is_told_as_its_going(scanner, tree):
    tree[0].unlink()
    tree[0].mkdir()
    assert found(scanner) == {str(tree[0])}
    assert found(scanner) == set()


def test_a_folder_that_is_renamed_away_and_back(scanner, tree):
    folder = tree[0].parent
    away = folder.with_name("away")
    folder.rename(away)
    expected = {str(file) for file in tree if file.parent == folder}
    assert found(scanner) == expected
    assert found(scanner) == set()
    away.rename(folder)
    assert found(scanner) == expected
    assert found(scanner) == set()


def test_a_file_in_the_place_of_a_folder_takes_its_files_away(scanner, tree):
    folder = tree[0].parent
    folder.rename(folder.with_name("away"))
    folder.write_bytes(b"")
    assert found(scanner) == {str(file) for file in tree if file.parent == folder}


def test_only_the_folders_that_are_named_are_scanned(scanner, tree):
    tree[0].write_bytes(b"longer")
    tree[-1].write_bytes(b"longer")
    assert found(scanner, folders=frozenset([str(tree[-1].parent), "/nowhere"])) == {str(tree[-1])}
    assert found(scanner) == {str(tree[0])}


def test_a_forgotten_file_is_not_told(scanner, tree):
    for file in tree:
        file.write_bytes(b"longer")
        scanner.forget(str(file))
    scanner.forget("/never/known")
    assert list(scanner.scan(threading.Event())) == []


def test_other_files_are_none_of_its_business(scanner, tree):
    (tree[0].parent / "other").write_bytes(b"")
    assert found(scanner) == set()


def test_a_stopped_scan_ends_and_tells_no_folder_as_whole(scanner, tree):
    stop = threading.Event()
    stop.set()
    assert list(scanner.scan(stop)) == []
    stop.clear()
    tree[0].write_bytes(b"longer")
    told = []
    for item in scanner.scan(stop):
        told.append(item)
        stop.set()
    assert told[0] == Found(str(tree[0]))
    assert told[1:] in ([], [Scanned(str(tree[0].parent), whole=False)])


def test_a_scan_that_is_left_early_tells_the_rest_next_time(scanner, tree):
    for file in tree:
        file.write_bytes(b"longer")
    first = next(scanner.scan(threading.Event()))
    assert found(scanner) == {str(file) for file in tree} - {first.path}


def test_a_file_added_from_another_thread_is_in_the_next_scan(scanner, tmp_path):
    file = tmp_path / "late.FCStd"
    file.write_bytes(b"x")
    thread = threading.Thread(target=scanner.add, args=(str(file), None))
    thread.start()
    thread.join()
    assert found(scanner) == {str(file)}


def test_look_tells_the_file_and_its_lock(tmp_path):
    file = tmp_path / "plan.DWG"
    file.write_bytes(b"x")
    effect = Look(str(file), 7)
    assert look(effect) == Seen(str(file), 7, known(file))
    (tmp_path / "plan.dwl2").write_bytes(b"")
    assert look(effect).locked
    file.unlink()
    assert look(effect) == Seen(str(file), 7, None)
    file.mkdir()
    assert look(effect) == Seen(str(file), 7, None)


def test_a_name_too_long_for_a_lock_file_is_not_locked(tmp_path):
    file = tmp_path / ("n" * 255)
    try:
        file.write_bytes(b"x")
    except OSError:  # Windows counts the folders too
        file = tmp_path / "short"
        file.write_bytes(b"x")
    assert look(Look(str(file), 1)).locked is False


def test_read_gives_the_digest_of_an_unchanging_file(tmp_path):
    file = tmp_path / "gear.FCStd"
    file.write_bytes(b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert read(Hash(str(file), 3), threading.Event()) == Hashed(str(file), 3, known(file), expected)


def test_read_of_nothing_is_told(tmp_path):
    path = str(tmp_path / "no")
    assert read(Hash(path, 3), threading.Event()) == Hashed(path, 3, None, None)


def test_a_stopped_read_is_told_as_none(tmp_path):
    file = tmp_path / "gear.FCStd"
    file.write_bytes(b"abc")
    stop = threading.Event()
    stop.set()
    assert read(Hash(str(file), 3), stop) == Hashed(str(file), 3, None, None)


def test_a_file_that_is_written_to_while_it_is_read_has_no_digest(tmp_path, monkeypatch):
    file = tmp_path / "gear.FCStd"
    file.write_bytes(b"abc")
    really = workfile_looks.read_into

    def writing(fd, buffer, path):
        count = really(fd, buffer, path)
        if file.stat().st_size == 3:
            file.write_bytes(b"longer")
        return count

    monkeypatch.setattr(workfile_looks, "read_into", writing)
    stop = threading.Event()
    assert read(Hash(str(file), 3), stop) == Hashed(str(file), 3, known(file), None)
