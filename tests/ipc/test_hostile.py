"""Bad clients get defined answers, and a good one beside them does not notice."""

from __future__ import annotations

import contextlib
import json
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

BAD_FRAMES = {
    "not UTF-8": (b'{"jsonrpc":"2.0","id":1,"method":"\xff\xfe"}', "ISCB-PROTO-BAD-UTF8"),
    "not JSON": (b"GET / HTTP/1.1", "ISCB-PROTO-BAD-JSON"),
    "deep": (b'{"jsonrpc":"2.0","id":1,"method":"x","params":' + b"[" * 60_000 + b"]" * 60_000 + b"}", None),
    "batch": (b'[{"jsonrpc":"2.0","id":1,"method":"bridge.status"}]', "ISCB-PROTO-BAD-REQUEST"),
    "too large": (b" " * 10 + b'"' + b"x" * (8 << 20) + b'"', "ISCB-PROTO-FRAME-TOO-LARGE"),
}


@pytest.mark.parametrize("what", BAD_FRAMES)
def test_after_a_bad_frame_the_connection_goes_on(bridge: Any, what: str) -> None:
    frame, code = BAD_FRAMES[what]
    client = bridge.dial()
    client.write(frame + b"\n")
    assert client.next_error() == (None, code or "ISCB-PROTO-BAD-JSON")
    assert "result" in client.call("bridge.status")


def test_a_too_large_frame_is_refused_before_it_ends(bridge: Any) -> None:
    client = bridge.dial()
    client.write(b"x" * (8 << 20) + b"yz")
    assert client.next_error() == (None, "ISCB-PROTO-FRAME-TOO-LARGE")
    client.write(b"z" * 5_000_000 + b"\n")
    assert "result" in client.call("bridge.status")


def test_before_hello_frames_are_short(bridge: Any) -> None:
    client = bridge.dial(greet=False)
    client.write(b"x" * 65_537)
    assert client.next_error() == (None, "ISCB-PROTO-FRAME-TOO-LARGE")


def test_a_frame_of_nearly_eight_megabytes_is_taken(bridge: Any) -> None:
    client = bridge.dial()
    files = [f"/home/ann/plant/{'x' * 60}/{number:06d}.FCStd" for number in range(80_000)]
    assert 7_000_000 < len(json.dumps(files)) < 8_300_000
    answer = client.call("cloud.save", {"path": files[0], "assembly": True, "files": files})
    assert answer["result"]["state"] == "accepted"


def test_too_many_bad_frames_end_the_connection(bridge: Any) -> None:
    client = bridge.dial()
    client.write(b"{\n" * 21)
    said = client.read_to_end()
    assert [message["error"]["data"]["code"] for message in said] == ["ISCB-PROTO-BAD-JSON"] * 21 + ["ISCB-PROTO-FLOOD"]


def test_more_requests_than_may_wait_are_refused_one_by_one(start_bridge: Start) -> None:
    client = start_bridge(pending=5).dial()
    for _ in range(5):
        client.ask("cloud.save", {"path": "/never"})
    extra = client.ask("bridge.status")
    assert client.next_error() == (extra, "ISCB-PROTO-FLOOD")


def test_a_client_that_does_not_say_hello_is_disconnected(start_bridge: Start) -> None:
    client = start_bridge(hello_within=0.2).dial(greet=False)
    assert client.read_to_end() == []


def test_a_client_that_does_not_finish_a_frame_is_disconnected(start_bridge: Start) -> None:
    bridge = start_bridge(frame_within=0.3)
    slow, good = bridge.dial(), bridge.dial()
    ended = threading.Event()

    def dribble() -> None:
        with contextlib.suppress(OSError):
            while not ended.wait(0.02):
                slow.write(b"{")

    dribbling = threading.Thread(target=dribble)
    dribbling.start()
    try:
        assert slow.read_to_end() == []
    finally:
        ended.set()
        dribbling.join()
    assert "result" in good.call("bridge.status")


def test_a_client_that_does_not_read_is_disconnected_and_harms_nobody(start_bridge: Start) -> None:
    bridge = start_bridge(outgoing_pause=100_000, outgoing=2_000_000)
    lazy = bridge.dial(all=True, instance="instance-lazy")
    good = bridge.dial(instance="instance-good")
    for _ in range(40):
        assert good.call("cloud.save", {"path": "/burst-500"})["result"]["state"] == "accepted"
        heard = [good.read()["params"].get("attempts", 0) for _ in range(501)]
        assert heard == [*range(500), 0]
    status = until(lambda: (s := good.call("bridge.status")["result"])["clients"] == 1 and s, "the lazy one to go")
    assert status["clients"] == 1
    lazy.close()


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


def test_unread_answers_of_all_clients_share_one_limit(start_bridge: Start) -> None:
    bridge = start_bridge(outgoing_all=1_500_000, outgoing_pause=50_000, outgoing=1_000_000)
    lazy = [bridge.dial(all=True, instance=f"instance-{number}") for number in range(4)]
    good = bridge.dial(instance="instance-good")
    for _ in range(6):
        good.call("cloud.save", {"path": "/burst-500"})
        assert len([good.read() for _ in range(501)]) == 501
    assert 1 <= good.call("bridge.status")["result"]["clients"] < 5
    assert len(lazy) == 4


def test_too_many_clients_are_turned_away(start_bridge: Start) -> None:
    bridge = start_bridge(clients=3)
    good = [bridge.dial() for _ in range(3)]
    extra = bridge.dial(greet=False)
    assert extra.next_error() == (None, "ISCB-PROTO-FLOOD")
    assert extra.read_to_end() == []
    good[0].close()
    until(lambda: good[1].call("bridge.status")["result"]["clients"] == 2, "the place to be free")
    assert "result" in bridge.dial(greet=False).hello()


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


def test_those_without_hello_make_room(start_bridge: Start) -> None:
    bridge = start_bridge(clients=4)
    good = bridge.dial()
    silent = [bridge.dial(greet=False) for _ in range(3)]
    late = until(lambda: _has_place(bridge), "a place")
    assert "result" in late.call("bridge.status")
    assert "result" in good.call("bridge.status")
    assert silent[0].read_to_end() == []


def _has_place(bridge: Any) -> RawClient | None:
    client: RawClient = bridge.dial(greet=False)
    message = client.hello_or_refusal()
    return client if "result" in message else None


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
        ends = time.monotonic() + 5.0
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
