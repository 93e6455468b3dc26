"""A small load balancer: takes TCP connections, hands each to the next process that is ready, and knows no TLS.

As a real one does, it asks each process `/readyz` again and again, and takes out whoever does not say 200 in time.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from support.world import until

_EVERY_S, _WITHIN_S = 0.1, 3.0
_CHUNK = 65_536
_ASKED = b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"

_HANDSHAKE = 150
"""More than a client says in TLS 1.3 between its hello and its first request."""

Watch = Callable[[int], None]


class Balancer:
    """Listens on a drawn port. A thread of its own runs it."""

    def __init__(self, context: ssl.SSLContext) -> None:
        """`context`: verifies the processes when they are asked whether they are ready."""
        self._context = context
        self._behind: list[int] = []
        self._ready: set[int] = set()
        self._turn = 0
        self._asked: Watch | None = None
        self._is_dumb = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server = self._do(asyncio.start_server(self._taken, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._loop.call_soon_threadsafe(self._begin, self._look())

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def before(self, *ports: int) -> None:
        """Hand connections to these processes from now on, and wait until all of them are ready."""
        self._behind = list(ports)
        self.wait(*ports)

    def wait(self, *ports: int) -> None:
        """Wait until exactly these are ready."""
        until(lambda: self._ready & set(self._behind) == set(ports), f"{ports} to be ready, and no other")

    def when_asked(self, seen: Watch) -> None:
        """Tell once, when a request of the next connection was handed on: to which port."""
        self._asked = seen

    def lose_answer(self, seen: Watch) -> None:
        """The same, and hand on nothing of the answer: the client hears no more until its connection is cut."""
        self._asked, self._is_dumb = seen, True

    # -- on the loop

    async def _look(self) -> None:
        while True:
            for port in self._behind:
                answers = await self._is_ready(port)
                (self._ready.add if answers else self._ready.discard)(port)
            await asyncio.sleep(_EVERY_S)

    async def _is_ready(self, port: int) -> bool:
        try:
            async with asyncio.timeout(_WITHIN_S):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", port, ssl=self._context, server_hostname="localhost"
                )
                try:
                    writer.write(_ASKED)
                    return b" 200 " in await reader.readline()
                finally:
                    writer.transport.abort()
        except (OSError, TimeoutError):
            return False

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked, self._asked = self._asked, None
        is_dumb, self._is_dumb = self._is_dumb, False
        with contextlib.suppress(OSError):
            port, there, back = await self._connected()
            said = _Said()

            def of_client(size: int) -> None:
                if said.add(size) and asked is not None:
                    asked(port)

            try:
                ways = (
                    _handed(reader, back, of_client),
                    _handed(there, writer, lost=lambda: is_dumb and said.has_asked),
                )
                await asyncio.wait([asyncio.ensure_future(way) for way in ways])
            finally:
                back.transport.abort()
        writer.transport.abort()

    async def _connected(self) -> tuple[int, asyncio.StreamReader, asyncio.StreamWriter]:
        """To the next process that is ready; to one behind it if that one takes no connection any more."""
        ready = [port for port in self._behind if port in self._ready]
        self._turn += 1
        for number in range(len(ready)):
            port = ready[(self._turn + number) % len(ready)]
            with contextlib.suppress(OSError):
                return (port, *await asyncio.open_connection("127.0.0.1", port))
        raise ConnectionRefusedError

    def close(self) -> None:
        """Cut every connection and end."""

        async def end() -> None:
            self._server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            await asyncio.sleep(0)

        self._do(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()


class _Said:
    """How far a client has come."""

    def __init__(self) -> None:
        self._hello = self._more = 0
        self.has_asked = False

    def add(self, size: int) -> bool:
        """Count what it sent; whether this is the first of its request."""
        if not self._hello:
            self._hello = size
            return False
        self._more += size
        begins = not self.has_asked and self._more > _HANDSHAKE
        self.has_asked = self.has_asked or begins
        return begins


async def _handed(
    source: asyncio.StreamReader,
    target: asyncio.StreamWriter,
    counted: Callable[[int], None] = lambda _size: None,
    lost: Callable[[], bool] = lambda: False,
) -> None:
    """Hand on what comes, unless it is to be lost, until one side ends; then the other side is told."""
    with contextlib.suppress(OSError):
        while data := await source.read(_CHUNK):
            if lost():
                continue
            target.write(data)
            await target.drain()
            counted(len(data))
    target.transport.abort()
