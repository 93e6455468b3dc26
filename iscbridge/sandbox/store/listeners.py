"""Listening on loopback with TLS, and not listening: a domain that is away refuses connections but keeps its port."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
import sys
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

_TRIES = 50
_BACKLOG = 128
#: How long calls may go on while the store closes.
_LAST_WORDS_S = 0.5


class Listener:
    """One port on 127.0.0.1 and, where there is one, on ::1 too, so that `localhost` is found at its first address."""

    def __init__(self, application: ASGIApp, context: ssl.SSLContext, domain: int, port: int = 0) -> None:
        """Take a port, without listening yet.

        Args:
            application: answers.
            context: of TLS.
            domain: what applications find in `scope["state"]["domain"]`.
            port: the one to take if it is free; 0, or not free: any.

        Raises:
            OSError: no port is free.
        """
        config = uvicorn.Config(
            _until_cancelled(application),
            http="h11",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
            proxy_headers=False,
        )
        config.load()
        self.domain = domain
        self.listening = False
        self._config = config
        self._context = context
        self._state = ServerState()
        self._parked = _bound(port)
        self._servers: list[asyncio.Server] = []
        self.port: int = self._parked[0].getsockname()[1]

    async def open(self) -> None:
        """Listen.

        Raises:
            OSError: it can't.
        """
        if self.listening:
            return
        self.listening = True
        loop = asyncio.get_running_loop()
        while self._parked:
            server = await loop.create_server(
                self._connection, sock=self._parked.pop(), ssl=self._context, backlog=_BACKLOG
            )
            self._servers.append(server)

    def close(self) -> None:
        """Refuse connections and cut those that there are; the port stays ours.

        Raises:
            OSError: the port can't be kept.
        """
        if not self.listening:
            return
        self.listening = False
        self._abort()
        for server in self._servers:
            families = [(one.family, one.getsockname()) for one in server.sockets]
            server.close()
            self._parked += [_bind(family, address) for family, address in families]
        self._servers.clear()

    async def end(self) -> None:
        """Stop for good: calls under way may answer, for a moment."""
        for server in self._servers:
            server.close()
        for parked in self._parked:
            parked.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        if self._state.tasks:
            await asyncio.wait(set(self._state.tasks), timeout=_LAST_WORDS_S)
        self._abort()
        await asyncio.sleep(0)  # connections hear of it before their calls do: nobody misses an answer
        if left := set(self._state.tasks):
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=_LAST_WORDS_S)

    def _abort(self) -> None:
        for connection in list(self._state.connections):
            connection.transport.abort()

    def _connection(self) -> asyncio.Protocol:
        return _Connection(self)


class _Connection(H11Protocol):
    """uvicorn's connection, whose transport applications can reach to cut it."""

    def __init__(self, listener: Listener) -> None:
        super().__init__(config=listener._config, server_state=listener._state, app_state={})  # noqa: SLF001  its other half
        self._listener = listener

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        if not self._listener.listening:  # its handshake ended too late
            transport.abort()
        super().connection_made(transport)
        self.app_state = {"transport": transport, "domain": self._listener.domain}

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP (any more). A call that waits for the rest of it, or is being answered, is over."""
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        try:
            super().send_400_response(msg)
        except Exception:  # noqa: BLE001  h11's LocalProtocolError: another answer has begun
            self.transport.abort()


def _until_cancelled(application: ASGIApp) -> ASGIApp:
    """The application; that it is cancelled when the store closes is no error to be logged."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await application(scope, receive, send)

    return run


def _bound(wanted: int) -> list[socket.socket]:
    for tried in range(_TRIES):
        try:
            first = _bind(socket.AF_INET, ("127.0.0.1", wanted if tried == 0 else 0))
        except OSError:
            if tried or not wanted:
                raise
            continue  # somebody else has it now
        try:
            second = _bind(socket.AF_INET6, ("::1", first.getsockname()[1]))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                first.close()
                continue
            return [first]  # a machine without IPv6
        return [first, second]
    raise OSError(errno.EADDRINUSE, "no port is free on both loopback addresses")


def _bind(family: int, address: Any) -> socket.socket:
    # Without the protocol's number asyncio does not know TCP when it sees it, and answers wait 40 ms (Nagle's delay).
    one = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would let others onto our port, and is not needed
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of a moment ago don't hold it
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(address)
        one.setblocking(False)
    except BaseException:
        one.close()
        raise
    return one
