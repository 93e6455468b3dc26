"""The menu of the icon: what it says, and what its entries do."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QMessageBox

from iscbridge.core.jobs import ErrorInfo
from iscbridge.texts import en, zh
from iscbridge.tray.menu import LAST_JOBS, TrayMenu
from support.qt_checks import check_window
from support.tray_script import STATUS, job


@pytest.fixture
def menu(qtbot, shell_facts, shell_link, shell_words):
    made = TrayMenu(shell_facts, shell_link, shell_words)
    yield made
    made.menu.close()


def texts(menu):
    return [action.text() for action in menu.menu.actions() if action.isVisible() and not action.isSeparator()]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_bridge_at_rest(menu, shell_words, language):
    shell_words.set_language(language)
    told = (en if language == "en" else zh).MESSAGES
    ids = ("open", "pause", "activity", "files", "settings", "license", "help", "quit")
    assert texts(menu)[2:] == [told[f"tray.menu.{name}"] for name in ids]
    helping = [action.text() for action in menu.help.menu().actions()]
    assert helping == [told[f"tray.menu.{name}"] for name in ("first_run", "bundle", "about")]
    assert told["tray.cloud.sandbox"] in texts(menu)[0]
    assert texts(menu)[1] == told["tray.tip.saved"]
    menu.menu.popup(menu.menu.pos())
    check_window(menu.menu, language)


def test_the_cloud_is_always_named(menu, shell_link, qtbot):
    shell_link.script["bridge.status"] = {**STATUS, "cloud": "iscdesk"}
    shell_link.tell("bridge.changed")
    qtbot.waitUntil(lambda: texts(menu)[0] == "ISCBridge (ISCDesk cloud)")


def test_the_last_jobs_lead_to_the_activity(menu, shell_link, qtbot):
    for number in range(1, 9):
        shell_link.tell("job.changed", **job(number, "done" if number % 2 else "failed"))
    qtbot.waitUntil(menu.jobs[LAST_JOBS - 1].isVisible)
    menu.refresh()
    assert [action.text() for action in menu.jobs][:2] == [f"part8.FCStd: {en.STATES['failed']}", "part7.FCStd: done"]
    with qtbot.waitSignal(menu.wanted) as told:
        menu.jobs[1].trigger()
    assert told.args == ["activity", {"job": "j7"}]


def test_a_name_makes_no_shortcut_and_no_wide_menu(menu, shell_link, qtbot):
    shell_link.tell("job.changed", **job(1, path=f"/w/A&B {'x' * 90} last.FCStd"))
    qtbot.waitUntil(menu.jobs[0].isVisible)
    menu.refresh()
    shown = menu.jobs[0].text()
    assert shown.startswith("A&&B x")
    assert "last.FCStd" in shown
    assert len(shown) < 60
    assert menu.jobs[0].toolTip().endswith("last.FCStd")


def test_pause_and_resume(menu, shell_link, qtbot):
    menu.pause_hour.trigger()
    menu.pause_long.trigger()
    assert shell_link.asked_for("bridge.pause") == [{"minutes": 60}, {}]
    assert not menu.resume.isVisible()
    shell_link.script["bridge.status"] = {**STATUS, "paused": True}
    shell_link.tell("bridge.changed")
    qtbot.waitUntil(menu.resume.isVisible)
    assert not menu.pause.isVisible()
    menu.resume.trigger()
    assert shell_link.asked_for("bridge.resume") == [{}]


def test_what_waits_in_iscdesk_can_be_cancelled(menu, shell_link, qtbot):
    assert not menu.cancel.isVisible()
    shell_link.tell("job.changed", **job(1, "submitted", "saveAs"))
    qtbot.waitUntil(menu.cancel.isVisible)
    assert "part1.FCStd" in menu.cancel.text()
    assert menu.dialog_note.isVisible()
    menu.cancel.trigger()
    assert shell_link.asked_for("job.cancel") == [{"job": "j1"}]


def test_an_open_without_a_name_is_named_by_what_it_is(menu, shell_link, qtbot):
    shell_link.tell("job.changed", **job(1, "submitted", "open", path=""))
    qtbot.waitUntil(menu.cancel.isVisible)
    assert en.KINDS["open"] in menu.cancel.text()


def test_changed_files_have_a_submenu(menu, shell_link, qtbot):
    shell_link.script["workfile.list"] = {
        "files": [{"path": f"/w/{name}.FCStd", "state": "changed"} for name in "ab"],
        "counts": {"changed": 5},
        "watching": True,
    }
    shell_link.tell("workfile.changed", files=[], gone=[], counts={})
    qtbot.waitUntil(menu.files.isVisible)
    entries = menu.files.menu().actions()
    assert [action.text() for action in entries] == ["a.FCStd", "b.FCStd", en.MESSAGES["tray.menu.all"]]
    with qtbot.waitSignal(menu.wanted) as told:
        entries[1].trigger()
    assert told.args == ["files", {"path": "/w/b.FCStd"}]
    with qtbot.waitSignal(menu.wanted) as told:
        entries[2].trigger()
    assert told.args == ["files", {}]


def test_open_from_the_cloud_and_its_refusal_in_words(menu, shell_link, qtbot):
    shell_link.script["cloud.open"] = ErrorInfo("ISCB-BRIDGE-CLOSING")
    menu.open.trigger()
    qtbot.waitUntil(lambda: menu._dialog is not None)
    dialog = menu._dialog
    assert isinstance(dialog, QMessageBox)
    assert en.TEXTS["ISCB-BRIDGE-CLOSING"][0] in dialog.text()
    assert en.TEXTS["ISCB-BRIDGE-CLOSING"][2] in dialog.informativeText()
    check_window(dialog, "en")
    dialog.buttons()[0].click()
    qtbot.waitUntil(lambda: menu._dialog is None)


def test_a_bridge_that_can_t_start_is_told_and_can_be_tried_again(menu, shell_facts, qtbot):
    error = ErrorInfo("ISCB-SDK-LOAD", {"path": "/p", "detail": "d"})
    shell_facts.set_failure(error)
    qtbot.waitUntil(menu.failure.isVisible)
    assert menu.failure.text() == en.TEXTS["ISCB-SDK-LOAD"][0]
    assert not menu.open.isEnabled()
    assert menu.open.text() == en.MESSAGES["tray.menu.open.not"], "a grey entry says why"
    menu.failure.trigger()
    again = next(button for button in menu._dialog.buttons() if button.text() == en.MESSAGES["tray.again"])
    with qtbot.waitSignal(menu.restart_wanted):
        again.click()


@pytest.mark.parametrize("name", ["files", "settings", "license", "first_run", "bundle", "about"])
def test_windows_are_asked_for_by_name(menu, qtbot, name):
    with qtbot.waitSignal(menu.wanted) as told:
        menu.windows[name].trigger()
    assert told.args == [name, {}]


def test_quit(menu, qtbot):
    with qtbot.waitSignal(menu.quit_wanted):
        menu.quit.trigger()
