"""The relay as an ASGI application: routes, errors as answers, figures, a line of log for each request."""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import Callable, Sequence

import anyio
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from iscbridge.core.errors import BridgeError
from iscbridge.relay.context import Relay
from iscbridge.relay.http.metrics import Metrics
from iscbridge.relay.http.refusals import SCOPE_CODE, inner_trouble, language_of, refusal
from iscbridge.relay.http.workers import Workers

_log = logging.getLogger("iscbridge.relay.requests")


def make_app(
    relay: Relay,
    workers: Workers,
    routes: Sequence[Route],
    metrics: Metrics,
    stopping: Callable[[], bool] = lambda: False,
) -> ASGIApp:
    """The application.

    Args:
        relay: this relay.
        workers: for blocking work.
        routes: of devices, the store and people.
        metrics: what monitoring is told.
        stopping: whether this process is about to end: it is ready for nothing new then.
    """

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok")

    readiness = _Readiness(relay, workers)

    async def readyz(_request: Request) -> Response:
        ready = not stopping() and await readiness.ask()
        return PlainTextResponse("ready" if ready else "not ready", 200 if ready else 503)

    def refused(request: Request, error: Exception) -> Response:
        language = language_of(request.headers.get("accept-language", ""))
        if isinstance(error, BridgeError):
            request.scope[SCOPE_CODE] = error.code
            return refusal(error, language, relay.now())
        request.scope[SCOPE_CODE] = "ISCB-RELAY-INTERNAL"
        return inner_trouble(error, language, relay.now())

    app = Starlette(
        routes=[*routes, Route("/healthz", healthz), Route("/readyz", readyz)],
        exception_handlers={BridgeError: refused, Exception: refused},
    )
    return _Counted(app, metrics, {route.path for route in routes})


class _Readiness:
    """Whether the database is there. Anybody may ask: those who ask at a time get one answer, and take one thread."""

    def __init__(self, relay: Relay, workers: Workers) -> None:
        self._relay, self._workers = relay, workers
        self._asking = anyio.Lock()
        self._begun, self._answer = -1.0, False

    async def ask(self) -> bool:
        asked = time.monotonic()
        async with self._asking:
            if self._begun < asked:
                self._begun = time.monotonic()
                self._answer = await self._workers.run(self._relay.database.is_current)
            return self._answer


class _Counted:
    """Around everything: each request is counted and told to the log, and no error leaves it."""

    def __init__(self, app: ASGIApp, metrics: Metrics, known: set[str]) -> None:
        self._app, self._metrics, self._known = app, metrics, known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        # Starlette raises an unexpected error again after `refused` has answered and logged it.
        with contextlib.suppress(ClientDisconnect, Exception):
            await self._app(scope, receive, watched)
        code = str(scope.get(SCOPE_CODE, ""))
        if code:
            self._metrics.failed(code)
        route = scope["path"] if scope["path"] in self._known else "other"
        seconds = time.perf_counter() - began
        self._metrics.answered(route, status, seconds)
        told = {"route": route, "status": status, "ms": round(seconds * 1000, 1), "code": code}
        _log.info("%s", json.dumps({key: value for key, value in told.items() if value != ""}))
