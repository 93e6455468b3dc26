"""`iscbridge relay serve`: one process of the relay, from its settings to its last answer.

Ended by SIGTERM or SIGINT: first it is ready for nothing new, so that a load balancer sends no more (`drain_s`), then
no connection is taken, what was begun is answered, the work for the store stops between two steps, and the exit code
is 0. Nothing is lost by a harder end either: what counts stands in the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from starlette.routing import Route

from iscbridge.platform.private import write_private
from iscbridge.relay.config import Settings, read_settings
from iscbridge.relay.context import Relay, make_relay
from iscbridge.relay.devices.desk import DeviceDesk
from iscbridge.relay.http.app import make_app
from iscbridge.relay.http.device_routes import device_routes
from iscbridge.relay.http.figures import figures_app
from iscbridge.relay.http.listening import Certificate, Server, bound
from iscbridge.relay.http.logs import log_to
from iscbridge.relay.http.metrics import Metrics
from iscbridge.relay.http.room import Room, room_for
from iscbridge.relay.http.signin_routes import signin_routes
from iscbridge.relay.http.store_routes import store_routes
from iscbridge.relay.http.vendor_routes import vendor_routes
from iscbridge.relay.http.workers import Workers
from iscbridge.relay.signin.desk import SigninDesk
from iscbridge.relay.signin.tenants import Tenants
from iscbridge.relay.store_calls.office import StoreOffice
from iscbridge.relay.upstream.asking import StoreUpstream
from iscbridge.relay.upstream.background import Background
from iscbridge.relay.upstream_port import Upstream

SETTINGS_FILE = "relay.toml"
AT_ONCE = 16
"""Threads for the database: no more than it has connections for."""
ASKING = 16
"""Threads that may wait for the store."""
WAITING = 512
STOP_S = 25
"""What was begun may take so long to end: longer than the longest question to the store."""
_LOOK_S = 60.0
if sys.platform == "win32":
    _SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGBREAK)
else:
    _SIGNALS = (signal.SIGTERM, signal.SIGINT)

_log = logging.getLogger(__name__)


class Work(Protocol):
    """What goes on in the background: outbox, questions to the store, housekeeping."""

    def start(self) -> None:
        """Begin, on threads of its own."""

    def stop(self) -> None:
        """End between two steps, and wait for it."""


@dataclass(frozen=True, slots=True)
class Options:
    """How one process is run, besides its settings."""

    folder: Path
    replica: str = ""
    """Empty: drawn from the machine and the process."""
    ready_file: Path | None = None
    """Gets, once it listens: JSON with pid, port, metrics (a port or null) and replica."""
    drain_s: float = 0.0
    clock: Callable[[], float] = time.time


def serve(options: Options) -> None:
    """Run until a signal ends it. Only on the main thread.

    Raises:
        RelayError: ISCB-RELAY-SETTINGS, -SECRET, -DATABASE, -DATABASE-NEWER, -LISTEN: it can't begin.
        OSError: the ready file can't be written.
    """
    settings = read_settings(options.folder / SETTINGS_FILE)
    replica = options.replica or replica_name()
    log_to(None, replica)
    os.umask(0o077)  # the database is the owner's alone
    relay = make_relay(settings, options.folder, options.clock, replica)
    try:
        relay.database.migrate()
        upstream, work = store_side(relay, options.folder)
        asyncio.run(_Process(relay, upstream, work, options).run())
    finally:
        relay.database.close()
    _log.info("ended in good order")


def replica_name() -> str:
    """A name for this process that no other has: of its machine, and its number there."""
    given = os.environ.get("ISCBRIDGE_RELAY_REPLICA", "")
    name = given or f"{socket.gethostname()}-{os.getpid()}"
    return re.sub(r"[^A-Za-z0-9._-]", "-", name)[:64]


def store_side(relay: Relay, folder: Path) -> tuple[Upstream, Work]:
    """Who asks the store for this process, and what goes on in the background."""
    upstream = StoreUpstream(relay, folder)
    return upstream, Background(relay, upstream)


def routes(relay: Relay, upstream: Upstream, workers: Workers, asking: Workers) -> list[Route]:
    """Everything that is served to devices and browsers, to the store and to the vendor's own service."""
    return [
        *device_routes(relay, DeviceDesk(relay, upstream), workers, asking),
        *signin_routes(relay, SigninDesk(relay, Tenants(relay)), workers, asking),
        *store_routes(relay, StoreOffice(relay), workers),
        *vendor_routes(relay, workers),
    ]


class _Process:
    """The running part. Belongs to one event loop."""

    def __init__(self, relay: Relay, upstream: Upstream, work: Work, options: Options) -> None:
        self._relay, self._upstream, self._work, self._options = relay, upstream, work, options
        self._ending = asyncio.Event()
        self._metrics = Metrics()
        settings = relay.settings
        self._certificate = _certificate(settings, options.folder)
        self._sockets = [bound(settings.relay.listen)]
        limits = settings.limits
        room = Room(room_for(limits.connections), limits.connections_per_address, settings.relay.behind_proxy)
        self._sockets[0].room = room
        self._metrics.watch(room)
        if settings.relay.metrics:
            self._sockets.append(bound(settings.relay.metrics))

    async def run(self) -> None:
        servers = self._servers()
        with _signals(self._ending.set):
            # The first ends it: a listener that can't go on must not leave the other one alone.
            tasks = [
                asyncio.create_task(server.serve([one])) for server, one in zip(servers, self._sockets, strict=True)
            ]
            ending = asyncio.create_task(self._until_ended())
            try:
                self._work.start()
                await self._ready(servers, tasks)
                await asyncio.wait([*tasks, ending], return_when=asyncio.FIRST_COMPLETED)
                await self._drain()
            finally:
                ending.cancel()
                for server in servers:
                    server.should_exit = True
                await asyncio.gather(*tasks)
                await asyncio.to_thread(self._work.stop)

    def _servers(self) -> list[Server]:
        relay, limits = self._relay, self._relay.settings.limits
        workers, asking = Workers(AT_ONCE, WAITING), Workers(ASKING, WAITING)
        served = routes(relay, self._upstream, workers, asking)
        app = make_app(relay, workers, served, self._metrics, self._ending.is_set)
        context = None if self._certificate is None else self._certificate.context
        servers = [Server(app, context, limits.slow_client_s, STOP_S)]
        if relay.settings.relay.metrics:
            figures = figures_app(relay, workers, self._metrics)
            servers.append(Server(figures, None, limits.slow_client_s, 1))
        return servers

    async def _ready(self, servers: list[Server], tasks: list[asyncio.Task[None]]) -> None:
        while not all(server.started for server in servers):
            if any(task.done() for task in tasks):
                return
            await asyncio.sleep(0.01)
        ports = [one.getsockname()[1] for one in self._sockets]
        told = {"message": "ready", "pid": os.getpid(), "port": ports[0], "tls": self._certificate is not None,
                "metrics": ports[1] if len(ports) > 1 else None, "replica": self._relay.replica}  # fmt: skip
        if self._options.ready_file is not None:
            write_private(os.fspath(self._options.ready_file), json.dumps(told).encode())
        _log.info("%s", json.dumps(told))

    async def _until_ended(self) -> None:
        """Wait for the end, and look after the certificate meanwhile."""
        while not self._ending.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), _LOOK_S)
            if self._certificate is not None and not self._ending.is_set():
                renewed = self._certificate.renew()
                if renewed is None:
                    _log.error("the certificate's files have changed and can't be used: the old one goes on")
                elif renewed:
                    _log.info("the certificate was renewed")

    async def _drain(self) -> None:
        self._ending.set()
        _log.info("ending: ready for nothing new")
        await asyncio.sleep(self._options.drain_s)


def _certificate(settings: Settings, folder: Path) -> Certificate | None:
    server = settings.relay
    if not server.certificate:
        return None
    return Certificate(folder / server.certificate, folder / server.certificate_key)


@contextlib.contextmanager
def _signals(end: Callable[[], None]) -> Iterator[None]:
    """End in good order at a signal. Not by the loop's own means, which Windows does not have."""
    loop = asyncio.get_running_loop()

    def told(*_: object) -> None:
        loop.call_soon_threadsafe(end)

    handlers = {number: signal.signal(number, told) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
