"""Autostart follows the setting, and leaves alone what is not its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from iscbridge.platform.autostart import Autostart
from iscbridge.platform.folders import Home
from iscbridge.tray.autostart import AutostartKeeper, apply, tray_command
from support.scripted_link import ScriptedLink


class Entry:
    place = "the test"

    def __init__(self, state: Autostart = Autostart.OFF) -> None:
        self.now = state
        self.set_to: list[bool] = []

    def state(self, command: Sequence[str]) -> Autostart:
        assert list(command) == tray_command()
        return self.now

    def set(self, on: bool, command: Sequence[str]) -> None:
        self.set_to.append(on)
        if self.now is not Autostart.SWITCHED_OFF or not on:
            self.now = Autostart.ON if on else Autostart.OFF


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("ISCBRIDGE_GENERAL_AUTOSTART", raising=False)
    return Home(tmp_path)


def choose(home: Home, on: bool) -> None:
    home.config.write_text(f"[general]\nautostart = {str(on).lower()}\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("on", "before", "after", "set_to"),
    [
        (True, Autostart.OFF, Autostart.ON, [True]),
        (True, Autostart.OTHER, Autostart.ON, [True]),
        (True, Autostart.ON, Autostart.ON, []),
        (True, Autostart.SWITCHED_OFF, Autostart.SWITCHED_OFF, []),
        (True, Autostart.NOT_HERE, Autostart.NOT_HERE, []),
        (False, Autostart.ON, Autostart.OFF, [False]),
        (False, Autostart.SWITCHED_OFF, Autostart.OFF, [False]),
        (False, Autostart.OTHER, Autostart.OTHER, []),
        (False, Autostart.OFF, Autostart.OFF, []),
    ],
)
def test_the_setting_and_the_system(
    home: Home, on: bool, before: Autostart, after: Autostart, set_to: list[bool]
) -> None:
    choose(home, on)
    entry = Entry(before)
    assert apply(home, entry, tray_command()) is after
    assert entry.set_to == set_to


def test_it_is_applied_at_the_start_and_when_the_setting_changes(qtbot, home: Home, monkeypatch) -> None:
    monkeypatch.delenv("ISCBRIDGE_HOME", raising=False)
    monkeypatch.setattr(Home, "from_environment", classmethod(lambda cls: home))
    choose(home, on=True)
    entry, link = Entry(), ScriptedLink()
    keeper = AutostartKeeper(home, link, link, entry=entry, later_ms=0)
    qtbot.waitUntil(lambda: entry.now is Autostart.ON)
    choose(home, on=False)
    link.tell("settings.changed")
    qtbot.waitUntil(lambda: entry.now is Autostart.OFF)
    qtbot.waitUntil(lambda: not keeper._under_way)


def test_a_profile_of_somebodys_test_is_never_entered(qtbot, home: Home) -> None:
    choose(home, on=True)
    entry, link = Entry(), ScriptedLink()
    keeper = AutostartKeeper(home, link, link, entry=entry, later_ms=0)
    link.tell("settings.changed")
    assert not keeper._under_way
    assert entry.set_to == []


def test_the_command_starts_the_tray_without_a_window() -> None:
    assert tray_command()[-2:] == ["tray", "--quiet"]
