"""The window of the support bundle: shows all of it, then writes it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTreeWidgetItem

from iscbridge.platform.folders import Home
from iscbridge.service.support import bundle as bundles
from iscbridge.tray import background
from iscbridge.tray.bundle import window as module
from iscbridge.tray.bundle.window import make
from iscbridge.tray.words import Words
from support.qt_checks import check_window
from support.scripted_link import ScriptedLink
from support.tray_room import room_with


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ISCBRIDGE_SECRETS_STORE", "file")
    made = Home(tmp_path / "profile-of-anna")
    made.ensure()
    made.logs.mkdir()
    (made.logs / "bridge.log").write_text(f"a line about {made.root}/arm.FCStd\n" * 3000, encoding="utf-8")

    def without_doctor(home: Home, language: str) -> bundles.Gathered:
        return bundles.gather(home, language, with_doctor=False)

    monkeypatch.setattr(module, "gather", without_doctor)
    return made


@pytest.fixture
def opened(qtbot, home):
    def show(language: str = "en"):
        window = make(room_with(ScriptedLink(), home, Words(language)))
        qtbot.addWidget(window)
        with qtbot.waitExposed(window):
            window.show()
        ready(qtbot, window)
        return window

    return show


def ready(qtbot, window) -> None:
    qtbot.waitUntil(lambda: window._bundle is not None and not window._busy)


def items(window) -> dict[str, QTreeWidgetItem]:
    tree = window.tree
    top = [tree.topLevelItem(row) for row in range(tree.topLevelItemCount())]
    children = [item.child(row) for item in top for row in range(item.childCount())]
    return {item.text(0): item for item in [*top, *children]}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_everybody_can_read_and_reach_it(opened, language: str) -> None:
    window = opened(language)
    check_window(
        window,
        language,
        data=[item.text(column) for item in items(window).values() for column in (0, 1)]
        + [window.preview.toPlainText()],
    )


def test_every_file_can_be_looked_at(opened) -> None:
    window = opened()
    assert {"contents.txt", "settings.json", "Log files", "bridge.log"} <= items(window).keys()
    assert window.preview.toPlainText().startswith("Support bundle of ISCBridge")
    window.tree.setCurrentItem(items(window)["bridge.log"])
    text = window.preview.toPlainText()
    assert text.startswith("Only the beginning is shown here.")
    assert "arm.FCStd" in text
    assert window.what.text().startswith("what ISCBridge noted")
    window.tree.setCurrentItem(items(window)["Log files"])
    assert window.what.text() == "Choose a file to see what is in it."
    assert window.preview.toPlainText() == ""


def test_shortened_paths_are_shown_and_saved(opened, qtbot, tmp_path: Path) -> None:
    window = opened()
    window.tree.setCurrentItem(items(window)["bridge.log"])
    qtbot.mouseClick(window.shorten, Qt.MouseButton.LeftButton)
    window.shorten.setChecked(True)
    ready(qtbot, window)
    assert window.tree.member.name == "logs/bridge.log"
    assert "anna" not in window.preview.toPlainText()
    target = tmp_path / "out" / "a.zip"
    window.save_to(str(target))
    qtbot.waitUntil(lambda: target.exists() and not window._busy)
    assert str(target) in window.status.text()
    assert window.show_folder.isEnabled()
    with zipfile.ZipFile(target) as archive:
        assert [one.filename for one in archive.infolist()] == [one.name for one in window._bundle.members]
        assert b"anna" not in archive.read("logs/bridge.log")


def test_what_can_not_be_written_is_said(opened, qtbot, tmp_path: Path) -> None:
    window = opened()
    (tmp_path / "file").write_text("", encoding="utf-8")
    window.save_to(str(tmp_path / "file" / "a.zip"))
    qtbot.waitUntil(lambda: not window._busy)
    assert window.status.text().startswith("Nothing was saved.")
    assert not window.show_folder.isEnabled()


def test_the_person_is_asked_where(opened) -> None:
    window = opened()
    window.ask_where()
    assert window._dialog.selectedFiles()[0].endswith(".zip")
    window._dialog.close()


def test_it_may_be_closed_while_it_gathers(qtbot, home) -> None:
    window = make(room_with(ScriptedLink(), home, Words("en")))
    window.show()
    window.close()
    window.deleteLater()
    qtbot.waitUntil(lambda: not any(post._open for post in background._posts))


def test_another_language_is_another_bundle(opened, qtbot) -> None:
    window = opened()
    window._room.words.set_language("zh")
    ready(qtbot, window)
    assert "支持信息包" in window.preview.toPlainText()
    assert "日志文件" in items(window)
