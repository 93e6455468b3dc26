"""Working files, case by case."""

from __future__ import annotations

import pytest

from iscbridge.core import workfile_model as m
from iscbridge.core.workfile_model import FileState, Policy, Stat
from iscbridge.core.workfiles import Workfiles, WorkfilesConfig

PATH = "/cad/gear.FCStd"
OLD, NEW, NEWER = Stat(10, 1, "a"), Stat(11, 2, "b"), Stat(12, 3, "c")
CONFIG = WorkfilesConfig(settle_s=2, gone_s=3, retry_s=30, lock_s=15, quiet_s=120)


class Scene:
    """One file; remembers what the last input brought."""

    def __init__(self, policy=Policy.OFF, known=OLD):
        self.work = Workfiles(CONFIG)
        self.work.handle(m.PolicyChanged(policy))
        self.out = []
        if known is not None:
            self.give(m.Known(PATH, known, "old"))

    def give(self, event):
        self.out = self.work.handle(event)
        return self.out

    def only(self, kind):
        found = [effect for effect in self.out if isinstance(effect, kind)]
        assert len(found) == 1, (kind, self.out)
        return found[0]

    def has(self, kind):
        return any(isinstance(effect, kind) for effect in self.out)

    def look(self, stat, *, locked=False, readable=True):
        """Answer the look that the last input asked for."""
        return self.give(m.Seen(PATH, self.only(m.Look).number, stat, locked, readable))

    def hash(self, stat, sha256):
        return self.give(m.Hashed(PATH, self.only(m.Hash).number, stat, sha256))

    def timer(self, seconds):
        timer = self.only(m.SetTimer)
        assert timer.after_s == seconds
        return self.give(m.TimerFired(PATH, timer.number))

    def changed(self, stat=NEW, content="new"):
        """Bring the file to CHANGED; the last effects are those of the hash."""
        self.give(m.EventSeen(PATH))
        self.look(stat)
        self.timer(2)
        self.hash(stat, content)

    @property
    def state(self):
        return self.work.state(PATH)


def test_a_change_is_told_once_it_was_read():
    scene = Scene()
    scene.give(m.EventSeen(PATH))
    scene.look(NEW)
    assert scene.state is FileState.CHANGING
    scene.timer(2)
    scene.hash(NEW, "new")
    assert scene.out == [m.Told(PATH, FileState.CHANGED)]


def test_touching_costs_one_hash_and_then_none():
    scene = Scene()
    scene.give(m.EventSeen(PATH))
    scene.look(NEW)
    scene.timer(2)
    scene.hash(NEW, "old")
    assert scene.out == [m.Remember(PATH, NEW, "old"), m.Told(PATH, FileState.SAVED)]
    scene.give(m.EventSeen(PATH))
    assert scene.look(NEW) == []


def test_writing_on_begins_the_settling_anew():
    scene = Scene()
    scene.give(m.EventSeen(PATH))
    scene.look(NEW)
    first = scene.only(m.SetTimer)
    scene.give(m.EventSeen(PATH))
    scene.look(NEWER)
    assert scene.give(m.TimerFired(PATH, first.number)) == []


def test_a_file_that_changes_while_it_is_read_is_read_again():
    scene = Scene()
    scene.give(m.EventSeen(PATH))
    scene.look(NEW)
    scene.timer(2)
    scene.hash(NEWER, None)
    assert scene.state is FileState.CHANGING
    scene.timer(2)
    scene.hash(NEWER, "newer")
    assert scene.state is FileState.CHANGED


def test_what_was_read_of_another_state_counts_for_nothing():
    scene = Scene()
    scene.give(m.EventSeen(PATH))
    scene.look(NEW)
    scene.timer(2)
    scene.hash(NEWER, "newer")
    assert scene.state is FileState.CHANGING
    scene.timer(2)
    assert scene.has(m.Hash)


def test_a_file_is_read_once_at_a_time():
    scene = Scene()
    scene.give(m.EventSeen(PATH))
    scene.look(NEW)
    scene.timer(2)
    first = scene.only(m.Hash).number
    scene.give(m.EventSeen(PATH))
    scene.look(NEWER)
    scene.timer(2)
    assert scene.out == []
    scene.give(m.Hashed(PATH, first, NEW, "new"))
    scene.hash(NEWER, "newer")
    assert scene.state is FileState.CHANGED


def test_a_late_answer_of_a_reading_says_nothing_of_a_file_that_is_gone():
    scene = Scene()
    scene.give(m.EventSeen(PATH))
    scene.look(NEW)
    scene.timer(2)
    first = scene.only(m.Hash).number
    scene.give(m.EventSeen(PATH))
    scene.look(None)
    timer = scene.only(m.SetTimer)
    assert scene.give(m.Hashed(PATH, first, NEW, "new")) == []
    scene.give(m.TimerFired(PATH, timer.number))
    scene.look(None)
    assert scene.state is FileState.MISSING


def test_answers_for_a_file_that_was_forgotten_meanwhile_count_for_nothing():
    scene = Scene()
    scene.give(m.EventSeen(PATH))
    old_look = scene.only(m.Look).number
    scene.look(NEW)
    scene.timer(2)
    old_hash = scene.only(m.Hash).number
    scene.give(m.Forgotten(PATH))
    scene.give(m.Known(PATH, OLD, "old"))
    scene.give(m.EventSeen(PATH))
    look = scene.only(m.Look).number
    assert scene.give(m.Seen(PATH, old_look, NEWER)) == []
    scene.give(m.Seen(PATH, look, NEW))
    scene.timer(2)
    number = scene.only(m.Hash).number
    assert scene.give(m.Hashed(PATH, old_hash, NEW, "old")) == []
    scene.give(m.Hashed(PATH, number, NEW, "new"))
    assert scene.state is FileState.CHANGED


def test_hints_during_a_look_ask_for_one_more():
    scene = Scene()
    scene.give(m.EventSeen(PATH))
    number = scene.only(m.Look).number
    assert [scene.give(m.EventSeen(PATH)) for _ in range(100)] == [[]] * 100
    scene.give(m.Seen(PATH, number, OLD))
    scene.look(NEW)
    assert scene.state is FileState.CHANGING


def test_an_old_answer_counts_for_nothing():
    scene = Scene()
    scene.give(m.EventSeen(PATH))
    number = scene.only(m.Look).number
    scene.look(OLD)
    assert scene.give(m.Seen(PATH, number, NEW)) == []
    assert scene.state is FileState.SAVED


def test_automatic_saves_after_the_quiet_period_and_a_last_look():
    scene = Scene(Policy.AUTOMATIC)
    scene.changed()
    scene.timer(120)
    scene.look(NEW)
    assert scene.out == [m.SaveNow(PATH)]


def test_the_same_content_is_asked_about_once():
    scene = Scene(Policy.ASK)
    scene.changed()
    scene.timer(120)
    scene.look(NEW)
    assert scene.out == [m.AskPerson(PATH)]
    scene.give(m.EventSeen(PATH))
    assert not scene.has(m.SetTimer)
    assert scene.look(NEW) == []


def test_what_was_asked_is_saved_when_the_policy_becomes_automatic():
    scene = Scene(Policy.ASK)
    scene.changed()
    scene.timer(120)
    scene.look(NEW)
    scene.give(m.PolicyChanged(Policy.AUTOMATIC, quiet_s=60))
    scene.timer(60)
    scene.look(NEW)
    assert scene.out == [m.SaveNow(PATH)]


def test_a_lock_file_holds_the_save_until_it_is_gone():
    scene = Scene(Policy.AUTOMATIC)
    scene.changed()
    scene.timer(120)
    scene.look(NEW, locked=True)
    assert m.Told(PATH, FileState.CHANGED, locked=True) in scene.out
    scene.timer(15)
    scene.look(NEW, locked=True)
    assert not scene.has(m.Told)
    scene.give(m.LockSeen(PATH, locked=False))
    scene.look(NEW)
    assert scene.out == [m.Told(PATH, FileState.CHANGED), m.ClearTimer(PATH), m.SaveNow(PATH)]


def test_a_lock_that_comes_during_the_last_look_is_looked_for_again():
    scene = Scene(Policy.AUTOMATIC)
    scene.changed()
    scene.timer(120)
    number = scene.only(m.Look).number
    scene.give(m.LockSeen(PATH, locked=True))
    scene.give(m.Seen(PATH, number, NEW))
    assert not scene.has(m.SaveNow)
    scene.look(NEW, locked=True)
    assert not scene.has(m.SaveNow)


def test_a_change_at_the_last_look_begins_everything_anew():
    scene = Scene(Policy.AUTOMATIC)
    scene.changed()
    scene.timer(120)
    scene.look(NEWER)
    assert not scene.has(m.SaveNow)
    scene.timer(2)
    scene.hash(NEWER, "newer")
    scene.timer(120)
    scene.look(NEWER)
    assert scene.out == [m.SaveNow(PATH)]


def test_a_hint_begins_the_quiet_period_anew():
    scene = Scene(Policy.AUTOMATIC)
    scene.changed()
    first = scene.only(m.SetTimer)
    scene.give(m.EventSeen(PATH))
    assert scene.only(m.SetTimer).after_s == 120
    scene.look(NEW)
    assert scene.give(m.TimerFired(PATH, first.number)) == []


def test_a_hint_during_the_last_look_begins_the_quiet_period_anew():
    scene = Scene(Policy.AUTOMATIC)
    scene.changed()
    scene.timer(120)
    number = scene.only(m.Look).number
    scene.give(m.EventSeen(PATH))
    timer = scene.only(m.SetTimer)
    scene.give(m.Seen(PATH, number, NEW))
    scene.look(NEW)
    assert scene.out == []
    scene.give(m.TimerFired(PATH, timer.number))
    scene.look(NEW)
    assert scene.out == [m.SaveNow(PATH)]


def test_a_save_by_the_host_settles_it():
    scene = Scene(Policy.AUTOMATIC)
    scene.changed()
    scene.give(m.Saved(PATH, NEW, "new"))
    scene.look(NEW)
    assert scene.out == [m.Told(PATH, FileState.SAVED), m.ClearTimer(PATH)]


def test_a_save_of_older_content_leaves_it_changed():
    scene = Scene(Policy.AUTOMATIC)
    scene.changed(NEWER, "newer")
    scene.give(m.Saved(PATH, NEW, "new"))
    scene.look(NEWER)
    assert scene.state is FileState.CHANGED


def test_a_save_of_the_same_content_under_another_stat_settles_it():
    scene = Scene()
    scene.changed(NEWER, "new")
    scene.give(m.Saved(PATH, NEW, "new"))
    scene.look(NEWER)
    assert scene.state is FileState.SAVED


def test_a_file_replaced_by_renaming_is_never_told_missing():
    scene = Scene()
    scene.give(m.EventSeen(PATH))
    scene.look(None)
    assert not scene.has(m.Told)
    scene.give(m.EventSeen(PATH))
    scene.look(NEW)
    assert scene.out[0] == m.Told(PATH, FileState.CHANGING)


def test_a_file_that_stays_away_is_missing_and_may_come_back():
    scene = Scene()
    scene.give(m.EventSeen(PATH))
    scene.look(None)
    scene.timer(3)
    scene.look(None)
    assert scene.out == [m.Told(PATH, FileState.MISSING)]
    scene.give(m.EventSeen(PATH))
    assert scene.look(None) == []
    scene.give(m.EventSeen(PATH))
    scene.look(OLD)
    assert scene.state is FileState.SAVED


def test_a_file_that_cannot_be_read_is_tried_again():
    scene = Scene()
    scene.give(m.EventSeen(PATH))
    scene.look(NEW)
    scene.timer(2)
    scene.hash(None, None)
    scene.look(NEW)
    assert scene.state is FileState.UNREADABLE
    scene.timer(30)
    scene.look(NEW)
    scene.hash(NEW, "new")
    assert scene.state is FileState.CHANGED


def test_a_file_that_vanishes_before_it_is_read_is_missing_and_not_unreadable():
    scene = Scene()
    scene.give(m.EventSeen(PATH))
    scene.look(NEW)
    scene.timer(2)
    scene.hash(None, None)
    scene.look(None)
    scene.timer(3)
    scene.look(None)
    assert scene.state is FileState.MISSING


def test_a_folder_that_cannot_be_looked_into_is_tried_again():
    scene = Scene()
    scene.give(m.EventSeen(PATH))
    scene.look(None, readable=False)
    assert scene.state is FileState.UNREADABLE
    scene.timer(30)
    scene.look(OLD)
    assert scene.state is FileState.SAVED


def test_what_came_from_the_cloud_is_its_saved_content():
    scene = Scene(known=None)
    scene.give(m.Opened(PATH, NEW))
    scene.look(NEW)
    assert scene.state is FileState.UNKNOWN
    scene.timer(2)
    scene.hash(NEW, "new")
    assert scene.out == [m.Remember(PATH, NEW, "new"), m.Told(PATH, FileState.SAVED)]


@pytest.mark.parametrize("came", [OLD, None])
def test_what_was_written_before_it_was_read_is_not_what_came_from_the_cloud(came):
    scene = Scene(Policy.AUTOMATIC, known=None)
    scene.give(m.Opened(PATH, came))
    scene.look(NEW)
    assert scene.state is FileState.CHANGING
    scene.timer(2)
    scene.hash(NEW, "new")
    assert scene.state is FileState.CHANGED
    assert not scene.has(m.Remember)
    scene.give(m.Saved(PATH, NEW, "new"))
    assert scene.state is FileState.CHANGED
    scene.look(NEW)
    assert scene.state is FileState.SAVED


def test_what_is_written_while_it_is_read_is_not_what_came_from_the_cloud():
    scene = Scene(known=None)
    scene.give(m.Opened(PATH, OLD))
    scene.look(OLD)
    scene.timer(2)
    scene.hash(NEW, None)
    assert scene.state is FileState.CHANGING
    scene.timer(2)
    scene.hash(NEW, "new")
    assert scene.state is FileState.CHANGED


def test_opened_again_the_new_version_counts():
    scene = Scene(Policy.AUTOMATIC)
    scene.changed()
    scene.give(m.Opened(PATH, NEW))
    assert scene.state is FileState.UNKNOWN
    scene.look(NEW)
    scene.timer(2)
    scene.hash(NEW, "new")
    assert scene.state is FileState.SAVED


def test_a_scan_settles_what_it_found_unchanged():
    scene = Scene()
    scene.give(m.ScanBegun())
    assert scene.give(m.FolderScanned("/cad", whole=True)) == [m.Told(PATH, FileState.SAVED)]
    assert scene.give(m.FolderScanned("/cad", whole=True)) == []


def test_a_scan_says_nothing_of_what_it_did_not_look_at():
    scene = Scene(known=None)
    scene.give(m.ScanBegun())
    scene.give(m.Known(PATH, OLD, "old"))  # too late for this scan
    scene.give(m.FolderScanned("/cad", whole=True))
    scene.give(m.ScanEnded())
    assert scene.state is FileState.UNKNOWN
    scene.give(m.ScanBegun())
    scene.give(m.FolderScanned("/cad", whole=False))
    assert scene.state is FileState.UNKNOWN
    scene.give(m.ScanBegun())
    scene.give(m.ScanEnded())
    scene.give(m.ScanBegun())
    scene.give(m.FolderScanned("/cad", whole=True))
    assert scene.state is FileState.SAVED


def test_what_a_scan_found_is_looked_at():
    scene = Scene()
    scene.give(m.ScanBegun())
    scene.give(m.ScanFound(PATH))
    number = scene.only(m.Look).number
    assert scene.give(m.FolderScanned("/cad", whole=True)) == []
    scene.give(m.Seen(PATH, number, NEW))
    assert scene.state is FileState.CHANGING


def test_a_forgotten_file_is_left_alone():
    scene = Scene(Policy.AUTOMATIC)
    scene.changed()
    timer = scene.only(m.SetTimer)
    assert scene.give(m.Forgotten(PATH)) == [m.ClearTimer(PATH), m.Forget(PATH)]
    assert scene.give(m.TimerFired(PATH, timer.number)) == []
    assert scene.give(m.EventSeen(PATH)) == []
    assert scene.state is None
    assert scene.work.counts() == {}


def test_a_file_may_have_a_policy_of_its_own():
    scene = Scene(Policy.AUTOMATIC)
    scene.give(m.PolicyChanged(Policy.OFF, path=PATH))
    scene.changed()
    assert not scene.has(m.SetTimer)
    scene.give(m.PolicyChanged(None, path=PATH))
    assert scene.only(m.SetTimer).after_s == 120
    scene.give(m.PolicyChanged(Policy.OFF))
    assert scene.out == [m.ClearTimer(PATH)]


def test_counts_are_by_state():
    scene = Scene()
    scene.give(m.Known("/cad/bolt.FCStd", OLD, "old"))
    scene.changed()
    assert scene.work.counts() == {FileState.CHANGED: 1, FileState.UNKNOWN: 1}


def test_an_input_of_a_later_version_is_let_pass():
    assert Workfiles().handle(m.Input()) == []
