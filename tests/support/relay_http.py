"""The relay's application without a socket: httpx speaks ASGI to it."""

from __future__ import annotations

import httpx
import msgspec

from iscbridge.lease import wire
from iscbridge.lease.ed25519 import to_base64url
from iscbridge.lease.requests import sign_request
from iscbridge.relay.context import Relay
from iscbridge.relay.devices.desk import DeviceDesk
from iscbridge.relay.http.app import make_app
from iscbridge.relay.http.device_routes import device_routes
from iscbridge.relay.http.metrics import Metrics
from iscbridge.relay.http.signin_routes import signin_routes
from iscbridge.relay.http.workers import Workers
from iscbridge.relay.signin.desk import SigninDesk
from iscbridge.relay.signin.tenants import Tenants
from support.relay_device import Device, FakeUpstream


class RelayClient:
    """One relay behind its HTTP face. Belongs to one event loop."""

    def __init__(
        self, relay: Relay, store: FakeUpstream, address: str = "192.0.2.7", tenants: Tenants | None = None
    ) -> None:
        self.relay, self.metrics = relay, Metrics()
        self.desk = DeviceDesk(relay, store)
        workers = Workers(4, 100)
        self.signin = SigninDesk(relay, tenants or Tenants(relay))
        routes = [
            *device_routes(relay, self.desk, workers), *signin_routes(relay, self.signin, workers, workers)
        ]  # fmt: skip
        app = make_app(relay, workers, routes, self.metrics)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 5000))
        self.http = httpx.AsyncClient(transport=transport, base_url="https://relay.example.com")

    async def post(self, device: Device, path: str, message: object, **headers: str) -> httpx.Response:
        """A signed request of a device."""
        body = message if isinstance(message, bytes) else msgspec.json.encode(message)
        signed = sign_request(device.key, path, body, self.relay.settings.relay.host_name, self.relay.clock())
        return await self.http.post(
            path, content=body, headers={"content-type": "application/json", **signed, **headers}
        )

    async def enrol(self, device: Device, code: str) -> httpx.Response:
        """Type a code."""
        return await self.post(device, wire.ENROL, wire.Enrol(
            product=device.product, public_key=to_base64url(device.public), fingerprint=device.fingerprint, code=code
        ))  # fmt: skip
