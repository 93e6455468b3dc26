from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from iscbridge.core.settings import SETTINGS
from iscbridge.platform.folders import Home
from iscbridge.tray.room import Room, TrayState
from iscbridge.tray.settings.window import SettingsWindow
from iscbridge.tray.words import Words
from support.scripted_link import ScriptedLink

STATUS: dict[str, Any] = {
    "version": "1.0.0",
    "protocol": 1,
    "cloud": "sandbox",
    "pid": 7,
    "socket": "",
    "home": "",
    "started": "2026-01-01T00:00:00.000Z",
    "closing": False,
    "paused": False,
    "hosts": [],
    "tray": True,
    "clients": 1,
    "jobs": {},
    "sessions": [{"session": "transfer", "state": "ready"}, {"session": "interactive", "state": "off"}],
    "warnings": [],
}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.ensure()
    return made


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return tmp_path / "policy.toml"


@pytest.fixture
def link() -> ScriptedLink:
    return ScriptedLink(
        {"settings.reload": {"restart": []}, "bridge.status": STATUS, "bridge.reconnect": {}, "network.test": None}
    )


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> Words:
    for setting in SETTINGS:
        monkeypatch.delenv(setting.variable, raising=False)
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    return Words("en")


@pytest.fixture
def opened() -> list[tuple[str, dict[str, object]]]:
    """Which windows were asked for."""
    return []


@pytest.fixture
def room(home: Home, link: ScriptedLink, words: Words, opened: Any) -> Room:
    return Room(link, words, home, TrayState(home), lambda name, focus: opened.append((name, dict(focus))))  # type: ignore[arg-type]  # as Link


@pytest.fixture
def window(qtbot: Any, room: Room, policy: Path) -> Iterator[Callable[[], SettingsWindow]]:
    """Makes the window, shown and in front; waits at the end until its last work is done."""
    made: list[SettingsWindow] = []  # qtbot itself does not keep them alive

    def finish(window: SettingsWindow) -> None:
        qtbot.waitUntil(lambda: idle(window))

    def make() -> SettingsWindow:
        window = SettingsWindow(room, policy=policy)
        qtbot.addWidget(window, before_close_func=finish)
        window.resize(900, 700)
        window.show()
        window.activateWindow()
        made.append(window)
        qtbot.waitUntil(window.isActiveWindow)
        qtbot.waitUntil(lambda: idle(window))
        return window

    yield make
    QGuiApplication.styleHints().setColorScheme(Qt.ColorScheme.Unknown)


def idle(window: SettingsWindow) -> bool:
    """Whether nothing is being read or written."""
    keeper = window.keeper
    return not keeper._busy and not keeper._queue
