"""What workers report reaches the engine in the order of its times, however long it waited in the loop's queue."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from pytestqt.qtbot import QtBot

from iscbridge.core import inputs as i
from iscbridge.core.jobs import ErrorInfo
from iscbridge.service import clock
from iscbridge.service.bridge import Bridge
from iscbridge.service.clock import wall_clock


def test_an_input_of_a_worker_is_no_older_than_a_timer_that_fired_before_it(
    bridge: Bridge, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[i.Input] = []
    monkeypatch.setattr(bridge.runner, "feed", seen.append)
    done = i.CaptureFailed(wall_clock(), "j1", 1, ErrorInfo("ISCB-FILE-MISSING"), refused=False)
    bridge.timers.set("lane:transfer", done.now)
    qtbot.waitUntil(lambda: len(seen) == 1)
    bridge.workers.submit("look", "task", lambda _stop: done)  # stamped before the timer fired, arrives after it
    qtbot.waitUntil(lambda: len(seen) == 2)
    assert isinstance(seen[0], i.TimerFired)
    assert seen[1].now >= seen[0].now


def test_the_engine_hears_of_a_clock_that_was_set_back_before_the_timer_that_was_moved_with_it(
    bridge: Bridge, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle, seen = bridge.engine.handle, list[i.Input]()
    monkeypatch.setattr(bridge.engine, "handle", lambda event: (seen.append(event), handle(event))[1])
    at = wall_clock() + 0.05
    bridge.timers.set("lane:transfer", at)
    back = SimpleNamespace(time=lambda: time.time() - 8 * 3600, monotonic=time.monotonic)
    monkeypatch.setattr(clock, "time", back)
    qtbot.waitUntil(lambda: len(seen) == 2)
    step, fired = seen
    assert isinstance(step, i.ClockSetBack)
    assert isinstance(fired, i.TimerFired)
    assert fired.now >= at - step.by  # both have moved by the same, to the last digit
