"""What both domains of the sandbox store serve: the gateway's checks, the calls behind it, and misbehaviour.

Reference cloud-store-api.md: the gateway is sections 4.2 and 4.6, the calls are sections 1 to 3 and 6.1 to 6.3.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from iscbridge.sandbox.store.answers import gateway_answer, http_date, json_answer, odd_answer, stamped
from iscbridge.sandbox.store.behaviour import Behaviour, Plan
from iscbridge.sandbox.store.calls import INTERNAL, PATHS, Calls, Outcome
from iscbridge.sandbox.store.clock import StoreClock
from iscbridge.sandbox.store.lockout import Lockout
from iscbridge.sandbox.store.merchant import Asked, MerchantCalls, call_of
from iscbridge.sandbox.store.signature import BadSignature, Received, verify

_log = logging.getLogger(__name__)

BODY_LIMIT = 12 * 1024 * 1024
"""Largest body with AK/SK, in bytes (reference section 4.2)."""

_MOST_NOTED = 1000
_LOCKED_WORDS = "AK access failed to reach the limit, forbidden"


@dataclass(slots=True)
class Noted:
    """One request that came, for tests and people: never its body or headers."""

    number: int
    time: float
    domain: int
    """1 or 2."""
    call: str
    """A value of `PATHS`, or of `merchant.call_of`; empty for a path that is none of them."""
    status: int = 0
    """HTTP status; 0: no answer was sent (yet)."""
    error: str = ""
    """The code that was given; empty: none."""
    misbehaved: bool = False
    beside: tuple[str, ...] = ()
    """Calls that had come and were not answered when this one came."""


class Domain:
    """The ASGI application of both domains. Runs on one event loop; carrying a call out never waits."""

    def __init__(
        self,
        calls: Calls,
        merchant: MerchantCalls,
        *,
        behaviour: Behaviour,
        clock: StoreClock,
        lockout: Lockout,
        keys: Mapping[str, str],
    ) -> None:
        self._calls = calls
        self._merchant = merchant
        self._behaviour = behaviour
        self._clock = clock
        self._lockout = lockout
        self._keys = keys
        self._count = 0
        self.noted: deque[Noted] = deque(maxlen=_MOST_NOTED)
        self._under_way: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        path = _path(scope)
        self._count += 1
        call = PATHS.get(path, "") or call_of(path)[0]
        noted = Noted(self._count, self._clock.now(), scope["state"]["domain"], call, beside=tuple(self._under_way))
        self.noted.append(noted)
        self._under_way.append(call)
        try:
            answer = await self._answer(request, noted)
        except ClientDisconnect:
            return
        except Cut as asked:
            await cut(scope, receive, send, asked.answer)
            return
        except Exception:  # noqa: BLE001  whatever it is, the store lives on and says so in its log
            _log.exception("a call failed by a mistake of the sandbox")
            answer = self._documented(self._calls.refusal(INTERNAL), noted)
        finally:
            self._under_way.remove(call)
        noted.status = answer.status_code
        await stamped(answer, self._clock.now())(scope, receive, send)

    async def _answer(self, request: Request, noted: Noted) -> Response:
        if not noted.call or not _is_for_us(request):
            return self._gateway("APIGW.0101", noted)
        plan = self._behaviour.take(_GROUPS[noted.call])
        noted.misbehaved = plan != Plan()
        await asyncio.sleep(plan.delay_ms / 1000)
        if plan.drop == "before":
            raise Cut(None)
        if plan.throttle == "yes":
            return self._throttled(noted)
        if plan.gateway != "none":
            return self._gateway(plan.gateway, noted)
        if plan.answer == "documented":
            answer = await self._handled(request, noted)
        else:
            if plan.handled == "yes":
                await self._handled(request, noted)
            answer = odd_answer(plan.answer)
        if plan.drop == "after":
            raise Cut(None)
        if plan.drop == "middle":
            raise Cut(stamped(answer, self._clock.now()))
        return answer

    async def _handled(self, request: Request, noted: Noted) -> Response:
        body = await _body(request)
        if body is None:
            return self._gateway("APIGW.0201", noted, "the body exceeds 12 MB", status=413)
        try:
            if self._wants_account_key(request, noted.call):
                self._authenticate(request, body)
        except BadSignature as bad:
            status = int(self._behaviour.text("auth_status"))
            return self._gateway("APIGW.0301", noted, str(bad), status=status)
        if noted.call not in PATHS.values():
            return self._documented(self._for_merchant(request, noted.call, body), noted)
        outcome = self._calls.carry_out(
            noted.call,
            method=request.method,
            content_type=request.headers.get("content-type", ""),
            body=body,
            now=self._clock.now(),
        )
        return self._documented(outcome, noted)

    def _wants_account_key(self, request: Request, call: str) -> bool:
        """Metered use is signed with another key; AK/SK that stands besides it must be right."""
        lenient = call == "metering" and self._behaviour.text("metering_keys") == "access_key"
        return not lenient or "authorization" in request.headers

    def _for_merchant(self, request: Request, call: str, body: bytes) -> Outcome:
        asked = Asked(
            method=request.method,
            content_type=request.headers.get("content-type", ""),
            query=request.scope["query_string"],
            body=body,
            headers=request.headers,
            event=call_of(_path(request.scope))[1],
        )
        return self._merchant.carry_out(call, asked, self._clock.now())

    def _authenticate(self, request: Request, body: bytes) -> None:
        received = Received(
            request.method, request.scope["raw_path"], request.scope["query_string"], request.headers.raw, body
        )
        now = self._clock.now()
        try:
            access = verify(
                received, self._keys, now, unsigned_payload=self._behaviour.text("unsigned_payload") == "accepted"
            )
        except BadSignature as bad:
            if not bad.access:
                raise
            if self._lockout.is_locked(bad.access, now):
                raise BadSignature(_LOCKED_WORDS) from bad
            self._lockout.failed(bad.access, now)
            raise
        if self._lockout.is_locked(access, now):
            raise BadSignature(_LOCKED_WORDS)
        self._lockout.forget(access)

    def _documented(self, outcome: Outcome, noted: Noted) -> Response:
        noted.error = outcome.code
        return json_answer(outcome.status, outcome.body)

    def _gateway(self, code: str, noted: Noted, detail: str = "", *, status: int | None = None) -> Response:
        noted.error = code
        return gateway_answer(code, detail, status=status, prefix=self._behaviour.text("gateway_prefix"))

    def _throttled(self, noted: Noted) -> Response:
        answer = self._gateway("APIGW.0308", noted)
        form, seconds = self._behaviour.text("retry_after"), self._behaviour.number("retry_after_s")
        if form == "seconds":
            answer.headers["Retry-After"] = str(seconds)
        elif form == "date":
            answer.headers["Retry-After"] = http_date(self._clock.now() + seconds)
        return answer


_GROUPS = {
    "activate": "activate",
    "activate_batch": "activate",
    "heartbeat": "heartbeat",
    "heartbeat_batch": "heartbeat",
    "usage": "usage",
    "order": "order",
    "upload": "upload",
    "metering": "metering",
}


class Cut(Exception):  # noqa: N818  what a misbehaviour asks for
    """The connection is to be cut, after half of `answer` if there is one."""

    def __init__(self, answer: Response | None) -> None:
        super().__init__()
        self.answer = answer


async def cut(scope: Scope, receive: Receive, send: Send, answer: Response | None) -> None:
    """Cut a connection, after half of `answer` if there is one."""
    transport: asyncio.Transport = scope["state"]["transport"]
    if answer is None:
        transport.abort()
    else:
        body = bytes(answer.body)
        await send({"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        transport.close()  # after what was written has left
    while (await receive())["type"] != "http.disconnect":
        pass  # until then uvicorn takes an answer to be missing


def _path(scope: Scope) -> str:
    path = str(scope["path"])
    return path.removesuffix("/") if path != "/" else path


def _is_for_us(request: Request) -> bool:
    """Whether Host names this domain: a request that was signed for one of them is none for the other."""
    return request.headers.get("host", "").rpartition(":")[2] == str(request.scope["server"][1])


async def _body(request: Request) -> bytes | None:
    """The body; None if it is larger than `BODY_LIMIT` (the rest is thrown away as it comes).

    Raises:
        ClientDisconnect: it ends before its end.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_LIMIT:
            return None
    return bytes(body)
