"""The tray as a process: one per profile, orderly at its end, and whole again after a crash."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from iscbridge.ipc.client import BridgeError as ClientError
from support.faults_scenario import content
from support.world import PATIENCE_S, World, kill, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ends processes by POSIX signals")

#: What the offscreen platform itself says of windows.
NO_NEWS = ("This plugin does not support",)


class TrayWorld(World):
    """A world whose bridge is the tray's, and more trays beside it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.env["QT_QPA_PLATFORM"] = "offscreen"
        self.others: list[subprocess.Popen[str]] = []

    def tray(self, *options: str, wait: bool = True) -> int:
        """Start the tray that runs the bridge."""
        return self.bridge(command=("tray", *options), wait=wait)

    def another(self, *options: str) -> subprocess.Popen[str]:
        """Start one more."""
        process = subprocess.Popen(
            [sys.executable, "-m", "iscbridge", "tray", *options],
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.others.append(process)
        return process

    def has_tray(self) -> bool:
        """Whether the bridge knows of a tray."""
        return bool(self.ask().request("bridge.status")["tray"])

    def close(self) -> None:
        super().close()
        for process in self.others:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=PATIENCE_S)

    def printed(self) -> list[str]:
        """What the tray printed, without what the platform of the tests says of itself."""
        path = self.home.root.parent / "serve.out"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return [line for line in lines if line.strip() and not line.startswith(NO_NEWS)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[TrayWorld]:
    made = TrayWorld(tmp_path)
    try:
        yield made
    finally:
        made.close()


def test_it_runs_the_bridge_and_ends_in_good_order(world: TrayWorld) -> None:
    world.desk()
    pid = world.tray("--quiet")
    until(world.has_tray, "the tray's link")
    assert world.ask().request("bridge.status")["pid"] == pid
    code, lines = world.cli_json("save", str(world.file("part.FCStd")), "--wait")
    assert (code, lines[-1]["state"]) == (0, "done")
    assert world.stop_bridge() == 0
    assert world.printed() == []
    assert "closing: SIGTERM" in world.said()


def test_asked_to_stop_it_ends_with_a_window_open_and_no_panel(world: TrayWorld) -> None:
    """The last window on a desktop without a panel asks before it closes; who is told to end asks nobody."""
    world.tray("--window", "settings")
    until(lambda: "window settings opens" in world.said(), "the window")
    until(world.has_tray, "the tray's link")
    assert world.cli("stop").returncode == 0
    until(lambda: world.bridge_pid == 0, "the end")


def test_a_second_start_shows_a_window_of_the_first(world: TrayWorld) -> None:
    pid = world.tray("--quiet")
    second = world.cli("tray", "--window", "about")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    until(lambda: "window about opens" in world.said(), "the window")
    assert world.ask().request("bridge.status")["pid"] == pid
    assert world.stop_bridge() == 0
    assert world.printed() == []


def test_of_many_that_start_at_once_one_stays(world: TrayWorld) -> None:
    trays = [world.another("--window", "about") for _ in range(4)]
    until(lambda: sum(tray.poll() is None for tray in trays) == 1, "all but one to go away")
    assert sorted(tray.poll() for tray in trays if tray.poll() is not None) == [0, 0, 0]
    until(world.has_tray, "the tray's link")


def test_a_second_start_at_log_on_shows_nothing(world: TrayWorld) -> None:
    world.tray("--quiet")
    assert world.cli("tray", "--quiet").returncode == 0
    assert " opens" not in world.said()


def test_stop_ends_the_whole_process_without_a_question(world: TrayWorld) -> None:
    world.desk()
    world.tray("--quiet")
    world.ask_desk("hold", at="middle")
    job = world.ask().save(str(world.file("part.FCStd", content("part", 50_000))))["job"]
    world.until_state(job, "submitted")
    assert world.cli("stop").returncode == 0
    assert world.wait_bridge() == 0
    assert world.printed() == []


def test_killed_it_takes_up_its_work_at_the_next_start(world: TrayWorld) -> None:
    world.tray("--quiet")  # no desk: the job has to wait
    part = world.file("part.FCStd", content("part", 50_000))
    job = world.ask().save(str(part))["job"]
    world.until_state(job, "captured", "waiting")
    world.kill_bridge()
    world.desk()
    world.tray("--quiet")
    assert world.finish(job)["state"] == "done"
    assert hashlib.sha256(part.read_bytes()).hexdigest() in world.cloud_hashes()


def test_it_attaches_to_a_headless_bridge_and_takes_over_when_that_dies(world: TrayWorld) -> None:
    headless = world.bridge()
    tray = world.another("--quiet")
    until(world.has_tray, "the tray's link")
    assert world.ask().request("bridge.status")["pid"] == headless
    world.kill_bridge()

    def taken_over() -> bool:
        done = world.cli_json("status")
        return done[0] == 0 and done[1][0]["pid"] == tray.pid and done[1][0]["tray"]

    until(taken_over, "the tray to run the bridge")


def test_attached_it_ends_with_the_bridge_that_was_asked_to(world: TrayWorld) -> None:
    world.bridge()
    tray = world.another("--quiet")
    until(world.has_tray, "the tray's link")
    assert world.cli("stop").returncode == 0
    assert tray.wait(PATIENCE_S) == 0
    assert world.wait_bridge() == 0


def test_attached_it_ends_alone(world: TrayWorld) -> None:
    headless = world.bridge()
    tray = world.another("--quiet")
    until(world.has_tray, "the tray's link")
    tray.send_signal(signal.SIGINT)
    assert tray.wait(PATIENCE_S) == 0
    until(lambda: not world.has_tray(), "the link to end")
    assert world.bridge_pid == headless


def test_a_bridge_that_can_t_start_leaves_the_tray_there_to_say_so(world: TrayWorld) -> None:
    world.tray("--quiet", "--library", "/none/libshim.so", wait=False)
    until(lambda: "did not start: ISCB-SDK-LOAD" in world.said(), "the word of it")
    assert world.cli("status").returncode == 3
    assert world.bridge_pid
    assert world.stop_bridge() == 0


def test_a_tray_that_can_t_be_asked_is_named(world: TrayWorld, monkeypatch) -> None:
    from iscbridge.core.errors import BridgeRunError
    from iscbridge.tray.single import show_running, tray_lock

    world.home.ensure()
    with tray_lock(world.home), pytest.raises(BridgeRunError) as told:
        show_running(world.home, "activity", patience_s=0.3)
    assert told.value.code == "ISCB-BRIDGE-SECOND"
    with pytest.raises(BlockingIOError):
        show_running(world.home, "activity", patience_s=0.3)


def test_a_crash_of_the_desk_is_no_crash_of_the_tray(world: TrayWorld) -> None:
    world.desk()
    pid = world.tray("--quiet")
    world.cli_json("save", str(world.file("part.FCStd")), "--wait")
    for sdk in world.sdk_pids():
        kill(sdk)
    code, lines = world.cli_json("save", str(world.file("other.FCStd")), "--wait")
    assert (code, lines[-1]["state"]) == (0, "done")
    assert world.ask().request("bridge.status")["pid"] == pid


def test_settings_that_need_it_start_the_bridge_again_in_the_same_process(world: TrayWorld) -> None:
    world.desk()
    pid = world.tray("--quiet")
    until(world.has_tray, "the tray's link")
    started = world.ask().request("bridge.status")["started"]
    world.ask().request("tray.show", {"window": "restart"})

    def new_bridge() -> bool:
        try:
            status = world.ask().request("bridge.status")
        except ClientError:
            return False  # it is between its end and its start
        return bool(status["started"] != started and status["tray"] and status["pid"] == pid)

    until(new_bridge, "another bridge of the same process")
    code, lines = world.cli_json("save", str(world.file("part.FCStd")), "--wait")
    assert (code, lines[-1]["state"]) == (0, "done"), "the pause ended with the bridge"
    assert world.stop_bridge() == 0
    assert world.printed() == []


def test_a_headless_bridge_is_replaced_by_the_tray_s_own(world: TrayWorld) -> None:
    world.desk()
    headless = world.bridge()
    tray = world.another("--quiet")
    until(world.has_tray, "the tray's link")
    world.ask().request("tray.show", {"window": "restart"})

    def own_bridge() -> bool:
        try:
            return bool(world.ask().request("bridge.status")["pid"] == tray.pid)
        except ClientError:
            return False

    until(own_bridge, "the tray's own bridge")
    assert world.wait_bridge() == 0
    assert headless != tray.pid
    tray.terminate()
    assert tray.wait(PATIENCE_S) == 0
