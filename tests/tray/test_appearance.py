"""Language and light or dark of the windows follow the settings."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from iscbridge.core.settings import Settings
from iscbridge.platform.folders import Home
from iscbridge.platform.settings_file import change_setting
from iscbridge.tray import appearance
from iscbridge.tray.appearance import AppearanceKeeper, language_of, take_over
from iscbridge.tray.words import Words
from support.scripted_link import ScriptedLink


@pytest.fixture(autouse=True)
def asked(monkeypatch, qapp):
    """What was asked of Qt."""
    found = []
    monkeypatch.setattr(appearance, "_asked", {})
    hints = QGuiApplication.styleHints()
    monkeypatch.setattr(type(hints), "setColorScheme", lambda _hints, value: found.append(value))
    monkeypatch.delenv("ISCBRIDGE_LANGUAGE", raising=False)
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    return found


def test_the_system_s_choice_needs_no_word(asked):
    take_over(Settings(), Words("zh"))
    assert asked == []


def test_each_change_is_asked_for_once(asked):
    words = Words("zh")
    for word in ("dark", "dark", "light", "auto"):
        take_over(Settings({"general.appearance": word}), words)
    assert asked == [Qt.ColorScheme.Dark, Qt.ColorScheme.Light, Qt.ColorScheme.Unknown]


@pytest.mark.parametrize(("chosen", "language"), [("auto", "zh"), ("en", "en"), ("zh", "zh")])
def test_the_language(chosen, language):
    assert language_of(Settings({"general.language": chosen})) == language


def test_a_locked_choice_is_not_undone_by_the_variable(monkeypatch):
    monkeypatch.setenv("ISCBRIDGE_LANGUAGE", "en")
    assert language_of(Settings({"general.language": "auto"})) == "zh"


def test_all_windows_follow_what_another_program_changed(qtbot, tmp_path, asked):
    home = Home(tmp_path / "home")
    home.ensure()
    change_setting(home.config, "general.appearance", "dark")
    link, words = ScriptedLink(), Words("en")
    keeper = AppearanceKeeper(home, link, words)
    qtbot.waitUntil(lambda: asked == [Qt.ColorScheme.Dark])
    qtbot.waitUntil(lambda: words.language == "zh")
    change_setting(home.config, "general.language", "en")
    link.tell("settings.changed")
    qtbot.waitUntil(lambda: words.language == "en")
    keeper.setParent(None)


def test_where_a_style_can_only_be_light_dark_windows_get_another_and_it_comes_back(monkeypatch, asked):
    hints = QGuiApplication.styleHints()
    styles = ["windowsvista"]
    monkeypatch.setattr(QApplication, "style", lambda: SimpleNamespace(name=lambda: styles[-1]))
    monkeypatch.setattr(QApplication, "setStyle", styles.append)
    monkeypatch.setattr(type(hints), "colorScheme", lambda _hints: asked[-1])
    words = Words("zh")
    for word in ("dark", "light", "dark", "auto"):
        take_over(Settings({"general.appearance": word}), words)
    assert styles == ["windowsvista", "fusion", "windowsvista", "fusion", "windowsvista"]
