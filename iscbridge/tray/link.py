"""The windows' end of the local protocol: one socket to the bridge, be it in this process or in another.

    reply = link.ask("job.list", {"limit": 50}, parent=self)
    reply.done.connect(self._on_page)        # a JobListResult
    reply.failed.connect(self._on_failed)    # an ErrorObject, in the language of the windows

Everything here lives on the GUI thread. What comes in is taken in bounded bites, so that a flood of notifications
never makes a window stand still.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from enum import Enum, auto
from functools import cache
from typing import Any

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtNetwork import QLocalSocket
from shiboken6 import isValid

from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc.framing import FrameReader
from iscbridge.ipc.limits import PROTOCOL
from iscbridge.ipc.messages import REQUESTS, TOPICS, HelloResult
from iscbridge.ipc.peer import is_own_server
from iscbridge.ipc.wire import ErrorObject, error_to_wire
from iscbridge.tray.words import Words
from iscbridge.version import VERSION

log = logging.getLogger(__name__)

#: What the windows call themselves in hello.
HOST = "ISCBridge"
#: A question that finds no bridge within this time is answered with ISCB-BRIDGE-NOT-RUNNING.
PATIENCE_S = 10.0
#: Work on incoming messages per turn of the event loop: well under one frame of a 60 Hz screen.
_TURN_S = 0.008
_RETRY_FIRST_MS = 100
_RETRY_LONGEST_MS = 5000
_BLOCK = 262_144


class LinkState(Enum):
    """How the link to the bridge stands."""

    CONNECTING = auto()
    """There was no connection yet."""
    CONNECTED = auto()
    """The bridge has answered hello."""
    LOST = auto()
    """There was a connection; another one is tried for as long as the application runs."""


class Reply(QObject):
    """The answer that a question will get: `done` or `failed`, once. A child of who asked, and gone with it."""

    done = Signal(object)
    """The result: the structure that `messages.REQUESTS[method].result` declares."""
    failed = Signal(object)
    """An `ErrorObject`."""

    def __init__(self, method: str, parent: QObject) -> None:
        super().__init__(parent)
        self.method = method


class _Rpc(msgspec.Struct):
    data: ErrorObject


class _Incoming(msgspec.Struct):
    id: int | None = None
    method: str | None = None
    params: msgspec.Raw = msgspec.Raw(b"{}")
    result: msgspec.Raw = msgspec.Raw()
    error: _Rpc | None = None


class _Asked(msgspec.Struct):
    reply: Reply
    frame: bytes
    deadline: float
    sent: bool = False


_incoming = msgspec.json.Decoder(_Incoming)


class Link(QObject):
    """The connection of the windows to the bridge. `open()` once; it comes back by itself when it is lost."""

    state_changed = Signal(object)
    """A `LinkState`."""
    told = Signal(str, object)
    """A notification: its topic and the structure that `messages.TOPICS[topic].params` declares."""

    def __init__(self, address: str, words: Words, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.hello: HelloResult | None = None
        """What the bridge said of itself; None while there is no connection."""
        self._address = address
        self._words = words
        self._instance = os.urandom(16).hex()
        self._state = LinkState.CONNECTING
        self._asked: dict[int, _Asked] = {}
        self._last_id = 0
        self._hello_id = 0
        self._reader = FrameReader()
        self._pause_ms = _RETRY_FIRST_MS
        self._closed = False
        self._socket = QLocalSocket(self)
        self._socket.setReadBufferSize(_BLOCK)
        self._socket.connected.connect(self._on_connected)
        self._socket.disconnected.connect(self._on_disconnected)
        self._socket.errorOccurred.connect(self._on_error)
        self._socket.readyRead.connect(self._take)
        self._more = self._timer(0, self._take)
        self._retry = self._timer(_RETRY_FIRST_MS, self._connect)
        self._patience = self._timer(1000, self._give_up)
        words.changed.connect(self._on_language)

    def _timer(self, milliseconds: int, slot: Any) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(slot)
        return timer

    @property
    def state(self) -> LinkState:
        """How the link stands."""
        return self._state

    def open(self) -> None:
        """Connect, and connect again whenever the connection is lost."""
        self._connect()

    def close(self) -> None:
        """End the connection for good; what was asked gets no answer any more."""
        self._closed = True
        self.hello = None
        self._state = LinkState.LOST  # told to nobody: who closes it knows
        for timer in (self._retry, self._patience, self._more):
            timer.stop()
        self._asked.clear()
        self._socket.abort()

    def ask(self, method: str, params: Mapping[str, object] | None = None, *, parent: QObject) -> Reply:
        """Ask the bridge. The reply's signals come later, never before this returns.

        Args:
            method: a request of the protocol.
            params: its members, named as on the wire.
            parent: who asks: the reply is its child. If it is destroyed first the answer is dropped.
        """
        reply = Reply(method, parent)
        self._last_id += 1
        message = {"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": dict(params or {})}
        asked = _Asked(reply, msgspec.json.encode(message) + b"\n", time.monotonic() + PATIENCE_S)
        self._asked[self._last_id] = asked
        if self._state is LinkState.CONNECTED:
            self._send(asked)
        elif not self._closed and not self._patience.isActive():
            self._patience.start()
        return reply

    # the connection

    @Slot()
    def _connect(self) -> None:
        if not self._closed and self._socket.state() == QLocalSocket.LocalSocketState.UnconnectedState:
            self._reader = FrameReader()
            self._socket.connectToServer(self._address)

    @Slot()
    def _on_connected(self) -> None:
        if not is_own_server(int(self._socket.socketDescriptor())):
            log.error("the program at the bridge's address belongs to another user")
            self._socket.abort()
            return
        self._last_id += 1
        self._hello_id = self._last_id
        params = {
            "protocol": PROTOCOL,
            "host": HOST,
            "hostVersion": VERSION,
            "instance": self._instance,
            "language": self._words.language,
            **self._following(),
        }
        message = {"jsonrpc": "2.0", "id": self._hello_id, "method": "bridge.hello", "params": params}
        self._socket.write(msgspec.json.encode(message) + b"\n")

    @staticmethod
    def _following() -> dict[str, object]:
        return {"all": True, "events": sorted(TOPICS)}

    @Slot()
    def _on_disconnected(self) -> None:
        self.hello = None
        if self._closed:
            return
        if self._state is LinkState.CONNECTED:
            self._set_state(LinkState.LOST)
        closed = ErrorInfo("ISCB-PROTO-CLOSED")
        for number in [number for number, asked in self._asked.items() if asked.sent]:
            self._fail(number, closed)
        self._try_again()

    @Slot(QLocalSocket.LocalSocketError)
    def _on_error(self, error: QLocalSocket.LocalSocketError) -> None:
        if error != QLocalSocket.LocalSocketError.PeerClosedError:  # `disconnected` follows that one
            self._try_again()

    def _try_again(self) -> None:
        if not self._closed and not self._retry.isActive():
            self._retry.start(self._pause_ms)
            self._pause_ms = min(2 * self._pause_ms, _RETRY_LONGEST_MS)

    @Slot()
    def _on_language(self) -> None:
        if self._state is LinkState.CONNECTED:
            self.ask("events.subscribe", {**self._following(), "language": self._words.language}, parent=self)

    def _set_state(self, state: LinkState) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit(state)

    # what comes in

    @Slot()
    def _take(self) -> None:
        until = time.monotonic() + _TURN_S
        while not self._closed:
            frame = self._reader.pop()
            if isinstance(frame, bytes):
                self._take_frame(frame)
            elif frame is not None:
                log.warning("a message of the bridge was too large")
            elif self._socket.bytesAvailable() > 0:
                self._reader.feed(bytes(self._socket.read(_BLOCK).data()))
            else:
                return
            if time.monotonic() > until:
                self._more.start()
                return

    def _take_frame(self, frame: bytes) -> None:
        try:
            message = _incoming.decode(frame)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            log.warning("a message of the bridge could not be read")
            return
        if message.method is not None:
            self._notified(message.method, message.params)
        elif message.id == self._hello_id and message.id is not None:
            self._greeted(message)
        elif message.id in self._asked:
            self._answered(message.id, message)

    def _greeted(self, message: _Incoming) -> None:
        self._hello_id = 0
        if not bytes(message.result):
            code = message.error.data.code if message.error else "?"
            log.error("the bridge refused hello: %s", code)
            self._socket.abort()
            return
        self.hello = msgspec.json.decode(message.result, type=HelloResult)
        self._pause_ms = _RETRY_FIRST_MS
        self._set_state(LinkState.CONNECTED)
        for asked in [asked for asked in self._asked.values() if not asked.sent]:
            self._send(asked)

    def _notified(self, topic: str, params: msgspec.Raw) -> None:
        if topic not in TOPICS:
            return  # of a newer bridge
        try:
            decoded = _params(topic).decode(params)
        except msgspec.DecodeError as error:
            log.warning("%s could not be read: %s", topic, error)
            return
        self.told.emit(topic, decoded)

    def _answered(self, number: int, message: _Incoming) -> None:
        reply = self._asked[number].reply
        if message.error is not None:
            self._end(number, message.error.data, good=False)
            return
        try:
            result = _result(reply.method).decode(message.result)
        except msgspec.DecodeError as error:
            log.warning("the answer to %s could not be read: %s", reply.method, error)
            self._fail(number, ErrorInfo("ISCB-PROTO-BAD-JSON", {"detail": reply.method}))
        else:
            self._end(number, result, good=True)

    # what was asked

    def _send(self, asked: _Asked) -> None:
        if self._socket.state() != QLocalSocket.LocalSocketState.ConnectedState:
            return  # it has just ended: this goes out over the next one
        asked.sent = True
        self._socket.write(asked.frame)
        asked.frame = b""

    def _fail(self, number: int, error: ErrorInfo) -> None:
        self._end(number, error_to_wire(error, self._words.language), good=False)

    def _end(self, number: int, value: object, *, good: bool) -> None:
        asked = self._asked.pop(number, None)
        if asked is None or not isValid(asked.reply):
            return
        (asked.reply.done if good else asked.reply.failed).emit(value)
        if isValid(asked.reply):
            # Not by deleteLater: an interpreter that collects the asker before that event would destroy it twice.
            asked.reply.setParent(None)

    @Slot()
    def _give_up(self) -> None:
        now = time.monotonic()
        for number in [n for n, asked in self._asked.items() if not asked.sent and asked.deadline <= now]:
            self._fail(number, ErrorInfo("ISCB-BRIDGE-NOT-RUNNING"))
        if any(not asked.sent for asked in self._asked.values()):
            self._patience.start()


@cache
def _result(method: str) -> msgspec.json.Decoder[Any]:
    declared = REQUESTS[method].result
    assert declared is not None  # noqa: S101 - every request declares one
    return msgspec.json.Decoder(declared)


@cache
def _params(topic: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(TOPICS[topic].params)
