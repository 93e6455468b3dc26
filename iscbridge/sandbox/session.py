"""One SDK session: a connection that keeps to desk wire 1, or is closed."""

from __future__ import annotations

import logging
from collections import deque

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QLocalSocket

from iscbridge.sandbox import wire
from iscbridge.sandbox.events import Event
from iscbridge.sandbox.personality import Personality

_log = logging.getLogger(__name__)

#: Who has not greeted after this time is sent away.
GREETING_MS = 10_000

#: How long a client that was sent away may take to read its last frames.
LINGER_MS = 2_000

#: Bytes that may wait for a client that does not read; more than that ends its session.
OUTGOING_LIMIT = 256 * 1024 * 1024

#: Frames that may wait to be carried out (a hanging desk reads on), and bytes in them; more ends the session.
WAITING_LIMIT = 10_000
WAITING_BYTES_LIMIT = 64 * 1024 * 1024

#: Return statuses of calls. 0 is success; the others are the sandbox's own.
OK = 0
FAILED = 1
NOT_LOGGED_IN = 2
BAD_CALL = 3
BUSY = 4


class DeskSession(QObject):
    """One connection. `number` is drawn once and never used again."""

    greeted = Signal(object)
    """(self): asks to be let in; the answer is `welcome` or `refuse`."""
    called = Signal(object, str, str, list)
    """(self, seq, function, arguments)"""
    gone = Signal(object)
    """(self): once, whoever ended it."""

    def __init__(self, number: int, socket: QLocalSocket, personality: Personality, parent: QObject) -> None:
        super().__init__(parent)
        self.number = number
        self.client = ""
        self.pid = ""
        self.calls = 0
        self._socket = socket
        self._personality = personality
        self._reader = wire.FrameReader()
        self._waiting: deque[list[str]] = deque()
        self._waiting_bytes = 0
        self._state = "new"  # new, greeted, open, closing, gone
        socket.setParent(self)
        socket.readyRead.connect(self._read)
        socket.disconnected.connect(self._lost)
        self._greeting = QTimer(self, singleShot=True, interval=GREETING_MS)
        self._greeting.timeout.connect(self._no_greeting)
        self._greeting.start()
        self._linger = QTimer(self, singleShot=True, interval=LINGER_MS)
        self._linger.timeout.connect(self._abandon)

    @property
    def open(self) -> bool:
        """Whether it was let in and is still there."""
        return self._state == "open"

    @property
    def backlog(self) -> int:
        """Bytes that the client has not taken yet."""
        return int(self._socket.bytesToWrite())

    def welcome(self) -> None:
        """Let the client in."""
        self._state = "open"
        self._reader.limit = wire.FRAME_LIMIT
        self._write(wire.frame("welcome", wire.VERSION))

    def refuse(self, reason: str) -> None:
        """Send the client away."""
        self._write(wire.frame("refuse", reason))
        self._end()

    def send_return(self, seq: str, status: int) -> None:
        """Let a call return to its caller."""
        self._write(wire.frame("return", seq, str(status)))

    def send_event(self, name: str, info: bytes) -> None:
        """Raise an event; `info` goes as it is."""
        self._write(wire.frame("event", name, info))

    def send(self, event: Event) -> None:
        """Raise an event as the personality writes it."""
        self.send_event(event.name, event.info(come_back=self._personality.text("come_back") == "filled"))

    def write_frames(self, frames: bytes) -> None:
        """Send frames that were made before."""
        self._write(frames)

    def say_bye(self, reason: str) -> None:
        """End the session in good order."""
        self._write(wire.frame("bye", reason))
        self._end()

    def cut(self) -> None:
        """End the connection without a word."""
        if self._state != "gone":
            self._state = "closing"
            self._socket.abort()
            self._lost()

    def resume(self) -> None:
        """Go on after the desk hung."""
        self._read()
        self._work()

    def _write(self, data: bytes) -> None:
        if self._state in {"closing", "gone"}:
            return
        self._socket.write(data)
        if self._socket.bytesToWrite() > OUTGOING_LIMIT:
            _log.warning("session %d does not read: ended", self.number)
            self.cut()

    def _end(self) -> None:
        if self._state != "gone":
            self._state = "closing"
            self._socket.flush()
            self._socket.disconnectFromServer()
            self._lost()

    def _lost(self) -> None:
        if self._state == "gone":
            self.deleteLater()  # the last bytes are sent
            return
        if self._state == "open":
            self._read()  # a client may say its last words and go: calls that it made count
        self._state = "gone"
        self._greeting.stop()
        self._waiting.clear()
        if self._socket.state() == QLocalSocket.LocalSocketState.UnconnectedState:
            self.deleteLater()
        else:
            self._linger.start()
        self.gone.emit(self)

    def _abandon(self) -> None:
        self._socket.abort()

    def _no_greeting(self) -> None:
        if self._personality.text("hang") == "all":
            self._greeting.start()
        elif self._state == "new":
            self.refuse("no greeting")

    def _read(self) -> None:
        if self._personality.text("hang") == "all" or self._state in {"closing", "gone"}:
            return
        try:
            frames = self._reader.feed(bytes(self._socket.readAll().data()))
            self._waiting.extend(frames)
            self._waiting_bytes += sum(len(field) for fields in frames for field in fields)
            if len(self._waiting) > WAITING_LIMIT or self._waiting_bytes > WAITING_BYTES_LIMIT:
                raise wire.WireError("too much at once")
        except wire.WireError as error:
            _log.warning("session %d breaks the wire's rules: %s", self.number, error)
            self.say_bye("protocol error")
            return
        self._work()

    def _work(self) -> None:
        while self._waiting and self._state not in {"closing", "gone"}:
            hang = self._personality.text("hang")
            if hang == "all" or (hang == "calls" and self._waiting[0][0] == "call"):
                return
            fields = self._waiting.popleft()
            self._waiting_bytes -= sum(map(len, fields))
            self._take(fields)

    def _take(self, fields: list[str]) -> None:
        match fields:
            case ["hello", wire.VERSION, pid, client] if self._state == "new":
                self.pid, self.client = pid, client
                self._state = "greeted"
                self._greeting.stop()
                self.greeted.emit(self)
            case ["hello", *_] if self._state == "new":
                self.refuse("unknown version of the wire")
            case ["call", seq, function, *arguments] if self._state == "open":
                self.calls += 1
                self.called.emit(self, seq, function, arguments)
            case ["bye"] if self._state == "open":
                self._end()
            case _:
                _log.warning("session %d: %r is out of place", self.number, fields[0][:40])
                self.say_bye("protocol error")
