"""An assembly before its save: what is in the way is named, and what is ready is saved once."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from PySide6.QtWidgets import QApplication, QFileDialog

from iscbridge.core.changes import PartState
from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc.wire import error_to_wire
from iscbridge.tray.activity.assembly_check import AssemblyCheck
from iscbridge.tray.activity.window import make
from support.qt_checks import check_window
from support.scripted_jobs import wire_job

PATH = "/cad/gearbox.FCStd"


def part(state: str, *, blocks: bool = False, **members: Any) -> dict[str, Any]:
    return {"path": f"/cad/{state}.FCStd", "name": f"{state}.FCStd", "state": state, "blocks": blocks, **members}


def result(*parts: dict[str, Any], ready: bool = True, **members: Any) -> dict[str, Any]:
    return {"path": PATH, "main": "gearbox.FCStd", "ready": ready, "files": list(parts), **members}


@pytest.fixture
def dialog(room, show) -> AssemblyCheck:
    return show(AssemblyCheck(room))


def settle(server) -> None:
    while server.link._open:
        server.link._answer()


def rows(dialog) -> list[str]:
    return [dialog.files.topLevelItem(row).text(1) for row in range(dialog.files.topLevelItemCount())]


def test_every_state_has_its_word(dialog, server, words):
    server.link.script["assembly.check"] = result(*(part(state) for state in PartState))
    dialog.check(PATH)
    settle(server)
    assert server.link.asked_for("assembly.check") == [{"path": PATH}]
    assert rows(dialog) == [words(f"activity.part.{state}") for state in PartState]
    assert len(set(rows(dialog))) == len(PartState)


def test_what_blocks_is_named_with_its_reason_and_nothing_can_be_saved(dialog, server, words):
    error = msgspec.to_builtins(error_to_wire(ErrorInfo("ISCB-FILE-MISSING", {"path": "/x"}), "en"))
    server.link.script["assembly.check"] = result(
        part("changed"), part("missing", blocks=True, error=error), part("outside", blocks=True), ready=False
    )
    dialog.check(PATH)
    settle(server)
    assert rows(dialog)[1].endswith("The file is not there")
    assert words("activity.part.blocks") in rows(dialog)[2]
    assert not dialog.save_button.isEnabled()
    assert dialog.notice.text == words("activity.check.blocked")
    assert not dialog.files.topLevelItem(0).icon(1).isNull()


def test_what_is_ready_is_saved_once_and_shown(room, server, show):
    server.link.script["assembly.check"] = result(part("changed"))
    server.put(wire_job(1))
    server.link.script["cloud.save"] = lambda _params: server.jobs["j000001"]
    window = show(make(room))
    settle(server)
    window.check_assembly(PATH)
    settle(server)
    window._check.save_button.click()
    window._check._save()
    settle(server)
    asked = server.link.asked_for("cloud.save")
    assert {request["requestId"] for request in asked} == {asked[0]["requestId"]}
    assert asked[0] | {"requestId": ""} == {"path": PATH, "assembly": True, "requestId": ""}
    assert not window._check.isVisible()
    assert window.history.job.job == "j000001"


def test_each_look_is_a_save_of_its_own(dialog, server):
    server.link.script["assembly.check"] = result(part("new"))
    server.link.script["cloud.save"] = ErrorInfo("ISCB-JOURNAL-DISK-FULL", {})
    for _ in range(2):
        dialog.check(PATH)
        settle(server)
        dialog.save_button.click()
        settle(server)
    first, second = server.link.asked_for("cloud.save")
    assert first["requestId"] != second["requestId"]


def test_a_save_that_fails_is_told_and_can_be_tried_again(dialog, server):
    server.link.script["assembly.check"] = result(part("new"))
    server.link.script["cloud.save"] = ErrorInfo("ISCB-JOURNAL-DISK-FULL", {})
    dialog.check(PATH)
    settle(server)
    dialog.save_button.click()
    settle(server)
    assert "disk" in dialog.notice.text.lower()
    assert dialog.save_button.isEnabled()
    assert dialog.isVisible()


def test_an_assembly_that_can_not_be_looked_at_is_told(dialog, server):
    server.link.script["assembly.check"] = ErrorInfo("ISCB-FILE-MISSING", {"path": PATH})
    dialog.check(PATH)
    settle(server)
    assert PATH in dialog.notice.text
    assert not dialog.save_button.isEnabled()


def test_another_path_makes_what_was_found_worthless(dialog, server):
    server.link.script["assembly.check"] = result(part("new"))
    dialog.check(PATH)
    dialog.path.setText("/other")
    settle(server)
    assert rows(dialog) == []
    assert not dialog.save_button.isEnabled()


def test_a_file_can_be_chosen(dialog, server):
    server.link.script["assembly.check"] = result(part("new"))
    dialog.choose_button.click()
    assert isinstance(dialog.dialog, QFileDialog)
    dialog.dialog.fileSelected.emit(PATH)
    dialog.dialog.reject()
    settle(server)
    assert rows(dialog) != []


def test_more_files_than_are_listed_are_counted(dialog, server, words):
    server.link.script["assembly.check"] = result(part("new"), more=7)
    dialog.check(PATH)
    settle(server)
    assert dialog.notice.text == words("activity.check.ready", count=8)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_everybody_can_use_it(dialog, server, words, language):
    words.set_language(language)
    server.link.script["assembly.check"] = result(*(part(state, blocks=True) for state in PartState), ready=False)
    dialog.check(PATH)
    settle(server)
    QApplication.processEvents()  # the banner grows with its text
    check_window(dialog, language)
