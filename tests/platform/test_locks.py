from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from iscbridge.core.errors import BridgeRunError
from iscbridge.platform.locks import ProfileLock, holder

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
