"""What only POSIX has: signals, file modes, a store that does not listen to reason."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from iscbridge.platform.folders import Home
from iscbridge.sandbox.store import control
from support.desk_wire import until
from support.sandbox_store import SandboxStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SandboxStore]:
    home = Home(tmp_path / "home")
    yield SandboxStore(home)
    control.stop(home)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_stop_it_in_good_order(store: SandboxStore, number: signal.Signals) -> None:
    store.active()
    os.kill(store.pid, number)
    until(lambda: control.running(store.home) is None, "the end of the store")
    assert not store.places.ready.exists()
    log = store.places.log.read_text()
    assert log.endswith("closed\n")
    assert "Traceback" not in log


def test_everything_is_for_the_owner_only(store: SandboxStore) -> None:
    store.misbehave(throttle="yes")
    store.travel(5)
    places = store.places
    assert stat.S_IMODE(places.folder.stat().st_mode) == 0o700
    files = [path for path in (*places.folder.iterdir(), places.ready, places.sandbox / "clock.json") if path.is_file()]
    assert {"credentials.json", "ca.key.pem", "codes.sqlite3", "behaviour.json"} <= {path.name for path in files}
    open_to_others = [path.name for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert open_to_others == []
    log = places.log.read_text()
    assert store.sk not in log
    assert store.control["token"] not in log


def test_a_store_that_hangs_is_ended_by_its_process_id(store: SandboxStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "_STOP_S", 0.5)
    os.kill(store.pid, signal.SIGSTOP)
    assert control.stop(store.home) is True
    assert control.running(store.home) is None


def test_it_listens_on_loopback_only(store: SandboxStore) -> None:
    inodes = set()
    for entry in Path(f"/proc/{store.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a connection that ended meanwhile
            link = os.readlink(entry)
            if link.startswith("socket:["):
                inodes.add(link[8:-1])
    addresses = set()
    for table in ("tcp", "tcp6"):
        path = Path(f"/proc/{store.pid}/net/{table}")
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            fields = line.split()
            if fields[9] in inodes and fields[3] == "0A":  # listening
                addresses.add(fields[1].split(":")[0])
    assert addresses
    assert addresses <= {"0100007F", "00000000000000000000000001000000"}


def test_starts_at_the_same_time_leave_one_process(tmp_path: Path) -> None:
    """A start that gave way must be gone when it returns: it would take the other's place as soon as that stops."""
    home = Home(tmp_path / "crowd")
    code = (
        "import sys; from iscbridge.platform.folders import Home; from iscbridge.sandbox.store import control;"
        "control.start(Home(sys.argv[1]))"
    )
    starters = [subprocess.Popen([sys.executable, "-c", code, str(home.root)]) for _ in range(3)]
    try:
        assert [starter.wait(100) for starter in starters] == [0, 0, 0]
        assert store_processes(home) == [control.running(home)]
    finally:
        control.stop(home)
    until(lambda: not store_processes(home), "the end of the process, after that of the store")


def store_processes(home: Home) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
            if b"iscbridge.sandbox.store" in words and os.fsencode(home.root) in words:
                found.append(int(entry.name))
    return found
