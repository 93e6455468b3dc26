"""A second bridge on the same profile goes away by itself, and the first does not notice."""

from __future__ import annotations

import os
import subprocess
import sys

from support.faults_promises import Promises
from support.faults_scenario import content
from support.world import PATIENCE_S, World, until


def _second(world: World) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "iscbridge", "serve"],
        env=world.env,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def test_it_says_so_and_the_first_is_unharmed(world: World, promises: Promises) -> None:
    world.desk()
    pid = world.bridge()
    part = world.file("part.FCStd", content("part", 50_000))
    world.ask_desk("hold", at="middle")
    job = world.ask().save(str(part))["job"]
    world.upload(path=str(part), held="middle")
    socket_before = os.stat(world.home.bridge_address()).st_ino

    second = _second(world)
    assert second.returncode == 1
    assert "ISCB-BRIDGE-SECOND" in second.stderr
    assert str(pid) in second.stderr

    assert os.stat(world.home.bridge_address()).st_ino == socket_before
    assert world.ask().request("bridge.status")["pid"] == pid
    world.ask_desk("release")
    assert world.finish(job)["state"] == "done"
    assert world.state_of(job)["attempts"] == 1
    promises.check()


def test_the_profile_is_free_again_after_a_kill(world: World) -> None:
    world.desk()
    world.bridge()
    world.kill_bridge()
    world.bridge()
    part = world.file("part.FCStd")
    assert world.cli("save", str(part), "--wait").returncode == 0


def test_many_starts_at_once_leave_one_bridge(world: World) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "iscbridge", "serve", "--quiet"],
            env=world.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    try:
        until(lambda: len([p for p in processes if p.poll() is not None]) == 3, "three of the four to go")
        losers = [p for p in processes if p.returncode is not None]
        assert {p.returncode for p in losers} == {1}
        for loser in losers:
            assert loser.stderr is not None
            assert "ISCB-BRIDGE-SECOND" in loser.stderr.read()
        [winner] = [p for p in processes if p not in losers]
        assert winner.poll() is None
    finally:
        for process in processes:
            process.terminate()
            process.wait(PATIENCE_S)
            if process.stderr is not None:
                process.stderr.close()
