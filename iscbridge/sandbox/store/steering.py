"""The control path of the sandbox store: HTTPS on a port of its own, with a random token of the owner-only ready file.

    POST /control, Authorization: Bearer TOKEN, body {"request": NAME, ...}

Each request gets `{"ok": true, ...}` or `{"ok": false, "error": <code>, "params": {...}}`, as the desk's does.
`iscbridge.sandbox.store.control` is the client. Misbehaviour never touches it.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from iscbridge.core.errors import BridgeError, SandboxError
from iscbridge.platform.folders import Home
from iscbridge.platform.sandbox_clock import read_shift
from iscbridge.sandbox.store.answers import json_answer, stamped
from iscbridge.sandbox.store.behaviour import TRAITS, UNKNOWNS, Behaviour
from iscbridge.sandbox.store.clock import StoreClock, utc
from iscbridge.sandbox.store.codes import Code, CodeBook
from iscbridge.sandbox.store.domain import Domain
from iscbridge.sandbox.store.lockout import Lockout
from iscbridge.sandbox.store.merchant import MerchantBook

_log = logging.getLogger(__name__)

#: Longest request in bytes.
LIMIT = 1024 * 1024

Json = dict[str, Any]


class Steering:
    """The ASGI application of the control path. Runs on the loop of the domains."""

    def __init__(
        self,
        home: Home,
        *,
        token: str,
        access: str,
        codes: CodeBook,
        merchant: MerchantBook,
        behaviour: Behaviour,
        clock: StoreClock,
        lockout: Lockout,
        domain: Domain,
        adapt: Callable[[], Awaitable[None]],
        quit_store: Callable[[], None],
        more: Mapping[str, Callable[[Json], Json]],
    ) -> None:
        """Takes the other parts.

        Args:
            home: of the profile.
            token: who has it may steer.
            access: the access key.
            codes: the codes.
            merchant: orders, uploads, metered use.
            behaviour: how the store behaves.
            clock: the store's.
            lockout: of access keys.
            domain: what was called.
            adapt: listen as the behaviour says.
            quit_store: end, after answering.
            more: requests of other parts.
        """
        self._home = home
        self._token = token
        self._access = access
        self._codes = codes
        self._merchant = merchant
        self._behaviour = behaviour
        self._clock = clock
        self._lockout = lockout
        self._domain = domain
        self._adapt = adapt
        self._quit = quit_store
        self._handlers: dict[str, Callable[[Json], Json]] = {
            "state": self._state,
            "new": self._new,
            "list": self._list,
            "show": self._show,
            "renew": self._renew,
            "expire": self._expire,
            "freeze": lambda message: self._freeze(message, frozen=True),
            "unfreeze": lambda message: self._freeze(message, frozen=False),
            "release": self._release,
            "collect": self._collect,
            "order": self._order,
            "uploads": lambda _: {"uploads": self._merchant.uploads()},
            "metered": lambda _: {"records": self._merchant.records()},
            "misbehave": self._misbehave,
            "behave": self._behave,
            "traits": self._traits,
            "calls": self._calls,
            "stop": self._stop,
            **more,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        said = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(said, f"Bearer {self._token}".encode()):
            await json_answer(403, {"ok": False})(scope, receive, send)
            return
        try:
            answer = await self._answer(request)
        except ClientDisconnect:
            return
        await stamped(json_answer(200, answer), self._clock.now())(scope, receive, send)

    async def _answer(self, request: Request) -> Json:
        try:
            body = bytearray()
            async for piece in request.stream():
                body += piece
                if len(body) > LIMIT:
                    raise SandboxError("ISCB-SANDBOX-REQUEST", reason="the request is too long")
            answer = self._carry_out(bytes(body))
            await self._adapt()
        except BridgeError as error:
            return {"ok": False, "error": error.code, "params": error.params}
        except (OSError, sqlite3.Error, ValueError, OverflowError) as error:
            _log.warning("control: %s", error)
            refusal = SandboxError("ISCB-SANDBOX-REQUEST", reason=str(error)[:200])
            return {"ok": False, "error": refusal.code, "params": refusal.params}
        return {"ok": True, **answer}

    def _carry_out(self, body: bytes) -> Json:
        try:
            message = json.loads(body.decode())
        except (ValueError, RecursionError) as error:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason="not JSON in UTF-8") from error
        name = message.get("request") if isinstance(message, dict) else None
        handler = self._handlers.get(name) if isinstance(name, str) else None
        if handler is None:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason=f"unknown request {ascii(name)[:40]}")
        return handler(message)

    # -- requests

    def _state(self, _: Json) -> Json:
        now = self._clock.now()
        return {
            "pid": os.getpid(),
            "time": _iso(now),
            "shift": read_shift(self._home),
            "codes": len(self._codes.all()),
            "behaviour": self._behaviour.different(),
            "failures": self._lockout.failures(self._access),
            "locked": self._lockout.is_locked(self._access, now),
        }

    def _new(self, message: Json) -> Json:
        now = self._clock.now()
        code = self._codes.new(
            now,
            days=_field(message, "days", int, 365),
            collected=_field(message, "collected", bool, True),
            code=_field(message, "code", str, "") or None,
        )
        return self._told(code.code)

    def _list(self, _: Json) -> Json:
        now = self._clock.now()
        return {"licenses": [_as_json(code, now) for code in self._codes.all()]}

    def _show(self, message: Json) -> Json:
        code = _code_of(message)
        return {**self._told(code), "usage": self._codes.usage(code)}

    def _renew(self, message: Json) -> Json:
        code = _code_of(message)
        self._codes.renew(code, self._clock.now(), _field(message, "days", int, 365))
        return self._told(code)

    def _expire(self, message: Json) -> Json:
        code = _code_of(message)
        self._codes.expire(code, self._clock.now())
        return self._told(code)

    def _freeze(self, message: Json, *, frozen: bool) -> Json:
        code = _code_of(message)
        self._codes.freeze(code, frozen=frozen)
        return self._told(code)

    def _release(self, message: Json) -> Json:
        code = _code_of(message)
        self._codes.release(code)
        return self._told(code)

    def _collect(self, message: Json) -> Json:
        code = _code_of(message)
        self._codes.collect(code)
        return self._told(code)

    def _order(self, message: Json) -> Json:
        """Somebody orders, for an instance of the on-line licence route: what order/query will tell."""
        order = _field(message, "order", str, "")
        days = _field(message, "days", int, 0)
        now = self._clock.now()
        if not 1 <= len(order) <= 64 or not order.isascii():
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason="an order has a number of 1 to 64 characters")
        made = {
            "order": order,
            "line": _field(message, "line", str, "") or f"{order}-000001",
            "kind": _field(message, "kind", str, "NEW"),
            "charging": "PERIOD" if days else "ONE_TIME",
            "product": _field(message, "product", str, "SANDBOX-PRODUCT"),
            "amount": _field(message, "amount", int, 1),
            "created": now,
            "expires": now + days * 86_400 if days else None,
        }
        self._merchant.order(made)
        return {
            "order": {
                **made,
                "created": _iso(now),
                "expires": None if made["expires"] is None else _iso(now + days * 86_400),
            }
        }

    def _misbehave(self, message: Json) -> Json:
        changes = _field(message, "set", dict, {})
        self._behaviour.set(changes, reset=_field(message, "reset", bool, False))
        return {"behaviour": self._behaviour.different()}

    def _behave(self, _: Json) -> Json:
        self._behaviour.set({}, reset=True)
        self._lockout.forget(self._access)
        return {"behaviour": {}}

    def _traits(self, _: Json) -> Json:
        values = self._behaviour.all()
        return {
            "traits": [
                {
                    "key": t.key,
                    "value": values[t.key],
                    "default": t.default,
                    "allowed": t.allowed,
                    "meaning": t.meaning,
                    "unknown": UNKNOWNS[t.unknown],
                }
                for t in TRAITS
            ]
        }

    def _calls(self, message: Json) -> Json:
        noted = [asdict(one) for one in self._domain.noted]
        if _field(message, "clear", bool, False):
            self._domain.noted.clear()
        return {"calls": noted}

    def _stop(self, _: Json) -> Json:
        self._quit()
        return {}

    def _told(self, code: str) -> Json:
        return {"license": _as_json(self._codes.require(code), self._clock.now())}


def _as_json(code: Code, now: float) -> Json:
    return {
        "code": code.code,
        "state": code.state(now).value,
        "activated": code.activated is not None,
        "detected": code.detected is not None,
        "days": code.days,
        "created": _iso(code.created),
        "activateTime": None if code.activated is None else _iso(code.activated),
        "expireTime": None if code.expires is None else _iso(code.expires),
        "product": code.product,
        "order": code.order,
        "amount": code.amount,
    }


def _iso(seconds: float) -> str:
    return utc(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _code_of(message: Json) -> str:
    code: str = _field(message, "code", str, "")
    if not code.isascii():  # half a surrogate pair would be an error of the database
        raise SandboxError("ISCB-SANDBOX-REQUEST", reason="there is no such code")
    return code


def _field(message: Json, key: str, kind: type[Any], default: Any) -> Any:
    """A parameter of a request in the type that it must have.

    Raises:
        SandboxError: ISCB-SANDBOX-REQUEST.
    """
    value = message.get(key, default)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise SandboxError("ISCB-SANDBOX-REQUEST", reason=f"{key} is not of type {kind.__name__}")
    return value
