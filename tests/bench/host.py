"""A host: socket and JSON, written from docs/protocol.md with the standard library and no code of ours."""

from __future__ import annotations

import json
import socket
from typing import Any


class Host:
    """One connection. What comes beside an awaited answer is kept in `news`."""

    def __init__(self, address: str, instance: str = "bench-host-1") -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(60)
        self._socket.connect(address)
        self._rest = b""
        self._last = 0
        self.news: list[dict[str, Any]] = []
        self.ask("bridge.hello", {"protocol": 1, "host": "bench", "instance": instance})

    def frame(self, method: str, params: dict[str, Any]) -> bytes:
        """A request, ready to be sent."""
        self._last += 1
        return json.dumps({"jsonrpc": "2.0", "id": self._last, "method": method, "params": params}).encode() + b"\n"

    @property
    def socket(self) -> socket.socket:
        """For benchmarks that measure without what this class does for convenience."""
        return self._socket

    def send(self, frame: bytes) -> None:
        self._socket.sendall(frame)

    def line(self) -> bytes:
        """The next frame."""
        while True:
            line, found, rest = self._rest.partition(b"\n")
            if found:
                self._rest = rest
                return line
            self._rest += self._receive()

    def block(self) -> bytes:
        """Whatever comes next, in large pieces, frames cut anywhere."""
        rest, self._rest = self._rest, b""
        return rest or self._receive()

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        """Request and result."""
        self.send(self.frame(method, params))
        while True:
            message = json.loads(self.line())
            if message.get("id") == self._last:
                return result_of(message)
            self.news.append(message)

    def until_final(self, job: str) -> dict[str, Any]:
        """Read on until the job is over."""
        over = ("done", "failed", "refused", "cancelled", "replaced", "unknown")
        while True:
            message = self.news.pop(0) if self.news else json.loads(self.line())
            params: dict[str, Any] = message.get("params", {})
            if message.get("method") == "job.changed" and params["job"] == job and params["state"] in over:
                return params

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> bytes:
        block = self._socket.recv(1 << 18)
        if not block:
            raise RuntimeError("the bridge hung up")
        return block


def result_of(message: dict[str, Any]) -> Any:
    """The result of an answer, or its error raised."""
    if "error" in message:
        raise RuntimeError(f"the bridge refused: {message['error']['data']['code']}")
    return message["result"]
