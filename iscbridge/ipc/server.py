"""The protocol's server: a QLocalServer that turns frames into typed requests, and answers into frames.

It decides nothing but the protocol itself (hello, subscriptions, limits). Everything else leaves as the signal
`request` and comes back through `answer...`. One thread: the one whose event loop it lives in.

A bad client never harms a good one: clients are served in bounded bites, one after the other; what a client does
not read, does not finish or does not stop sending costs that client its connection, and nobody else anything.
"""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

import msgspec
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from iscbridge.core.errors import BridgeRunError, RequestError
from iscbridge.core.jobs import ErrorInfo, Job, Origin
from iscbridge.core.licensing.delivery_words import TellHosts
from iscbridge.core.licensing.model import Verdict
from iscbridge.ipc import messages
from iscbridge.ipc.framing import Bad, Call, Id, answer_frame, encoded, error_frame, notification_frame, unreadable
from iscbridge.ipc.license_wire import LicenseFacts, license_to_wire
from iscbridge.ipc.limits import MAX_FILES, PROTOCOL, PROTOCOL_MIN, Limits
from iscbridge.ipc.messages import (
    REQUESTS,
    TOPICS,
    HelloLimits,
    HelloParams,
    HelloResult,
    Ok,
    SubscribeParams,
    received_to_wire,
)
from iscbridge.ipc.peer import peer_process
from iscbridge.ipc.server_client import ClientInfo, Connection
from iscbridge.ipc.wire import job_to_wire, rpc_error
from iscbridge.texts.render import Language

_log = logging.getLogger(__name__)

_PROBE_MS = 1000
#: Connections that wait to be accepted; beyond it connect(2) says EAGAIN. Linux caps it at net.core.somaxconn.
_BACKLOG = 256
_WATCH_MS = 500
_LAST_WORDS_MS = 200
#: A connection without hello is given up for a new one, when all places are taken, no sooner than this.
_SPARED_S = 1.0
#: Who names this notification can show windows: a tray.
TRAY_TOPIC = "tray.wanted"
_BY_DEFAULT = frozenset(name for name, topic in TOPICS.items() if not topic.by_name)


@dataclass(frozen=True, slots=True)
class BridgeIdentity:
    """What hello tells of this bridge."""

    version: str
    cloud: str
    """`sandbox` or `iscdesk`."""


@dataclass(frozen=True, slots=True)
class Request:
    """A checked request of a client; `params` is the structure that `messages.REQUESTS[method]` declares."""

    token: int
    """Name of this request for `answer`, `answer_job`, `answer_ok` and `answer_error`; one of them is owed."""
    client: ClientInfo
    method: str
    params: Any


class BridgeServer(QObject):
    """The server's end of the local protocol."""

    request = Signal(object)
    """A `Request`. Emitted while the client's data are read: an answer given inside is on its way at once."""
    turn_over = Signal()
    """After the last `request` of one bite: the moment to commit several requests together."""
    client_came = Signal(object)
    """The `ClientInfo` of a client that has said hello."""
    client_left = Signal(object)
    """The `ClientInfo` of a client that had said hello and is gone; its pending requests need no answer."""

    def __init__(self, identity: BridgeIdentity, limits: Limits | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.known_license: Callable[[str], tuple[Verdict | None, LicenseFacts] | None] = _not_known
        """Answers `license.check` for a product without `request`; gives None for what has to be looked at first."""
        self._identity = identity
        self._limits = limits or Limits()
        self._address = ""
        self._connections: dict[int, Connection] = {}
        self._tokens: dict[int, tuple[Connection, Id]] = {}
        self._last_token = 0
        self._last_number = 0
        self._emitted = False
        self._licenses: dict[tuple[str, Language], tuple[Verdict, LicenseFacts, msgspec.Raw]] = {}
        self._line: deque[Connection] = deque()
        self._gone: list[Connection] = []
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.setListenBacklogSize(_BACKLOG)
        self._server.newConnection.connect(self._on_new_connection)
        self._line_timer = self._timer(0, self._serve_line)
        self._deadline_timer = self._timer(_WATCH_MS, self._check_deadlines)
        self._watch_timer = self._timer(round(self._limits.watch_every * 1000), self._check_listening)
        self._watch_timer.setTimerType(Qt.TimerType.VeryCoarseTimer)

    def _timer(self, milliseconds: int, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(slot)
        return timer

    # What the service calls

    @property
    def address(self) -> str:
        """Where the server listens; "" before `listen` and after `close`."""
        return self._address

    @property
    def client_count(self) -> int:
        """Connections that have said hello."""
        return sum(1 for c in self._connections.values() if c.greeted)

    def clients(self) -> list[ClientInfo]:
        """Who is connected and has said hello, trays left out; oldest first."""
        return [c.info for c in self._connections.values() if c.greeted and TRAY_TOPIC not in c.topics]

    def follows(self, topic: str) -> bool:
        """Whether any client gets this notification."""
        return any(topic in c.topics for c in self._connections.values())

    def listen(self, address: str, *, lock_held: bool) -> None:
        """Start to listen at `Home.bridge_address()`.

        Args:
            address: a socket path, or a full pipe name on Windows.
            lock_held: whether the caller holds the profile's lock. Only then is the socket of a bridge that died
                removed, and only if nobody answers at it.

        Raises:
            BridgeRunError: ISCB-BRIDGE-SECOND (another bridge answers, or may), ISCB-BRIDGE-INTERNAL.
        """
        left_over = os.name != "nt" and os.path.lexists(address)
        if _somebody_answers(address) or (left_over and not lock_held):
            raise BridgeRunError("ISCB-BRIDGE-SECOND", pid="?")
        if left_over:
            # By hand: with an access option Qt renames its new socket over whatever is there, even a living one.
            os.unlink(address)
        if not self._server.listen(address):
            raise BridgeRunError("ISCB-BRIDGE-INTERNAL", detail=f"{address}: {self._server.errorString()}")
        self._address = address
        self._watch_timer.start()

    def answer(self, token: int, result: msgspec.Struct) -> None:
        """Answer a request. Does nothing if its client is gone."""
        connection, call_id = self._take_token(token)
        if connection is not None:
            connection.send(answer_frame(call_id, result))

    def answer_job(self, token: int, job: Job) -> None:
        """Answer with a job, its error in the client's language."""
        connection, call_id = self._take_token(token)
        if connection is not None:
            connection.send(answer_frame(call_id, job_to_wire(job, connection.info.language)))

    def answer_license(self, token: int, verdict: Verdict | None, facts: LicenseFacts) -> None:
        """Answer with a product's licence, its texts in the client's language."""
        connection, call_id = self._take_token(token)
        if connection is not None:
            connection.send(answer_frame(call_id, self._license(verdict, facts, connection.info.language)))

    def answer_in(self, token: int, result: Callable[[Language], msgspec.Struct]) -> None:
        """Answer with a result whose texts are in the client's language."""
        connection, call_id = self._take_token(token)
        if connection is not None:
            connection.send(answer_frame(call_id, result(connection.info.language)))

    def answer_ok(self, token: int) -> None:
        """Answer a request whose result has no members."""
        self.answer(token, Ok())

    def answer_error(self, token: int, error: ErrorInfo) -> None:
        """Answer with an error, its texts in the client's language."""
        connection, call_id = self._take_token(token)
        if connection is not None:
            connection.send(error_frame(call_id, rpc_error(error, connection.info.language)))

    def notify(self, topic: str, params: msgspec.Struct, wanted: Callable[[ClientInfo], bool] | None = None) -> None:
        """Tell every client that follows the topic and that `wanted` picks (None: all)."""
        frame: bytes | None = None
        for connection in tuple(self._connections.values()):
            if topic in connection.topics and (wanted is None or wanted(connection.info)):
                if frame is None:
                    frame = notification_frame(topic, params)
                connection.send(frame)

    def announce(self, topic: str, params: Mapping[str, str], origin: Origin | None = None) -> None:
        """Carry out the engine's effect `Announce`: to all, or only to the host instance of `origin`."""
        struct = messages.announcement(topic, params)
        self.notify(topic, struct, None if origin is None else lambda client: client.instance == origin.instance)

    def job_changed(self, job: Job) -> None:
        """Tell the host instance that asked for the job, and every client that follows all jobs."""
        instance = job.origin.instance
        self._tell("job.changed", lambda c: c.instance == instance, lambda language: job_to_wire(job, language))

    def license_changed(self, verdict: Verdict | None, facts: LicenseFacts) -> None:
        """Tell the hosts of the product, as their hello named it, and every client that follows all products."""
        product = facts.product
        self._tell(
            "license.changed",
            lambda c: c.product == product,
            lambda language: license_to_wire(verdict, facts, language),
        )

    def upgrade_announced(self, params: Callable[[Language], msgspec.Struct]) -> None:
        """Tell every client of an upgrade, with the text in its language."""
        self._tell("upgrade.announced", lambda _client: True, params)

    def license_received(self, told: TellHosts) -> None:
        """Tell what came of a licence request: the hosts of the product and those that asked, nobody else (`all` neither)."""
        for language in get_args(Language):
            self.notify("license.received", received_to_wire(told, language), _for_whom(told, language))

    def close(self, reason: str = "shutdown") -> None:
        """Stop listening, answer what is open with ISCB-BRIDGE-CLOSING, say `bridge.closing`, and disconnect all."""
        self._watch_timer.stop()
        self._address = ""
        self._server.close()
        for token in tuple(self._tokens):
            self.answer_error(token, ErrorInfo("ISCB-BRIDGE-CLOSING"))
        self.notify("bridge.closing", messages.ClosingParams(reason))
        until = time.monotonic() + _LAST_WORDS_MS / 1000
        for connection in tuple(self._connections.values()):
            connection.wait_read(until)
            connection.finish()
            connection.drop()

    # What connections call (ConnectionOwner)

    def take_call(self, connection: Connection, call: Call) -> None:
        """Serve a call: the protocol's own methods here, the others by the signal."""
        call_id = call.id
        assert call_id is not None  # noqa: S101 - notifications of clients end in Connection
        message = REQUESTS.get(call.method)
        if call_id in connection.pending:
            # With the id of the first request the client would take this answer for the first one's.
            detail = f"the id {call_id!r} is in use"
            connection.refuse(Bad(ErrorInfo("ISCB-PROTO-BAD-REQUEST", {"detail": detail})))
        elif not connection.greeted and call.method != "bridge.hello":
            connection.refuse(Bad(ErrorInfo("ISCB-PROTO-HELLO-FIRST"), call_id))
        elif message is None:
            self._send_error(connection, call_id, ErrorInfo("ISCB-PROTO-UNKNOWN-METHOD", {"method": call.method}))
        elif len(connection.pending) >= self._limits.pending:
            self._send_error(connection, call_id, ErrorInfo("ISCB-PROTO-FLOOD"))
        else:
            try:
                params = messages.decode_params(message, call.params)
            except RequestError as error:
                self._send_error(connection, call_id, error.info)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                connection.refuse(unreadable(call.params, error, call_id))
            else:
                self._serve(connection, call_id, call.method, params)

    def call_turn_over(self) -> None:
        """Tell the service that a bite is over, if it held requests for it."""
        if self._emitted:
            self._emitted = False
            self.turn_over.emit()

    def wait_in_line(self, connection: Connection) -> None:
        """Put a connection at the end of the line of those that have more to be served."""
        if not connection.in_line:
            connection.in_line = True
            self._line.append(connection)
            self._line_timer.start()

    def watch(self) -> None:
        """Check deadlines for as long as one runs: an idle server never wakes for them."""
        if not self._deadline_timer.isActive():
            self._deadline_timer.start()

    def may_grow(self, connection: Connection) -> bool:
        """Whether all clients together stay within memory; else the one that asks has to go."""
        del connection
        unread = sum(c.unread for c in self._connections.values())
        unfinished = sum(c.unfinished for c in self._connections.values())
        return unread <= self._limits.outgoing_all and unfinished <= self._limits.incoming_all

    def left(self, connection: Connection) -> None:
        """A connection is closed: forget its requests."""
        if self._connections.pop(connection.info.number, None) is None:
            return
        for token in connection.pending.values():
            self._tokens.pop(token, None)
        connection.pending.clear()
        # Not now: a slot of it is running. Not by deleteLater: an interpreter that collects this server before the
        # event is delivered would destroy the object twice (seen with PySide 6.8.3).
        self._gone.append(connection)
        self._line_timer.start()
        if connection.greeted:
            self.client_left.emit(connection.info)

    # Inside

    def _license(self, verdict: Verdict | None, facts: LicenseFacts, language: Language) -> msgspec.Raw:
        """The licence as it goes out. It is asked far more often than it changes: made anew only if it did."""
        if verdict is None:
            return encoded(license_to_wire(verdict, facts, language))  # of any name that a client makes up
        key = facts.product, language
        kept = self._licenses.get(key)
        if kept is None or kept[0] != verdict or kept[1] != facts:
            kept = verdict, facts, encoded(license_to_wire(verdict, facts, language))
            self._licenses[key] = kept
        return kept[2]

    def _tell(
        self, topic: str, concerns: Callable[[ClientInfo], bool], params: Callable[[Language], msgspec.Struct]
    ) -> None:
        """Send a notification with texts to the clients that it concerns and to those that follow all."""
        frames: dict[Language, bytes] = {}
        for connection in tuple(self._connections.values()):
            if topic not in connection.topics or not (connection.follows_all or concerns(connection.info)):
                continue
            language = connection.info.language
            if language not in frames:
                frames[language] = notification_frame(topic, params(language))
            connection.send(frames[language])

    def _serve(self, connection: Connection, call_id: Id, method: str, params: Any) -> None:
        if isinstance(params, HelloParams):
            self._greet(connection, call_id, params)
        elif isinstance(params, SubscribeParams):
            connection.topics, connection.follows_all = _topics(params.events), params.all
            if params.language is not None:
                connection.info = replace(connection.info, language=params.language)
            connection.send(answer_frame(call_id, Ok()))
        elif method == "license.check" and (known := self.known_license(params.product)) is not None:
            connection.send(answer_frame(call_id, self._license(*known, connection.info.language)))
        else:
            self._last_token += 1
            token = self._last_token
            self._tokens[token] = (connection, call_id)
            connection.pending[call_id] = token
            self._emitted = True
            self.request.emit(Request(token, connection.info, method, params))

    def _greet(self, connection: Connection, call_id: Id, hello: HelloParams) -> None:
        if connection.greeted:
            connection.refuse(Bad(ErrorInfo("ISCB-PROTO-BAD-REQUEST", {"detail": "hello was said before"}), call_id))
            return
        version = min(hello.protocol, PROTOCOL)
        if version < max(hello.min_protocol, PROTOCOL_MIN):
            spoken = {"found": str(hello.protocol), "expected": str(PROTOCOL)}
            self._send_error(connection, call_id, ErrorInfo("ISCB-PROTO-VERSION", spoken))
            connection.finish()
            return
        info = ClientInfo(
            number=connection.info.number,
            host=hello.host,
            host_version=hello.host_version,
            product=hello.product,
            instance=hello.instance,
            language=hello.language,
            pid=connection.info.pid,
            since=time.time(),
        )
        connection.greet(info, _topics(hello.events), follows_all=hello.all)
        result = HelloResult(
            protocol=version,
            version=self._identity.version,
            cloud=self._identity.cloud,
            pid=os.getpid(),
            limits=HelloLimits(self._limits.frame, MAX_FILES, self._limits.pending),
        )
        connection.send(answer_frame(call_id, result))
        self.client_came.emit(info)

    def _send_error(self, connection: Connection, call_id: Id, error: ErrorInfo) -> None:
        connection.send(error_frame(call_id, rpc_error(error, connection.info.language)))

    def _take_token(self, token: int) -> tuple[Connection | None, Id]:
        found = self._tokens.pop(token, None)
        if found is None:
            return None, 0
        connection, call_id = found
        connection.pending.pop(call_id, None)
        return found

    @Slot()
    def _on_new_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            pid = peer_process(int(socket.socketDescriptor()))
            self._last_number += 1
            connection = Connection(socket, ClientInfo(self._last_number, pid=pid), self._limits, self)
            full = not self._has_place(pid)
            self._connections[self._last_number] = connection
            if full:
                connection.finish(ErrorInfo("ISCB-PROTO-FLOOD"))
            else:
                self.watch()
                connection.start()

    def _has_place(self, pid: int | None) -> bool:
        limits, connections = self._limits, self._connections
        if pid is not None and sum(c.info.pid == pid for c in connections.values()) >= limits.clients_per_process:
            return False
        if len(connections) < limits.clients:
            return True
        oldest = next((c for c in connections.values() if not c.greeted), None)
        if oldest is None or time.monotonic() - oldest.since < _SPARED_S:
            return False
        oldest.drop()
        return True

    @Slot()
    def _serve_line(self) -> None:
        self._gone.clear()
        until = time.monotonic() + self._limits.turn_time
        while self._line and time.monotonic() < until:
            connection = self._line.popleft()
            connection.in_line = False
            if connection.bite():
                connection.in_line = True
                self._line.append(connection)
        if self._line:
            self._line_timer.start()

    @Slot()
    def _check_deadlines(self) -> None:
        now = time.monotonic()
        for connection in tuple(self._connections.values()):
            why = connection.overdue(now)
            if why is not None:
                _log.info("client %d disconnected: %s", connection.info.number, why)
                connection.drop()
        if any(c.has_deadline for c in self._connections.values()):
            self._deadline_timer.start()

    @Slot()
    def _check_listening(self) -> None:
        # QLocalServer closes itself when accept fails, for instance while all file descriptors are in use.
        if not self._server.isListening():
            _log.warning("no longer listening (%s); trying again", self._server.errorString())
            self._server.listen(self._address)
        self._watch_timer.start()


def _not_known(product: str) -> None:
    """Nothing is known of any licence: every question goes to the service."""


def _topics(events: list[str] | None) -> frozenset[str]:
    """The topics to send; names that this version does not know are for newer ones and do no harm."""
    return _BY_DEFAULT if events is None else frozenset(events) & frozenset(TOPICS)


def _somebody_answers(address: str) -> bool:
    probe = QLocalSocket()
    probe.connectToServer(address)
    connected = probe.waitForConnected(_PROBE_MS)
    error = probe.error()
    probe.abort()
    gone = QLocalSocket.LocalSocketError.ConnectionRefusedError, QLocalSocket.LocalSocketError.ServerNotFoundError
    return connected or error not in gone


def _for_whom(told: TellHosts, language: Language) -> Callable[[ClientInfo], bool]:
    def concerns(client: ClientInfo) -> bool:
        named = client.product == told.product or client.instance in told.instances
        return named and client.language == language

    return concerns
