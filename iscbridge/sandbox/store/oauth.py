"""The sandbox's login page and its tenant: OAuth as cloud-store-api.md, section 8, has it. On a port of its own.

    GET  /unified-login/            the page: one link for each made-up person, no password
    GET  /unified-login/enter       somebody is chosen: 302 to the registered page with code and tenant
    POST /api/v1/oauth2/token       by code, or by refresh token
    GET  /api/v1/oauth2/userinfo
    GET  /api/v1/logout

The page's own parameters stand behind the `#` of its address, as documented, so that no server ever sees them: a small
script looks whether the application is the registered one.
"""

from __future__ import annotations

import asyncio
import html
import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from iscbridge.core.errors import SandboxError
from iscbridge.sandbox.store.answers import gateway_answer, json_answer, odd_answer, stamped
from iscbridge.sandbox.store.behaviour import Behaviour, Plan
from iscbridge.sandbox.store.clock import StoreClock
from iscbridge.sandbox.store.domain import Cut, cut
from iscbridge.sandbox.store.people import NAMES, TENANT, PeopleBook

_log = logging.getLogger(__name__)

LOGIN, ENTER = "/unified-login/", "/unified-login/enter"
TOKEN, USERINFO, LOGOUT = "/api/v1/oauth2/token", "/api/v1/oauth2/userinfo", "/api/v1/logout"
BODY_LIMIT = 64 * 1024
FORM = "application/x-www-form-urlencoded"
_LONGEST_URL = 500

_SCRIPT = """
const told = new URLSearchParams(location.hash.split("?")[1] || "");
for (const link of document.querySelectorAll("a"))
  if (told.get("appId")) link.href += "&appId=" + encodeURIComponent(told.get("appId"));
"""


class LoginService:
    """The ASGI application. Runs on one event loop."""

    def __init__(self, book: PeopleBook, behaviour: Behaviour, clock: StoreClock, address: Callable[[], str]) -> None:
        """`address`: of this service, for the control path."""
        self._book, self._behaviour, self._clock, self._address = book, behaviour, clock, address
        self._routes: dict[tuple[str, str], Callable[[Request, bytes], Response]] = {
            ("GET", LOGIN): self._login,
            ("GET", ENTER): self._enter,
            ("POST", TOKEN): self._token,
            ("GET", USERINFO): self._userinfo,
            ("GET", LOGOUT): self._logout,
        }
        self.handlers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "signin.app": self._register,
            "signin.people": lambda _: {"people": book.all()},
            "signin.bar": self._bar,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            answer = await self._answer(request)
        except ClientDisconnect:
            return
        except Cut as asked:
            await cut(scope, receive, send, asked.answer)
            return
        except Exception:  # noqa: BLE001  whatever it is, the store lives on and says so in its log
            _log.exception("a sign-in failed by a mistake of the sandbox")
            answer = Response(b"Internal Server Error", 500)
        await stamped(answer, self._clock.now())(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        found = self._routes.get((request.method, request.url.path))
        if found is None:
            return Response(b"Not Found", 404, media_type="text/plain")
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > BODY_LIMIT:
                return Response(b"Too Large", 413, media_type="text/plain")
        if request.url.path not in (TOKEN, USERINFO):
            return found(request, bytes(body))
        return await self._misbehaved(self._behaviour.take("signin"), lambda: found(request, bytes(body)))

    async def _misbehaved(self, plan: Plan, carry_out: Callable[[], Response]) -> Response:
        await asyncio.sleep(plan.delay_ms / 1000)
        if plan.drop == "before":
            raise Cut(None)
        if plan.throttle == "yes" or plan.gateway != "none":
            return gateway_answer("APIGW.0308" if plan.throttle == "yes" else plan.gateway)
        answer = None
        if plan.answer == "documented" or plan.handled == "yes":
            answer = carry_out()
        if answer is None or plan.answer != "documented":
            answer = odd_answer(plan.answer)
        if plan.drop != "no":
            raise Cut(None if plan.drop == "after" else stamped(answer, self._clock.now()))
        return answer

    # -- for browsers

    def _login(self, _request: Request, _body: bytes) -> Response:
        links = "".join(
            f'<li><a href="{ENTER}?person={one}">{html.escape(name)}</a></li>' for one, name in NAMES.items()
        )
        return HTMLResponse(
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sandbox login</title></head><body>'
            f"<h1>Who are you?</h1><p>These people are made up and need no password.</p><ul>{links}</ul>"
            f"<script>{_SCRIPT}</script></body></html>\n"
        )

    def _enter(self, request: Request, _body: bytes) -> Response:
        told = request.query_params
        if not self._book.back or told.get("appId", self._book.app) != self._book.app:
            return HTMLResponse("<!doctype html><p>No such application.</p>", 404)
        mode = self._behaviour.text("signin_code")
        code = self._book.code(told.get("person", ""), self._clock.now(), used=mode == "used", over=mode == "expired")
        if code is None:
            return HTMLResponse("<!doctype html><p>This person may not sign in.</p>", 403)
        return RedirectResponse(f"{self._book.back}?{urlencode({'code': code, 'tenant': TENANT})}", 302)

    def _logout(self, request: Request, _body: bytes) -> Response:
        back = request.query_params.get("redirect_url", "")
        return RedirectResponse(back if urlsplit(back).scheme in ("http", "https") else LOGIN, 302)

    # -- for the application's server

    def _token(self, request: Request, body: bytes) -> Response:
        form = _form(request, body)
        if form is None:
            return _error(400, "invalid_request", "Not a form")
        if not self._book.is_client(form.get("client_id", ""), form.get("client_secret", "")):
            return _error(401, "invalid_client", "Client authentication failed")
        now, mode = self._clock.now(), self._behaviour.text("signin_refresh")
        if form.get("grant_type") == "authorization_code":
            person, words = self._book.by_code(form.get("code", ""), now), "Invalid authorization code"
        elif form.get("grant_type") == "refresh_token":
            keep = mode == "kept"
            person, words = (
                self._book.by_refresh(form.get("refresh_token", ""), now, keep=keep),
                "Invalid refresh token",
            )
        else:
            return _error(400, "unsupported_grant_type", "Unsupported grant type")
        if person is None:
            return _error(400, "invalid_grant", words)
        first = form.get("grant_type") == "authorization_code"
        given = mode == "rotated" or (mode == "kept" and first)
        return json_answer(200, self._book.give(person, now, refresh=given))

    def _userinfo(self, request: Request, _body: bytes) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        person = self._book.by_access(token, self._clock.now()) if scheme.lower() == "bearer" else None
        if person is None or self._behaviour.text("signin_userinfo") == "401":
            return _error(401, "invalid_token", "Invalid access token")
        told = {"id": f"id-{person}", "userName": person, "name": NAMES[person], "email": f"{person}@example.com",
                "mobile": "", "role": "user", "organizationName": "Sandbox", "userId": f"user-{person}",
                "organizationCode": "SBX", "projectName": "", "tenant": TENANT}  # fmt: skip
        return json_answer(200, told)

    # -- requests of the control path

    def _register(self, message: Mapping[str, Any]) -> dict[str, Any]:
        app, back = message.get("app"), message.get("back")
        good = isinstance(app, str) and isinstance(back, str) and 0 < len(app) <= 256
        if not good or not _is_page(str(back)):
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason="an application has an id, and an https page")
        told = self._book.register(str(app), str(back))
        return {**told, "domain": self._address(), "login_url": f"{self._address()}{LOGIN}#/portal-login"}

    def _bar(self, message: Mapping[str, Any]) -> dict[str, Any]:
        person = message.get("person")
        if person not in NAMES:
            raise SandboxError("ISCB-SANDBOX-REQUEST", reason="nobody has this id")
        self._book.bar(str(person), barred=message.get("barred", True) is True)
        return {"people": self._book.all()}


def _form(request: Request, body: bytes) -> dict[str, str] | None:
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != FORM:
        return None
    try:
        return dict(parse_qsl(body.decode("ascii"), strict_parsing=True, max_num_fields=20))
    except ValueError:
        return None


def _error(status: int, error: str, words: str) -> Response:
    return json_answer(status, {"error": error, "error_description": words})


def _is_page(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and len(url) <= _LONGEST_URL
    return plain and parts.scheme == "https" and bool(parts.hostname) and not parts.query and not parts.fragment
