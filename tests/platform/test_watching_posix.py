"""Watching: what only POSIX has."""

from __future__ import annotations

import os
import shutil

import pytest

from iscbridge.platform.watching import Watching


@pytest.fixture
def watching():
    one = Watching()
    yield one
    one.close()


def take_until(watching, path):
    for _ in range(200):
        if path in watching.take(0.1).paths:
            return
    raise AssertionError(path)


def test_a_name_that_is_no_text_is_seen(watching, tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/gear\xff.FCStd")
    watching.watch([str(tmp_path)])
    with open(path, "wb") as file:
        file.write(b"x")
    take_until(watching, path)


def test_a_folder_behind_a_link_is_seen_under_the_links_name(watching, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "way").symlink_to(tmp_path / "real")
    watching.watch([str(tmp_path / "way")])
    (tmp_path / "real" / "gear.FCStd").write_bytes(b"x")
    take_until(watching, str(tmp_path / "way" / "gear.FCStd"))
    (tmp_path / "other").mkdir()
    (tmp_path / "way").unlink()
    (tmp_path / "way").symlink_to(tmp_path / "other")
    watching.check()
    (tmp_path / "other" / "bolt.FCStd").write_bytes(b"x")
    take_until(watching, str(tmp_path / "way" / "bolt.FCStd"))


def test_a_folder_that_is_deleted_and_made_anew_under_the_same_number(watching, tmp_path):
    """Wine keeps a deleted folder for as long as it is watched and says nothing, so that is not shown there."""
    folder = tmp_path / "cad"
    folder.mkdir()
    watching.watch([str(folder)])
    assert watching.take().scan == {str(folder)}
    shutil.rmtree(folder)
    folder.mkdir()
    for _ in range(200):
        if str(folder) in watching.take(0.1).scan:
            break
        watching.check()
    else:
        raise AssertionError("the end of the watch was not told")
    watching.check()
    assert watching.unwatched() == ()
    (folder / "gear.FCStd").write_bytes(b"x")
    take_until(watching, str(folder / "gear.FCStd"))
