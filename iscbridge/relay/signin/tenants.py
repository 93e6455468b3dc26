"""Asks a tenant's sign-in service: a token by code, a new token, who it is (cloud-store-api.md, section 8).

Each question has a connection of its own over verified TLS, a budget of time, and an answer of bounded size. Nothing
that a tenant writes is shown or logged: of an error only its documented word counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from iscbridge.core.errors import RelayError
from iscbridge.relay.context import Relay
from iscbridge.store.answers import HttpReply
from iscbridge.store.deadline import Deadline
from iscbridge.store.proxies import ProxyChoice, ProxyKindError
from iscbridge.store.transport import LostError, NotSentError, exchange, trust

Form = TypeVar("Form")

BUDGET_S = 12.0
"""For one question. A sign-in asks two."""
LARGEST = 64 * 1024
LONGEST_TOKEN = 8192
LONGEST_ID = 150
"""Of a person's own id; a longer one is none, since cut off it could be another person's."""
_LONGEST_NAME = 256
_SHORTEST_S, _LONGEST_S = 60, 7 * 86_400
_REFUSED_GRANT = "invalid_grant"


class RefusedGrantError(Exception):
    """The tenant says for certain that the code, the refresh token or the access token is good no more."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the tenant gave."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    """Empty: none was given."""
    lasts_s: int
    """Of the access token."""


@dataclass(frozen=True, slots=True)
class Told:
    """Who signed in."""

    user: str
    """The tenant's own id of the person."""
    name: str


class _TokenReply(msgspec.Struct, frozen=True):
    access_token: str = ""
    token_type: str = ""
    expires_in: int | str = 0
    refresh_token: str = ""
    error: str = ""


class Tenants:
    """Any thread may use it."""

    def __init__(self, relay: Relay, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Connects to nothing yet."""
        self._relay = relay
        self._monotonic = monotonic
        self._proxies = ProxyChoice()

    def knows(self, tenant: str) -> bool:
        """Whether people of this tenant may sign in."""
        signin = self._relay.settings.signin
        return signin is not None and tenant in signin.tenants

    def token(self, tenant: str, code: str) -> Tokens:
        """The tokens for a code. A code is good once.

        Raises:
            RefusedGrantError: the code is not good, or no more.
            RelayError: ISCB-RELAY-TENANT: no usable answer; ISCB-RELAY-TENANT-UNKNOWN.
        """
        return self._tokens(tenant, {"code": code, "grant_type": "authorization_code"})

    def renewed(self, tenant: str, refresh: str) -> Tokens:
        """New tokens. Whether the old refresh token stays good is not documented: an answer without one keeps it.

        Raises:
            As `token`.
        """
        found = self._tokens(tenant, {"grant_type": "refresh_token", "refresh_token": refresh})
        return Tokens(found.access, found.refresh or refresh, found.lasts_s)

    def person(self, tenant: str, access: str) -> Told:
        """Who the token is about.

        Raises:
            RefusedGrantError: the tenant says 401.
            RelayError: as `token`.
        """
        reply = self._ask(tenant, "/api/v1/oauth2/userinfo", "GET", {"authorization": f"Bearer {access}"}, b"")
        if reply.status == 401:
            raise RefusedGrantError
        if reply.status != 200:
            raise _trouble(f"HTTP {reply.status}")
        told = _decoded(reply, dict[str, Any])
        if told.get("error"):
            raise _trouble("an error for who it is")
        signin = self._relay.settings.signin
        keys = () if signin is None else signin.user_keys
        user = next((_id(told[key]) for key in keys if _id(told.get(key))), "")
        if not user:
            raise _trouble("no id of the person")
        name = next(
            (str(told[key]) for key in ("name", "userName") if isinstance(told.get(key), str) and told[key]), ""
        )
        return Told(user, "".join(one if one.isprintable() else " " for one in name[:_LONGEST_NAME]).strip())

    def logout_url(self, tenant: str, back: str) -> str:
        """Where a browser signs out of the tenant; it is sent `back` then. Empty: the tenant is not known any more."""
        signin = self._relay.settings.signin
        if signin is None or tenant not in signin.tenants:
            return ""
        return f"{signin.tenants[tenant].rstrip('/')}/api/v1/logout?redirect_url={quote(back, safe='')}"

    def _tokens(self, tenant: str, grant: dict[str, str]) -> Tokens:
        name, secret = self._client(tenant)
        body = urlencode({"client_id": name, "client_secret": secret, **grant}).encode("ascii")
        headers = {"content-type": "application/x-www-form-urlencoded"}
        reply = self._ask(tenant, "/api/v1/oauth2/token", "POST", headers, body)
        if reply.status not in {200, 400, 401}:
            raise _trouble(f"HTTP {reply.status}")
        told = _decoded(reply, _TokenReply)
        if told.error == _REFUSED_GRANT:
            raise RefusedGrantError
        # any other error is about our own id and secret, and no word on the person
        if reply.status != 200 or told.error:
            raise _trouble(f"HTTP {reply.status} for a token")
        if not _is_token(told.access_token) or told.token_type.lower() != "bearer":
            raise _trouble("no token")
        if told.refresh_token and not _is_token(told.refresh_token):
            raise _trouble("no refresh token that can be kept")
        return Tokens(told.access_token, told.refresh_token, _seconds(told.expires_in))

    def _client(self, tenant: str) -> tuple[str, str]:
        signin = self._relay.settings.signin
        if signin is None or tenant not in signin.tenants:
            raise RelayError("ISCB-RELAY-TENANT-UNKNOWN")
        kept = (self._relay.secrets.find(signin.secret_of(tenant)) or "").split()
        if len(kept) != 2:
            raise _trouble("its client id and secret are not set up")
        return kept[0], kept[1]

    def _ask(self, tenant: str, path: str, method: str, headers: dict[str, str], body: bytes) -> HttpReply:
        signin = self._relay.settings.signin
        if signin is None or tenant not in signin.tenants:
            raise RelayError("ISCB-RELAY-TENANT-UNKNOWN")
        url = signin.tenants[tenant].rstrip("/") + path
        parts = urlsplit(url)
        try:
            reply = exchange(
                url, headers, body, method=method,
                context=trust(str(self._relay.folder / signin.ca_file) if signin.ca_file else None),
                proxy=self._proxies.proxy_for(parts.hostname or "", parts.port or 443),
                deadline=Deadline(BUDGET_S, self._monotonic),
            )  # fmt: skip
        except (NotSentError, LostError) as error:
            raise _trouble(error.error.code) from None
        except (ProxyKindError, OSError) as error:
            raise _trouble(type(error).__name__) from None
        if reply.flaw is not None or len(reply.body) > LARGEST:
            raise _trouble("an answer that can't be read")
        return reply


def _decoded(reply: HttpReply, kind: type[Form]) -> Form:
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _trouble("an answer that can't be read") from None


def _id(value: object) -> str:
    """A person's id; empty if it is none."""
    text = str(value) if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)) else ""
    return text if 0 < len(text) <= LONGEST_ID and text.isprintable() else ""


def _is_token(text: str) -> bool:
    return 0 < len(text) <= LONGEST_TOKEN and text.isascii() and text.isprintable() and " " not in text


def _seconds(value: int | str) -> int:
    """For how long an access token is good; a short while if that can't be read."""
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) <= 12 else 0
    return min(max(value, _SHORTEST_S), _LONGEST_S)


def _trouble(detail: str) -> RelayError:
    return RelayError("ISCB-RELAY-TENANT", detail=detail)
