"""The question of an upgrade: asked in both languages, answered once, taken back when somebody else answered."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from iscbridge.core.jobs import ErrorInfo
from iscbridge.platform.folders import Home
from iscbridge.tray.upgrade import make
from iscbridge.tray.words import Words
from support.qt_checks import check_window
from support.scripted_link import ScriptedLink
from support.tray_room import room_with
from support.tray_script import STATUS

OFFER = {"forced": False, "since": "2026-01-01T00:00:00.000Z"}


@pytest.fixture
def open_window(qtbot, tmp_path):
    def show(upgrade: object = OFFER, language: str = "en", answer: object = None):
        link = ScriptedLink({"bridge.status": {**STATUS, "upgrade": upgrade}, "upgrade.answer": answer})
        window = make(room_with(link, Home(tmp_path), Words(language)))
        window.link = link
        qtbot.addWidget(window)
        with qtbot.waitExposed(window):
            window.show()
        qtbot.waitUntil(lambda: not link._open)
        return window

    return show


@pytest.mark.parametrize("language", ["en", "zh"])
def test_everybody_can_read_and_reach_it(open_window, language: str) -> None:
    check_window(open_window(language=language), language)


@pytest.mark.parametrize(("button", "upgrade"), [("agree", True), ("later", False)])
def test_an_answer_goes_to_the_bridge_and_the_window_closes(open_window, qtbot, button: str, upgrade: bool) -> None:
    window = open_window(answer={"upgrade": upgrade})
    qtbot.mouseClick(getattr(window, button), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.isVisible())
    assert window.link.asked_for("upgrade.answer") == [{"upgrade": upgrade}]


def test_closing_it_answers_nothing(open_window) -> None:
    window = open_window()
    window.close()
    assert window.link.asked_for("upgrade.answer") == []


def test_an_answer_that_did_not_arrive_is_said_and_asked_again(open_window, qtbot) -> None:
    window = open_window(answer=ErrorInfo("ISCB-SDK-NOT-CONNECTED"))
    qtbot.mouseClick(window.agree, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "could not be told" in window._text.text())
    assert window.agree.isEnabled()


def test_what_somebody_else_answered_is_shown(open_window) -> None:
    window = open_window()
    window.link.tell("upgrade.announced", forced=False, answer=True)
    assert window._text.text() == "ISCDesk upgrades after ISCBridge has closed."
    assert not window.agree.isEnabled()


def test_a_forced_one_asks_nothing(open_window) -> None:
    window = open_window(upgrade={**OFFER, "forced": True})
    assert not window.agree.isEnabled()
    assert "save your work" in window._text.text()
