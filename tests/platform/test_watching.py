"""Watching real folders with the system's own events."""

from __future__ import annotations

import errno
import os
import queue
import threading

import pytest

from iscbridge.platform import watch_threads
from iscbridge.platform import watching as module
from iscbridge.platform.watching import News, Reason, Unwatched, Watching
from tests.support.watched_folders import PATIENCE, listening


@pytest.fixture
def watching():
    made = []

    def make(**options):
        made.append(Watching(**options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def until(watching, condition):
    """Take news until they hold what is waited for; everything that was taken."""
    paths, scan = set(), set()
    for _ in range(PATIENCE):
        news = watching.take(0.1)
        paths |= news.paths
        scan |= news.scan
        if condition(paths, scan):
            return News(frozenset(paths), frozenset(scan))
    raise AssertionError((paths, scan))


def folder_with(tmp_path, name="cad", *files):
    folder = tmp_path / name
    folder.mkdir()
    for file in files:
        (folder / file).write_bytes(b"x")
    return folder


def begun(watching, *folders):
    """Watch, and take the scans that a new watch asks for."""
    watching.watch([str(folder) for folder in folders])
    assert watching.take().scan == {str(folder) for folder in folders}


def test_a_new_watch_asks_for_a_scan_once(watching, tmp_path):
    folder = folder_with(tmp_path)
    one = watching()
    begun(one, folder)
    one.watch([str(folder), str(folder)])
    assert one.take() == News()
    assert one.unwatched() == ()


def test_a_save_by_renaming_is_seen_under_the_documents_name(watching, tmp_path):
    folder = folder_with(tmp_path, "cad", "齿轮.FCStd")
    one = watching()
    begun(one, folder)
    listening(one, folder)
    (folder / "齿轮.FCStd.0815").write_bytes(b"new")
    os.replace(folder / "齿轮.FCStd", folder / "齿轮.FCStd1")
    os.replace(folder / "齿轮.FCStd.0815", folder / "齿轮.FCStd")
    # Not also FCStd1, the copy that FreeCAD keeps: Wine does not tell of every name of a rename.
    until(one, lambda paths, scan: str(folder / "齿轮.FCStd") in paths)


def test_writing_in_place_deleting_and_lock_files_are_seen(watching, tmp_path):
    folder = folder_with(tmp_path, "cad", "a.dwg", "b.dwg")
    one = watching()
    begun(one, folder)
    listening(one, folder)
    with (folder / "a.dwg").open("ab") as file:
        file.write(b"more")
    (folder / "b.dwg").unlink()
    (folder / "a.dwl").write_bytes(b"")
    until(one, lambda paths, scan: paths >= {str(folder / name) for name in ("a.dwg", "b.dwg", "a.dwl")})


def test_many_files_at_once_are_all_seen_each_once_a_take(watching, tmp_path):
    folder = folder_with(tmp_path)
    one = watching()
    begun(one, folder)
    listening(one, folder)
    expected = {str(folder / f"part{number}.FCStd") for number in range(1500)}
    for path in expected:
        with open(path, "wb") as file:
            file.write(b"x")
    news = until(one, lambda paths, scan: paths >= expected or scan)
    assert news.paths >= expected or news.scan == {str(folder)}


def test_two_folders_do_not_mix(watching, tmp_path):
    first, second = folder_with(tmp_path, "first", "a"), folder_with(tmp_path, "second", "a")
    one = watching()
    begun(one, first, second)
    one.watch([str(second)])
    listening(one, second)
    (first / "a").write_bytes(b"unseen")
    (second / "a").write_bytes(b"seen")
    news = until(one, lambda paths, scan: str(second / "a") in paths)
    assert str(first / "a") not in news.paths


def test_a_full_queue_asks_for_a_scan_of_everything(watching, tmp_path):
    first, second = folder_with(tmp_path, "first"), folder_with(tmp_path, "second")
    one = watching(capacity=5)
    begun(one, first, second)
    listening(one, first)
    for number in range(20):
        (first / f"{number}").write_bytes(b"x")
    news = until(one, lambda paths, scan: len(scan) == 2)
    assert news.scan == {str(first), str(second)}


def test_a_flood_asks_for_a_scan_of_its_folder(watching, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BURST", 100)
    first, second = folder_with(tmp_path, "first"), folder_with(tmp_path, "second")
    one = watching()
    begun(one, first, second)
    listening(one, first)
    for number in range(200):
        (first / f"{number}").write_bytes(b"x")
    assert until(one, lambda paths, scan: scan).scan == {str(first)}


def test_after_a_flood_there_is_one_more_scan(watching, tmp_path, monkeypatch):
    """What was lost at its end comes after the scan that its beginning asked for."""
    monkeypatch.setattr(module, "BURST", 100)
    folder = folder_with(tmp_path)
    one = watching()
    begun(one, folder)
    listening(one, folder)
    for number in range(100):
        (folder / f"{number}").write_bytes(b"x")
    until(one, lambda paths, scan: scan)
    scans = 0
    while (news := one.take(1.0)) != News():
        scans += bool(news.scan)
    assert scans >= 1


def test_events_that_are_lost_on_the_way_ask_for_a_scan(watching, tmp_path):
    """What a system that drops events says, said by the watch of a folder."""
    first, second = folder_with(tmp_path, "first"), folder_with(tmp_path, "second")
    one = watching()
    begun(one, first, second)
    one._watched[str(first)].emitter.queue_event(watch_threads.Lost(str(first)))
    assert until(one, lambda paths, scan: scan).scan == {str(first)}


def test_a_folder_that_is_renamed_away_and_back(watching, tmp_path):
    folder = folder_with(tmp_path, "cad", "a.FCStd")
    one = watching()
    begun(one, folder)
    os.rename(folder, tmp_path / "away")
    one.check()
    assert one.unwatched() == (Unwatched(str(folder), Reason.GONE),)
    assert until(one, lambda paths, scan: scan).scan == {str(folder)}
    one.check()
    assert one.take() == News()
    os.rename(tmp_path / "away", folder)
    one.check()
    assert one.unwatched() == ()
    assert until(one, lambda paths, scan: scan).scan == {str(folder)}
    listening(one, folder)
    (folder / "a.FCStd").write_bytes(b"seen again")
    until(one, lambda paths, scan: str(folder / "a.FCStd") in paths)


def test_another_folder_in_the_same_place_is_watched_instead(watching, tmp_path):
    folder = folder_with(tmp_path, "cad", "a.FCStd")
    one = watching()
    begun(one, folder)
    os.rename(folder, tmp_path / "away")
    folder_with(tmp_path, "cad", "a.FCStd")
    one.check()
    assert until(one, lambda paths, scan: scan).scan == {str(folder)}
    listening(one, folder)
    (folder / "a.FCStd").write_bytes(b"seen")
    until(one, lambda paths, scan: str(folder / "a.FCStd") in paths)


def test_a_watch_whose_thread_died_is_made_anew(watching, tmp_path):
    folder = folder_with(tmp_path, "cad", "a.FCStd")
    one = watching()
    begun(one, folder)
    emitter = one._watched[str(folder)].emitter
    emitter.stop()
    emitter.join()
    one.check()
    assert until(one, lambda paths, scan: scan).scan == {str(folder)}
    listening(one, folder)
    (folder / "a.FCStd").write_bytes(b"seen")
    until(one, lambda paths, scan: str(folder / "a.FCStd") in paths)


def test_a_subfolder_that_goes_is_no_loss(watching, tmp_path):
    folder = folder_with(tmp_path, "cad", "a.FCStd")
    (folder / "below").mkdir()
    one = watching()
    begun(one, folder)
    listening(one, folder)
    (folder / "below").rmdir()
    (folder / "a.FCStd").write_bytes(b"after it")
    assert until(one, lambda paths, scan: str(folder / "a.FCStd") in paths).scan == set()


def test_no_more_folders_than_the_limit_and_the_first_ones_first(watching, tmp_path):
    folders = [str(folder_with(tmp_path, f"folder{number}")) for number in range(4)]
    one = watching(limit=2)
    one.watch(folders)
    assert one.unwatched() == tuple(Unwatched(folder, Reason.LIMIT) for folder in folders[2:])
    one.watch(folders[::-1])
    assert one.unwatched() == tuple(Unwatched(folder, Reason.LIMIT) for folder in folders[1::-1])
    assert one.take().scan == set(folders)


def test_when_the_system_allows_no_more_the_rest_is_scanned(watching, tmp_path, monkeypatch):
    """As inotify fails when the user's instances or watches are used up."""
    folders = [str(folder_with(tmp_path, f"folder{number}")) for number in range(4)]
    one = watching()
    really, tried = one._observer.schedule, []

    def schedule(handler, path, **options):
        tried.append(path)
        if path in folders[2:]:
            raise OSError(errno.EMFILE, "inotify instance limit reached")
        return really(handler, path, **options)

    monkeypatch.setattr(one._observer, "schedule", schedule)
    one.watch(folders)
    expected = tuple(Unwatched(folder, Reason.LIMIT, "inotify instance limit reached") for folder in folders[2:])
    assert one.unwatched() == expected
    one.check()
    assert one.unwatched() == expected
    assert tried == folders[:3]  # each try costs the system something: only `watch` tries again
    monkeypatch.undo()
    one.watch(folders)
    assert one.unwatched() == ()


def test_a_folder_that_the_system_refuses_is_told(watching, tmp_path, monkeypatch):
    folder = str(folder_with(tmp_path))
    one = watching()

    def schedule(handler, path, **options):
        raise OSError(errno.EINVAL, "can't be watched")

    monkeypatch.setattr(one._observer, "schedule", schedule)
    one.watch([folder])
    assert one.unwatched() == (Unwatched(folder, Reason.REFUSED, "can't be watched"),)


def test_a_share_is_not_even_looked_at(watching, tmp_path, monkeypatch):
    local, share = str(folder_with(tmp_path, "local")), str(folder_with(tmp_path, "share"))
    looked = []
    really = module._place
    monkeypatch.setattr(module, "is_share", lambda path: path == share)
    monkeypatch.setattr(module, "_place", lambda path: looked.append(path) or really(path))
    one = watching()
    one.watch([share, local])
    one.check()
    assert one.unwatched() == (Unwatched(share, Reason.SHARE),)
    assert share not in looked


def test_close_ends_every_thread(tmp_path):
    before = set(threading.enumerate())
    one = Watching()
    one.watch([str(folder_with(tmp_path))])
    emitter = next(iter(one._watched.values())).emitter
    one.close()
    emitter.join(20)
    assert not emitter.is_alive()
    assert not [thread for thread in set(threading.enumerate()) - before if "Observer" in type(thread).__name__]


def test_foreign_threads_touch_nothing_but_a_queue(tmp_path):
    """The handler has nothing else to touch, and never waits for room."""
    events, full = queue.Queue(1), queue.Queue(1)
    handler = watch_threads.Handler(str(tmp_path), events, full)
    for name in ("a", "b", "c"):
        handler.dispatch(watch_threads.FileModifiedEvent(str(tmp_path / name)))
    assert events.get_nowait() == (str(tmp_path), str(tmp_path / "a"))
    assert events.empty()
    assert full.get_nowait() is None
    assert full.empty()


def test_a_take_that_waits_can_be_woken(watching):
    one = watching()
    threading.Timer(0.05, one.wake).start()
    assert one.take(3600.0) == News()
    one.wake()  # nobody waits: the next take returns at once, and says nothing
    assert one.take(3600.0) == News()
