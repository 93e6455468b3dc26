"""Signing in over HTTP: what devices ask (`docs/relay-api.md`), and the pages that browsers of their people see.

The pages hold no script, no form and nothing from elsewhere; no other site can show them inside its own.
"""

from __future__ import annotations

import html
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from iscbridge.core.errors import RelayError
from iscbridge.lease import wire
from iscbridge.relay.context import Relay
from iscbridge.relay.devices.gate import admit_address
from iscbridge.relay.http.clients import client_address
from iscbridge.relay.http.device_routes import device_route
from iscbridge.relay.http.refusals import SCOPE_CODE, STATUS, language_of
from iscbridge.relay.http.workers import Workers
from iscbridge.relay.signin.desk import GO, LASTS_S, LONGEST_CODE, OVER, RETURN, SigninDesk
from iscbridge.texts.render import Language, render

COOKIE = "__Host-iscbridge-signin"
_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}
_LONGEST = 256
_TITLES: dict[Language, str] = {"en": "You have signed out", "zh": "您已退出登录"}
_WORDS: dict[Language, str] = {
    "en": "You may close this window.",
    "zh": "您可以关闭此窗口。",
}


def signin_routes(relay: Relay, desk: SigninDesk, workers: Workers, asking: Workers) -> list[Route]:
    """The routes.

    Args:
        relay: this relay.
        desk: answers.
        workers: for work with the database.
        asking: for work that asks a tenant.
    """

    def page(path: str, answer: Callable[[Request], Response]) -> Route:
        async def serve(request: Request) -> Response:
            language = language_of(request.headers.get("accept-language", ""))
            if not _is_person(request):
                return Response(status_code=403, headers=_HEADERS)
            try:
                return await workers.run(lambda: _counted(relay, request, answer))
            except RelayError as error:
                request.scope[SCOPE_CODE] = error.code
                text = render(error.info, language)
                return _page(language, text.title, f"{text.message} {text.remedy}", STATUS.get(error.code, 500))

        return Route(path, serve, methods=["GET"])

    def go(request: Request) -> Response:
        ticket = request.query_params.get("ticket", "")[:_LONGEST]
        begun = desk.begin(ticket, request.cookies.get(COOKIE, "")[:_LONGEST])
        answer = RedirectResponse(begun.url, 302, _HEADERS)
        answer.set_cookie(COOKIE, begun.browser, max_age=LASTS_S, path="/", secure=True, httponly=True, samesite="lax")
        return answer

    def back(request: Request) -> Response:
        # longer than any that is good: told apart from one that is none
        code = request.query_params.get("code", "")[: LONGEST_CODE + 1]
        tenant = request.query_params.get("tenant", "")[:_LONGEST]
        answer = RedirectResponse(
            desk.returned(request.cookies.get(COOKIE, "")[:_LONGEST], code, tenant), 302, _HEADERS
        )
        answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
        return answer

    def over(request: Request) -> Response:
        language = language_of(request.headers.get("accept-language", ""))
        return _page(language, _TITLES[language], _WORDS[language], 200)

    return [
        device_route(relay, wire.SIGNIN_START, wire.SigninStart, desk.start, workers),
        device_route(relay, wire.SIGNIN_FINISH, wire.SigninFinish, desk.finish, asking),
        device_route(relay, wire.SIGNIN_REFRESH, wire.SigninSession, desk.refresh, asking),
        device_route(relay, wire.SIGNIN_END, wire.SigninSession, desk.end, workers),
        page(GO, go),
        page(RETURN, back),
        page(OVER, over),
    ]


def _is_person(request: Request) -> bool:
    """Whether somebody goes to the page: no picture or frame of another site, nothing that looks ahead or tests links."""
    ahead = request.headers.get("sec-purpose", request.headers.get("purpose", ""))
    shown = request.headers.get("sec-fetch-dest", "document") == "document"
    return request.method == "GET" and shown and not ahead


def _counted(relay: Relay, request: Request, answer: Callable[[Request], Response]) -> Response:
    address = client_address(request, relay.settings.relay.behind_proxy)
    relay.database.run(lambda connection: admit_address(relay, connection, address))
    return answer(request)


def _page(language: Language, title: str, words: str, status: int) -> Response:
    lang = "zh-CN" if language == "zh" else "en"
    body = (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{html.escape(title)}</title></head>'
        f"<body><h1>{html.escape(title)}</h1><p>{html.escape(words)}</p></body></html>\n"
    )
    return HTMLResponse(body, status, _HEADERS)
