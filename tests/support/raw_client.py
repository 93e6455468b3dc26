"""A socket that speaks as well or as badly as a test wants."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import time
from typing import Any, ClassVar

from support.pipe_line import PipeLine

DEADLINE_S = 60.0


class RawClient:
    """One connection. `said` are the messages read so far, oldest first."""

    open: ClassVar[list[RawClient]] = []
    """What a test has not closed is closed after it."""

    def __init__(self, address: str, *, greet: bool = True, **greeting: Any) -> None:
        self.socket = self._new_socket()
        self.open.append(self)
        self.socket.settimeout(DEADLINE_S)
        self._connect(address)
        self._buffer = b""
        self._last_id = 0
        if greet:
            assert "result" in self.hello(**greeting)

    @staticmethod
    def _new_socket() -> Any:
        if sys.platform == "win32":
            return PipeLine()
        return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    def _connect(self, address: str) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while True:
            try:
                self.socket.connect(address)
            except BlockingIOError:  # the server's queue is full
                assert time.monotonic() < deadline
                time.sleep(0.001)
            else:
                return

    def hello(self, **greeting: Any) -> dict[str, Any]:
        return self.call("bridge.hello", {"protocol": 1, "host": "raw", "instance": "raw-client-1", **greeting})

    def hello_or_refusal(self) -> dict[str, Any]:
        """Say hello where the server may be full: the first message that comes."""
        with contextlib.suppress(BrokenPipeError):  # it may have hung up before
            self.ask("bridge.hello", {"protocol": 1, "host": "raw", "instance": "raw-client-1"})
        return self.read() or {}

    def write(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ask(self, method: str, params: dict[str, Any] | None = None, call_id: Any = None) -> Any:
        """Send a request and do not wait; its id."""
        if call_id is None:
            self._last_id += 1
            call_id = self._last_id
        message = {"jsonrpc": "2.0", "id": call_id, "method": method, "params": params or {}}
        self.write(json.dumps(message).encode() + b"\n")
        return call_id

    def read(self) -> dict[str, Any] | None:
        """The next message; None at the end of the connection."""
        while b"\n" not in self._buffer:
            try:
                block = self.socket.recv(1 << 20)
            except ConnectionResetError:
                return None
            if not block:
                assert not self._buffer, "the server left within a frame"
                return None
            self._buffer += block
        line, _, self._buffer = self._buffer.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        assert message["jsonrpc"] == "2.0"
        return message

    def call(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask and read until the answer; what comes before it is dropped."""
        call_id = self.ask(method, params)
        while (message := self.read()) is not None:
            if message.get("id") == call_id:
                return message
        raise AssertionError("the server hung up")

    def error(self, method: str, params: dict[str, Any] | None = None) -> str:
        """Ask; the code of the error that comes."""
        return str(self.call(method, params)["error"]["data"]["code"])

    def next_error(self) -> tuple[Any, str]:
        """Read one error answer: its id and code."""
        message = self.read()
        assert message is not None
        return message["id"], message["error"]["data"]["code"]

    def read_to_end(self) -> list[dict[str, Any]]:
        """Everything until the server hangs up."""
        found = []
        while (message := self.read()) is not None:
            found.append(message)
        return found

    def close(self) -> None:
        self.socket.close()

    @classmethod
    def close_all(cls) -> None:
        while cls.open:
            cls.open.pop().close()


def at(path: str) -> str:
    """A path that is whole on this system, too."""
    return f"C:{path}" if sys.platform == "win32" else path


def until(condition: Any, what: str = "condition") -> Any:
    """Wait for something to become true, and return it."""
    deadline = time.monotonic() + DEADLINE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)
    return found
