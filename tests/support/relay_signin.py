"""People who sign in at a relay in tests: tenants in memory, a browser, and a device that asks."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec

from iscbridge.core.errors import RelayError
from iscbridge.lease import wire
from iscbridge.relay.context import Relay
from iscbridge.relay.signin.desk import RETURN
from iscbridge.relay.signin.tenants import RefusedGrantError, Tenants, Tokens, Told
from support.relay_device import Device
from support.relay_http import RelayClient
from support.relay_parts import SETTINGS

Reply = TypeVar("Reply")

TENANT = "acme"
REDIRECT = "http://127.0.0.1:49152/back/once"
SIGNIN_SETTINGS = f"""{SETTINGS}
[limits]
signins_per_hour = 4
address_per_minute = 30
[signin]
app_id = "app 1"
[signin.tenants]
{TENANT} = "https://acme.example.com"
"""


class MemoryTenants(Tenants):
    """Tenants in memory: who is known, by which code, and how they misbehave."""

    def __init__(self, relay: Relay) -> None:
        super().__init__(relay)
        self.people: dict[str, Told] = {}
        self.asked: list[str] = []
        self.silent = False
        self.refreshes = True
        self.lasts_s = 7200
        self._codes: dict[str, str] = {}
        self._access: dict[str, str] = {}
        self._refresh: dict[str, str] = {}

    def code_for(self, user: str) -> str:
        """Somebody logs in; the code that the login page gives."""
        self.people[user] = Told(user, user.title())
        code = f"store code {len(self._codes)}"
        self._codes[code] = user
        return code

    def token(self, tenant: str, code: str) -> Tokens:
        """As `Tenants`; a code is good once."""
        self._called("token")
        assert tenant == TENANT
        return self._given(self._codes.pop(code, ""))

    def renewed(self, tenant: str, refresh: str) -> Tokens:
        """As `Tenants`; a refresh token is good once."""
        self._called("renewed")
        assert tenant == TENANT
        return self._given(self._refresh.pop(refresh, ""))

    def person(self, tenant: str, access: str) -> Told:
        """As `Tenants`."""
        self._called("person")
        assert tenant == TENANT
        told = self.people.get(self._access.get(access, ""))
        if told is None:
            raise RefusedGrantError
        return told

    def _called(self, what: str) -> None:
        self.asked.append(what)
        if self.silent:
            raise RelayError("ISCB-RELAY-TENANT", detail="silent")

    def _given(self, user: str) -> Tokens:
        if user not in self.people:
            raise RefusedGrantError
        access, refresh = secrets.token_hex(8), secrets.token_hex(8) if self.refreshes else ""
        self._access[access] = self._refresh[refresh] = user
        return Tokens(access, refresh, self.lasts_s)


class Tray:
    """What the desktop does when its person signs in, one step at a time."""

    def __init__(self, client: RelayClient, device: Device) -> None:
        self.client, self.device = client, device
        self.verifier = secrets.token_urlsafe(32)
        self.state = ""
        self.session = ""

    async def start(self, **changed: str) -> httpx.Response:
        """Ask for a page to open."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        told = {"product": self.device.product, "challenge": challenge, "redirect": REDIRECT, **changed}
        answer = await self.client.post(self.device, wire.SIGNIN_START, wire.SigninStart(**told))
        if answer.status_code == 200:
            self.state = answer.json()["state"]
        return answer

    async def finish(self, back: str, **changed: str) -> httpx.Response:
        """Bring to the relay what the browser brought."""
        told = {**members(back), "verifier": self.verifier, **changed}
        answer = await self.client.post(self.device, wire.SIGNIN_FINISH, wire.SigninFinish(**told))
        if answer.status_code == 200:
            self.session = answer.json()["session"]
        return answer

    async def ask(self, path: str) -> httpx.Response:
        """Refresh or end the session."""
        return await self.client.post(self.device, path, wire.SigninSession(session=self.session))

    async def sign_in(self, tenants: MemoryTenants, user: str) -> httpx.Response:
        """All of it."""
        started = await self.start()
        async with browser(self.client) as one:
            await one.get(started.json()["url"])
            back = await one.get(RETURN, params={"code": tenants.code_for(user), "tenant": TENANT})
        return await self.finish(back.headers["location"])


def browser(client: RelayClient) -> httpx.AsyncClient:
    """A browser of its own: its cookies are its own. It goes nowhere by itself."""
    transport = client.http._transport
    return httpx.AsyncClient(transport=transport, base_url="https://relay.example.com")


def members(url: str) -> dict[str, str]:
    """The query of an address, strictly read."""
    return dict(parse_qsl(urlsplit(url).query, strict_parsing=True))


def decoded(answer: httpx.Response, kind: type[Reply]) -> Reply:
    """A good answer."""
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=kind)


def told(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, msgspec.json.decode(answer.content, type=wire.Refusal).error.code
