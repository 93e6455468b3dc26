from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from iscbridge.core.errors import BridgeRunError
from iscbridge.platform.locks import ProfileLock, holder, waiting_lock

_HOLD = """
import sys
from iscbridge.platform.locks import ProfileLock
lock = ProfileLock(sys.argv[1])
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


def start_holder(path: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def end(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.communicate()


def test_nobody_holds_a_lock_that_was_never_taken(tmp_path: Path) -> None:
    assert holder(tmp_path / "lock") is None


def test_a_second_process_is_told_who_was_first(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    child = start_holder(path)
    try:
        assert holder(path) == child.pid
        with pytest.raises(BridgeRunError) as caught:
            ProfileLock(path).acquire()
        assert caught.value.code == "ISCB-BRIDGE-SECOND"
        assert caught.value.params == {"pid": str(child.pid)}
    finally:
        end(child)


def test_death_gives_the_lock_free(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    end(start_holder(path))
    assert holder(path) is None
    with ProfileLock(path) as lock:
        assert lock.held
        assert holder(path) == os.getpid()
    assert holder(path) is None


def test_looking_at_a_lock_never_takes_it_from_a_starting_bridge(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            holder(path)

    looker = threading.Thread(target=look)
    looker.start()
    try:
        for _ in range(100):
            with ProfileLock(path) as lock:
                assert lock.held
    finally:
        done.set()
        looker.join()


def test_acquiring_twice_and_releasing_twice_do_no_harm(tmp_path: Path) -> None:
    lock = ProfileLock(tmp_path / "lock")
    lock.acquire()
    lock.acquire()
    lock.release()
    lock.release()
    assert not lock.held


def test_a_waiting_lock_lets_one_in_at_a_time(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work(number: int) -> None:
        for _ in range(20):
            with waiting_lock(tmp_path / "lock", 30):
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 60


def test_a_waiting_lock_gives_up_in_the_end_and_is_free_after_a_fault(tmp_path: Path) -> None:
    def fail() -> None:
        with waiting_lock(tmp_path / "lock", 1):
            with pytest.raises(TimeoutError), waiting_lock(tmp_path / "lock", 0.05):
                pass
            raise RuntimeError("inside")

    with pytest.raises(RuntimeError, match="inside"):
        fail()
    with waiting_lock(tmp_path / "lock", 0):
        assert (tmp_path / "lock").exists()


def test_a_writer_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    child = start_holder(tmp_path / "lock")
    with pytest.raises(TimeoutError), waiting_lock(tmp_path / "lock", 0.05):
        pass
    end(child)
    with waiting_lock(tmp_path / "lock", 5):
        pass
