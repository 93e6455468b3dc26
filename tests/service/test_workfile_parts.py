"""The parts that work on the working files: bites, timers, looks, scans, what clients are told."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, QTimer

from iscbridge.core import workfile_model as m
from iscbridge.core.workfile_model import FileState, Stat
from iscbridge.ipc.workfile_wire import WorkfileObject
from iscbridge.platform.files import stamp
from iscbridge.service.workfiles import scans as workfile_scans
from iscbridge.service.workfiles.looks import Looks
from iscbridge.service.workfiles.scans import Scans
from iscbridge.service.workfiles.timers import Bites, MonotonicTimers
from iscbridge.service.workfiles.told import MOST_LISTED, Telling


@pytest.fixture
def parent(qapp):
    made = QObject()
    yield made
    made.setParent(None)


class Lanes:
    """Workers whose tasks run when a test says so."""

    def __init__(self):
        self.tasks = deque()

    def __call__(self, lane, run, then):
        self.tasks.append((lane, run, then))

    def run(self, lane=""):
        """Run the next task of the lanes that begin so; gives its lane."""
        for task in self.tasks:
            if task[0].startswith(lane):
                self.tasks.remove(task)
                task[2](task[1](threading.Event()))
                return task[0]
        raise AssertionError((lane, self.tasks))

    def run_all(self, lane=""):
        while any(task[0].startswith(lane) for task in self.tasks):
            self.run(lane)


def count_to(number, seen, name):
    for step in range(number):
        seen.append((name, step))
        yield


# bites


def test_bites_take_turns_and_all_come_to_their_end(parent, qtbot):
    bites, seen = Bites(parent), []
    for name in "ab":
        bites.add(count_to(200, seen, name))
    assert seen == []  # never inside the call
    qtbot.waitUntil(lambda: len(seen) == 400)
    assert [name for name, _ in seen[:4]] == ["a", "b", "a", "b"]


def test_a_bite_that_fails_ends_alone(parent, qtbot, caplog):
    def failing():
        yield
        raise ValueError("unforeseen")

    bites, seen = Bites(parent), []
    bites.add(failing())
    bites.add(count_to(20, seen, "a"))
    qtbot.waitUntil(lambda: len(seen) == 20)
    assert "unforeseen" in caplog.text


def test_between_bites_the_thread_is_free(parent, qtbot):
    turns, bites = [], Bites(parent)

    def endless():
        while len(turns) < 3:
            yield

    bites.add(endless())
    other = QTimer(parent)
    other.timeout.connect(lambda: turns.append(1))
    other.start(0)
    qtbot.waitUntil(lambda: not bites._line)
    other.stop()


# timers


def test_timers_fire_once_each_and_a_new_one_replaces_the_old(parent, qtbot):
    fired = []
    timers = MonotonicTimers(lambda path, number: fired.append((path, number)), Bites(parent), parent)
    timers.set("a", 1, 0.0)
    timers.set("a", 2, 0.02)
    timers.set("b", 3, 0.01)
    timers.set("c", 4, 0.0)
    timers.clear("c")
    qtbot.waitUntil(lambda: len(fired) == 2)
    assert fired == [("b", 3), ("a", 2)]
    assert len(timers) == 0


def test_a_clock_that_is_set_moves_no_timer(parent, qtbot, monkeypatch):
    fired = []
    timers = MonotonicTimers(lambda path, number: fired.append(number), Bites(parent), parent)
    timers.set("a", 1, 0.05)
    monkeypatch.setattr("time.time", lambda: 4e9)
    assert fired == []
    qtbot.waitUntil(lambda: fired == [1])


def test_cleared_timers_never_fire(parent, qtbot):
    fired = []
    timers = MonotonicTimers(lambda path, number: fired.append(number), Bites(parent), parent)
    for number in range(50):
        timers.set(str(number), number, 0.01)
    timers.clear_all()
    timers.set("later", 99, 0.03)
    qtbot.waitUntil(lambda: fired == [99])


# looks


def test_looks_go_in_bounded_batches_and_each_is_answered(tmp_path):
    lanes, answers = Lanes(), []
    looks = Looks(lanes, answers.append)
    for number in range(200):
        looks.ask(m.Look(str(tmp_path / f"{number}"), number))
    batches = 0
    while lanes.tasks:
        assert len(lanes.tasks) == 1  # never more than one under way
        lanes.run()
        batches += 1
    assert batches >= 4
    assert {answer.number for answer in answers} == set(range(200))


def test_a_look_that_fails_in_an_unforeseen_way_is_answered_all_the_same():
    tasks, answers = [], []
    looks = Looks(lambda lane, run, then: tasks.append(then), answers.append)
    looks.ask(m.Look("/a", 1))
    looks.ask(m.Hash("/a", 2))
    for then in tasks:
        then(None)  # what `Workers` gives for a task that raised
    assert answers == [m.Seen("/a", 1, None, readable=False), m.Hashed("/a", 2, None, None)]


def test_looks_that_are_closed_answer_nothing():
    tasks, answers = [], []
    looks = Looks(lambda lane, run, then: tasks.append(then), answers.append)
    looks.ask(m.Look("/a", 1))
    looks.close()
    tasks[0]([m.Seen("/a", 1, None)])
    assert answers == []


def test_a_dead_volume_holds_up_no_other(monkeypatch):
    monkeypatch.setattr("iscbridge.service.workfiles.looks.volume_key", lambda path: path.split("/")[1])
    lanes, answers = Lanes(), []
    looks = Looks(lanes, answers.append)
    for number in range(3):
        looks.ask(m.Look(f"/dead/{number}", number))
        looks.ask(m.Look(f"/local/{number}", 10 + number))
    lanes.run_all("workfiles look local")
    assert {answer.number for answer in answers} == {10, 11, 12}


# scans


class AtOnce(Bites):
    """Bites that are taken whole."""

    def add(self, work):
        for _ in work:
            pass


class Scanned(Scans):
    """Scans of real files, with every input that they give."""

    def __init__(self, parent, every_s=3600.0):
        self.lanes, self.given = Lanes(), []
        super().__init__(self.lanes, AtOnce(parent), self.given.append, every_s, parent)

    def watch(self, path):
        found = stamp(str(path))
        self.add(str(path), str(path.parent), Stat(found.size, found.mtime_ns, found.file_id))

    def kinds(self):
        return [type(event).__name__ for event in self.given]


def test_a_cycle_says_where_it_begins_and_ends(parent, qtbot, tmp_path):
    scans = Scanned(parent)
    for name in "ab":
        (tmp_path / name).write_bytes(b"x")
        scans.watch(tmp_path / name)
    (tmp_path / "a").write_bytes(b"changed")
    scans.want()
    scans.want([str(tmp_path)])  # put together
    qtbot.waitUntil(lambda: len(scans.lanes.tasks) == 1)
    scans.lanes.run_all()
    assert scans.given == [
        m.ScanBegun(),
        m.ScanFound(str(tmp_path / "a")),
        m.FolderScanned(str(tmp_path), whole=True),
        m.ScanEnded(),
    ]
    scans.close()


def test_scans_repeat_by_themselves_and_only_while_there_is_a_file(parent, qtbot, tmp_path):
    scans = Scanned(parent, every_s=0.01)
    scans.want()
    qtbot.waitUntil(lambda: not scans._soon.isActive())
    assert not scans._timer.isActive()
    (tmp_path / "a").write_bytes(b"x")
    scans.watch(tmp_path / "a")
    for _ in range(3):
        qtbot.waitUntil(lambda: len(scans.lanes.tasks) == 1)
        scans.lanes.run_all()
    assert scans.kinds().count("ScanEnded") == 3
    scans.close()


def test_a_volume_that_does_not_answer_ends_neither_the_cycle_nor_the_next_ones(parent, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(workfile_scans, "volume_key", lambda path: Path(path).parent.name)
    monkeypatch.setattr(workfile_scans, "_SILENCE_S", 0.05)
    scans = Scanned(parent)
    for volume in ("dead", "local"):
        (tmp_path / volume).mkdir()
        (tmp_path / volume / "a").write_bytes(b"x")
        scans.watch(tmp_path / volume / "a")
    scans.want()
    qtbot.waitUntil(lambda: len(scans.lanes.tasks) == 2)
    scans.lanes.run_all("workfiles scan local")
    qtbot.waitUntil(lambda: "ScanEnded" in scans.kinds())
    scans.want()
    qtbot.waitUntil(lambda: len(scans.lanes.tasks) == 2)  # the dead one is not asked once more
    scans.lanes.run_all("workfiles scan local")
    assert scans.kinds().count("ScanEnded") == 2
    before = len(scans.given)
    (tmp_path / "dead" / "a").write_bytes(b"changed")
    scans.lanes.run_all()  # it is back: what it found counts, what it covered does not
    assert scans.given[before:] == [m.ScanFound(str(tmp_path / "dead" / "a"))]
    scans.want()
    qtbot.waitUntil(lambda: len(scans.lanes.tasks) == 2)
    scans.close()


def test_many_differences_come_a_few_at_a_time(parent, qtbot, tmp_path):
    scans = Scanned(parent)
    for number in range(700):
        scans.add(str(tmp_path / f"{number}"), str(tmp_path), None)
    scans.want()
    qtbot.waitUntil(lambda: len(scans.lanes.tasks) == 1)
    most, before = 0, len(scans.given)
    while scans.lanes.tasks:
        scans.lanes.run()
        most, before = max(most, len(scans.given) - before), len(scans.given)
    assert scans.kinds().count("ScanFound") == 700
    assert most < 300
    scans.close()


# what clients are told


class Server:
    def __init__(self):
        self.sent: list[tuple[str, Any]] = []

    def follows(self, topic):
        return True

    def notify(self, topic, params):
        self.sent.append((topic, params))


@pytest.fixture
def told(parent, monkeypatch):
    server = Server()
    monkeypatch.setattr("iscbridge.service.workfiles.told._CHANGED_MS", 20)
    files = {f"/{number}": WorkfileObject(f"/{number}", FileState.CHANGED) for number in range(500)}
    telling = Telling(server, files.get, lambda: {"changed": len(files)}, 0.02, parent)
    return telling, server.sent, files


def test_changes_are_put_together_each_file_once(told, qtbot):
    telling, sent, _ = told
    for path in ("/1", "/2", "/1", "/gone"):
        telling.changed(path)
    qtbot.waitUntil(lambda: bool(sent))
    [(topic, params)] = sent
    assert (topic, [file.path for file in params.files], params.gone) == ("workfile.changed", ["/1", "/2"], ["/gone"])
    assert not params.more


def test_too_many_changes_are_not_listed(told, qtbot):
    telling, sent, files = told
    for path in list(files)[: MOST_LISTED + 1]:
        telling.changed(path)
    qtbot.waitUntil(lambda: bool(sent))
    assert (sent[0][1].files, sent[0][1].more) == ([], True)


def test_questions_are_put_together_and_may_be_taken_back(told, qtbot):
    telling, sent, _ = told
    for path in ("/1", "/2", "/3"):
        telling.ask(path)
    telling.take_back("/2")
    qtbot.waitUntil(lambda: bool(sent))
    [(topic, params)] = sent
    assert (topic, params.paths, params.count) == ("workfile.ask", ["/1", "/3"], 2)


def test_a_question_that_is_taken_back_is_not_asked(told, qtbot):
    telling, sent, _ = told
    telling.ask("/1")
    telling.take_back("/1")
    telling.changed("/2")
    qtbot.waitUntil(lambda: not telling._ask_timer.isActive() and bool(sent))
    assert [topic for topic, _ in sent] == ["workfile.changed"]
