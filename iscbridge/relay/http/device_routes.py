"""The device API over HTTP: `docs/relay-api.md`. Here is only how a request is read and how an answer looks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

import msgspec
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from iscbridge.core.errors import RelayError
from iscbridge.lease import wire
from iscbridge.lease.ed25519 import public_key
from iscbridge.lease.requests import device_id, read_claim
from iscbridge.relay.context import Relay
from iscbridge.relay.devices.desk import DeviceDesk
from iscbridge.relay.devices.gate import Request
from iscbridge.relay.http.bodies import read_body
from iscbridge.relay.http.clients import client_address
from iscbridge.relay.http.refusals import JSON
from iscbridge.relay.http.workers import Workers

Message = TypeVar("Message")

_CODE = re.compile(r"[\x21-\x7e]{0,64}")
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
_PRODUCT = re.compile(r"[^/\\\x00-\x1f\x7f]{1,256}")
_STATE = re.compile(r"[A-Za-z0-9_-]{16,64}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_REDIRECT = re.compile(r"http://127\.0\.0\.1:[1-9][0-9]{0,4}/[A-Za-z0-9_/-]{0,128}")
_LONGEST = 256


def device_routes(relay: Relay, desk: DeviceDesk, workers: Workers, asking: Workers | None = None) -> list[Route]:
    """The routes that devices use.

    Args:
        relay: this relay.
        desk: answers.
        workers: for blocking work.
        asking: for work that asks the store first; None: the same. A store that does not answer then keeps no
            thread from devices that only want their lease.
    """
    slow = asking or workers

    def route(
        path: str, kind: type[Message], answer: Callable[[Request, Message], object], workers: Workers = workers
    ) -> Route:
        return device_route(relay, path, kind, answer, workers)

    def enrol(request: Request, message: wire.Enrol) -> wire.Leased:
        key = public_key(message.public_key)
        if key is None or device_id(key) != request.claim.device:
            raise RelayError("ISCB-RELAY-REQUEST", detail="publicKey is none, or not that of the device")
        return desk.enrol(request, message, key)

    async def keys(_http: HttpRequest) -> Response:
        body = msgspec.json.encode({"keys": relay.signer.public_keys(), "serverTime": relay.now()})
        return Response(body, 200, {"cache-control": "max-age=300"}, JSON)

    return [
        route(wire.ENROL, wire.Enrol, enrol, slow),
        device_route(relay, wire.CHECK, wire.Check, desk.check_at_once, workers, (desk.check_asking, slow)),
        route(wire.USAGE, wire.Usage, desk.usage),
        route(wire.RELEASE, wire.Release, desk.release),
        route(wire.TRANSFER, wire.Transfer, desk.transfer, slow),
        Route(wire.KEYS, keys, methods=["GET"]),
    ]


def device_route(
    relay: Relay,
    path: str,
    kind: type[Message],
    answer: Callable[[Request, Message], object],
    workers: Workers,
    otherwise: tuple[Callable[[Request, Message], object], Workers] | None = None,
) -> Route:
    """One route for signed requests: read, decoded and looked over before `answer` gets it on a worker's thread.

    `otherwise`: who answers, and where, if `answer` gives None.
    """
    decoder = msgspec.json.Decoder(kind)

    async def serve(http: HttpRequest) -> Response:
        request = await _read(relay, http, path)
        message = _decoded(decoder, request.body)
        _check(message)
        told = await workers.run(lambda: answer(request, message))
        if told is None and otherwise is not None:
            slowly, others = otherwise
            told = await others.run(lambda: slowly(request, message))
        return Response(msgspec.json.encode(told), 200, {"cache-control": "no-store"}, JSON)

    return Route(path, serve, methods=["POST"])


async def _read(relay: Relay, http: HttpRequest, path: str) -> Request:
    claim = read_claim(http.headers)
    if claim is None:
        raise RelayError("ISCB-RELAY-REQUEST", detail="the headers of a device's request are missing or not in order")
    if http.headers.get("content-type", "").split(";")[0].strip().lower() != JSON:
        raise RelayError("ISCB-RELAY-REQUEST", detail="content-type must be application/json")
    limits = relay.settings.limits
    body = await read_body(http, min(limits.body_bytes, wire.BODY_LIMIT), limits.slow_client_s)
    return Request(path, claim, body, client_address(http, relay.settings.relay.behind_proxy))


def _decoded(decoder: msgspec.json.Decoder[Message], body: bytes) -> Message:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # msgspec names members and types, never values
        raise RelayError("ISCB-RELAY-REQUEST", detail=str(error)[:200]) from None


def _check(message: object) -> None:
    """What the types don't say."""
    for name, good in (
        ("product", _PRODUCT.fullmatch),
        ("code", _CODE.fullmatch),
        ("day", _DAY.fullmatch),
        ("client", lambda value: 0 < len(value) <= _LONGEST and value.isprintable()),
        ("fingerprint", lambda value: len(value.encode()) <= wire.FINGERPRINT_LIMIT and value.isprintable()),
        ("label", lambda value: len(value) <= _LONGEST and value.isprintable()),
        ("lease", lambda value: len(value) <= _LONGEST),
        ("session", lambda value: len(value) <= _LONGEST),
        ("state", _STATE.fullmatch),
        ("challenge", _CHALLENGE.fullmatch),
        ("verifier", _VERIFIER.fullmatch),
        ("redirect", _REDIRECT.fullmatch),
        ("tenant", lambda value: 0 < len(value) <= _LONGEST and value.isprintable()),
    ):
        value = getattr(message, name, None)
        try:
            wrong = value is not None and not good(value)
        except UnicodeEncodeError:  # half of a surrogate pair
            wrong = True
        if wrong:
            raise RelayError("ISCB-RELAY-REQUEST", detail=f"`{name}` is not in its form")
