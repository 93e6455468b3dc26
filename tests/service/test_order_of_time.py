"""What workers report reaches the engine in the order of its times, however long it waited in the loop's queue."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from iscbridge.core import inputs as i
from iscbridge.core.jobs import ErrorInfo
from iscbridge.platform.folders import Home
from iscbridge.service.bridge import Bridge, BridgeConfig
from iscbridge.service.clock import wall_clock
from iscbridge.service.sdk.launch import SdkLaunch


def test_an_input_of_a_worker_is_no_older_than_a_timer_that_fired_before_it(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    home.ensure()
    bridge = Bridge(BridgeConfig(home, SdkLaunch("none", (), "none")))
    seen: list[i.Input] = []
    monkeypatch.setattr(bridge.runner, "feed", seen.append)
    done = i.CaptureFailed(wall_clock(), "j1", 1, ErrorInfo("ISCB-FILE-MISSING"), refused=False)
    bridge.timers.set("lane:transfer", done.now)
    qtbot.waitUntil(lambda: len(seen) == 1)
    bridge.workers.submit("look", "task", lambda _stop: done)  # stamped before the timer fired, arrives after it
    qtbot.waitUntil(lambda: len(seen) == 2)
    assert isinstance(seen[0], i.TimerFired)
    assert seen[1].now >= seen[0].now
    bridge.workers.close()
    bridge.journal.close()
