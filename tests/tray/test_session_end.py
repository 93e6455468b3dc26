"""The end of the session: the bridge is closed, nothing is asked, and a session that goes on gets its bridge back."""

from __future__ import annotations

import pytest

from iscbridge.tray.session_end import SessionEnd


class FakeKeeper:
    def __init__(self):
        self.done: list[str] = []
        self.running = True
        self.in_time = True

    def close(self, reason):
        self.done.append("close")

    def wait_thread(self, milliseconds):
        self.done.append("wait")
        assert milliseconds < 5000, "Windows calls it hanging after 5 seconds"
        return self.in_time

    def start(self):
        self.done.append("start")


class FakeManager:
    def __init__(self):
        self.hints = []

    def setRestartHint(self, hint):  # noqa: N802 - Qt's name
        self.hints.append(hint)


@pytest.mark.parametrize("in_time", [True, False])
def test_the_bridge_is_closed_once_and_the_session_is_never_held_up(qapp, in_time):
    keeper, manager = FakeKeeper(), FakeManager()
    keeper.in_time = in_time
    end = SessionEnd(keeper)
    end._on_commit(manager)
    end._on_commit(manager)
    assert keeper.done == ["close", "wait"]
    assert end.expected
    assert [hint.name for hint in manager.hints] == ["RestartNever", "RestartNever"]


def test_a_session_that_goes_on_gets_its_bridge_back(qapp):
    keeper = FakeKeeper()
    end = SessionEnd(keeper)
    end.begin()
    assert end._still_here.isActive()
    end.go_on()
    assert keeper.done[-1] == "start"
    assert not end.expected


def test_qt_s_signals_lead_here(qapp, monkeypatch):
    end = SessionEnd(FakeKeeper())
    assert qapp.receivers("2commitDataRequest(QSessionManager&)") >= 1
    assert qapp.receivers("2saveStateRequest(QSessionManager&)") >= 1
    del end
