"""One connection of the protocol's server: reads in bounded bites, writes at once, and knows when to give up."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, Slot
from PySide6.QtNetwork import QLocalSocket

from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc.framing import Bad, Call, FrameReader, Id, error_frame, read_call
from iscbridge.ipc.limits import Limits
from iscbridge.ipc.wire import HostObject, rpc_error, time_to_wire
from iscbridge.texts.render import Language


@dataclass(frozen=True, slots=True)
class ClientInfo:
    """Who is at the other end, as its hello said. Kept with every request."""

    number: int
    """Counts connections; never used twice in one run of the bridge."""
    host: str = ""
    host_version: str = ""
    product: str = ""
    instance: str = ""
    language: Language = "en"
    pid: int | None = None
    since: float = 0.0
    """When it said hello: seconds since the epoch, UTC."""


def host_to_wire(client: ClientInfo) -> HostObject:
    """A client as other clients see it."""
    return HostObject(
        host=client.host,
        version=client.host_version,
        product=client.product,
        since=time_to_wire(client.since),
        pid=client.pid,
    )


class ConnectionOwner(Protocol):
    """What a connection asks of the server. All calls come on the server's thread."""

    def take_call(self, connection: Connection, call: Call) -> None:
        """Serve a call."""

    def call_turn_over(self) -> None:
        """A bite that held calls is over."""

    def wait_in_line(self, connection: Connection) -> None:
        """More is there than one bite: call `bite` again when the others had theirs."""

    def watch(self) -> None:
        """A deadline of a connection began to run."""

    def may_grow(self, connection: Connection) -> bool:
        """Whether the connection may keep this much unread or unfinished data."""

    def left(self, connection: Connection) -> None:
        """The connection is closed."""


class Connection(QObject):
    """One client. Only the server's thread touches it; destroyed by the server after `left`."""

    def __init__(self, socket: QLocalSocket, info: ClientInfo, limits: Limits, owner: ConnectionOwner) -> None:
        super().__init__()
        self.info = info
        self.greeted = False
        self.topics: frozenset[str] = frozenset()
        self.follows_all = False
        self.pending: dict[Id, int] = {}
        self.since = time.monotonic()
        self.in_line = False
        self._limits = limits
        self._owner = owner
        self._reader = FrameReader(limits.frame_before_hello)
        self._frame_since: float | None = None
        self._closing_since: float | None = None
        self._gone = False
        self._paused = False
        self._bad = 0
        self._socket = socket
        socket.setParent(self)
        socket.setReadBufferSize(limits.read_buffer)
        socket.readyRead.connect(self._on_ready_read)
        socket.bytesWritten.connect(self._on_written)
        socket.disconnected.connect(self._on_disconnected)

    @property
    def unread(self) -> int:
        """Bytes that the client has not taken yet."""
        return 0 if self._gone else self._socket.bytesToWrite()

    @property
    def unfinished(self) -> int:
        """Bytes kept of a frame whose end has not come."""
        return self._reader.unfinished

    @property
    def has_deadline(self) -> bool:
        """Whether `overdue` can become true."""
        return not self.greeted or self._frame_since is not None or self._closing_since is not None

    def greet(self, info: ClientInfo, topics: frozenset[str], *, follows_all: bool) -> None:
        """The client said hello: it may send long frames and gets notifications."""
        self.info = info
        self.greeted = True
        self.topics = topics
        self.follows_all = follows_all
        self._reader.limit = self._limits.frame

    def overdue(self, now: float) -> str | None:
        """Why the connection has to end now, if it has to."""
        limits = self._limits
        if self._closing_since is not None:
            return "closing" if now - self._closing_since >= limits.close_within else None
        if not self.greeted and now - self.since >= limits.hello_within:
            return "no hello in time"
        if self._frame_since is not None and now - self._frame_since >= limits.frame_within:
            return "a frame was not finished in time"
        return None

    def start(self) -> None:
        """Take what came before the signals were connected."""
        if self._socket.state() != QLocalSocket.LocalSocketState.ConnectedState:
            self._on_disconnected()
        elif self._socket.bytesAvailable():
            self._on_ready_read()

    def send(self, frame: bytes) -> None:
        """Write one frame now. A client that does not read is disconnected when too much waits for it."""
        if self._gone or self._closing_since is not None:
            return  # nobody reads it
        self._socket.write(frame)
        self._socket.flush()
        unread = self._socket.bytesToWrite()
        if unread > self._limits.outgoing_pause:
            self._paused = True
            if unread > self._limits.outgoing or not self._owner.may_grow(self):
                self.drop()

    def finish(self, error: ErrorInfo | None = None) -> None:
        """Say why, if there is a reason to be said, and close when that was read or a short time has passed."""
        if self._closing_since is not None:
            return
        if error is not None:
            self.send(error_frame(None, rpc_error(error, self.info.language)))
        if self._closing_since is not None:
            return
        self._closing_since = time.monotonic()
        if not self._gone:
            self._owner.watch()
            self._socket.disconnectFromServer()

    def drop(self) -> None:
        """Close at once; what is unread is lost."""
        if self._closing_since is None:
            self._closing_since = time.monotonic()
        if not self._gone:
            self._socket.abort()
            self._on_disconnected()

    def wait_read(self, until: float) -> None:
        """Give the last frames a moment (only when the bridge ends and no event loop will run).

        Windows drops what a client has not read when the pipe is closed; clients hang up at `bridge.closing`.
        """
        left = max(0, round((until - time.monotonic()) * 1000))
        if self._gone or not left:
            return
        if os.name == "nt":
            self._socket.waitForDisconnected(left)
        elif self._socket.bytesToWrite():
            self._socket.waitForBytesWritten(left)

    def bite(self) -> bool:
        """Serve a few frames; returns whether more can be served right away."""
        reader, limits = self._reader, self._limits
        started = now = time.monotonic()
        frames = 0
        while not self._stopped() and frames < limits.bite_frames and now - started < limits.bite_time:
            frame = reader.pop()
            if frame is None:
                block = bytes(self._socket.read(limits.read_block).data())
                if not block:
                    break
                reader.feed(block)
            else:
                frames += 1
                self._take(frame)
            now = time.monotonic()
        if frames:
            self._frame_since = None
            self._owner.call_turn_over()
        self._watch_frame(now)
        return not self._stopped() and (reader.has_ready or self._socket.bytesAvailable() > 0)

    def _watch_frame(self, now: float) -> None:
        if self._stopped() or not self._reader.in_frame:
            self._frame_since = None
        elif self._frame_since is None:
            self._frame_since = now
            self._owner.watch()
        if self._reader.unfinished > self._limits.read_buffer and not self._owner.may_grow(self):
            self.finish(ErrorInfo("ISCB-PROTO-FLOOD"))

    def _stopped(self) -> bool:
        return self._gone or self._paused or self._closing_since is not None

    def _take(self, frame: bytes | Bad) -> None:
        call = read_call(frame) if isinstance(frame, bytes) else frame
        if isinstance(call, Bad):
            self.refuse(call)
        elif call.id is not None:
            self._owner.take_call(self, call)

    def refuse(self, bad: Bad) -> None:
        """Answer a frame that can't be served; a client that sends too many of them is disconnected."""
        self.send(error_frame(bad.id, rpc_error(bad.error, self.info.language)))
        self._bad += 1
        if self._bad > self._limits.bad_frames:
            self.finish(ErrorInfo("ISCB-PROTO-FLOOD"))

    @Slot()
    def _on_ready_read(self) -> None:
        # One that already waits in line gets no second bite for having sent more.
        if not self.in_line and self.bite():
            self._owner.wait_in_line(self)

    @Slot("qint64")  # type: ignore[arg-type]  # PySide takes names of C++ types too; its stub does not say so
    def _on_written(self, count: int) -> None:
        del count
        if self._paused and not self._gone and self._socket.bytesToWrite() <= self._limits.outgoing_pause // 2:
            self._paused = False
            self._owner.wait_in_line(self)

    @Slot()
    def _on_disconnected(self) -> None:
        if not self._gone:
            self._gone = True
            self._owner.left(self)
