"""The one route of the vendor's own service: use of instances that are paid by use. `docs/relay.md` has it."""

from __future__ import annotations

import logging

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from iscbridge.core.errors import RelayError
from iscbridge.relay.context import Relay
from iscbridge.relay.devices.gate import admit_address
from iscbridge.relay.http.bodies import read_body
from iscbridge.relay.http.clients import client_address
from iscbridge.relay.http.refusals import JSON
from iscbridge.relay.http.workers import Workers
from iscbridge.relay.vendor.signature import SHORTEST_KEY, genuine, in_time, read_claim
from iscbridge.relay.vendor.uses import PATH, Uses, UsesTaken, take_uses

KEY = "metering_key"
_WHO = "service"

_log = logging.getLogger(__name__)
_decoder = msgspec.json.Decoder(Uses)


def vendor_routes(relay: Relay, workers: Workers) -> list[Route]:
    """The route. Without the secret nobody can use it."""

    async def serve(http: Request) -> Response:
        limits = relay.settings.limits
        body = await read_body(http, limits.body_bytes, limits.slow_client_s)
        address = client_address(http, relay.settings.relay.behind_proxy)
        headers = dict(http.headers)
        told = await workers.run(lambda: _taken(relay, headers, body, address))
        return Response(msgspec.json.encode(told), 200, {"cache-control": "no-store"}, JSON)

    return [Route(PATH, serve, methods=["POST"])]


def _taken(relay: Relay, headers: dict[str, str], body: bytes, address: str) -> UsesTaken:
    claim, key, host = read_claim(headers), _key(relay), relay.settings.relay.host_name
    if claim is None or key is None or not genuine(claim, key, PATH, body, host):
        # Only strangers are counted: a service that tells much is none.
        relay.database.run(lambda connection: admit_address(relay, connection, address))
        raise RelayError("ISCB-RELAY-SERVICE")
    if not in_time(claim, relay.clock()):
        raise RelayError("ISCB-RELAY-CLOCK")
    try:
        uses = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # msgspec names members and types, never values
        raise RelayError("ISCB-RELAY-REQUEST", detail=str(error)[:200]) from None
    return take_uses(relay, uses.records, _WHO)


def _key(relay: Relay) -> str | None:
    """The secret, if it is there and good. A stranger is not told what is wrong with it."""
    try:
        key = relay.secrets.find(KEY)
    except RelayError as error:
        _log.error("the vendor's service is not believed: %s", error)
        return None
    if key is not None and len(key) < SHORTEST_KEY:
        _log.error("the secret %s has less than %d characters, and is not used", KEY, SHORTEST_KEY)
        return None
    return key
