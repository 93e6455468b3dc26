"""The tray program on a Windows desktop: icon, windows, the second start, the end of the session, a kill."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from support.windows_desktop import (
    NIN_SELECT,
    QT_TRAY_ICON,
    WM_ENDSESSION,
    WM_QUERYENDSESSION,
    Window,
    icons_of,
    titles_of,
    windows_of,
)
from support.world import World, until

#: Wine's own: a call that it has not got, named once for each window.
NOT_OURS = "EnableNonClientDpiScaling() failed"


#: To look through all windows is work for the one server of Wine, which all programs wait for.
LOOK_S = 0.3


def wait_for_title(pid: int, part: str) -> None:
    until(lambda: any(part in title for title in titles_of(pid)), f"a window called {part}", pause_s=LOOK_S)


def is_gone(window: Window, pid: int) -> bool:
    return window not in windows_of(pid)


class TrayWorld(World):
    """A world whose bridge is the tray's."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.env["QT_QPA_PLATFORM"] = "windows"
        self.pid = 0

    def tray(self) -> int:
        """Start it as the system does at log-on, and wait for its icon and its bridge."""
        self.pid = self.bridge(command=("tray", "--quiet"))
        until(lambda: icons_of(self.pid), "the icon", pause_s=LOOK_S)
        until(lambda: self.ask().request("bridge.status")["tray"], "the tray's link")
        return self.pid

    def printed(self) -> list[str]:
        """What it printed: nothing, if nothing is wrong."""
        lines = (self.home.root.parent / "serve.out").read_text("utf-8").splitlines()
        return [line for line in lines if line.strip() and NOT_OURS not in line]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrayWorld]:
    made = TrayWorld(tmp_path_factory.mktemp("tray"))
    made.home.ensure()
    try:
        made.desk()
        made.tray()
        yield made
        assert made.stop_bridge() == 0
        assert made.printed() == []
    finally:
        made.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[TrayWorld]:
    made = TrayWorld(tmp_path)
    made.home.ensure()
    try:
        yield made
    finally:
        made.close()


def test_started_at_log_on_it_shows_its_icon_and_no_window(running: TrayWorld) -> None:
    assert len(icons_of(running.pid)) == 1
    assert titles_of(running.pid) == []


def test_a_host_saves_through_it(running: TrayWorld) -> None:
    part = running.file("Gehäuse 零件.FCStd", b"part" * 20_000)
    job = running.ask().save(str(part))["job"]
    assert running.finish(job)["state"] == "done"
    assert hashlib.sha256(part.read_bytes()).hexdigest() in running.cloud_hashes()


def test_a_second_start_shows_a_window_of_the_first(running: TrayWorld) -> None:
    assert running.cli("tray", "--quiet").returncode == 0
    second = running.cli("tray", "--window", "settings")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    wait_for_title(running.pid, "settings")


def test_a_click_on_the_icon_opens_the_activity_window(running: TrayWorld) -> None:
    [icon] = icons_of(running.pid)
    icon.post(QT_TRAY_ICON, 0, NIN_SELECT)
    wait_for_title(running.pid, "Activity")


def test_at_the_end_of_the_session_nothing_is_asked_and_the_bridge_closes(world: TrayWorld) -> None:
    """As Windows does it: every top-level window is asked, and is then told that it is so."""
    pid = world.tray()  # no desk: the save has to wait for the next session
    job = world.ask().save(str(world.file("part.FCStd")))["job"]
    world.until_state(job, "captured", "waiting")
    asked = windows_of(pid)
    assert all(window.send(WM_QUERYENDSESSION) for window in asked), "it holds up the end of the session"
    until(lambda: "closing: the session ends" in world.said(), "the bridge to close")
    for window in windows_of(pid):
        try:
            window.send(WM_ENDSESSION, 1)
        except OSError:  # the program is ending already
            until(partial(is_gone, window, pid), f"the end of {window}", pause_s=LOOK_S)
    world.kill_bridge()  # which Windows does with what is left
    world.desk()
    world.bridge()
    assert world.finish(job)["state"] == "done"


def test_killed_it_takes_up_its_work_at_the_next_start(world: TrayWorld) -> None:
    world.tray()  # no desk: the job has to wait
    part = world.file("part.FCStd", b"part" * 20_000)
    job = world.ask().save(str(part))["job"]
    world.until_state(job, "captured", "waiting")
    world.kill_bridge()
    world.desk()
    world.tray()
    assert world.finish(job)["state"] == "done"
    assert hashlib.sha256(part.read_bytes()).hexdigest() in world.cloud_hashes()
