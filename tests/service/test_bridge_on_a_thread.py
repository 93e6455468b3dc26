"""Everything that a bridge does, done on a thread that is not the main one."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QThread

from iscbridge.ipc.client import Client
from iscbridge.platform.folders import Home
from iscbridge.platform.settings_file import change_setting
from iscbridge.sandbox import control
from iscbridge.service.bridge import Bridge
from iscbridge.service.process.setup import ServeOptions, bridge_config

LONG_MS = 60_000


class Living(QThread):
    """Makes, runs and destroys a bridge on this thread."""

    def __init__(self, home: Home) -> None:
        super().__init__()
        self._home = home
        self.listens = False
        self.told_on: list[QThread] = []

    def run(self) -> None:
        bridge = Bridge(bridge_config(self._home, ServeOptions(timings=(("rest_s", 0.3), ("settle_s", 0.05)))))
        bridge.closed.connect(self.quit, Qt.ConnectionType.DirectConnection)
        bridge.settings_changed.connect(self.note, Qt.ConnectionType.DirectConnection)
        bridge.start()
        self.listens = True
        self.exec()
        bridge.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    def note(self, _settings: object) -> None:
        self.told_on.append(QThread.currentThread())


@pytest.fixture
def home(tmp_path: Path):
    made = Home(tmp_path / "home")
    made.ensure()
    yield made
    if control.running(made) is not None:
        control.stop(made)


def test_all_of_it_on_another_thread(home: Home, tmp_path: Path, qtbot) -> None:
    control.start(home, {})
    thread = Living(home)
    thread.start()
    qtbot.waitUntil(lambda: thread.listens, timeout=LONG_MS)
    client = Client("cad", address=home.bridge_address(), timeout=30.0)
    client.connect()
    try:
        part = tmp_path / "bracket.prt"
        part.write_bytes(b"saved on another thread")
        client.request("bridge.pause", {"minutes": 60})
        job = client.save(str(part))["job"]
        client.request("bridge.resume", {})
        assert client.wait(job, 60)["state"] == "done"
        assert client.request("job.history", {"job": job})["steps"][-1]["state"] == "done"
        found = client.request("job.recover", {"job": job, "folder": str(tmp_path)})
        assert Path(found["main"]).read_bytes() == part.read_bytes()
        assert client.request("assembly.check", {"path": str(part)})["ready"]
        opened = client.wait(client.open()["job"], 60)
        assert Path(opened["resultPath"]).read_bytes() == part.read_bytes()
        change_setting(home.config, "advanced.log_level", "debug")
        client.request("settings.reload", {})
        assert thread.told_on == [thread]
        change_setting(home.config, "advanced.log_level", None)
        client.request("settings.reload", {})
    finally:
        client.request("bridge.shutdown", {})
        client.close()
        assert thread.wait(LONG_MS)
