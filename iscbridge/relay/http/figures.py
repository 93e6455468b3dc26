"""The metrics' own listener: for the vendor's network, never for devices."""

from __future__ import annotations

from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from iscbridge.core.errors import RelayError
from iscbridge.relay.context import Relay
from iscbridge.relay.database.tables import OUTBOX
from iscbridge.relay.http.metrics import Metrics
from iscbridge.relay.http.workers import Workers
from iscbridge.relay.upstream_port import DEAD, WAITING

_FORM = "text/plain; version=0.0.4; charset=utf-8"


def figures_app(relay: Relay, workers: Workers, metrics: Metrics) -> ASGIApp:
    """`GET /metrics` in Prometheus' text form, and `GET /healthz`."""

    def waiting() -> dict[str, int]:
        counted = (
            select(OUTBOX.c.state, func.count()).where(OUTBOX.c.state.in_((WAITING, DEAD))).group_by(OUTBOX.c.state)
        )
        return relay.database.run(lambda connection: dict(connection.execute(counted).tuples().all()))

    async def figures(_request: Request) -> Response:
        try:
            found = await workers.run(waiting)
        except RelayError:  # the process's own figures are worth having without the database's
            found = None
        if found is not None:
            for state in (WAITING, DEAD):
                metrics.outbox.labels(state).set(found.get(state, 0))
        return Response(metrics.text(), 200, media_type=_FORM)

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(routes=[Route("/metrics", figures), Route("/healthz", healthz)])
