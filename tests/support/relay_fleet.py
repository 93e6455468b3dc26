"""Replicas of one relay on one PostgreSQL, a balancer before them, and devices and a store that call through it."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import signal
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import trustme
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from iscbridge.lease import wire
from iscbridge.lease.ed25519 import public_key, to_base64url
from iscbridge.lease.form import Lease, verify
from iscbridge.lease.requests import device_id, sign_request
from iscbridge.relay.config import read_settings
from iscbridge.relay.context import Relay, make_relay
from iscbridge.sandbox.store.production import signed_url
from support.relay_parts import write_secret
from support.relay_pg import PASSWORD
from support.relay_process import RelayProcess, installed
from support.relay_proxy import Balancer
from support.sandbox_store import SandboxStore

PRODUCT = "AcmeCAD"
LIMITS = "\n[limits]\nenrol_per_hour = 100000\naddress_per_minute = 100000\ndevice_per_minute = 100000\n"


class Replica:
    """One process on a machine of its own: the same settings and secrets, another folder."""

    def __init__(self, name: str, folder: Path, ca: trustme.CA, arguments: tuple[str, ...]) -> None:
        self.name, self.folder, self._ca = name, folder, ca
        self._arguments = ("--replica", name, *arguments)
        self._running: RelayProcess | None = None

    def start(self) -> None:
        """Run it (again); it listens on another port each time."""
        self._running = RelayProcess(self.folder, *self._arguments, ca=self._ca)

    @property
    def running(self) -> RelayProcess:
        assert self._running is not None
        return self._running

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.running.told["port"])

    def kill(self) -> None:
        """kill -9."""
        self.running.kill()

    def pause(self) -> None:
        """Let it stand still, wherever it is."""
        self.running.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on."""
        self.running.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """It is gone."""
        if self._running is not None:
            self._running.process.send_signal(signal.SIGCONT)
            self._running.kill()


class Fleet:
    """Two replicas, north and south."""

    def __init__(self, root: Path, database: str, ca: trustme.CA, store: SandboxStore, more: str = "") -> None:
        self.ca, self.store = ca, store
        first = installed(
            root / "north", ca, database=database, store_addresses=tuple(store.bases), store_ca=str(store.ca),
            store_products=("SANDBOX-PRODUCT",),
        )  # fmt: skip
        for name, value in (("store_ak", store.ak), ("store_sk", store.sk), ("access_key", store.access_key),
                            ("database_password", PASSWORD)):  # fmt: skip
            write_secret(first / "secrets", name, value)
        with (first / "relay.toml").open("a", encoding="utf-8") as file:
            file.write(LIMITS + more)
        shutil.copytree(first, root / "south")
        time_of = ("--sandbox-time", str(store.home.root))
        self.north, self.south = (Replica(name, root / name, ca, time_of) for name in ("north", "south"))
        self.context = ssl.create_default_context()
        ca.configure_trust(self.context)
        self.balancer = Balancer(self.context)
        self.url = f"https://localhost:{self.balancer.port}"

    def start(self) -> None:
        """Start both at one moment, and wait until the balancer has them."""
        starting = [threading.Thread(target=replica.start) for replica in (self.north, self.south)]
        for thread in starting:
            thread.start()
        for thread in starting:
            thread.join()
        self.balancer.before(self.north.port, self.south.port)

    def again(self, replica: Replica) -> None:
        """Start a replica that was killed."""
        replica.start()
        self.balancer.before(self.north.port, self.south.port)

    def at(self, port: int) -> Replica:
        """Who listens there."""
        return self.north if port == self.north.port else self.south

    def other(self, replica: Replica) -> Replica:
        """Not this one."""
        return self.south if replica is self.north else self.north

    def client(self, port: int | None = None) -> httpx.Client:
        """Through the balancer, or straight to one process. No connection is kept."""
        base = self.url if port is None else f"https://localhost:{port}"
        limits = httpx.Limits(max_keepalive_connections=0)
        return httpx.Client(base_url=base, verify=self.context, trust_env=False, timeout=40.0, limits=limits)

    @contextlib.contextmanager
    def looked_at(self) -> Iterator[Relay]:
        """The same database, as a test looks at it."""
        folder = self.north.folder
        relay = make_relay(read_settings(folder / "relay.toml"), folder, self.store.now, "test")
        try:
            yield relay
        finally:
            relay.database.close()

    def close(self) -> None:
        """Everything is gone."""
        self.north.close()
        self.south.close()
        self.balancer.close()


class Machine:
    """A device that asks through a balancer; it asks again when nobody answers, as the desktop does later."""

    def __init__(self, fleet: Fleet, name: str = "AA", product: str = PRODUCT) -> None:
        self.fleet, self.product, self.fingerprint = fleet, product, f"{name}|BB|CC|DD"
        self.key = Ed25519PrivateKey.generate()
        self.public = self.key.public_key().public_bytes_raw()
        self.id = device_id(self.public)
        self.leases: list[Lease] = []
        """All that were verified, in their order."""

    def post(self, path: str, message: object, port: int | None = None) -> httpx.Response:
        """One request."""
        body = msgspec.json.encode(message)
        signed = sign_request(self.key, path, body, "localhost", self.fleet.store.now())
        with self.fleet.client(port) as client:
            return client.post(path, content=body, headers={"content-type": "application/json", **signed})

    def ask(self, path: str, message: object, port: int | None = None, seconds: float = 60.0) -> Lease:
        """Ask until an answer comes."""
        end = time.monotonic() + seconds
        while True:
            told = "no connection"
            with contextlib.suppress(httpx.TransportError):
                answer = self.post(path, message, port)
                if answer.status_code == 200:
                    return self._taken(answer.content)
                told = answer.text
                assert answer.status_code in {409, 503}, told  # sent twice, or nobody there: neither is a word
            assert time.monotonic() < end, told
            time.sleep(0.05)

    def _taken(self, content: bytes) -> Lease:
        text = msgspec.json.decode(content, type=wire.Leased).lease
        keys = self.fleet_keys()
        self.leases.append(verify(text, keys, self.product, self.id).lease)
        return self.leases[-1]

    def fleet_keys(self) -> dict[str, Any]:
        """The vendor's public keys, of the files themselves."""
        from iscbridge.relay.secrets import Secrets
        from iscbridge.relay.signer import LeaseSigner

        told = LeaseSigner(Secrets(self.fleet.north.folder / "secrets").lease_keys()).public_keys()
        return {kid: public_key(text) for kid, text in told.items()}

    def enrol(self, code: str, port: int | None = None) -> Lease:
        """Type a code."""
        return self.ask(wire.ENROL, self.enrolment(code), port)

    def enrolment(self, code: str) -> wire.Enrol:
        """What is sent with a code."""
        return wire.Enrol(
            product=self.product, public_key=to_base64url(self.public), fingerprint=self.fingerprint, code=code
        )

    def check(self, port: int | None = None) -> Lease:
        """Ask for the lease."""
        return self.ask(wire.CHECK, self.checking(), port)

    def checking(self) -> wire.Check:
        """What is sent with a check."""
        last = self.leases[-1].lease if self.leases else ""
        return wire.Check(product=self.product, fingerprint=self.fingerprint, lease=last)

    def release(self, port: int | None = None) -> Lease:
        """Give the seat back."""
        return self.ask(wire.RELEASE, wire.Release(product=self.product), port)

    def transfer(self, code: str, port: int | None = None) -> Lease:
        """Take a seat over."""
        message = wire.Transfer(product=self.product, code=code, fingerprint=self.fingerprint)
        return self.ask(wire.TRANSFER, message, port)


class Caller:
    """The store, which calls the production URL: signed as documented, and again on failure, signed anew."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    def once(self, activity: str, at: float | None = None, port: int | None = None, **members: str) -> str:
        """One call: its resultCode, or why there was none."""
        body = json.dumps({"activity": activity, "testFlag": "0", **members}).encode()
        base = self._fleet.url if port is None else f"https://localhost:{port}"
        now = self._fleet.store.now() if at is None else at
        url = signed_url(f"{base}/store/production", self._fleet.store.access_key, body, now, secrets.token_hex(16))
        try:
            with self._fleet.client(port) as client:
                answer = client.post(url, content=body, headers={"content-type": "application/json"})
        except httpx.TransportError as error:
            return type(error).__name__
        if answer.status_code != 200:
            return f"HTTP {answer.status_code}"
        return str(answer.json()["resultCode"])

    def call(self, activity: str, at: float | None = None, port: int | None = None, **members: str) -> str:
        """Call until it is taken, as the store repeats."""
        end = time.monotonic() + 60
        while (result := self.once(activity, at, port, **members)) not in {"000000", "000003"}:
            assert time.monotonic() < end, result
            time.sleep(0.05)
        return result
