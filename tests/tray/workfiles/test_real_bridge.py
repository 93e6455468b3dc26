"""The window with a real bridge, the sandbox desk and real files."""

from __future__ import annotations

import pytest

from iscbridge.tray.link import Link, LinkState
from iscbridge.tray.room import Room, TrayState
from iscbridge.tray.words import Words
from iscbridge.tray.workfiles.model import Column
from iscbridge.tray.workfiles.window import make
from support.world import World

QUICK = {"workfile_settle_s": 0.2, "workfile_scan_s": 0.5, "workfile_quiet_s": 60.0}


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    try:
        yield made
    finally:
        made.close()


def test_a_change_appears_and_the_button_saves_it(qtbot, world):
    world.desk()
    world.bridge(QUICK)
    path = world.file("gear.FCStd")
    words = Words("en")
    link = Link(world.home.bridge_address(), words)
    link.open()
    window = make(Room(link, words, world.home, TrayState(world.home), lambda *_: None))
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: link.state is LinkState.CONNECTED)
    world.until_state(world.ask().request("cloud.save", {"path": str(path)})["job"], "done")

    def state() -> str | None:
        return window.model.index(0, Column.STATE).data()

    qtbot.waitUntil(lambda: state() == "Saved")
    world.replace(path, b"drawn on")
    qtbot.waitUntil(lambda: state() == "Changed")
    window.view.setCurrentIndex(window.model.index(0, 0))
    window.deeds.save.trigger()
    qtbot.waitUntil(lambda: state() == "Saved")
    assert world.cloud_bytes("/gear.FCStd") == b"drawn on"
    assert "ISCBridge" in window.model.index(0, Column.SAVED).data()
    window.view.selectAll()
    window.deeds.forget.trigger()
    qtbot.waitUntil(lambda: window.model.rowCount() == 0)
    link.close()
