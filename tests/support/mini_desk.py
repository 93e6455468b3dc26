"""The least of a desk that speaks desk wire 1: for tests of the real sandbox library without the sandbox desk."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path

DEADLINE_S = 60

Answer = Callable[["MiniDesk", list[str]], int]
"""What a call does, given its arguments: it may raise events; the number is the call's status."""


class MiniDesk:
    """Listens on a socket, takes one session after the other, and keeps what it was told."""

    def __init__(self, folder: Path, greeting: tuple[str, ...] = ("welcome", "1")) -> None:
        self.address = str(folder / "desk.sock")
        self.greeting = greeting
        self.calls: list[list[str]] = []
        self.goodbyes = 0
        self.answers: dict[str, Answer] = {}
        self._session: socket.socket | None = None
        self._write = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.address)
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def event(self, name: str, info: bytes) -> None:
        """Raise an event in the session."""
        self._send(b"\0".join([b"event", name.encode(), info]))

    def drop(self) -> None:
        """Break the connection without a goodbye."""
        if self._session is not None:
            self._session.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self.drop()
        self._thread.join(DEADLINE_S)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                session, _ = self._listener.accept()
            except OSError:
                return
            with session:
                self._session = session
                self._talk(session)
                self._session = None

    def _talk(self, session: socket.socket) -> None:
        with session.makefile("rb") as stream:
            while len(head := stream.read(4)) == 4:
                fields = stream.read(struct.unpack(">I", head)[0]).decode().split("\0")
                if fields[0] == "hello":
                    self._send("\0".join(self.greeting).encode())
                elif fields[0] == "bye":
                    self.goodbyes += 1
                else:
                    self._answer(fields)

    def _answer(self, fields: list[str]) -> None:
        _, sequence, function, *arguments = fields
        self.calls.append([function, *arguments])
        answer = self.answers.get(function)
        status = 0 if answer is None else answer(self, arguments)
        self._send(b"\0".join([b"return", sequence.encode(), str(status).encode()]))

    def _send(self, body: bytes) -> None:
        session = self._session
        if session is not None:
            with self._write:
                session.sendall(struct.pack(">I", len(body)) + body)
