"""The activity window: everything can be found, chosen, told and done, by keyboard too."""

from __future__ import annotations

import zipfile

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc.wire import error_to_wire
from iscbridge.tray.activity.criteria import Group
from iscbridge.tray.activity.deeds import Deed
from iscbridge.tray.activity.model import JOB_ROLE, Column
from iscbridge.tray.activity.window import ActivityWindow, make
from iscbridge.tray.link import LinkState
from support.qt_checks import check_window
from support.scripted_jobs import wire_job
from support.tray_script import STATUS


@pytest.fixture
def window(room, server, qtbot, show) -> ActivityWindow:
    """Ten jobs, the newest a question."""
    server.put(*(wire_job(n) for n in range(9)), wire_job(9, "unknown", code="ISCB-CLOUD-NO-RESULT", files=1, size=9))
    made = make(room)
    show(made)
    qtbot.waitUntil(lambda: made.filter.rowCount() == 10)
    return made


def shown(window) -> list[str]:
    return [window.filter.index(row, 0).data(JOB_ROLE).job for row in range(window.filter.rowCount())]


def chosen(window) -> str:
    index = window.view.currentIndex()
    return index.siblingAtColumn(0).data(JOB_ROLE).job if index.isValid() else ""


def settle(server) -> None:
    while server.link._open:
        server.link._answer()


def press(widget, key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(widget, QKeyEvent(kind, key, modifier))


def offered(window) -> set[Deed]:
    return {deed for deed, action in window.actions_of_job.actions.items() if action.isEnabled()}


# the list


def test_the_newest_job_is_chosen_and_told(window, server):
    assert chosen(window) == "j000009"
    settle(server)
    assert window.details.value("id") == "j000009"
    assert window.details.value("file").endswith("part-9.FCStd")


def test_a_change_shows_at_once_and_the_choice_stays(window, server):
    server.tell(wire_job(10, "accepted"))
    server.tell(wire_job(10, "done"))
    assert shown(window)[0] == "j000010"
    assert chosen(window) == "j000009"


def test_the_details_move_with_the_job(window, server, words):
    server.tell(wire_job(9, "submitted", attempts=2))
    settle(server)
    assert window.details.value("attempts") == "2"
    assert words("state.submitted") in window.details._state.text()
    server.histories["j000009"] = {
        "steps": [{"at": "2026-11-22T09:00:00.000Z", "state": "done", "cause": "done"}],
        "files": [{"name": "a", "source": "/a", "size": 5, "change": "changed"}],
        "usual": {"seconds": 20.4, "samples": 5},
    }
    server.tell(wire_job(9, "done", updated="2026-11-22T10:00:00.000Z"))
    settle(server)
    assert window.details.steps.topLevelItem(0).text(1) == words("activity.cause.done")
    assert window.details.files.topLevelItem(0).text(1) == words("activity.change.changed")
    assert "5" in window.details.value("usual")


def test_no_time_is_promised_that_was_not_learnt(window, server, words):
    server.tell(wire_job(9, "submitted"))
    settle(server)
    assert window.details.value("usual") == ""
    row = window.model.row_of("j000009")
    assert words("activity.elapsed.usual", time="", usual="")[-8:] not in window.model.index(row, Column.TIME).data()


def test_a_learnt_time_stands_beside_what_is_under_way(window, server, words, qtbot):
    for number in (5, 6, 7):
        server.histories[f"j{number:06}"] = {"usual": {"seconds": 21.0, "samples": 3 + number}}
        server.tell(wire_job(number, "submitted" if number != 7 else "waiting"))
    usual = words("activity.duration.seconds", seconds=20)
    for _ in range(4):
        window.usual.look(window.view.shown_jobs())
        settle(server)
    column = {n: window.model.index(window.model.row_of(f"j{n:06}"), Column.TIME).data() for n in (4, 5, 6, 7)}
    assert [n for n, text in column.items() if usual in text] == [5, 6]
    asked = [params["job"] for params in server.link.asked_for("job.history")]
    assert (asked.count("j000005"), asked.count("j000006"), asked.count("j000007")) == (1, 1, 0)


def test_it_ticks_only_while_something_is_under_way_and_seen(window, server, qtbot):
    assert not window.view.is_ticking
    assert not window.details.is_ticking
    server.tell(wire_job(9, "submitted"))
    qtbot.waitUntil(lambda: window.view.is_ticking)
    assert window.details.is_ticking
    window.hide()
    assert not window.view.is_ticking
    assert not window.details.is_ticking
    window.show()
    qtbot.waitUntil(lambda: window.view.is_ticking)
    server.tell(wire_job(9, "done"))
    qtbot.waitUntil(lambda: not window.details.is_ticking and not window.view.is_ticking)


def test_the_cloud_can_always_be_seen(window, server, words):
    settle(server)
    assert window.details._cloud.text() == words("activity.cloud.sandbox")
    assert window.filter.index(0, Column.CLOUD).data() == words("activity.cloud.sandbox")
    server.tell(wire_job(11, cloud="iscdesk"))
    assert window.filter.index(0, Column.CLOUD).data() == words("activity.cloud.iscdesk")


# search and filters


def test_typing_narrows_at_the_pause_and_asks_the_bridge(window, server, qtbot):
    window.bar.search.setText("PART-3")
    qtbot.waitUntil(lambda: shown(window) == ["j000003"])
    assert server.link.asked_for("job.list")[-1]["text"] == "PART-3"
    assert len(server.link.asked_for("job.list")) == 2


def test_enter_in_the_search_does_not_wait_for_the_pause(window):
    window.bar.search.setText("part-4")
    press(window.bar.search, Qt.Key.Key_Return)
    assert shown(window) == ["j000004"]


def test_each_box_narrows(window, server):
    server.tell(wire_job(20, "failed", kind="open", cloud="iscdesk", host="Other"))
    settle(server)
    bar = window.bar
    for box, label in ((bar.kinds, "Open"), (bar.clouds, "ISCDesk"), (bar.hosts, "Other")):
        box.setCurrentIndex(box.findText(label))
        assert shown(window) == ["j000020"], label
        box.setCurrentIndex(0)
    bar.show_group(Group.NEEDS_YOU)
    assert shown(window) == ["j000009"]
    bar.show_group(Group.FAILED)
    assert shown(window) == ["j000020"]
    bar.clear()
    assert len(shown(window)) == 11


def test_the_details_show_the_files_own_picture(window, server, qtbot, tmp_path):
    blue = QImage(64, 64, QImage.Format.Format_RGB32)
    blue.fill(0xFF0000FF)
    assert blue.save(str(tmp_path / "Thumbnail.png"))
    document = tmp_path / "blue.FCStd"
    with zipfile.ZipFile(document, "w") as archive:
        archive.write(tmp_path / "Thumbnail.png", "thumbnails/Thumbnail.png")
    server.tell(wire_job(30, path=str(document)))
    window.focus("j000030")
    settle(server)

    def middle() -> str:
        picture = window.details._picture.pixmap().toImage()
        return picture.pixelColor(picture.rect().center()).name()

    qtbot.waitUntil(lambda: middle() == "#0000ff")


def test_a_notice_of_several_problems_leads_to_them(window, server):
    server.tell(wire_job(20, "failed"))
    settle(server)
    window.bar.search.setText("nothing is called so")
    window.focus_on({"show": "problems"})
    assert shown(window) == ["j000020", "j000009"]


def test_a_notice_of_a_warning_leads_to_its_remedy(window, server, words):
    warnings = [error_to_wire(ErrorInfo(code), "en") for code in ("ISCB-JOURNAL-DISK-FULL", "ISCB-SDK-GAVE-UP")]
    server.link.script["bridge.status"] = STATUS | {"warnings": warnings}
    window.focus_on({"warning": "ISCB-SDK-GAVE-UP"})
    settle(server)
    assert warnings[1].title in window.notice.text
    assert warnings[1].remedy in window.notice.text


def test_find_and_leave_by_keyboard(window, qtbot):
    window.activateWindow()
    window.view.setFocus()
    qtbot.waitUntil(window.view.hasFocus)
    window._find.trigger()
    assert window.bar.search.hasFocus()
    window.bar.search.setText("part-5")
    window._leave.trigger()
    assert window.view.hasFocus()
    press(window.view, Qt.Key.Key_Escape)
    assert len(shown(window)) == 10


def test_nothing_found_says_so_and_how_to_see_all(window, words):
    window.bar.search.setText("nowhere")
    press(window.bar.search, Qt.Key.Key_Return)
    assert window._empty.isVisible()
    assert not window.view.isVisible()
    window.bar.clear()
    assert window.view.isVisible()


def test_an_empty_history_says_what_will_be_here(room, server, show, words):
    window = show(make(room))
    settle(server)
    assert window._empty.isVisible()
    assert window._empty._title.text() == words("activity.empty.never")
    server.tell(wire_job(1))
    assert window.view.isVisible()


def test_older_jobs_come_while_one_scrolls(room, server, show):
    server.page = 50
    server.put(*(wire_job(n) for n in range(500)))
    window = show(make(room))
    settle(server)
    before = window.model.rowCount()
    assert before < 500
    for _ in range(40):
        window.view.scrollToBottom()
        QApplication.processEvents()
        settle(server)
    assert window.model.rowCount() == 500


def test_a_box_that_hides_whole_pages_goes_on_to_the_next(room, server, show):
    server.page = 20
    server.put(wire_job(0, kind="open"), *(wire_job(n) for n in range(1, 200)))
    window = show(make(room))
    settle(server)
    window.bar.kinds.setCurrentIndex(window.bar.kinds.findText("Open"))
    settle(server)
    assert shown(window) == ["j000000"]


# keys and deeds


def test_arrows_choose_and_enter_leads_to_the_details(window, server, qtbot):
    window.activateWindow()
    window.view.setFocus()
    press(window.view, Qt.Key.Key_Down)
    assert chosen(window) == "j000008"
    press(window.view, Qt.Key.Key_Return)
    assert window.details.isAncestorOf(QApplication.focusWidget())
    press(window.details, Qt.Key.Key_Escape)
    assert window.view.hasFocus()


def test_what_is_offered_follows_the_state(window, server):
    assert offered(window) == {Deed.REPEAT, Deed.DISMISS, Deed.RECOVER, Deed.SHOW, Deed.COPY}
    server.tell(wire_job(9, "waiting", reason="sdkGaveUp"))
    assert offered(window) == {Deed.CANCEL, Deed.RECONNECT, Deed.SHOW, Deed.COPY}


@pytest.mark.parametrize(
    ("deed", "state", "method", "params"),
    [
        (Deed.REPEAT, "unknown", "job.resolve", {"job": "j000009", "answer": "repeat"}),
        (Deed.DISMISS, "unknown", "job.resolve", {"job": "j000009", "answer": "dismiss"}),
        (Deed.RETRY, "failed", "job.retry", {"job": "j000009"}),
        (Deed.CANCEL, "waiting", "job.cancel", {"job": "j000009"}),
    ],
)
def test_deeds_ask_the_bridge(window, server, deed, state, method, params):
    server.tell(wire_job(9, state))
    window.actions_of_job.actions[deed].trigger()
    assert server.link.asked_for(method) == [params]


def test_delete_cancels(window, server):
    server.tell(wire_job(9, "accepted"))
    press(window.view, Qt.Key.Key_Delete)
    assert server.link.asked_for("job.cancel") == [{"job": "j000009"}]


def test_delete_on_what_is_over_does_nothing(window, server):
    press(window.view, Qt.Key.Key_Delete)
    assert server.link.asked_for("job.cancel") == []


def test_reconnect(window, server):
    server.tell(wire_job(9, "waiting", reason="sdkGaveUp"))
    window.actions_of_job.actions[Deed.RECONNECT].trigger()
    assert server.link.asked_for("bridge.reconnect") == [{}]


@pytest.mark.parametrize("yes", [True, False])
def test_cancelling_what_was_handed_over_is_explained_before(window, server, words, yes):
    server.tell(wire_job(9, "submitted"))
    press(window.view, Qt.Key.Key_Delete)
    box = window.actions_of_job.dialog
    assert isinstance(box, QMessageBox)
    assert "part-9.FCStd" in box.text()
    assert server.link.asked_for("job.cancel") == []
    label = words("activity.cancel.yes" if yes else "activity.cancel.no")
    next(button for button in box.buttons() if button.text() == label).click()
    assert len(server.link.asked_for("job.cancel")) == int(yes)
    assert window.actions_of_job.dialog is None


def test_that_question_closed_without_an_answer_cancels_nothing(window, server):
    server.tell(wire_job(9, "submitted"))
    press(window.view, Qt.Key.Key_Delete)
    window.actions_of_job.dialog.close()
    assert window.actions_of_job.dialog is None
    assert server.link.asked_for("job.cancel") == []


def test_escape_answers_that_question_with_no(window, server, qtbot):
    server.tell(wire_job(9, "submitted"))
    press(window.view, Qt.Key.Key_Delete)
    press(window.actions_of_job.dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.actions_of_job.dialog is None)
    assert server.link.asked_for("job.cancel") == []


def test_what_always_stays_says_why_it_is_grey(window, server, words):
    """Buttons that come and go would lie under the hand that wants another one."""
    places = [window.details.actions_row.itemAt(n).widget() for n in range(window.details.actions_row.count())]
    last = [widget for widget in places if widget is not None][-3:]
    before = [(widget.x(), widget.width()) for widget in last]
    server.tell(wire_job(9, "accepted", files=0))
    settle(server)
    assert Deed.RECOVER not in offered(window)
    assert all(widget.isVisible() for widget in last)
    assert [(widget.x(), widget.width()) for widget in last] == before
    assert window.actions_of_job.actions[Deed.RECOVER].toolTip() == words("activity.deed.recover.grey")


def test_a_licence_error_leads_to_the_licence(window, server, opened):
    server.tell(wire_job(9, "refused", code="ISCB-LIC-EXPIRED", product="cad"))
    window.actions_of_job.actions[Deed.LICENSE].trigger()
    assert opened == [("license", {"product": "cad"})]


def test_an_error_of_a_deed_is_told_with_its_remedy_and_can_be_put_away(window, server):
    server.link.script["job.resolve"] = ErrorInfo("ISCB-REQ-WRONG-STATE", {"job": "j000009", "state": "done"})
    window.actions_of_job.actions[Deed.REPEAT].trigger()
    settle(server)
    assert "Look at the job again" in window.notice.text
    window.notice.close_button.click()
    assert window.notice.isHidden()


def test_a_copy_is_recovered_into_a_chosen_folder_and_can_be_shown(window, server, tmp_path, monkeypatch, qtbot):
    seen: list[str] = []
    monkeypatch.setattr("iscbridge.tray.activity.job_actions.reveal", lambda path: bool(seen.append(path)) or True)
    new = str(tmp_path / "part-9 recovered")
    server.link.script["job.recover"] = {"path": new, "main": f"{new}/a", "files": 1}
    window.actions_of_job.actions[Deed.RECOVER].trigger()
    dialog = window.actions_of_job.dialog
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(tmp_path))
    dialog.reject()
    settle(server)
    assert server.link.asked_for("job.recover") == [{"job": "j000009", "folder": str(tmp_path)}]
    assert new in window.notice.text
    window.notice.button.click()
    qtbot.waitUntil(lambda: seen == [new])


def test_a_file_that_can_not_be_shown_is_told(window, monkeypatch, qtbot, words):
    monkeypatch.setattr("iscbridge.tray.activity.job_actions.reveal", lambda _path: False)
    window.actions_of_job.actions[Deed.SHOW].trigger()
    qtbot.waitUntil(lambda: window.notice.text == words("activity.show.failed"))


def test_all_that_is_known_can_be_copied(window, server):
    settle(server)
    window.actions_of_job.actions[Deed.COPY].trigger()
    text = QGuiApplication.clipboard().text()
    for part in ("j000009", "part-9.FCStd", "ISCB-CLOUD-NO-RESULT", "FreeCAD"):
        assert part in text


def test_the_context_menu_offers_the_same(window):
    entries = {action.data() for action in window._menu.actions() if action.isVisible() and action.isEnabled()}
    assert entries == offered(window)


# from outside


def test_a_job_is_brought_up_whatever_is_filtered(window, server):
    window.bar.show_group(Group.NEEDS_YOU)
    window.focus_on({"job": "j000002"})
    settle(server)
    assert chosen(window) == "j000002"


def test_a_job_beyond_what_is_loaded_is_fetched(room, server, show):
    server.page = 5
    server.put(*(wire_job(n) for n in range(300)))
    window = show(make(room))
    window.focus_on({"job": "j000000"})
    settle(server)
    assert window.history.job.job == "j000000"


def test_a_job_that_is_gone_is_told(window, server):
    window.focus_on({"job": "j999999"})
    settle(server)
    assert "j999999" in window.notice.text


def test_a_new_language_changes_every_word_and_nothing_else(window, server, words):
    window.bar.search.setText("part-")
    window.bar.show_group(Group.DONE)
    window.focus_on({"job": "j000004"})
    window.bar.show_group(Group.DONE)
    settle(server)
    words.set_language("zh")
    assert chosen(window) == "j000004"
    assert window.bar.groups.currentData() == Group.DONE
    check_window(window, "zh", data=["FreeCAD"])


def test_without_a_connection_it_says_so_and_comes_back(window, server, words):
    server.lose()
    assert window.link_notice.text == words("activity.link.lost")
    assert len(shown(window)) == 10
    assert window.notice.isHidden()
    server.put(wire_job(30))
    server.link.set_state(LinkState.CONNECTED)
    settle(server)
    assert window.link_notice.isHidden()
    assert shown(window)[0] == "j000030"
    assert chosen(window) == "j000009"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_everybody_can_use_it(window, server, words, language):
    words.set_language(language)
    settle(server)
    server.tell(wire_job(9, "refused", code="ISCB-ASM-MISSING-PARTS", assembly=True, files=1))
    settle(server)
    for tab in range(window.details.tabs.count()):
        window.details.tabs.setCurrentIndex(tab)
        check_window(window, language, data=["j000009"])


def test_a_job_that_is_found_meanwhile_is_chosen_once(room, server, show, qtbot):
    """The answer about a job that the list brought before it does not take the choice away."""
    server.put(*(wire_job(n) for n in range(5)))
    made = make(room)
    made.focus("j000003")
    show(made)
    qtbot.waitUntil(lambda: made.filter.rowCount() == 5)
    settle(server)
    assert chosen(made) == "j000003"
    assert made.view.hasFocus()


def test_the_file_takes_the_room_that_is_left(window, qtbot):
    view = window.view
    before = [view.columnWidth(column) for column in Column]
    window.resize(window.width() + 300, window.height())
    qtbot.waitUntil(lambda: view.columnWidth(Column.FILE) >= before[Column.FILE] + 290)
    assert [view.columnWidth(column) for column in list(Column)[1:]] == before[1:]


def test_a_narrow_window_leaves_the_file_its_name(window, qtbot):
    window.resize(300, window.height())
    letter = window.view.fontMetrics().averageCharWidth()
    qtbot.waitUntil(lambda: window.view.viewport().width() < 700)
    assert window.view.columnWidth(Column.FILE) >= 20 * letter


def test_widths_and_shares_are_kept(window, room, show, qtbot):
    window.view.setColumnWidth(Column.STATE, 333)
    window._splitter.moveSplitter(window._splitter.height() // 2, 1)
    share = window._splitter.sizes()[0] / sum(window._splitter.sizes())
    window.close()
    again = make(room)
    show(again)
    letter = again.fontMetrics().averageCharWidth()
    assert abs(again.view.columnWidth(Column.STATE) - 333) <= letter
    assert abs(again._splitter.sizes()[0] / sum(again._splitter.sizes()) - share) < 0.03


@pytest.mark.parametrize("kept", ["x", [1], {"1": "wide"}, {"1": -5, "2": 1e9}, {"1": float("nan")}, None])
def test_damaged_widths_are_passed_over(room, server, show, kept):
    room.state.put("activity.columns", kept)
    room.state.put("activity.list", kept)
    made = make(room)
    show(made)
    assert all(0 < made.view.columnWidth(column) < 2000 for column in Column)
    assert min(made._splitter.sizes()) > 0
