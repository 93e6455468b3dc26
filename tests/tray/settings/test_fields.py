"""A setting that is declared has its field, whatever it is: no line of the window knows it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from iscbridge.core import setting_sources
from iscbridge.core import settings as declarations
from iscbridge.core.setting_kinds import Choice, LocalFile, Number, ProxyChoice, Switch, as_typed
from iscbridge.core.settings import SETTINGS, Setting
from iscbridge.platform import settings_file
from iscbridge.texts import en, zh
from iscbridge.tray.settings import keeper as keeper_module
from iscbridge.tray.settings import window as window_module
from iscbridge.tray.settings.fields import Field
from support.qt_checks import check_window


class Hour:
    """A kind that no editor was made for."""

    name = "hour"
    allowed = "00:00-23:59"

    def read(self, value: object) -> str:
        if isinstance(value, str) and len(value) == 5 and value[2] == ":" and value.replace(":", "").isdigit():
            return value
        raise ValueError("no hour")

    def typed(self, text: str) -> str:
        return self.read(text)


MADE_UP = [
    Setting("general.tea", Choice("green", "black"), "green", page="general", variable="ISCBRIDGE_GENERAL_TEA"),
    Setting("general.milk", Switch(), False, page="general", variable="ISCBRIDGE_GENERAL_MILK", restart=False),
    Setting("network.cups", Number(1, 12, unit="cups"), 2, page="network", variable="ISCBRIDGE_NETWORK_CUPS"),
    Setting("files.kettle", LocalFile(), "", page="files", variable="ISCBRIDGE_FILES_KETTLE"),
    Setting("network.pot", ProxyChoice(), "none", page="network", variable="ISCBRIDGE_NETWORK_POT"),
    Setting("general.time", Hour(), "17:00", page="general", variable="ISCBRIDGE_GENERAL_TIME"),
    Setting("advanced.pin", LocalFile(), "", page="advanced", variable="ISCBRIDGE_ADVANCED_PIN", secret=True),
]


@pytest.fixture
def made_up(monkeypatch):
    """The made-up settings are declared, with their texts."""
    every = (*SETTINGS, *MADE_UP)
    for module in (declarations, setting_sources, window_module, keeper_module):
        monkeypatch.setattr(module, "SETTINGS", every)
    by_key = {setting.key: setting for setting in every}
    for module in (declarations, setting_sources, settings_file):
        monkeypatch.setattr(module, "BY_KEY", by_key)
    monkeypatch.setattr(window_module, "SLOTS", {})
    for texts, word in ((en, "Tea"), (zh, "茶")):
        for setting in MADE_UP:
            for name in (setting.text, setting.name_text, *(map(setting.word_text, ("green", "black")))):
                monkeypatch.setitem(texts.MESSAGES, name, word)
        for name in ("unit.cups", "unit.cups.one"):
            monkeypatch.setitem(texts.MESSAGES, name, word.lower())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_new_settings_appear_in_the_window(qtbot, window, words, home, made_up, language):
    window = window()
    words.set_language(language)
    for setting in MADE_UP:
        window.focus(page=setting.page)
        page = window.pages[setting.page]
        assert setting in [field.setting for field in page.fields]
    for page in window.pages:
        window.focus(page=page)
        check_window(window, language, data=[str(home.root)])


def test_a_new_setting_is_written(qtbot, window, home, made_up):
    window = window()
    window.focus(page="general")
    field = next(field for field in window.pages["general"].fields if field.setting.key == "general.time")
    line = field.editor.field
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "noon")
    assert "00:00-23:59" in field.problem.text()
    line.selectAll()
    QTest.keyClicks(line, "12:30")
    assert not field.problem.isVisible()
    QTest.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: home.config.exists() and 'time = "12:30"' in home.config.read_text())


def test_a_secret_is_never_shown(qtbot, window, home, made_up):
    home.config.write_text('version = 1\n[advanced]\npin = "/hunter2"\n')
    window = window()
    window.focus(page="advanced")
    field = next(field for field in window.pages["advanced"].fields if field.setting.secret)
    line = field.editor.field
    assert line.echoMode() is QLineEdit.EchoMode.Password
    assert line.text() == ""
    shown = [line.placeholderText(), line.accessibleDescription(), field.source.text(), field.help.text()]
    assert "hunter2" not in "".join(shown)
    line.setFocus()
    QTest.keyClicks(line, "/secret3")
    QTest.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "/secret3" in home.config.read_text())
    assert line.text() == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(text=st.text(max_size=12) | st.sampled_from(["none", "auto", "http://p:1", "/a/b", "C:\\a", "17:30", "@"]))
@pytest.mark.parametrize(
    "setting", [setting for setting in MADE_UP if setting.kind.name in ("address", "path", "hour")]
)
def test_only_what_the_kind_takes_is_ever_given_away(qtbot, words, setting, text):
    field = Field(setting, words)
    given_away = []
    field.chosen.connect(lambda key, value: given_away.append((key, value)))
    field.editor.show_value(setting.default)
    line = field.editor.field
    typed = text.replace("\n", " ").replace("\r", " ")
    line.setText(typed)
    typed = line.text()
    field.editor._on_typed(typed)
    field.editor._give()
    try:
        value = setting.kind.typed(typed.strip())
    except ValueError:
        assert given_away == []
        assert field.editor.problem is not None
    else:
        assert field.editor.problem is None
        expected = [] if typed == as_typed(setting.default) else [(setting.key, value)]
        assert given_away == expected
