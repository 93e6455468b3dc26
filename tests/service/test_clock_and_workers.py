import threading
import time

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from iscbridge.service import clock
from iscbridge.service.clock import ClockWatch, Timers, wall_clock
from iscbridge.service.workers import Pulse, Workers


def test_timers_fire_in_order_and_once(qtbot: QtBot) -> None:
    timers = Timers()
    fired: list[str] = []
    timers.fired.connect(fired.append)
    now = wall_clock()
    timers.set("late", now + 0.06)
    timers.set("early", now + 0.02)
    timers.set("never", now + 0.03)
    timers.clear("never")
    qtbot.waitUntil(lambda: len(fired) == 2)
    assert fired == ["early", "late"]
    assert len(timers) == 0


def test_a_timer_that_is_set_again_moves(qtbot: QtBot) -> None:
    timers = Timers()
    fired: list[str] = []
    timers.fired.connect(fired.append)
    now = wall_clock()
    timers.set("moved", now + 0.01)
    timers.set("moved", now + 3600)
    timers.set("mark", now + 0.05)
    qtbot.waitUntil(lambda: "mark" in fired)
    assert fired == ["mark"]
    timers.set("moved", now)
    qtbot.waitUntil(lambda: "moved" in fired)


class SystemClock:
    """The module `time`, as the service's clock sees it: a clock that somebody sets."""

    def __init__(self) -> None:
        self.behind = 0.0
        self.asleep = 0.0
        """How long the machine slept: the monotonic clock stood still."""

    def time(self) -> float:
        return time.time() - self.behind

    def monotonic(self) -> float:
        return time.monotonic() - self.asleep


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> SystemClock:
    made = SystemClock()
    monkeypatch.setattr(clock, "time", made)
    return made


def test_a_clock_that_is_set_back_holds_up_no_timer(qtbot: QtBot, system: SystemClock) -> None:
    timers = Timers()
    fired: list[str] = []
    timers.fired.connect(fired.append)
    timers.set("soon", wall_clock() + 0.05)
    timers.set("gone", wall_clock() + 0.02)
    timers.clear("gone")
    system.behind = 8 * 3600
    timers.set("later", wall_clock() + 3600)
    qtbot.waitUntil(lambda: fired == ["soon"])
    assert len(timers) == 1


def test_only_a_step_back_is_told_and_once(system: SystemClock) -> None:
    watch = ClockWatch()
    told: list[float] = []
    watch.tell(told.append)
    system.behind = 0.5  # set right by a little: nobody waits longer for it than that
    watch.look()
    system.behind = -7200  # set forward
    watch.look()
    system.asleep = 3600  # the machine slept
    watch.look()
    assert told == []
    system.behind = 0
    watch.look()
    watch.look()
    assert [round(by) for by in told] == [7200]


def test_a_lane_keeps_its_order_and_another_lane_is_not_held_up(qtbot: QtBot) -> None:
    workers = Workers()
    done: list[str] = []
    workers.finished.connect(lambda key, _value: done.append(key))
    gate = threading.Event()
    workers.submit("share", "slow", lambda _stop: gate.wait(30))
    workers.submit("share", "behind", lambda _stop: None)
    workers.submit("disk", "quick", lambda _stop: None)
    qtbot.waitUntil(lambda: done == ["quick"])
    gate.set()
    qtbot.waitUntil(lambda: done == ["quick", "slow", "behind"])
    workers.close()


def test_stop_reaches_the_task_under_way(qtbot: QtBot) -> None:
    workers = Workers()
    found: list[object] = []
    workers.finished.connect(lambda _key, value: found.append(value))
    workers.submit("disk", "copy", lambda stop: stop.wait(30))
    workers.stop("copy")
    qtbot.waitUntil(lambda: found == [True])
    workers.close()


def test_a_task_that_raises_does_not_end_its_lane(qtbot: QtBot) -> None:
    workers = Workers()
    done: list[str] = []
    workers.finished.connect(lambda key, _value: done.append(key))
    workers.submit("disk", "bad", lambda _stop: 1 / 0)
    workers.submit("disk", "good", lambda _stop: None)
    qtbot.waitUntil(lambda: done == ["bad", "good"])
    workers.close()


def test_what_waits_behind_a_task_that_stands_still_goes_on_when_it_is_relieved(qtbot: QtBot) -> None:
    workers = Workers()
    done: list[str] = []
    workers.finished.connect(lambda key, _value: done.append(key))
    gate = threading.Event()
    workers.submit("share", "stuck", lambda _stop: gate.wait(30))
    workers.submit("share", "behind", lambda _stop: None)
    qtbot.waitUntil(lambda: workers.silence("stuck")[0])
    begun, silent = workers.silence("behind")
    assert not begun
    qtbot.waitUntil(lambda: workers.silence("behind")[1] > silent)
    workers.relieve("behind")
    qtbot.waitUntil(lambda: done == ["behind"])
    gate.set()
    workers.submit("share", "later", lambda _stop: None)
    qtbot.waitUntil(lambda: sorted(done) == ["behind", "later", "stuck"])
    assert workers.silence("stuck") == (False, 0.0)
    workers.close()


def test_each_look_at_the_stop_is_a_sign_of_life() -> None:
    pulse = Pulse()
    felt = pulse.felt
    while time.monotonic() == felt:
        pass
    assert not pulse.is_set()
    assert pulse.felt > felt


def test_a_task_that_is_stopped_at_the_end_has_tidied_up_when_the_end_is_over(
    qapp: QCoreApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iscbridge.service.workers._END_S", 30.0)
    workers = Workers()
    begun, tidied = threading.Event(), list[str]()

    def copy(stop: threading.Event) -> None:
        begun.set()
        stop.wait(30)
        tidied.append("what was half written is gone")

    workers.submit("disk", "copy", copy)
    assert begun.wait(30)
    workers.close()
    assert tidied


def test_one_that_hangs_holds_up_the_end_for_a_moment_only(
    qapp: QCoreApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iscbridge.service.workers._END_S", 0.01)
    workers = Workers()
    begun, gate = threading.Event(), threading.Event()
    workers.submit("share", "stuck", lambda _stop: (begun.set(), gate.wait(60)))
    assert begun.wait(30)
    workers.close()
    assert not gate.is_set()  # it came back while the task still stood
    gate.set()
