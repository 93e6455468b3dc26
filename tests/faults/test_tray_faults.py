"""The tray and the bridge in it, killed or asked to end at any moment: what was accepted arrives or is asked about."""

from __future__ import annotations

import hashlib
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from iscbridge.ipc.client import BridgeError, Client
from support.faults_scenario import content
from support.world import PATIENCE_S, World, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ends processes by POSIX signals")
TRAY = ("tray", "--quiet")


class Saver(threading.Thread):
    """A host that saves one file after the other until the bridge is gone, and remembers what was accepted."""

    def __init__(self, world: World, number: int) -> None:
        super().__init__(daemon=True)
        self._world, self._round = world, number
        self.accepted: dict[str, bytes] = {}

    def run(self) -> None:
        client = Client("saver", address=self._world.home.bridge_address(), timeout=30.0)
        try:
            client.connect()
            for number in range(500):
                data = content(f"{self._round}-{number}", 20_000)
                path = self._world.file(f"part-{self._round}-{number}.FCStd", data)
                self.accepted[client.save(str(path))["job"]] = data
        except BridgeError:
            return  # it is gone
        finally:
            client.close()


@pytest.fixture
def tray(world: World) -> World:
    world.env["QT_QPA_PLATFORM"] = "offscreen"
    return world


def all_arrive(world: World, accepted: dict[str, bytes]) -> None:
    for job in accepted:
        found = world.finish(job)
        if found["state"] == "unknown":
            world.ask().request("job.resolve", {"job": job, "answer": "repeat"})
            found = world.finish(job)
        assert found["state"] == "done", found
    assert {hashlib.sha256(data).hexdigest() for data in accepted.values()} <= world.cloud_hashes()


def test_killed_at_random_moments_it_loses_nothing(tray: World) -> None:
    dice = random.Random(41)
    tray.desk()
    accepted: dict[str, bytes] = {}
    for number in range(5):
        tray.bridge(command=TRAY)
        saver = Saver(tray, number)
        saver.start()
        until(lambda saver=saver: len(saver.accepted) > dice.randrange(12), "some saves")
        tray.kill_bridge()
        saver.join(PATIENCE_S)
        accepted |= saver.accepted
    tray.bridge(command=TRAY)
    all_arrive(tray, accepted)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end_while_hosts_save_it_keeps_what_it_accepted(tray: World, how: int) -> None:
    tray.desk()
    process = tray.bridge(command=TRAY)
    assert process
    saver = Saver(tray, 0)
    saver.start()
    until(lambda: len(saver.accepted) > 5, "some saves")
    assert tray._bridge is not None
    tray._bridge.send_signal(how)
    assert tray.wait_bridge() == 0
    saver.join(PATIENCE_S)
    tray.bridge(command=TRAY)
    all_arrive(tray, saver.accepted)


def test_asked_to_end_at_any_moment_of_its_start_it_ends_and_harms_nothing(tray: World) -> None:
    tray.desk()
    tray.bridge(command=TRAY)
    data = content("before", 20_000)
    tray.stop_desk()
    job = tray.ask().save(str(tray.file("part.FCStd", data)))["job"]
    tray.until_state(job, "captured", "waiting")
    tray.kill_bridge()
    for tenths in (2, 5, 8, 12):
        tray.bridge(command=TRAY, wait=False)
        assert tray._bridge is not None
        try:
            tray._bridge.wait(tenths / 10)  # at some moment of its start, whichever
        except subprocess.TimeoutExpired:
            tray._bridge.send_signal(signal.SIGTERM)
        assert tray.wait_bridge() in (0, -signal.SIGTERM)
    tray.desk()
    tray.bridge(command=TRAY)
    all_arrive(tray, {job: data})


def test_started_while_another_one_ends_one_tray_stays(tray: World) -> None:
    tray.desk()
    tray.bridge(command=TRAY)
    tray.ask_desk("hold", at="middle")  # something is under way, so that its end takes a moment
    data = content("held", 20_000)
    job = tray.ask().save(str(tray.file("part.FCStd", data)))["job"]
    tray.until_state(job, "submitted")
    assert tray._bridge is not None
    first = tray._bridge
    first.send_signal(signal.SIGTERM)
    tray.bridge(command=("tray", "--window", "about"), wait=False)
    assert first.wait(PATIENCE_S) == 0
    assert tray._bridge is not None
    until(tray._is_up, "the second one to run the bridge")
    tray.ask_desk("release")
    all_arrive(tray, {job: data})


def test_what_it_leaves_on_the_disk_is_its_owners(tray: World) -> None:
    tray.desk()
    tray.bridge(command=("tray", "--window", "activity"))
    job = tray.ask().save(str(tray.file("part.FCStd", b"mine")))["job"]
    tray.until_state(job, "done")
    assert tray.stop_bridge() == 0
    root = tray.home.root
    assert root.stat().st_mode & 0o077 == 0
    for name in ("tray.lock", "tray.json", "bridge.lock"):
        path = Path(root / name)
        assert not path.exists() or path.stat().st_mode & 0o077 == 0, name
    assert (root / "tray.lock").exists()
    with sqlite3.connect(f"file:{tray.home.journal}?mode=ro", uri=True) as journal:
        assert journal.execute("PRAGMA quick_check").fetchone() == ("ok",)
