"""A world whose product's licences come from a relay: its application behind real TLS, with a CA of its own."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path
from typing import Any

import trustme
import uvicorn
from starlette.routing import Route

from iscbridge.platform.sandbox_clock import read_shift
from iscbridge.relay.context import Relay, make_relay
from iscbridge.relay.devices.desk import DeviceDesk
from iscbridge.relay.http.app import make_app
from iscbridge.relay.http.device_routes import device_routes
from iscbridge.relay.http.metrics import Metrics
from iscbridge.relay.http.workers import Workers
from support.licensed import PRODUCT, LicensedWorld
from support.relay_device import FakeUpstream
from support.relay_parts import make_secrets, settings_of
from support.world import until

HOST = "127.0.0.1"
SETTINGS = f"""
form = 1
[relay]
host_name = "{HOST}"
[[product]]
name = "{PRODUCT}"
store_products = ["OFFI1"]
[[product]]
name = "FloatCAD"
store_products = ["OFFI2"]
seats = "floating"
"""


class ServedRelay:
    """A relay that listens on one port for as long as it lives, also while it is stopped in between."""

    def __init__(self, folder: Path, store: FakeUpstream, settings: str = SETTINGS, port: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.store, self.settings = folder, store, settings
        self.clocks: list[Path] = []
        """Profiles of which the sandbox's clock counts here too: the first one's."""
        self.authority = trustme.CA()
        self.off = 0.0
        if not (folder / "secrets").exists():
            make_secrets(folder / "secrets")
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((HOST, port))
        self.port: int = self._socket.getsockname()[1]
        self.requests: list[str] = []
        self.relay: Relay = self._made()
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def _made(self) -> Relay:
        relay = make_relay(settings_of(self.settings), self.folder, self.clock, "one")
        relay.database.migrate()
        return relay

    def clock(self) -> float:
        """The relay's time: the sandbox's, and as wrong as the test wants it."""
        from iscbridge.platform.folders import Home

        return time.time() + self.off + (read_shift(Home(self.clocks[0])) if self.clocks else 0.0)

    @property
    def url(self) -> str:
        """For the policy file."""
        return f"https://{HOST}:{self.port}"

    @property
    def keys(self) -> list[str]:
        """For the policy file."""
        return [f"{kid}:{key}" for kid, key in self.relay.signer.public_keys().items()]

    def start(self) -> None:
        """Listen and answer."""
        workers = Workers(4, 100)
        app = make_app(self.relay, workers, self.routes(workers), Metrics())

        async def counted(scope: Any, receive: Any, send: Any) -> None:
            self.requests.append(scope["path"])
            await app(scope, receive, send)

        config = uvicorn.Config(counted, log_config=None, lifespan="off", timeout_graceful_shutdown=5)
        config.load()
        config.ssl = self._tls()
        self._server = server = uvicorn.Server(config)
        listening = self._socket.dup()
        self._thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        self._thread.start()
        until(lambda: server.started, "the relay to listen")

    def routes(self, workers: Workers) -> list[Route]:
        """What is served."""
        return device_routes(self.relay, DeviceDesk(self.relay, self.store), workers)

    def _tls(self) -> Any:
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(HOST).configure_cert(context)
        return context

    def stop(self) -> None:
        """Nobody answers any more; the port stays ours."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(30)
            self._server = self._thread = None
        self._socket.close()
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((HOST, self.port))

    def again(self) -> None:
        """Start anew with what lies in the folder: other keys, other settings."""
        self.stop()
        self.relay.database.close()
        self.relay = self._made()
        self.start()

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self._socket.close()
        self.relay.database.close()


class RelayWorld(LicensedWorld):
    """One machine of a relay."""

    def __init__(self, root: Path, relay: ServedRelay, product: str = PRODUCT) -> None:
        super().__init__(root)
        self.relay = relay
        relay.clocks.append(self.home.root)
        self.home.sandbox.mkdir(parents=True, exist_ok=True)
        self.trusts(relay.authority)
        self.relay_policy(product)

    def trusts(self, authority: trustme.CA) -> None:
        """Believe the certificates of this CA, and no other."""
        authority.cert_pem.write_to_path(self.home.sandbox / "relay-ca.pem")

    def relay_policy(self, product: str = PRODUCT, **values: object) -> None:
        """Write the vendor's policy file anew."""
        told: dict[str, object] = {"authority": "relay", "relay_url": self.relay.url, "relay_keys": self.relay.keys}
        self.policy(product, **{**told, **values})

    def activate(self, code: str, method: str = "license.activate", product: str = PRODUCT) -> dict[str, Any]:
        """A person types a code."""
        found: dict[str, Any] = self.ask().request(method, {"product": product, "code": code})
        return found
