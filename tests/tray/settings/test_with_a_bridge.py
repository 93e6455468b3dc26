"""The window, a real bridge and a real sandbox."""

from __future__ import annotations

import pytest

from iscbridge.tray.link import Link, LinkState
from iscbridge.tray.room import Room, TrayState
from iscbridge.tray.settings import window as window_module
from iscbridge.tray.settings.marks import Mark
from iscbridge.tray.settings.window import SettingsWindow
from iscbridge.tray.words import Words
from support.sandbox_store import SandboxStore
from support.world import World


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def real_window(qtbot, world, policy, monkeypatch):
    monkeypatch.setattr(window_module, "SLOTS", {})
    world.desk()
    world.bridge()
    words = Words("en")
    link = Link(world.home.bridge_address(), words)
    link.open()
    qtbot.waitUntil(lambda: link.state is LinkState.CONNECTED)
    window = SettingsWindow(Room(link, words, world.home, TrayState(world.home), lambda *_: None), policy=policy)
    window.show()
    yield window
    qtbot.waitUntil(lambda: not window.keeper._busy)
    window.close()
    link.close()


def test_what_is_changed_reaches_the_bridge_and_waits_for_the_restart_where_it_must(qtbot, world, real_window):
    real_window.keeper.put("files.snapshot_days", 14)
    qtbot.waitUntil(real_window.restart.isVisible)
    assert real_window.keeper.restart == ("files.snapshot_days",)
    real_window.keeper.put("files.snapshot_days", None)
    qtbot.waitUntil(lambda: not real_window.restart.isVisible())
    world.cli("config", "set", "files.watch", "off")
    world.ask().request("settings.reload")
    real_window.focus(page="files")
    (field,) = (field for field in real_window.pages["files"].fields if field.setting.key == "files.watch")
    qtbot.waitUntil(lambda: not field.editor.box.isChecked())


def test_the_tests_of_both_ways(qtbot, world, real_window):
    real_window.focus(page="network")
    network = real_window.pages["network"].boxes[0]
    network.begin()
    qtbot.waitUntil(network.verdict.isVisible)
    assert network.verdict.sign._mark is not Mark.GOOD, "no store runs"
    store = SandboxStore(world.home)
    network.begin()
    qtbot.waitUntil(lambda: network.verdict.isVisible() and network.verdict.sign._mark is Mark.GOOD)
    assert len([line for line in network.lines if line.isVisible()]) == 5 * len(store.bases)
    real_window.focus(page="cloud")
    cloud = real_window.pages["cloud"].boxes[0]
    qtbot.waitUntil(lambda: "Sandbox" in cloud.cloud.text())
    cloud.begin()
    qtbot.waitUntil(cloud.test.isEnabled, timeout=60_000)
    assert "did not" not in cloud.verdict.text()
