"""Bad clients get defined answers, and a good one beside them does not notice."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from support.raw_client import RawClient, at, until

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
    files = [at(f"/home/ann/plant/{'x' * 60}/{number:06d}.FCStd") for number in range(80_000)]
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
        client.ask("cloud.save", {"path": at("/never")})
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
        assert good.call("cloud.save", {"path": at("/burst-500")})["result"]["state"] == "accepted"
        heard = [good.read()["params"].get("attempts", 0) for _ in range(501)]
        assert heard == [*range(500), 0]
    status = until(lambda: (s := good.call("bridge.status")["result"])["clients"] == 1 and s, "the lazy one to go")
    assert status["clients"] == 1
    lazy.close()


def test_unread_answers_of_all_clients_share_one_limit(start_bridge: Start) -> None:
    bridge = start_bridge(outgoing_all=1_500_000, outgoing_pause=50_000, outgoing=1_000_000)
    lazy = [bridge.dial(all=True, instance=f"instance-{number}") for number in range(4)]
    good = bridge.dial(instance="instance-good")
    for _ in range(6):
        good.call("cloud.save", {"path": at("/burst-500")})
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
