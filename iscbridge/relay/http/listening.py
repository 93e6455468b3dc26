"""Sockets, TLS and connections of the relay. uvicorn speaks HTTP; what it leaves to a proxy before it is done here.

A client that opens a connection and sends no whole request head in time is cut off: otherwise some hundred of them
would keep everybody else out.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from iscbridge.core.errors import RelayError
from iscbridge.relay.http.room import Listener

BACKLOG = 1024
GOODBYE_S = 5.0
"""So long a client may take to end TLS in good order."""
HEAD_LIMIT = 16 * 1024
KEEP_ALIVE_S = 75
"""Longer than a usual load balancer keeps its own connections: it closes first."""


def bound(address: str) -> Listener:
    """A socket at `host:port`; port 0 draws one.

    Raises:
        RelayError: ISCB-RELAY-LISTEN.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        one = Listener(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError as error:
        raise _no_listener(address, error) from error
    try:
        if sys.platform != "win32":  # there it would let others onto our port
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((host, int(port)))
        one.setblocking(False)
    except (OSError, OverflowError) as error:
        one.close()
        raise _no_listener(address, error) from error
    return one


class Certificate:
    """The relay's certificate, loaded again when its files change: renewing it needs no restart."""

    def __init__(self, chain: Path, key: Path) -> None:
        """Load it.

        Raises:
            RelayError: ISCB-RELAY-LISTEN: it can't be used.
        """
        self._chain, self._key = chain, key
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            self._seen = self._state()
            self._load()
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise RelayError("ISCB-RELAY-LISTEN", address=str(chain), detail=type(error).__name__) from error

    def renew(self) -> bool | None:
        """Load changed files: True if it did, None if they can't be used (what was loaded stays)."""
        try:
            now = self._state()
            if now == self._seen:
                return False
            # A pair of which one half is new only fits no more; the context must not be left with that.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self._chain, self._key, password=_no_password)
            self._load()
        except (OSError, ValueError):
            return None
        self._seen = now
        return True

    def _load(self) -> None:
        self.context.load_cert_chain(self._chain, self._key, password=_no_password)

    def _state(self) -> list[tuple[int, int]]:
        return [(found.st_mtime_ns, found.st_size) for found in map(os.stat, (self._chain, self._key))]


class Server(uvicorn.Server):
    """One listener. Who runs it ends it by `should_exit`; signals are not its business."""

    def __init__(self, app: ASGIApp, context: ssl.SSLContext | None, head_s: float, stop_s: int) -> None:
        """`head_s`: until then a request's head has to be here; `stop_s`: so long requests may go on at the end."""
        config = uvicorn.Config(
            app,
            http=_timed(head_s),
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=stop_s,
            h11_max_incomplete_event_size=HEAD_LIMIT,
        )
        config.load()
        config.ssl = context
        super().__init__(config)
        # uvicorn leaves these to asyncio, which waits a minute for a handshake that nobody goes on with.
        self._handshake_s = None if context is None else head_s
        self._goodbye_s = None if context is None else GOODBYE_S

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, as uvicorn does on sockets that are there."""
        await self.lifespan.startup()
        config, loop = self.config, asyncio.get_running_loop()

        def connection() -> asyncio.Protocol:
            made = config.http_protocol_class
            return made(config=config, server_state=self.server_state, app_state=self.lifespan.state)  # type: ignore[call-arg]  # as uvicorn has it

        self.servers = [
            await loop.create_server(
                connection,
                sock=one,
                ssl=config.ssl,
                backlog=BACKLOG,
                ssl_handshake_timeout=self._handshake_s,
                ssl_shutdown_timeout=self._goodbye_s,
            )
            for one in sockets or ()
        ]
        self.started = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None: `serve` has them."""
        yield


def _timed(head_s: float) -> type[asyncio.Protocol]:
    class Timed(H11Protocol):
        """uvicorn's connection, which waits for a request's head only so long."""

        _waiting: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
            super().connection_made(transport)
            self._expect()

        def data_received(self, data: bytes) -> None:
            self._expect()
            super().data_received(data)
            if self._is_answering():
                self._stop_waiting()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_waiting()
            super().connection_lost(exc)

        def on_response_complete(self) -> None:
            super().on_response_complete()
            if self.cycle.more_body:  # it was answered before all of it came; the rest need not take long either
                self._expect()

        def _expect(self) -> None:
            if self._waiting is None and not self._is_answering():
                self._waiting = self.loop.call_later(head_s, self._too_late)

        def _stop_waiting(self) -> None:
            if self._waiting is not None:
                self._waiting.cancel()
                self._waiting = None

        def _too_late(self) -> None:
            self._waiting = None
            if not self._is_answering():
                self.transport.abort()

        def _is_answering(self) -> bool:
            cycle: RequestResponseCycle | None = self.cycle  # none before the first request
            return cycle is not None and not cycle.response_complete

    return Timed


def _no_password() -> str:
    """A key with a password would make OpenSSL ask for it at the terminal."""
    raise ValueError("the key has a password")


def _no_listener(address: str, error: Exception) -> RelayError:
    detail = getattr(error, "strerror", None) or type(error).__name__
    return RelayError("ISCB-RELAY-LISTEN", address=address, detail=detail)
