"""The one production URL that the store calls (cloud-store-api.md, section 7)."""

from __future__ import annotations

import anyio
import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from iscbridge.core.errors import RelayError
from iscbridge.relay.context import Relay
from iscbridge.relay.decide.calls import WORDS, Result
from iscbridge.relay.devices.gate import hold_off
from iscbridge.relay.http.bodies import read_body
from iscbridge.relay.http.clients import client_address
from iscbridge.relay.http.refusals import JSON
from iscbridge.relay.http.workers import Workers
from iscbridge.relay.store_calls.office import StoreOffice
from iscbridge.relay.store_calls.signature import Signed, body_sign, read_signed

WITHIN_S = 4.0
"""The store waits 5 s for an answer (section 7.2)."""
BODY_LIMIT = 128 * 1024
"""The longest documented call has a few KiB. Anybody may send a body here before its signature can be looked at."""


def store_routes(relay: Relay, office: StoreOffice, workers: Workers) -> list[Route]:
    """The route of the store."""
    limits = relay.settings.limits

    def answered(signed: Signed | None, body: bytes, address: str) -> dict[str, str]:
        """The store's own calls are not counted: a stranger who shares an address with it must not turn them away."""
        answer = office.answer(signed, body)
        if answer["resultCode"] == Result.AUTH.value:
            hold_off(relay, f"store:{address}")
        return answer

    async def serve(request: Request) -> Response:
        body = await read_body(request, min(limits.body_bytes, BODY_LIMIT), min(limits.slow_client_s, int(WITHIN_S)))
        signed, address = read_signed(request.query_params), client_address(request, relay.settings.relay.behind_proxy)
        answer = _said(Result.IN_PROGRESS)
        # Work that takes longer goes on to its end; the store asks again and finds it done.
        with anyio.move_on_after(WITHIN_S):
            try:
                answer = await workers.run(lambda: answered(signed, body, address))
            except RelayError as error:
                if error.code == "ISCB-RELAY-RATE":
                    raise
                answer = _said(Result.OTHER)
        return _signed(relay, answer)

    return [Route(relay.settings.relay.store_path, serve, methods=["POST"])]


def _signed(relay: Relay, answer: dict[str, str]) -> Response:
    """An answer, with the signature over the very bytes that are sent."""
    body = msgspec.json.encode(answer)
    headers = {"cache-control": "no-store"}
    key = relay.secrets.find("access_key")
    if key is not None:
        headers["Body-Sign"] = body_sign(key, body)
    return Response(body, 200, headers, JSON)


def _said(result: Result) -> dict[str, str]:
    return {"resultCode": result.value, "resultMsg": WORDS[result]}
