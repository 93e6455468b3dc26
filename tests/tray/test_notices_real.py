"""Notices and the question of an upgrade over a real bridge, a real SDK process and the sandbox desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, Signal

from iscbridge.ipc.client import BridgeError
from iscbridge.tray.link import LinkState
from iscbridge.tray.notices import NoticeBoard, Shown
from iscbridge.tray.upgrade import make
from support.tray_room import linked_room
from support.world import World

PATIENCE_MS = 60_000


class Icon(QObject):
    message_clicked = Signal()

    def show_message(self, title: str, text: str, level: int) -> bool:
        return bool(title) and bool(text) and level >= 0


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    try:
        yield made
    finally:
        made.close()


def test_a_save_that_fails_is_told_once_and_its_retry_takes_it_back(qtbot, world: World) -> None:
    world.desk(fail_next=1)
    world.bridge()
    room = linked_room(world.home)
    icon = Icon()
    board = NoticeBoard(room, icon, room.link)
    told: list[Shown] = []
    gone: list[int] = []
    board.shown.connect(told.append)
    board.withdrawn.connect(gone.append)
    qtbot.waitUntil(lambda: room.link.state is LinkState.CONNECTED and board._seen_before, timeout=PATIENCE_MS)
    client = world.client()
    job = client.save(str(world.file("gear.step")))["job"]
    qtbot.waitUntil(lambda: len(told) == 1, timeout=PATIENCE_MS)
    assert told[0].title == "“gear.step” did not reach the cloud (sandbox)"
    icon.message_clicked.emit()
    assert room.open_window == [("activity", {"job": job})]
    client.request("job.retry", {"job": job})
    qtbot.waitUntil(lambda: gone == [told[0].notice], timeout=PATIENCE_MS)
    room.link.close()


def test_an_upgrade_is_asked_and_the_answer_reaches_the_desk(qtbot, world: World) -> None:
    world.desk(update="offered")
    world.bridge()
    room = linked_room(world.home)
    board = NoticeBoard(room, Icon(), room.link)
    qtbot.waitUntil(lambda: board._seen_before, timeout=PATIENCE_MS)
    client = world.client()

    def checked() -> bool:
        try:
            client.request("upgrade.check", {})
        except BridgeError:
            return False  # the first question starts the session
        return True

    qtbot.waitUntil(checked, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: any(one.window == "upgrade" for one in board.recent), timeout=PATIENCE_MS)
    board.open_last()
    assert room.open_window == [("upgrade", {})]
    window = make(room)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(window.agree.isEnabled, timeout=PATIENCE_MS)
    qtbot.mouseClick(window.agree, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not board.recent, timeout=PATIENCE_MS)
    calls = world.ask_desk("calls")["calls"]
    assert [one["arguments"] for one in calls if one["function"] == "UpgradeNotify"] == [["true"]]
    room.link.close()
