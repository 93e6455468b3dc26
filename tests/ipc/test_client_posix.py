"""The copyable client against a program that speaks badly, late or not at all: the CAD goes on."""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

from iscbridge.core.errors import CODES
from iscbridge.ipc import client as module
from iscbridge.ipc.client import (
    BridgeError,
    Client,
    ConnectionLostError,
    ForeignOwnerError,
    NotRunningError,
    TimedOutError,
)

PATIENCE_S = 60.0

Serve = Callable[[Any], None]


class Peer:
    """The other end of one connection."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._lines = line.makefile("rb")

    def asked(self) -> Any:
        """The next request; None once the client is gone."""
        line = self._lines.readline()
        return json.loads(line) if line else None

    def say(self, data: bytes) -> None:
        self._line.sendall(data)

    def answer(self, request: Any, result: Any) -> None:
        self.say(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode() + b"\n")

    def greet(self) -> None:
        self.answer(self.asked(), {"protocol": 1})

    def wait_for_end(self) -> None:
        while self.asked() is not None:
            pass


class Server:
    """Serves one connection after the other, each in its own way."""

    def __init__(self, folder: Path, *ways: Serve) -> None:
        self.address = str(folder / "b.sock")
        self.connections = 0
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.settimeout(PATIENCE_S)
        self._listening.bind(self.address)
        self._listening.listen(4)
        self._thread = threading.Thread(target=self._serve, args=ways)
        self._thread.start()

    def _serve(self, *ways: Serve) -> None:
        for way in ways:
            line, _ = self._listening.accept()
            line.settimeout(PATIENCE_S)
            self.connections += 1
            peer = Peer(line)
            with line, peer._lines:
                way(peer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(PATIENCE_S)
        self._listening.close()


def greeted(then: Serve) -> Serve:
    """A connection that begins well."""

    def way(peer: Peer) -> None:
        peer.greet()
        then(peer)

    return way


def assert_set(event: threading.Event) -> None:
    assert event.wait(PATIENCE_S)


@pytest.mark.parametrize(
    "sent",
    [b"HTTP/1.1 400 Bad Request\r\n", b"[]\n", b"7\n", b"null\n", b"\xff\xfe\n", b"{} {}\n", b"[" * 100_000 + b"\n"],
    ids=["http", "array", "number", "null", "no text", "two", "deep"],
)
def test_what_is_no_message_ends_the_connection_and_nothing_else(folder: Path, sent: bytes) -> None:
    def way(peer: Peer) -> None:
        peer.asked()
        peer.say(sent)
        peer.wait_for_end()

    with Server(folder, greeted(way)) as server:
        client = Client("tests", address=server.address, timeout=PATIENCE_S)
        client.connect()
        with pytest.raises(ConnectionLostError):
            client.request("bridge.status")
        assert not client.connected


def test_odd_messages_do_no_harm(folder: Path) -> None:
    def way(peer: Peer) -> None:
        first = peer.asked()
        for odd in (b'{"id":[]}', b'{"id":{},"result":{}}', b'{"id":"2","result":{}}', b'{"method":7}', b"{}"):
            peer.say(odd + b"\n")
        peer.say(b'{"method":"of.later","params":[1]}\n')
        peer.answer(first, 7)
        peer.answer(peer.asked(), {"right": True})
        peer.wait_for_end()

    with Server(folder, greeted(way)) as server:
        client = Client("tests", address=server.address, timeout=PATIENCE_S)
        client.connect()
        assert client.request("bridge.status") == {}
        assert client.request("bridge.status") == {"right": True}
        assert client.poll() == [("of.later", {})]
        client.close()


def test_a_line_without_end_is_not_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_ANSWER", 300_000)

    def way(peer: Peer) -> None:
        peer.asked()
        with contextlib.suppress(OSError):
            while True:
                peer.say(b"x" * 65536)

    with Server(folder, greeted(way)) as server:
        client = Client("tests", address=server.address, timeout=PATIENCE_S)
        client.connect()
        with pytest.raises(ConnectionLostError):
            client.request("bridge.status")


def test_listening_outlives_what_is_no_message(folder: Path) -> None:
    def bad(peer: Peer) -> None:
        peer.say(b"no JSON\n")
        peer.wait_for_end()

    def good(peer: Peer) -> None:
        peer.say(b'{"method":"job.changed","params":{"job":"j1"}}\n')
        peer.wait_for_end()

    heard: queue.Queue[str] = queue.Queue()
    with Server(folder, greeted(bad), greeted(good)) as server:
        client = Client("tests", address=server.address, timeout=PATIENCE_S)
        client.connect()
        client.listen(
            lambda topic, _params: heard.put(topic),
            lost=lambda _error: heard.put("lost"),
            connected=lambda _hello: heard.put("connected"),
        )
        assert [heard.get(timeout=PATIENCE_S) for _ in range(3)] == ["lost", "connected", "job.changed"]
        client.close()


def test_a_wait_ends_in_its_own_time(folder: Path) -> None:
    """Not in that of a single request, which is an hour here."""
    with Server(folder, greeted(Peer.wait_for_end)) as server:
        client = Client("tests", address=server.address, timeout=3600.0)
        client.connect()
        with pytest.raises(TimedOutError) as caught:
            client.wait("j1", 0.1)
        assert caught.value.params == {"seconds": "0.1"}
        client.close()


def test_a_save_is_not_tried_again_when_its_time_is_over(folder: Path) -> None:
    given_up = threading.Event()
    with Server(folder, greeted(lambda _peer: assert_set(given_up))) as server:
        client = Client("tests", address=server.address, timeout=0.1)
        client.connect(PATIENCE_S)
        with pytest.raises(ConnectionLostError):
            client.save("/" + "x" * 4_000_000)
        assert server.connections == 1
        given_up.set()
        client.close()


def test_closing_does_not_wait_for_ever_for_a_callback(folder: Path) -> None:
    def way(peer: Peer) -> None:
        peer.say(b'{"method":"n","params":{}}\n' * 2)
        peer.wait_for_end()

    inside, go_on = threading.Event(), threading.Event()
    heard: list[str] = []

    def notified(topic: str, _params: Any) -> None:
        heard.append(topic)
        inside.set()
        assert_set(go_on)

    with Server(folder, greeted(way)) as server:
        client = Client("tests", address=server.address, timeout=PATIENCE_S)
        client.connect()
        client.listen(notified)
        assert_set(inside)
        client.timeout = 0.01
        thread = client._thread
        client.close()  # as the thread of a window, for which the callback waits
        assert thread is not None
        assert thread.is_alive()
        go_on.set()
        thread.join(PATIENCE_S)
        assert heard == ["n"]


def test_a_thread_that_is_late_to_see_the_loss_does_not_end_the_next_connection(folder: Path) -> None:
    late, go_on = threading.Event(), threading.Event()

    class Late(Client):
        def _disconnect(self, lost: Any = None) -> None:
            if threading.current_thread() is self._thread:
                late.set()
                assert_set(go_on)
            super()._disconnect(lost)

    def well(peer: Peer) -> None:
        peer.answer(peer.asked(), {"job": "j1"})
        peer.answer(peer.asked(), {"still": "there"})
        peer.wait_for_end()

    with Server(folder, greeted(lambda _peer: None), greeted(well)) as server:
        client = Late("tests", address=server.address, timeout=PATIENCE_S)
        client.connect()
        client.listen(lambda _topic, _params: None)
        assert_set(late)
        assert client.save("/a") == {"job": "j1"}
        listening = client._thread
        go_on.set()
        assert client.request("bridge.status") == {"still": "there"}
        client.close()
        assert listening is not None
        assert server.connections == 2


def test_a_system_without_means_is_told_as_any_other_loss(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_address: str, _timeout: float) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(module, "Transport", none)
    client = Client("tests", address=str(folder / "b.sock"))
    with pytest.raises(ConnectionLostError, match="Too many open files"):
        client.connect()
    assert not client.reconnect()


@pytest.mark.parametrize(
    "error", [NotRunningError("/a"), ForeignOwnerError("/a"), TimedOutError(1.0), ConnectionLostError()]
)
def test_the_clients_own_errors_say_what_to_do(error: BridgeError) -> None:
    assert error.retry == CODES[error.code].value
    assert error.remedy
    assert error.title != error.message
