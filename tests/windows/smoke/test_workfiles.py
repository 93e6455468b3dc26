"""Working files: what only Windows has."""

from __future__ import annotations

import pytest
from watchdog.observers import read_directory_changes

from iscbridge.platform.identity import canonical
from iscbridge.platform.volumes import is_share
from iscbridge.platform.watching import Watching
from tests.support.watched_folders import changed_until, listening


@pytest.mark.parametrize("path", [r"\\nas\cad\gear.FCStd", r"\\?\UNC\nas\cad\gear.FCStd", "//nas/cad/gear.FCStd"])
def test_what_is_named_by_its_server_is_a_share(path):
    assert is_share(path)


def test_a_drive_of_this_machine_is_none(tmp_path):
    assert not is_share(str(tmp_path))
    assert not is_share("\\\\?\\" + str(tmp_path))
    assert not is_share(canonical(str(tmp_path)))


def test_zero_events_are_taken_for_the_loss_that_they_are(tmp_path, monkeypatch):
    """So the system says that its buffer was too small (ReadDirectoryChangesW, remarks)."""
    really, lost = read_directory_changes.read_events, []

    def losing(handle, path, *, recursive):
        events = really(handle, path, recursive=recursive)
        if lost:
            return events
        lost.extend(events)
        return []

    monkeypatch.setattr(read_directory_changes, "read_events", losing)
    watching = Watching()
    try:
        watching.watch([str(tmp_path)])
        assert watching.take().scan == {str(tmp_path)}
        changed_until(watching, tmp_path, lambda news, _probe: news.scan == {str(tmp_path)})
    finally:
        watching.close()


def test_a_watch_that_fails_is_made_anew(tmp_path, monkeypatch):
    really, failed = read_directory_changes.read_events, []

    def failing(handle, path, *, recursive):
        events = really(handle, path, recursive=recursive)
        if failed:
            return events
        failed.append(path)
        raise OSError(5, "access denied")

    def ended(news, _probe):
        watching.check()
        return news.scan == {str(tmp_path)}

    monkeypatch.setattr(read_directory_changes, "read_events", failing)
    watching = Watching()
    try:
        watching.watch([str(tmp_path)])
        assert watching.take().scan == {str(tmp_path)}
        changed_until(watching, tmp_path, ended)
        listening(watching, tmp_path)
    finally:
        watching.close()
