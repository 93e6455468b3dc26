"""A relay at which people sign in, and their browser."""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from starlette.routing import Route

from iscbridge.relay.http.signin_routes import signin_routes
from iscbridge.relay.http.workers import Workers
from iscbridge.relay.signin.desk import RETURN, SigninDesk
from support.relay_device import FakeUpstream
from support.relay_signin import TENANT, MemoryTenants
from support.relay_world import SETTINGS, ServedRelay

PEOPLE = "PeopleCAD"
"""A product whose seats are people's."""


class SigninRelay(ServedRelay):
    """As `ServedRelay`, with a product for people and a tenant in memory."""

    def __init__(self, folder: Path, store: FakeUpstream) -> None:
        self.tenants: MemoryTenants
        super().__init__(folder, store)
        self.settings = f"""{SETTINGS}
[[product]]
name = "{PEOPLE}"
store_products = ["OFFI3"]
seats = "named"
[signin]
app_id = "app 1"
address = "{self.url}"
[signin.tenants]
{TENANT} = "https://acme.example.com"
"""
        self.relay.database.close()
        self.relay = self._made()
        self.tenants = MemoryTenants(self.relay)

    def routes(self, workers: Workers) -> list[Route]:
        """What is served."""
        return [
            *super().routes(workers),
            *signin_routes(self.relay, SigninDesk(self.relay, self.tenants), workers, workers),
        ]

    def again(self) -> None:
        """Start anew with what lies in the folder; the tenant is another process."""
        super().again()
        self.tenants.relay = self.relay


class Browser:
    """The system's browser: follows the relay's addresses and the way back, and knows the tenant's login page."""

    def __init__(self, relay: SigninRelay) -> None:
        self._relay = relay
        context = ssl.create_default_context()
        relay.authority.configure_trust(context)
        self._http = httpx.Client(verify=context, trust_env=False, timeout=30.0, headers={"connection": "close"})

    def way_back(self, url: str, user: str) -> str:
        """Somebody signs in; the address on this machine that the browser is sent to."""
        login = self._http.get(url)
        assert login.status_code == 302, login.text
        members = {"code": self._relay.tenants.code_for(user), "tenant": TENANT} if user else {}
        back = self._http.get(self._relay.url + RETURN, params=members)
        assert back.status_code == 302, back.text
        return str(back.headers["location"])

    def open(self, url: str) -> httpx.Response:
        """Open any page."""
        return self._http.get(url)

    def sign_in(self, url: str, user: str) -> httpx.Response:
        """All of it; the last page."""
        return self.open(self.way_back(url, user))

    def close(self) -> None:
        """Close its connections."""
        self._http.close()


def state_of(url: str) -> str:
    """The state that an address brings back."""
    return parse_qs(urlsplit(url).query)["state"][0]
