"""The metrics' own listener: for the vendor's network, never for devices."""

from __future__ import annotations

from sqlalchemy import Connection, func, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from iscbridge.core.errors import RelayError
from iscbridge.relay.context import Relay
from iscbridge.relay.database.tables import METERINGS, OUTBOX, USAGES
from iscbridge.relay.http.metrics import Metrics
from iscbridge.relay.http.workers import Workers
from iscbridge.relay.upstream_port import DEAD, REFUSED, WAITING

_FORM = "text/plain; version=0.0.4; charset=utf-8"


def figures_app(relay: Relay, workers: Workers, metrics: Metrics) -> ASGIApp:
    """`GET /metrics` in Prometheus' text form, and `GET /healthz`."""

    def waiting() -> tuple[dict[str, int], dict[str, int]]:
        return relay.database.run(lambda connection: (_outbox(connection), _uses(connection)))

    async def figures(_request: Request) -> Response:
        try:
            found = await workers.run(waiting)
        except RelayError:  # the process's own figures are worth having without the database's
            found = None
        if found is not None:
            outbox, uses = found
            for state in (WAITING, DEAD):
                metrics.outbox.labels(state).set(outbox.get(state, 0))
            for state in (WAITING, REFUSED):
                metrics.uses.labels(state).set(uses[state])
        return Response(metrics.text(), 200, media_type=_FORM)

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(routes=[Route("/metrics", figures), Route("/healthz", healthz)])


def _outbox(connection: Connection) -> dict[str, int]:
    """What is to be told to the store. Its test calls name orders that need not exist: nobody has to act on those."""
    counted = (
        select(OUTBOX.c.state, func.count())
        .where(OUTBOX.c.state.in_((WAITING, DEAD)), OUTBOX.c.test.is_(False)).group_by(OUTBOX.c.state)
    )  # fmt: skip
    return {row[0]: row[1] for row in connection.execute(counted)}


def _uses(connection: Connection) -> dict[str, int]:
    """Records of use that the store has not taken, of both kinds."""
    found = {WAITING: 0, REFUSED: 0}
    for table in (METERINGS, USAGES):
        refused = table.c.error != ""
        counted = select(refused, func.count()).where(table.c.sent.is_(None)).group_by(refused)
        for row in connection.execute(counted):
            found[REFUSED if row[0] else WAITING] += row[1]
    return found
