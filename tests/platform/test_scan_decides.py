"""The decisions, the scan and the looks together, on real files; only time is made up."""

from __future__ import annotations

import os
import threading
from collections import Counter
from dataclasses import astuple

import pytest

from iscbridge.core import workfile_model as m
from iscbridge.core.workfile_model import FileState, Policy, Stat
from iscbridge.core.workfiles import Workfiles
from iscbridge.platform.files import stamp
from iscbridge.platform.scan import Found, Scanned, Scanner
from iscbridge.platform.workfile_looks import look, read


class Desktop:
    """Carries out effects at once, timers when it is told to."""

    def __init__(self):
        self.work = Workfiles()
        self.scanner = Scanner()
        self.done = Counter()
        self.timers = {}
        self.journal = {}

    def give(self, event):
        effects = self.work.handle(event)
        for effect in effects:
            self.done[type(effect)] += 1
            match effect:
                case m.Look():
                    self.give(look(effect))
                case m.Hash():
                    self.give(read(effect, threading.Event()))
                case m.SetTimer():
                    self.timers[effect.path] = effect.number
                case m.ClearTimer():
                    self.timers.pop(effect.path, None)
                case m.Remember():
                    self.journal[effect.path] = (effect.stat, effect.sha256)

    def scan(self):
        self.give(m.ScanBegun())
        for item in self.scanner.scan(threading.Event()):
            match item:
                case Found():
                    self.give(m.ScanFound(item.path))
                case Scanned():
                    self.give(m.FolderScanned(item.folder, item.whole))
        self.give(m.ScanEnded())

    def time_passes(self):
        for _ in range(10):
            for path, number in list(self.timers.items()):
                del self.timers[path]
                self.give(m.TimerFired(path, number))

    def open(self, path):
        self.scanner.add(str(path), None)
        self.give(m.Opened(str(path), Stat(*astuple(stamp(str(path))))))
        self.time_passes()

    def restarted(self):
        """Another run of the bridge with what the journal kept."""
        other = Desktop()
        other.journal = dict(self.journal)
        for path, (stat, sha256) in self.journal.items():
            other.give(m.Known(path, stat, sha256))
            other.scanner.add(path, stat)
        return other


@pytest.fixture
def gear(tmp_path):
    path = tmp_path / "gear.FCStd"
    path.write_bytes(b"as it came")
    return path


@pytest.fixture
def desktop(gear):
    made = Desktop()
    made.open(gear)
    assert made.work.state(str(gear)) is FileState.SAVED
    return made


def save_as_freecad(path, content):
    new = path.with_name(path.name + ".0815")
    new.write_bytes(content)
    os.replace(path, path.with_name(path.name + "1"))
    os.replace(new, path)


def test_a_save_by_renaming_is_a_change(desktop, gear):
    save_as_freecad(gear, b"another")
    desktop.scan()
    desktop.time_passes()
    assert desktop.work.state(str(gear)) is FileState.CHANGED


def test_the_same_content_in_another_file_is_saved_after_one_hash(desktop, gear):
    desktop.scan()
    save_as_freecad(gear, b"as it came")
    before = desktop.done[m.Hash]
    for _ in range(3):
        desktop.scan()
        desktop.time_passes()
    assert desktop.work.state(str(gear)) is FileState.SAVED
    assert desktop.done[m.Hash] == before + 1


def test_what_changed_while_the_bridge_was_off_is_told(desktop, gear):
    gear.write_bytes(b"changed meanwhile")
    other = desktop.restarted()
    assert other.work.state(str(gear)) is FileState.UNKNOWN
    other.scan()
    other.time_passes()
    assert other.work.state(str(gear)) is FileState.CHANGED


def test_what_did_not_change_while_the_bridge_was_off_is_not_read(desktop, gear):
    other = desktop.restarted()
    other.scan()
    assert other.work.state(str(gear)) is FileState.SAVED
    assert other.done[m.Hash] == other.done[m.Look] == 0


def test_a_touched_file_is_not_read_again_after_a_restart(desktop, gear):
    os.utime(gear, ns=(1_000_000_000, 1_000_000_000))
    desktop.scan()
    desktop.time_passes()
    other = desktop.restarted()
    other.scan()
    assert other.done[m.Hash] == 0


def test_an_automatic_save_waits_for_the_lock_file(desktop, gear):
    desktop.give(m.PolicyChanged(Policy.AUTOMATIC))
    lock = gear.with_name(".~lock." + gear.name + "#")
    lock.write_bytes(b"")
    gear.write_bytes(b"changed")
    desktop.scan()
    desktop.time_passes()
    assert desktop.work.state(str(gear)) is FileState.CHANGED
    assert desktop.done[m.SaveNow] == 0
    lock.unlink()
    desktop.time_passes()
    assert desktop.done[m.SaveNow] == 1
    found = stamp(str(gear))
    (_, sha256) = desktop.journal[str(gear)]
    read_now = read(m.Hash(str(gear), 0), threading.Event())
    assert read_now.sha256 != sha256
    desktop.give(m.Saved(str(gear), Stat(found.size, found.mtime_ns, found.file_id), read_now.sha256))
    assert desktop.work.state(str(gear)) is FileState.SAVED


def test_a_file_that_is_gone_is_missing_until_it_is_back(desktop, gear):
    desktop.scan()
    away = gear.rename(gear.with_name("away"))
    desktop.scan()
    desktop.time_passes()
    assert desktop.work.state(str(gear)) is FileState.MISSING
    away.rename(gear)
    desktop.scan()
    desktop.time_passes()
    assert desktop.work.state(str(gear)) is FileState.SAVED
