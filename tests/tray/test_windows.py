"""Windows by name: one each, raised, remembered, and gone when closed. And a desktop without a panel."""

from __future__ import annotations

import sys
import weakref

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from shiboken6 import isValid

from iscbridge.cli.main import build_parser
from iscbridge.core.notices import Level
from iscbridge.platform.folders import Home
from iscbridge.tray.icon import TrayIcon
from iscbridge.tray.menu import TrayMenu
from iscbridge.tray.notices import Shown
from iscbridge.tray.room import Room
from iscbridge.tray.windows import FACTORIES, PLACES, Windows
from iscbridge.tray.without_panel import WithoutPanel
from support.qt_checks import check_window


class Window(QWidget):
    def __init__(self, room):
        super().__init__()
        self.setWindowTitle("W")
        QVBoxLayout(self)
        self.focused = []
        self.told = []
        self.room = room
        self.itself = self  # a cycle, as real windows have many
        self.dirty = False

    def focus_on(self, what):
        self.focused.append(dict(what))

    def tell_news(self, text, *, problem):
        self.told.append((text, problem))

    def closeEvent(self, event):  # noqa: N802 - Qt's name
        if self.dirty:
            event.ignore()


@pytest.fixture
def room(shell_link, shell_words, shell_state, tmp_path):
    return Room(shell_link, shell_words, Home(tmp_path), shell_state, lambda _name, _focus: None)


@pytest.fixture
def windows(room):
    made = Windows(room, {"activity": Window, "settings": Window})
    yield made
    made.close_all()


def gone(qtbot, window):
    qtbot.waitUntil(lambda: not isValid(window))


def test_a_window_is_made_once_and_raised(windows):
    first = windows.open("activity")
    assert first.isVisible()
    assert windows.open("activity") is first
    first.showMinimized()
    windows.open("activity")
    assert not first.isMinimized()
    assert windows.names == ("activity",)


def test_what_it_is_to_show_reaches_it(windows):
    window = windows.open("activity", {"job": "j1"})
    windows.open("activity")
    windows.open("activity", {"job": "j2"})
    assert window.focused == [{"job": "j1"}, {"job": "j2"}]


def test_a_name_may_stand_for_a_part_of_a_window(windows):
    window = windows.open("license")
    assert window.focused == [{"page": "license"}]
    assert windows.find("settings") is window


def test_an_unknown_name_opens_nothing(windows):
    assert windows.open("nothing") is None


def test_a_closed_window_is_destroyed_and_forgotten(windows, qtbot):
    window = windows.open("activity")
    reference = weakref.ref(window)
    with qtbot.waitSignal(windows.last_closed):
        window.close()
    gone(qtbot, window)
    assert windows.names == ()
    assert windows.open("activity") is not window
    assert reference() is window


def test_a_window_that_refuses_to_close_stays(windows, qtbot):
    window = windows.open("settings")
    window.dirty = True
    window.close()
    qtbot.waitUntil(lambda: windows.find("settings") is window)
    assert window.isVisible()
    window.dirty = False
    window.close()
    gone(qtbot, window)


def test_closed_and_opened_at_once_there_is_one(windows, qtbot):
    first = windows.open("activity")
    first.close()
    second = windows.open("activity")
    qtbot.waitUntil(second.isVisible)
    assert windows.names == ("activity",)


def test_a_hundred_windows_leave_none_behind(windows, qtbot, qapp):
    before = len(qapp.topLevelWidgets())
    for _ in range(100):
        window = windows.open("activity")
        window.close()
        gone(qtbot, window)
    assert len(qapp.topLevelWidgets()) <= before


def test_where_it_stood_is_remembered(windows, room, qtbot):
    window = windows.open("activity")
    window.resize(431, 317)
    window.close()
    gone(qtbot, window)
    assert windows.open("activity").size() == QSize(431, 317)


@pytest.mark.parametrize("kept", ["", "no geometry", 7, None, "AAAA"])
def test_a_damaged_place_is_no_place(windows, room, kept):
    room.state.put("window.activity", kept)
    assert windows.open("activity").isVisible()


def test_the_command_line_names_windows_that_there_are():
    options = build_parser().parse_args(["tray", "--window", "about"])
    assert options.window == "about"
    for name in ("activity", "settings", "files", "license", "hosts", "first_run", "bundle", "about"):
        assert name in FACTORIES or name in PLACES
        build_parser().parse_args(["tray", "--window", name])
    for name, (window, _) in PLACES.items():
        assert window in FACTORIES, name


@pytest.mark.parametrize("language", ["en", "zh"])
def test_about(room, shell_words, language, qtbot):
    shell_words.set_language(language)
    windows = Windows(room)
    window = windows.open("about")
    check_window(window, language, data=["Apache License 2.0", "GNU Lesser General Public License", "PySide6"])
    windows.close_all()


def test_about_shows_the_licences_of_a_frozen_product(room, monkeypatch, tmp_path, qtbot):
    page = tmp_path / "licences" / "README.txt"
    page.parent.mkdir()
    page.touch()
    shown = []
    monkeypatch.setattr(sys, "executable", str(tmp_path / "ISCBridgeTray"))
    monkeypatch.setattr("iscbridge.tray.about.reveal", shown.append)
    windows = Windows(room)
    assert not windows.open("about")._licences.isVisible()
    windows.close_all()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    window = windows.open("about")
    window._licences.click()
    qtbot.waitUntil(lambda: shown == [str(page)])
    check_window(window, "en", data=["Apache License 2.0", "GNU Lesser General Public License", "PySide6"])
    windows.close_all()


class TestWithoutPanel:
    @pytest.fixture
    def menu(self, shell_facts, shell_link, shell_words):
        return TrayMenu(shell_facts, shell_link, shell_words)

    @pytest.fixture
    def panel(self, windows, menu, shell_words, qapp):
        icon = TrayIcon()
        icon.start()  # offscreen there is none
        menu.wanted.connect(windows.open)
        return WithoutPanel(icon, windows, menu, shell_words)

    def test_the_activity_window_opens_and_carries_the_menu(self, panel, windows, menu):
        panel.open()
        window = windows.find("activity")
        assert window.isVisible()
        assert [action.menu() for action in window.layout().menuBar().actions()] == [menu.menu]

    def test_to_close_the_last_window_asks(self, panel, windows, menu, qtbot):
        panel.open()
        window = windows.find("activity")
        window.close()
        assert window.isVisible()
        question = panel._question
        check_window(question, "en")
        go_on, end = question.buttons()
        go_on.click()
        assert window.isMinimized()
        window.showNormal()
        window.close()
        with qtbot.waitSignal(menu.quit_wanted):
            panel._question.buttons()[-1].click()
        del end

    def test_what_would_be_said_beside_the_icon_is_said_in_the_window(self, panel, windows):
        notice = Shown(1, Level.PROBLEM, "Not saved", "bracket.FCStd: the disk is full.", "activity", {})
        panel.show_notice(notice)  # no window: nobody to tell, and no harm
        panel.open()
        panel.show_notice(notice)
        assert windows.find("activity").told == [("Not saved\nbracket.FCStd: the disk is full.", True)]

    def test_another_window_closes_without_a_question(self, panel, windows, qtbot):
        panel.open()
        other = windows.open("settings")
        other.close()
        gone(qtbot, other)
        assert panel._question is None


def wrapped(room):
    window = QWidget()
    window.setWindowTitle("W")
    label = QLabel("A sentence that needs several lines as soon as there is less room. " * 4)
    label.setWordWrap(True)
    QVBoxLayout(window).addWidget(label)
    return window


def test_no_window_can_be_made_too_low_for_its_text(room, qtbot):
    windows = Windows(room, {"activity": wrapped})
    window = windows.open("activity")
    window.resize(240, 10)
    label = window.findChild(QLabel)
    qtbot.waitUntil(lambda: window.width() == 240 and label.height() >= label.heightForWidth(label.width()))
    windows.close_all()


def test_a_window_without_a_size_of_its_own_gets_the_one_that_fits_it(room):
    windows = Windows(room, {"activity": wrapped})
    window = windows.open("activity")
    assert window.size() == window.sizeHint().expandedTo(window.minimumSize())
    windows.close_all()
