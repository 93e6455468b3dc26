"""Bad clients that need sockets' own settings, other limits of the system, or very many connections."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.raw_client import RawClient, until

Start = Callable[..., Any]


def test_requests_of_a_client_that_does_not_read_wait_until_it_reads(start_bridge: Start) -> None:
    bridge = start_bridge(outgoing_pause=50_000)
    client = bridge.dial()
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    count = 5_000
    sender = threading.Thread(target=lambda: [client.ask("bridge.status", call_id=n) for n in range(count)])
    sender.start()
    assert [client.read()["id"] for _ in range(count)] == list(range(count))
    sender.join()


def test_unfinished_frames_of_all_clients_share_one_limit(start_bridge: Start) -> None:
    bridge = start_bridge(incoming_all=1_000_000)
    first, second = bridge.dial(), bridge.dial()
    first.write(b"{" * 600_000)
    first_is_in = first.socket.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    assert first_is_in < 600_000, "most of it must have been read by the server"
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        second.write(b"{" * 3_000_000)
    third = bridge.dial()
    until(lambda: third.call("bridge.status")["result"]["clients"] == 2, "the second to be disconnected")
    first.write(b"\n")
    assert first.next_error() == (None, "ISCB-PROTO-BAD-JSON")


def test_one_process_can_not_take_every_place(start_bridge: Start) -> None:
    bridge = start_bridge(clients_per_process=2)
    mine = [bridge.dial() for _ in range(2)]
    assert bridge.dial(greet=False).next_error() == (None, "ISCB-PROTO-FLOOD")
    script = (
        "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
        """s.sendall(b'{"jsonrpc":"2.0","id":1,"method":"bridge.hello","params":"""
        """{"protocol":1,"host":"h","instance":"instance-9"}}\\n'); sys.exit(b'"result"' not in s.recv(4096))"""
    )
    assert subprocess.run([sys.executable, "-c", script, bridge.address], timeout=60, check=False).returncode == 0
    assert len(mine) == 2


def test_thousands_of_connections(bridge: Any) -> None:
    good = bridge.dial()
    for number in range(3_000):
        bad = RawClient(bridge.address, greet=False)
        if number % 3 == 0:
            bad.write(b"{" * (number % 100))
        bad.close()
        if number % 500 == 0:
            assert "result" in good.call("bridge.status")
    assert until(lambda: good.call("bridge.status")["result"]["clients"] == 1, "all to be gone")


def test_more_connections_than_file_descriptors(folder: Path, start_bridge: Start) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))  # inherited by the server
    try:
        bridge = start_bridge(clients=500, clients_per_process=500, watch_every=0.1, hello_within=2.0)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    crowd = []
    for _ in range(200):
        with contextlib.suppress(OSError):
            crowd.append(RawClient(bridge.address, greet=False))
    for bad in crowd:
        bad.close()

    def served() -> bool:
        with contextlib.suppress(OSError, AssertionError):
            return "result" in bridge.dial(greet=False).hello()
        return False

    assert until(served, "the server to listen again")


@contextlib.contextmanager
def twenty_bad_clients(address: str) -> Iterator[None]:
    """Twenty threads in another process that do every bad thing over and over."""
    script = Path(__file__).parents[1] / "support" / "bad_clients.py"
    process = subprocess.Popen([sys.executable, str(script), address], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"going\n"
        yield
    finally:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


@pytest.mark.slow
def test_a_good_client_beside_twenty_bad_ones(start_bridge: Start) -> None:
    bridge = start_bridge(outgoing=1_000_000, outgoing_pause=100_000, frame_within=1.0, hello_within=1.0)
    good = bridge.dial(instance="instance-good")
    dice = random.Random(os.getpid())
    with twenty_bad_clients(bridge.address):
        ends = time.monotonic() + 2.0
        rounds = 0
        while time.monotonic() < ends or rounds < 200:
            path = f"/good/{rounds}"
            job = good.call("cloud.save", {"path": path})["result"]
            assert job["path"] == path
            change = good.read()
            assert (change["method"], change["params"]["job"]) == ("job.changed", job["job"])
            if dice.random() < 0.1:
                assert good.error("cloud.save", {"path": "x"}) == "ISCB-REQ-PATH-RELATIVE"
            rounds += 1
    assert until(lambda: good.call("bridge.status")["result"]["clients"] == 1, "the bad ones to be gone")
