"""A small SDK side of desk wire 1 over a real socket, and a handle on a real desk process, for tests."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from iscbridge.platform.folders import Home
from iscbridge.sandbox import control
from iscbridge.sandbox.cloud import CloudStore
from iscbridge.sandbox.places import Places

DEADLINE_S = 60.0


def until(condition: Callable[[], Any], what: str = "condition") -> Any:
    """Wait for something to become true, and return it."""
    deadline = time.monotonic() + DEADLINE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.005)
    return found


def frame(*fields: str | bytes) -> bytes:
    """Written here a second time on purpose: the desk's own writer is what is tested."""
    body = b"\0".join(field.encode() if isinstance(field, str) else field for field in fields)
    return struct.pack(">I", len(body)) + body


class DeskClient:
    """One session. Frames of the desk are kept in order in `log`, each as its fields (bytes)."""

    def __init__(self, address: str, name: str = "tests", *, greet: bool = True) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(DEADLINE_S)
        until(lambda: self._connected(address), "a connection")
        self._buffer = b""
        self._seq = 0
        self.log: deque[list[bytes]] = deque()
        self.closed = False
        if greet:
            self.write("hello", "1", str(os.getpid()), name)

    def _connected(self, address: str) -> bool:
        try:
            self.socket.connect(address)
        except BlockingIOError:  # the listener's queue is full for a moment
            return False
        return True

    def write(self, *fields: str | bytes) -> None:
        self.socket.sendall(frame(*fields))

    def next(self) -> list[bytes] | None:
        """The next frame, or None when the desk has closed the connection."""
        while True:
            if len(self._buffer) >= 4:
                (length,) = struct.unpack(">I", self._buffer[:4])
                if len(self._buffer) >= 4 + length:
                    body, self._buffer = self._buffer[4 : 4 + length], self._buffer[4 + length :]
                    fields = body.split(b"\0", 2) if body.startswith((b"event\0", b"return\0")) else body.split(b"\0")
                    self.log.append(fields)
                    return fields
            try:
                piece = self.socket.recv(1 << 20)
            except ConnectionError:
                piece = b""
            if not piece:
                self.closed = True
                return None
            self._buffer += piece

    def peek(self) -> bool:
        """Whether something has come; for a socket that does not block."""
        try:
            return bool(self.socket.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return False

    def expect(self, verb: str) -> list[bytes]:
        fields = self.next()
        assert fields is not None, f"closed instead of {verb}"
        assert fields[0] == verb.encode(), fields
        return fields

    def welcomed(self) -> DeskClient:
        """Take the welcome and call Init."""
        assert self.expect("welcome") == [b"welcome", b"1"]
        assert self.call("Init") == 0
        return self

    def send(self, function: str, *arguments: str) -> str:
        """Make a call and do not wait for its return."""
        self._seq += 1
        self.write("call", str(self._seq), function, *arguments)
        return str(self._seq)

    def call(self, function: str, *arguments: str) -> int:
        """Make a call; its status. The next frame must be its return."""
        seq = self.send(function, *arguments)
        fields = self.expect("return")
        assert fields[1] == seq.encode()
        return int(fields[2])

    def event(self) -> tuple[str, bytes]:
        """The next frame, which must be an event."""
        _, name, info = self.expect("event")
        return name.decode(), info

    def save(self, path: Path, *, assembly: bool = False) -> dict[str, Any]:
        """Save and wait for the result."""
        assert self.call("Save", str(path), "true" if assembly else "false") == 0
        return self.result()

    def result(self, name: str = "EVENT_SAVE_RESULT") -> dict[str, Any]:
        found, info = self.event()
        assert found == name
        params = json.loads(info)["params"]
        assert isinstance(params, dict)
        return params

    def barrier(self) -> list[list[bytes]]:
        """Frames that had come by the time that the desk answered one more call (Init changes nothing)."""
        seq = self.send("Init").encode()
        before: list[list[bytes]] = []
        while (fields := self.next()) is not None:
            if fields[0] == b"return" and fields[1] == seq:
                return before
            before.append(fields)
        raise AssertionError("closed")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close(bye=False)

    def close(self, *, bye: bool = True) -> None:
        if bye and not self.closed:
            with contextlib.suppress(OSError):  # the desk was faster
                self.write("bye")
        self.socket.close()


class DeskProcess:
    """A desk process on a profile of its own."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.places = Places.of(self.home)
        self.clients: list[DeskClient] = []
        self.pid = 0

    def start(self, **personality: object) -> DeskProcess:
        self.pid = control.start(self.home, personality)
        return self

    def connect(self, name: str = "tests") -> DeskClient:
        """A session that is let in and has called Init."""
        return self.raw(name).welcomed()

    def raw(self, name: str = "tests", *, greet: bool = True) -> DeskClient:
        client = DeskClient(self.places.address, name, greet=greet)
        self.clients.append(client)
        return client

    def ask(self, request: str, **parameters: object) -> dict[str, Any]:
        return control.request(self.home, {"request": request, **parameters})

    def set(self, **personality: object) -> None:
        self.ask("personality", set=personality)

    def state(self) -> dict[str, Any]:
        return self.ask("state")

    def upload(self, **wanted: object) -> dict[str, Any]:
        """Wait until an upload has these properties."""

        def find() -> dict[str, Any] | None:
            for upload in self.state()["uploads"]:
                if all(upload[key] == value for key, value in wanted.items()):
                    return dict(upload)
            return None

        found = until(find, f"an upload {wanted}")
        assert isinstance(found, dict)
        return found

    def idle(self) -> None:
        until(lambda: not self.state()["uploads"], "uploads to end")

    def store(self) -> CloudStore:
        return CloudStore(self.places)

    def stored(self, cloud_path: str, version: int | None = None) -> bytes:
        """The bytes that the cloud really holds."""
        with self.store() as store:
            return store.blobs.path(store.version(cloud_path, version).sha256).read_bytes()

    def versions(self, cloud_path: str) -> int:
        """How many versions the cloud holds; 0 for no such file."""
        with self.store() as store:
            return {item.path: item.latest.number for item in store.items()}.get(cloud_path, 0)

    def problems(self) -> list[str]:
        with self.store() as store:
            return store.problems()

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.wait_gone()

    def wait_gone(self) -> None:
        until(lambda: control.running(self.home) is None, "the desk to be gone")

    def reset(self) -> None:
        """Back to a desk as it was at its start, but for what the cloud holds."""
        for client in self.clients:
            client.close()
        self.clients.clear()
        if control.running(self.home) is None:
            self.start()
        self.ask("personality", reset=True, set={"abandoned": "dropped"})
        until(lambda: not self.state()["sessions"], "sessions to end")
        self.idle()
        self.ask("script", answers=[], clear=True)
        for dialog in self.state()["dialogs"]:
            self.ask("answer", dialog=dialog["number"], answer={"action": "cancel"})
        self.ask("personality", reset=True)

    def end(self) -> None:
        for client in self.clients:
            client.close()
        control.stop(self.home)
