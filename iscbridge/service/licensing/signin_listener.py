"""Where the browser comes back to after a sign-in: a loopback address that is open for one sign-in, and for minutes.

Any page in the browser and any program of this computer may send something here. What it may cause is bounded: few
connections at a time, short requests, seconds each; and an answer that says nothing but that it was not understood.
All of it happens in this object's own thread, by its event loop.
"""

from __future__ import annotations

import secrets
from functools import cache
from html import escape
from typing import get_args

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtNetwork import QAbstractSocket, QHostAddress, QNetworkProxy, QTcpServer, QTcpSocket

from iscbridge.core.signin import HEAD_LIMIT, returned, target_of
from iscbridge.texts.render import Language, text

MOST_VISITORS = 8
"""Connections at a time; who comes besides is turned away."""
VISIT_MS = 10_000
"""So long a visitor may take for its request, and for reading the answer."""

_END = b"\r\n\r\n"


class Loopback(QObject):
    """The address of one sign-in. Create, `listen`, `expect`; it is closed by itself after `came`."""

    came = Signal(object)
    """The browser came back: a `Returned`. Once."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = f"/{secrets.token_urlsafe(24)}"
        self._state = ""
        self._visitors: list[Visitor] = []
        self._gone: list[Visitor] = []
        self._server = QTcpServer(self)
        self._server.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
        self._server.newConnection.connect(self._on_connection)
        self._sweep = QTimer(self)
        self._sweep.setSingleShot(True)
        self._sweep.setInterval(0)
        self._sweep.timeout.connect(self._on_sweep)

    def listen(self) -> bool:
        """Open the address; False: there is none to be had."""
        return self._server.listen(QHostAddress(QHostAddress.SpecialAddress.LocalHost), 0)

    @property
    def redirect(self) -> str:
        """Where the browser is to come back to."""
        return f"http://{self.authority}{self._path}"

    @property
    def authority(self) -> str:
        """Host and port, as a browser names them."""
        return f"127.0.0.1:{self._server.serverPort()}"

    @property
    def visited(self) -> bool:
        """Whether somebody is still being answered."""
        return bool(self._visitors)

    def expect(self, state: str) -> None:
        """From now on the browser may come back, with this state."""
        self._state = state

    def close(self) -> None:
        """Nobody is expected any more. Whoever reads an answer may do so."""
        self._server.close()
        self._state = ""

    def drop(self) -> None:
        """Close everything at once."""
        self.close()
        for visitor in tuple(self._visitors):
            visitor.drop()

    def answer(self, head: bytes) -> tuple[str, str]:
        """Status and message of the page for a request; `came` if it is the one that is awaited."""
        target = target_of(head, self.authority)
        found = None if target is None else returned(target, self._path, self._state)
        if found is None:
            return "404 Not Found", "signin.page.unknown"
        self.close()  # before it is told: a second one finds nobody
        self.came.emit(found)
        return "200 OK", "signin.page.done" if found.code else "signin.page.cancelled"

    def left(self, visitor: Visitor) -> None:
        """A connection is over."""
        if visitor in self._visitors:
            self._visitors.remove(visitor)
            # Not now: a slot of it is running. Not by deleteLater: see `iscbridge.ipc.server`.
            self._gone.append(visitor)
            self._sweep.start()

    @Slot()
    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            if len(self._visitors) >= MOST_VISITORS:
                socket.abort()
                continue
            visitor = Visitor(socket, self)
            self._visitors.append(visitor)
            visitor.start()

    @Slot()
    def _on_sweep(self) -> None:
        self._gone.clear()


class Visitor(QObject):
    """One connection: one request, one page."""

    def __init__(self, socket: QTcpSocket, owner: Loopback) -> None:
        super().__init__()
        self._owner = owner
        self._head = b""
        self._answered = False
        self._socket = socket
        socket.setParent(self)
        socket.setReadBufferSize(HEAD_LIMIT + 1)
        socket.readyRead.connect(self._on_ready_read)
        socket.disconnected.connect(self._on_disconnected)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(VISIT_MS)
        self._late.setTimerType(Qt.TimerType.CoarseTimer)
        self._late.timeout.connect(self.drop)

    def start(self) -> None:
        """Take what came before the signals were connected."""
        self._late.start()
        if self._socket.state() != QAbstractSocket.SocketState.ConnectedState:
            self._on_disconnected()
        elif self._socket.bytesAvailable():
            self._on_ready_read()

    @Slot()
    def drop(self) -> None:
        """Close at once."""
        self._socket.abort()
        self._on_disconnected()

    @Slot()
    def _on_ready_read(self) -> None:
        block = bytes(self._socket.readAll().data())
        if self._answered:
            return  # what follows a request is nothing to us
        self._head += block
        head, end, _ = self._head.partition(_END)
        if not end and len(self._head) <= HEAD_LIMIT:
            return
        self._answered = True
        status, message = self._owner.answer(head + end)
        self._head = b""
        self._socket.write(page(status, message))
        self._socket.disconnectFromHost()

    @Slot()
    def _on_disconnected(self) -> None:
        self._late.stop()
        self._owner.left(self)


@cache
def page(status: str, message: str) -> bytes:
    """An answer: a plain page in both languages, which does nothing and loads nothing."""
    parts = "".join(
        f'<section lang="{language}"><h1>{escape(text(f"{message}.title", language))}</h1>'
        f"<p>{escape(text(f'{message}.text', language))}</p></section>"
        for language in get_args(Language)
    )
    body = (
        '<!doctype html><html><head><meta charset="utf-8"><title>ISCBridge</title>'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"></head>'
        f'<body style="font-family:sans-serif;max-width:40em;margin:4em auto;padding:0 1em">{parts}</body></html>'
    ).encode()
    head = "\r\n".join(
        [
            f"HTTP/1.1 {status}",
            "Content-Type: text/html; charset=utf-8",
            f"Content-Length: {len(body)}",
            "Cache-Control: no-store",
            "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            "Referrer-Policy: no-referrer",
            "X-Content-Type-Options: nosniff",
            "Connection: close",
        ]
    )
    return head.encode("ascii") + _END + body
