"""The settings window on a real config.toml in a profile of its own."""

from __future__ import annotations

import tomllib
from contextlib import suppress

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from iscbridge.core.errors import BridgeRunError, SettingsError
from iscbridge.core.setting_kinds import as_typed
from iscbridge.core.setting_sources import Source
from iscbridge.core.settings import PAGES, SETTINGS
from iscbridge.platform.settings_file import change_setting
from iscbridge.tray import appearance
from iscbridge.tray.link import LinkState
from iscbridge.tray.settings import keeper as keeper_module
from iscbridge.tray.settings import window as window_module
from iscbridge.tray.settings.editors import LOGIN_COMMAND
from support.qt_checks import check_window, findings, tab_stops

FOREIGN = window_module.SLOTS
OWN_PAGES = [page for page in PAGES if page not in FOREIGN]
COMMENTED = """\
# my own words
version = 1

[files]  # about files
snapshot_days = 14  # two weeks
later = "of a newer version"
"""


@pytest.fixture(autouse=True)
def _no_foreign_pages(monkeypatch):
    """What other modules put on their pages has tests of its own."""
    monkeypatch.setattr(window_module, "SLOTS", {})
    monkeypatch.setattr(appearance, "_asked", {})


def on_disk(home):
    try:
        return tomllib.loads(home.config.read_text("utf-8"))
    except (FileNotFoundError, tomllib.TOMLDecodeError):
        return {}


def field_of(window, key):
    """The field of a setting, its page opened."""
    page = next(setting.page for setting in SETTINGS if setting.key == key)
    window.focus(page=page)
    return next(field for field in window.pages[page].fields if field.setting.key == key)


def until_on_disk(qtbot, home, table, name, value):
    qtbot.waitUntil(lambda: on_disk(home).get(table, {}).get(name) == value)


def type_into(field, text):
    line = field.editor.field
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)


def leave(window):
    window.list.setFocus()


# choosing


def test_a_word_that_is_chosen_is_written_at_once_and_the_bridge_is_told(qtbot, window, home, link):
    window = window()
    before = len(link.asked_for("settings.reload"))
    field = field_of(window, "general.notifications")
    assert field.source.text() == "This is the default."
    field.editor.combo.setFocus()
    QTest.keyClick(field.editor.combo, Qt.Key.Key_Down)
    until_on_disk(qtbot, home, "general", "notifications", "important")
    qtbot.waitUntil(lambda: len(link.asked_for("settings.reload")) == before + 1)
    assert field.source.text() == "Your own choice. The default is: All."


def test_a_switch(qtbot, window, home):
    field = field_of(window(), "files.watch")
    assert field.editor.box.isChecked()
    field.editor.box.setFocus()
    QTest.keyClick(field.editor.box, Qt.Key.Key_Space)
    until_on_disk(qtbot, home, "files", "watch", False)
    assert field.editor.box.accessibleName() == "Watch the files that came from the cloud or went there"


def test_a_number_with_its_unit(qtbot, window, home):
    field = field_of(window(), "files.quiet_minutes")
    spin = field.editor.spin
    assert spin.text() == "5 minutes"
    spin.setFocus()
    for _ in range(4):
        QTest.keyClick(spin, Qt.Key.Key_Down)
    assert spin.text() == "1 minute"
    until_on_disk(qtbot, home, "files", "quiet_minutes", 1)


def test_an_address_and_back_to_the_default(qtbot, window, home):
    window = window()
    field = field_of(window, "network.proxy")
    type_into(field, "http://proxy:3128/")
    QTest.keyClick(field.editor.field, Qt.Key.Key_Return)
    until_on_disk(qtbot, home, "network", "proxy", "http://proxy:3128")
    qtbot.waitUntil(field.reset.isVisible)
    assert field.editor.field.text() == "http://proxy:3128"
    QTest.mouseClick(field.reset, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "proxy" not in on_disk(home)["network"])
    qtbot.waitUntil(lambda: field.editor.field.text() == "auto")
    assert not field.reset.isVisible()
    assert window.focusWidget() is field.editor.field, "the keyboard is not lost with the button"


def test_a_path_that_is_looked_for(qtbot, window, home, tmp_path):
    field = field_of(window(), "advanced.sdk_library")
    path = tmp_path / "libshim.so"
    field.editor._on_found(str(path))
    until_on_disk(qtbot, home, "advanced", "sdk_library", str(path))


def test_quick_changes_are_all_written_in_their_order(qtbot, window, home):
    window = window()
    for days in range(1, 15):
        window.keeper.put("files.snapshot_days", days)
    window.keeper.put("files.watch", False)
    until_on_disk(qtbot, home, "files", "watch", False)
    assert on_disk(home)["files"]["snapshot_days"] == 14


def test_comments_and_foreign_names_survive(qtbot, window, home):
    home.config.write_text(COMMENTED)
    field = field_of(window(), "files.snapshot_days")
    assert field.editor.spin.value() == 14
    field.editor.spin.setFocus()
    QTest.keyClick(field.editor.spin, Qt.Key.Key_Up)
    until_on_disk(qtbot, home, "files", "snapshot_days", 15)
    assert home.config.read_text() == COMMENTED.replace("= 14", "= 15")


def test_everything_can_be_set_back(qtbot, window, home):
    home.config.write_text(COMMENTED + '[network]\nproxy = "none"\n')
    window = window()
    window.focus(page="advanced")
    box = window.pages["advanced"].boxes[0]
    box.start_over.click()
    assert box.asking.isVisible()
    box.asking.no.click()
    assert on_disk(home)["network"]["proxy"] == "none"
    box.start_over.click()
    box.asking.yes.click()
    qtbot.waitUntil(lambda: on_disk(home).get("network") == {})
    assert on_disk(home)["files"] == {"later": "of a newer version"}
    assert "# my own words" in home.config.read_text()


# typing wrong things


@pytest.mark.parametrize(
    ("key", "typed", "told"),
    [
        ("network.proxy", "proxy:3128", "This is no address of a proxy yet."),
        ("network.proxy", "", "This is no address of a proxy yet."),
        ("network.proxy", "http://", "This is no address of a proxy yet."),
        ("network.proxy", "http://me:hunter2@proxy", LOGIN_COMMAND),
        ("advanced.sdk", "shim.dll", "This is no complete path of a file yet."),
    ],
)
def test_what_is_wrong_is_told_while_it_is_typed_and_not_written(window, home, key, typed, told):
    window = window()
    field = field_of(window, key)
    type_into(field, typed or "x")
    if not typed:
        QTest.keyClick(field.editor.field, Qt.Key.Key_Backspace)
    assert field.problem.isVisible()
    assert told in field.problem.text()
    assert told in field.editor.field.accessibleDescription()
    assert "hunter2" not in field.problem.text()
    leave(window)
    assert field.editor.field.text() == typed, "what was typed stays"
    assert field.problem.isVisible()
    assert on_disk(home) == {}
    field.editor.field.setFocus()
    QTest.keyClick(field.editor.field, Qt.Key.Key_Escape)
    assert field.editor.field.text() == as_typed(field.setting.default)
    assert not field.problem.isVisible()
    assert QApplication.activeModalWidget() is None


def test_a_wrong_number_is_told_and_put_back(window, home):
    window = window()
    field = field_of(window, "files.snapshot_days")
    spin = field.editor.spin
    spin.setFocus()
    spin.selectAll()
    QTest.keyClicks(spin, "999")
    assert "from 1 to 365" in field.problem.text()
    assert field.problem.isVisible()
    leave(window)
    assert spin.value() == 7
    assert field.problem.text() == "Not changed: a whole number from 1 to 365 is needed."
    assert on_disk(home) == {}
    spin.setFocus()
    QTest.keyClick(spin, Qt.Key.Key_Up)
    assert not field.problem.isVisible()


def test_half_typed_text_survives_another_language_and_a_change_from_outside(qtbot, window, home, words):
    window = window()
    field = field_of(window, "network.proxy")
    type_into(field, "http://half")
    QTest.keyClicks(field.editor.field, ":")
    change_setting(home.config, "general.language", "zh")
    change_setting(home.config, "network.proxy", "none")
    window.keeper.look_again()
    qtbot.waitUntil(lambda: field._source() is Source.FILE)
    assert words.language == "zh"
    assert field.editor.field.text() == "http://half:"
    assert "代理服务器的地址" in field.problem.text()
    QTest.keyClick(field.editor.field, Qt.Key.Key_Escape)
    assert field.editor.field.text() == "none"


def test_a_half_typed_number_survives_another_language(window, words):
    window = window()
    field = field_of(window, "files.snapshot_days")
    field.editor.spin.setFocus()
    field.editor.spin.selectAll()
    QTest.keyClicks(field.editor.spin, "400")
    words.set_language("zh")
    assert field.editor.spin.lineEdit().text().startswith("400")
    assert "整数" in field.problem.text()


# where values come from


def test_what_the_administrator_locks_is_told_in_words_and_can_not_be_changed(window, policy):
    policy.write_text(
        '[set.network]\nproxy = "http://proxy:1"\n[set.files]\nsnapshot_days = 30\n[lock]\nkeys = ["network.proxy"]\n'
    )
    window = window()
    field = field_of(window, "network.proxy")
    assert not field.editor.isEnabled()
    assert field.editor.field.text() == "http://proxy:1"
    assert field.lock.isVisible()
    assert "Locked by your administrator, in policy.toml" in field.lock.text()
    assert str(policy) in field.editor.toolTip()
    assert not field.reset.isVisible()
    suggested = field_of(window, "files.snapshot_days")
    assert suggested.editor.isEnabled()
    assert suggested.source.text().startswith("Suggested by your administrator")
    assert suggested.editor.spin.value() == 30


def test_a_variable_of_the_environment_is_named(window, monkeypatch, words):
    monkeypatch.setenv("ISCBRIDGE_NETWORK_PROXY", "none")
    field = field_of(window(), "network.proxy")
    assert not field.editor.isEnabled()
    assert "ISCBRIDGE_NETWORK_PROXY" in field.lock.text()


def test_a_change_from_outside_shows_when_the_window_comes_to_the_front(qtbot, window, home):
    window = window()
    field = field_of(window, "files.snapshot_days")
    change_setting(home.config, "files.snapshot_days", 99)
    QApplication.sendEvent(window, _activated())
    qtbot.waitUntil(lambda: field.editor.spin.value() == 99)


def test_a_change_that_another_program_tells_of_shows_too(qtbot, window, home, link):
    field = field_of(window(), "files.watch")
    change_setting(home.config, "files.watch", False)
    link.tell("settings.changed")
    qtbot.waitUntil(lambda: not field.editor.box.isChecked())


def _activated():
    from PySide6.QtCore import QEvent

    return QEvent(QEvent.Type.ActivationChange)


# what can't be read or written


def test_a_file_that_is_no_toml_is_named_and_set_aside_by_the_first_change(qtbot, window, home):
    home.config.write_text("this is = = no toml\n")
    window = window()
    assert "ISCB-SET-FILE" in window.problems.text.text()
    window.keeper.put("files.watch", False)
    until_on_disk(qtbot, home, "files", "watch", False)
    (aside,) = home.root.glob("config.toml.damaged-*")
    qtbot.waitUntil(lambda: aside.name in window.problems.text.text())
    window.keeper.look_again()
    qtbot.waitUntil(lambda: not window.keeper._busy)
    assert aside.name in window.problems.text.text(), "it is told for as long as the window is there"


def test_a_file_that_the_bridge_has_set_aside_is_named(window, home):
    (home.root / "config.toml.damaged-20260101T000000Z").write_text("broken")
    window = window()
    assert window.problems.isVisible()
    assert "config.toml.damaged-20260101T000000Z" in window.problems.text.text()


def test_a_file_that_can_not_be_written_is_told_and_the_field_shows_what_holds(qtbot, window, home, monkeypatch):
    def refuse(path, key, value):
        raise SettingsError("ISCB-SET-WRITE", path=str(path), detail="no room on the disk")

    monkeypatch.setattr(keeper_module, "change_setting", refuse)
    window = window()
    field = field_of(window, "files.watch")
    field.editor.box.click()
    qtbot.waitUntil(window.problems.isVisible)
    assert "ISCB-SET-WRITE" in window.problems.text.text()
    assert "no room on the disk" in window.problems.text.text()
    qtbot.waitUntil(field.editor.box.isChecked)
    monkeypatch.undo()
    window.keeper.put("files.watch", False)
    qtbot.waitUntil(lambda: not window.problems.isVisible())


def test_an_unforeseen_failure_is_told_too(qtbot, window, monkeypatch):
    def refuse(path, key, value):
        raise BridgeRunError("ISCB-BRIDGE-CLOSING")

    monkeypatch.setattr(keeper_module, "change_setting", refuse)
    window = window()
    window.keeper.put("files.watch", False)
    qtbot.waitUntil(lambda: "ISCB-BRIDGE-CLOSING" in window.problems.text.text())


# language, appearance, restart


def test_the_language_changes_at_once(qtbot, window, home, words):
    window = window()
    field = field_of(window, "general.language")
    field.editor.combo.setFocus()
    QTest.keyClick(field.editor.combo, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: words.language == "zh")
    assert window.windowTitle() == "ISCBridge 设置"
    assert [window.list.item(row).text() for row in (0, 4)] == ["常规", "工作文件"]
    assert field.label.text() == "语言"
    until_on_disk(qtbot, home, "general", "language", "zh")


@pytest.mark.parametrize(("word", "scheme"), [("dark", Qt.ColorScheme.Dark), ("light", Qt.ColorScheme.Light)])
def test_the_appearance_changes_at_once(qtbot, window, monkeypatch, word, scheme):
    asked = []
    hints = QGuiApplication.styleHints()
    monkeypatch.setattr(type(hints), "setColorScheme", lambda _hints, value: asked.append(value))
    window = window()
    window.keeper.put("general.appearance", word)
    qtbot.waitUntil(lambda: asked == [scheme])
    window.keeper.put("general.appearance", "auto")
    qtbot.waitUntil(lambda: asked == [scheme, Qt.ColorScheme.Unknown])


def test_settings_that_wait_for_a_restart_are_named_and_it_is_offered(qtbot, window, link, opened):
    window = window()
    assert not window.restart.isVisible()
    link.script["settings.reload"] = {"restart": ["network.proxy", "advanced.sdk"]}
    window.keeper.put("network.proxy", "none")
    qtbot.waitUntil(window.restart.isVisible)
    assert "Proxy, SDK library" in window.restart.text.text()
    QTest.keyClick(window.restart.button, Qt.Key.Key_Space)
    assert opened == [("restart", {})]
    assert not window.restart.button.isEnabled()
    assert "as soon as nothing is being transferred" in window.restart.text.text()
    link.script["settings.reload"] = {"restart": []}
    link.state_changed.emit(LinkState.CONNECTED)  # the new bridge
    qtbot.waitUntil(lambda: not window.restart.isVisible())
    assert window.restart.button.isEnabled()


def test_after_the_restart_nothing_waits(qtbot, window, link):
    link.script["settings.reload"] = {"restart": ["network.proxy"]}
    window = window()
    qtbot.waitUntil(window.restart.isVisible)
    link.script["settings.reload"] = {"restart": []}
    link.state_changed.emit(link.state)
    qtbot.waitUntil(lambda: not window.restart.isVisible())


def test_the_text_says_which_settings_need_one(window):
    window = window()
    for setting in SETTINGS:
        shown = field_of(window, setting.key).source.text()
        assert ("started again" in shown) == setting.restart


# for everybody


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_can_be_read_reached_and_named(qtbot, window, words, home, language):
    window = window()
    words.set_language(language)
    for page in OWN_PAGES:
        window.focus(page=page)
        QApplication.processEvents()
        check_window(window, language, data=[str(home.root)])


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scale", [1, 2])
def test_a_small_window_and_large_letters(qtbot, window, words, home, policy, request, language, scale):
    """Nothing is cut off with every banner, every lock and letters of twice the size."""
    home.config.write_text(COMMENTED + '[network]\nproxy = "http://u:p@x"\n')
    policy.write_text('[lock]\nkeys = ["secrets.store", "files.failed_snapshot_days", "advanced.sdk"]\n')
    font = QApplication.font()
    request.addfinalizer(lambda: QApplication.setFont(font))
    larger = QApplication.font()
    larger.setPointSizeF(font.pointSizeF() * scale)
    QApplication.setFont(larger)
    window = window()
    words.set_language(language)
    window.restart.show_keys(("files.snapshot_days", "advanced.sdk_library"))
    window.resize(560 * scale, 480 * scale)
    for page in PAGES:
        window.focus(page=page)
        # A scroll bar that comes makes the page narrower, and so higher: that takes a turn or two.
        with suppress(qtbot.TimeoutError):
            qtbot.waitUntil(lambda: not findings(window, language, data=[str(home.root)]), timeout=20_000)
        check_window(window, language, data=[str(home.root)])


def test_every_field_is_reached_by_the_keyboard_alone(window):
    window = window()
    window.list.setFocus()
    for row, name in enumerate(PAGES):
        assert window.list.currentRow() == row
        stops = tab_stops(window)
        for field in window.pages[name].fields:
            assert field.editor.field in stops
        window.list.setFocus()
        QTest.keyClick(window.list, Qt.Key.Key_Down)
    for row in range(len(PAGES)):
        QTest.keyClick(window, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
        assert window.list.currentRow() == row
    QTest.keyClick(window, Qt.Key.Key_PageUp, Qt.KeyboardModifier.ControlModifier)
    assert window.list.currentRow() == len(PAGES) - 2


def test_another_window_may_ask_for_a_page(window):
    window = window()
    window.focus_on({"page": "network"})
    assert window.stack.currentWidget().name == "network"
    window.focus_on({"page": "no such page"})
    window.focus_on({})
    assert window.stack.currentWidget().name == "network"


def test_the_wheel_changes_nothing_by_accident(window):
    from PySide6.QtCore import QPoint, QPointF
    from PySide6.QtGui import QWheelEvent

    window = window()
    for key in ("general.notifications", "files.snapshot_days"):
        widget = field_of(window, key).editor.field
        event = QWheelEvent(
            QPointF(5, 5),
            QPointF(5, 5),
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(widget, event)
        assert not event.isAccepted()


def test_a_file_that_can_not_be_read_is_told(window, home):
    home.config.mkdir()
    assert "ISCB-SET-UNREADABLE" in window().problems.text.text()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("page", ["license", "hosts"])
def test_the_pages_of_other_modules_fit_in(qtbot, window, words, home, link, monkeypatch, page, language):
    monkeypatch.setattr(window_module, "SLOTS", FOREIGN)
    link.script["license.status"] = {"licenses": []}
    words.set_language(language)
    window = window()
    window.focus(page=page)
    shown = window.stack.currentWidget()
    assert shown.slot is not None
    assert shown.slot.isVisible()
    stops = tab_stops(window)
    assert any(shown.slot.isAncestorOf(stop) for stop in stops)
    assert all(field.editor.field in stops for field in shown.fields)
