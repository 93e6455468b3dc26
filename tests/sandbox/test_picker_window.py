"""The window that asks a person, shown on Qt's offscreen platform."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QTreeWidget

from iscbridge.platform.folders import Home
from iscbridge.sandbox.cloud import CloudStore
from iscbridge.sandbox.picker_window import PickerWindow, has_display
from iscbridge.sandbox.pickers import Answer, Dialog
from iscbridge.sandbox.places import Places
from support.desk_wire import DeskProcess

# Qt's offscreen platform says so of every window that has a smallest size.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture
def store(tmp_path: Path):
    with CloudStore(Places.of(Home(tmp_path))) as store:
        for name in ("a.txt", "b.zip"):
            with store.writer() as writer:
                writer.file.write(name.encode())
                blob = writer.seal()
            store.save(f"/w/{name}", blob, name=name, identity="path")
        yield store


@pytest.fixture
def show(qtbot, store):
    def make(kind: str, path: str = "") -> tuple[PickerWindow, list[Answer]]:
        answers: list[Answer] = []
        window = PickerWindow(Dialog(1, 1, "1", kind, path), store, answers.append)
        qtbot.addWidget(window)
        window.show()
        return window, answers

    return make


def press(qtbot, window: PickerWindow, text: str) -> None:
    (button,) = [button for button in window.findChildren(QPushButton) if button.text() == text]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize(("button", "checkout"), [("Open", False), ("Open and check out", True)])
def test_open(qtbot, show, button: str, checkout: bool) -> None:
    window, answers = show("open")
    tree = window.findChild(QTreeWidget)
    assert [tree.topLevelItem(n).text(0) for n in range(tree.topLevelItemCount())] == ["/a.txt", "/b.zip"]
    tree.setCurrentItem(tree.topLevelItem(1))
    press(qtbot, window, button)
    assert answers == [Answer("open", path="/b.zip", checkout=checkout)]
    window.close()
    assert len(answers) == 1, "closing after an answer is no cancel"


def test_cancel_and_close(qtbot, show) -> None:
    for act in (lambda window: press(qtbot, window, "Cancel"), lambda window: window.close()):
        window, answers = show("open")
        act(window)
        assert answers == [Answer("cancel")]


def test_save_as(qtbot, show) -> None:
    window, answers = show("saveAs", "/home/me/Teil ü.FCStd")
    name, folder = window.findChildren(QLineEdit)
    assert name.text() == "Teil ü.FCStd"
    name.setText("Neu.FCStd")
    folder.setText("/ordner")
    press(qtbot, window, "Save")
    assert answers == [Answer("save", name="Neu.FCStd", folder="/ordner")]


def test_dismissed_it_gives_no_answer(show) -> None:
    window, answers = show("open")
    window.dismiss()
    assert answers == []
    assert not window.isVisible()


def test_it_says_that_it_is_not_the_real_one(show) -> None:
    window, _ = show("open")
    assert "Sandbox" in window.windowTitle()


@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"])
def test_has_display(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for other in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(other, raising=False)
    assert not has_display()
    monkeypatch.setenv(name, "x")
    assert has_display()


def test_a_desk_with_windows_waits_for_the_person_and_follows_a_script(
    own_desk: DeskProcess, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from iscbridge.sandbox import control

    monkeypatch.setitem(os.environ, "QT_QPA_PLATFORM", "offscreen")
    own_desk.pid = control.start(own_desk.home, show=True)
    client = own_desk.connect()
    assert client.save(part) == {"status": "success"}
    assert client.call("OpenCloudFile") == 0
    assert len(own_desk.state()["dialogs"]) == 1, "a window stands open"
    own_desk.ask("answer", answer={"action": "open"})
    assert client.result("EVENT_OPENCLOUDFILE_RESULT")["mainFile"].endswith(part.name)
    own_desk.ask("script", answers=[{"action": "open"}])
    client.call("OpenCloudFile")
    assert client.result("EVENT_OPENCLOUDFILE_RESULT")["mainFile"].endswith(part.name)


def test_without_a_display_the_script_answers(
    own_desk: DeskProcess, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from iscbridge.sandbox import control

    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    own_desk.pid = control.start(own_desk.home, show=True)
    client = own_desk.connect()
    client.save(part)
    client.call("OpenCloudFile")
    client.result("EVENT_OPENCLOUDFILE_RESULT")
