"""The window of the working files, with a bridge that a test speaks for."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QAbstractItemModelTester

from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc.messages import HelloLimits, HelloResult
from iscbridge.tray.link import LinkState
from iscbridge.tray.workfiles.model import PAGE, Column
from iscbridge.tray.workfiles.window import make
from support.qt_checks import check_window


@pytest.fixture
def window(qtbot, room):
    """Shown, with what the server has by then."""

    def show():
        made = make(room)
        made.tester = QAbstractItemModelTester(made.model, QAbstractItemModelTester.FailureReportingMode.Warning)
        qtbot.addWidget(made)
        with qtbot.waitExposed(made):
            made.show()
        qtbot.waitUntil(lambda: made.model.has_loaded)
        return made

    return show


def shown(window) -> list[tuple[str, str]]:
    model = window.model
    return [
        (model.index(row, Column.FILE).data(), model.index(row, Column.STATE).data()) for row in range(model.rowCount())
    ]


def choose(window, *rows: int) -> None:
    window.view.clearSelection()
    flags = QItemSelectionModel.SelectionFlag
    for row in rows:
        window.view.selectionModel().select(window.model.index(row, 0), flags.Select | flags.Rows)


def policy_action(window, policy: str) -> QAction:
    return next(action for action in window.deeds.policy_menu.actions() if action.data() == policy)


def test_every_file_stands_there_with_its_state_in_words(window, server):
    server.put("a.FCStd")
    server.put("b.FCStd", "changed", locked=True, saved="2026-11-22T09:15:03.840Z", host="FreeCAD")
    server.put("c.FCStd", "missing", policy="automatic", main="/cad/pump.FCStd")
    opened = window()
    assert shown(opened) == [("a.FCStd", "Saved"), ("b.FCStd", "Changed, open in CAD"), ("c.FCStd", "Missing")]
    assert "FreeCAD" in opened.model.index(1, Column.SAVED).data()
    assert opened.model.index(2, Column.POLICY).data() == "Save it by itself"
    tip = opened.model.index(2, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "/cad/c.FCStd" in tip
    assert "/cad/pump.FCStd" in tip
    assert opened.counts.text().startswith("Saved: 1. Not in the cloud yet: 1. Missing or can't be read: 1.")


def test_the_list_says_of_which_cloud_it_speaks(window, server):
    server.link.hello = HelloResult(1, "9.9", "sandbox", 1, HelloLimits(1, 1, 1))
    opened = window()
    assert (opened.cloud.isVisible(), opened.cloud.text()) == (True, "Sandbox")
    assert "real cloud" in opened.cloud.toolTip()
    server.link.hello = None
    server.link.set_state(LinkState.LOST)
    assert opened.cloud.text() == "Sandbox", "what was last known stays"


def test_changes_move_rows_and_keep_the_choice(window, server, qtbot):
    for name in "abd":
        server.put(f"{name}.FCStd")
    opened = window()
    choose(opened, 2)
    server.put("c.FCStd", "changing")
    server.put("d.FCStd", "changed")
    del server.files["/cad/a.FCStd"]
    server.tell("a.FCStd", "c.FCStd", "d.FCStd")
    assert shown(opened) == [("b.FCStd", "Saved"), ("c.FCStd", "Being written"), ("d.FCStd", "Changed")]
    assert [index.data() for index in opened.view.selectionModel().selectedRows()] == ["d.FCStd"]


def test_the_filter_is_the_bridges_and_holds_for_what_it_tells(window, server, qtbot):
    for number in range(4):
        server.put(f"part-{number}.FCStd", "changed" if number % 2 else "saved")
    opened = window()
    opened.bar.states.setCurrentIndex(1)
    qtbot.waitUntil(lambda: [name for name, _ in shown(opened)] == ["part-1.FCStd", "part-3.FCStd"])
    qtbot.keyClicks(opened.bar.search, "PART-3")
    qtbot.waitUntil(lambda: [name for name, _ in shown(opened)] == ["part-3.FCStd"])
    server.put("part-3.FCStd", "saved")
    server.tell("part-3.FCStd")
    assert shown(opened) == []
    assert opened._stack.currentWidget() is not opened.view
    qtbot.keyClick(opened.bar.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: len(shown(opened)) == 4)
    assert opened.view.hasFocus()


def test_pages_come_when_they_are_scrolled_to(window, server, qtbot):
    for number in range(3 * PAGE):
        server.put(f"part-{number:04}.FCStd")
    opened = window()
    assert opened.model.rowCount() <= 2 * PAGE
    while opened.model.canFetchMore(opened.view.rootIndex()) or opened.model._open:
        opened.view.scrollToBottom()
        qtbot.waitUntil(lambda: not opened.model._open)
    assert [name for name, _ in shown(opened)] == [f"part-{number:04}.FCStd" for number in range(3 * PAGE)]


def test_too_much_news_is_asked_for_anew(window, server, qtbot):
    server.put("a.FCStd")
    opened = window()
    server.put("b.FCStd", "changed")
    server.link.tell("workfile.changed", files=[], gone=[], counts={}, more=True)
    qtbot.waitUntil(lambda: len(shown(opened)) == 2)


def test_saving_asks_once_for_an_assembly(window, server, opened, qtbot):
    server.put("a.FCStd", "changed", main="/cad/pump.FCStd")
    server.put("b.FCStd", "changed", main="/cad/pump.FCStd")
    server.put("c.FCStd", "changed")
    shown_window = window()
    choose(shown_window, 0, 1, 2)
    shown_window.deeds.save.trigger()
    asked = {params["path"] for params in server.link.asked_for("workfile.save")}
    assert len(server.link.asked_for("workfile.save")) == 2
    assert "/cad/c.FCStd" in asked
    assert "2" in shown_window.notice.text
    shown_window.notice.button.click()
    assert opened == [("activity", {})]


def test_policy_and_watch_no_more(window, server, qtbot):
    server.put("a.FCStd", "changed", policy="off")
    opened = window()
    choose(opened, 0)
    assert policy_action(opened, "off").isChecked()
    policy_action(opened, "automatic").trigger()
    policy_action(opened, "").trigger()
    assert server.link.asked_for("workfile.policy") == [
        {"path": "/cad/a.FCStd", "policy": "automatic"},
        {"path": "/cad/a.FCStd"},
    ]
    opened.view.setFocus()
    qtbot.keyClick(opened.view, Qt.Key.Key_Delete)
    assert server.link.asked_for("workfile.forget") == [{"path": "/cad/a.FCStd"}]


def test_delete_in_the_search_forgets_nothing(window, server, qtbot):
    server.put("a.FCStd")
    opened = window()
    choose(opened, 0)
    opened.bar.search.setFocus()
    qtbot.keyClick(opened.bar.search, Qt.Key.Key_Delete)
    assert server.link.asked_for("workfile.forget") == []


def test_nothing_can_be_done_with_nothing(window, server):
    opened = window()
    deeds = opened.deeds
    assert not any(action.isEnabled() for action in (deeds.save, deeds.show, deeds.forget))
    assert not deeds.policy_menu.isEnabled()


def test_what_goes_wrong_is_told_with_its_remedy(window, server, qtbot):
    server.put("a.FCStd", "changed")
    opened = window()
    server.fail = ErrorInfo("ISCB-REQ-NOT-WATCHED", {"path": "/cad/a.FCStd"})
    choose(opened, 0)
    opened.deeds.save.trigger()
    qtbot.waitUntil(lambda: "not a working file" in opened.notice.text)


def test_watching_that_is_off_is_said_with_the_way_to_the_settings(window, server, opened):
    server.watching = False
    shown_window = window()
    assert "not watched" in shown_window.standing.text
    shown_window.standing.button.click()
    assert opened == [("settings", {"page": "files"})]


def test_a_lost_bridge_is_said_and_its_return_brings_the_list(window, server, qtbot):
    opened = window()
    server.link.set_state(LinkState.LOST)
    assert "lost" in opened.standing.text
    server.put("a.FCStd")
    server.link.set_state(LinkState.CONNECTED)
    qtbot.waitUntil(lambda: len(shown(opened)) == 1)
    assert opened.standing.text == ""


def test_one_file_can_be_brought_up(window, server, qtbot):
    for number in range(3 * PAGE):
        server.put(f"part-{number:04}.FCStd")
    opened = window()
    path = f"/cad/part-{3 * PAGE - 1:04}.FCStd"
    opened.focus_on({"path": path})
    qtbot.waitUntil(lambda: opened.view.currentIndex().data() == path.rpartition("/")[2])


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("full", [True, False])
def test_the_window_keeps_to_the_rules(window, server, room, language, full):
    if full:
        for state in ("saved", "changed", "changing", "missing", "unreadable", "unknown"):
            server.put(f"{state}.FCStd", state, saved="2026-11-22T09:15:03.840Z", host="FreeCAD")
    server.watching = full
    opened = window()
    room.words.set_language(language)
    if full:
        choose(opened, 1)
    check_window(opened, language, data=["FreeCAD"])


def test_all_columns_fit_and_their_widths_are_kept(window, server):
    server.put("a.FCStd")
    opened = window()
    header = opened.view.header()
    assert header.length() <= opened.view.viewport().width()
    opened.view.setColumnWidth(Column.SAVED, 111)
    opened.close()
    assert abs(window().view.columnWidth(Column.SAVED) - 111) <= opened.fontMetrics().averageCharWidth()
