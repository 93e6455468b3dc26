"""While ISCDesk shows its dialog: a window says so after a while, offers to cancel, and can be sent away."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from iscbridge.core.jobs import ErrorInfo
from iscbridge.tray.waiting import Waiting
from support.qt_checks import check_window
from support.tray_script import job


@pytest.fixture
def waiting(shell_facts, shell_link, shell_words):
    made = Waiting(shell_facts, shell_link, shell_words, later_ms=1)
    yield made
    made.withdraw()


def shown(qtbot, waiting):
    qtbot.waitUntil(lambda: waiting.window is not None)
    return waiting.window


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["open", "saveAs"])
def test_it_says_what_is_waited_for(qtbot, waiting, shell_link, shell_words, language, kind):
    shell_words.set_language(language)
    shell_link.tell("job.changed", **job(1, "submitted", kind))
    window = shown(qtbot, waiting)
    assert window.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    check_window(window, language, data=["part1.FCStd"])


def test_a_save_shows_no_dialog(qtbot, waiting, shell_link, shell_facts):
    shell_link.tell("job.changed", **job(1, "submitted", "save"))
    qtbot.waitUntil(lambda: not shell_facts._show.isActive())
    assert waiting.window is None
    assert not waiting._later.isActive()


def test_it_goes_when_the_dialog_is_answered(qtbot, waiting, shell_link):
    shell_link.tell("job.changed", **job(1, "submitted", "open"))
    shown(qtbot, waiting)
    shell_link.tell("job.changed", **job(1, "done", "open"))
    qtbot.waitUntil(lambda: waiting.window is None)


def test_a_dialog_that_is_answered_quickly_brings_no_window(qtbot, shell_facts, shell_link, shell_words):
    waiting = Waiting(shell_facts, shell_link, shell_words, later_ms=600_000)
    shell_link.tell("job.changed", **job(1, "submitted", "open"))
    qtbot.waitUntil(waiting._later.isActive)
    shell_link.tell("job.changed", **job(1, "done", "open"))
    qtbot.waitUntil(lambda: not waiting._later.isActive())
    assert waiting.window is None


def test_cancel(qtbot, waiting, shell_link):
    shell_link.tell("job.changed", **job(1, "submitted", "open"))
    window = shown(qtbot, waiting)
    window.cancel.click()
    assert shell_link.asked_for("job.cancel") == [{"job": "j1"}]
    assert not window.cancel.isEnabled()


def test_a_cancel_that_failed_can_be_tried_again(qtbot, waiting, shell_link):
    shell_link.script["job.cancel"] = ErrorInfo("ISCB-BRIDGE-CLOSING")
    shell_link.tell("job.changed", **job(1, "submitted", "open"))
    window = shown(qtbot, waiting)
    window.cancel.click()
    qtbot.waitUntil(window.cancel.isEnabled)


def test_closed_it_stays_away_for_that_job_only(qtbot, waiting, shell_link, shell_facts):
    shell_link.tell("job.changed", **job(1, "submitted", "open"))
    shown(qtbot, waiting).close()
    shell_link.tell("job.changed", **job(1, "submitted", "open", attempts=2))
    qtbot.waitUntil(lambda: waiting.window is None)
    assert not waiting._later.isActive()
    shell_link.tell("job.changed", **job(2, "submitted", "saveAs"))
    assert shown(qtbot, waiting).job.job == "j2"
