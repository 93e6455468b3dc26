"""A relay as a process of its own, on loopback with real TLS, and a device that speaks to it."""

from __future__ import annotations

import contextlib
import json
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import trustme
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from iscbridge.lease import wire
from iscbridge.lease.ed25519 import to_base64url
from iscbridge.lease.requests import sign_request
from iscbridge.relay.install import Wanted, install
from support.relay_parts import write_secret

_START_S = 60.0


class RelayProcess:
    """`iscbridge relay serve` in a folder."""

    def __init__(self, folder: Path, *arguments: str, ca: trustme.CA | None = None) -> None:
        self.folder, self.ca = folder, ca
        self._ready = folder / "ready.json"
        self._ready.unlink(missing_ok=True)
        self.log = folder / f"log-{time.monotonic_ns()}.jsonl"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "iscbridge", "relay", "serve", "--folder", str(folder),
                 "--ready-file", str(self._ready), *arguments], stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + _START_S
        while not self._ready.exists() and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        assert self._ready.exists(), self.log.read_text()
        self.told: dict[str, Any] = json.loads(self._ready.read_bytes())
        self.url = f"{'https' if self.told['tls'] else 'http'}://localhost:{self.told['port']}"

    def client(self) -> httpx.Client:
        """Trusts the test's authority only."""
        context: ssl.SSLContext | bool = False
        if self.ca is not None:
            context = ssl.create_default_context()
            self.ca.configure_trust(context)
        return httpx.Client(base_url=self.url, verify=context, trust_env=False, timeout=30.0)

    def lines(self) -> list[dict[str, Any]]:
        """The log: every line of it is JSON."""
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    def terminate(self) -> int:
        """End it in good order; its exit code."""
        self.process.terminate()
        return self.process.wait(60)

    def kill(self) -> None:
        """End it at once."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(60)


@contextlib.contextmanager
def relay_process(folder: Path, *arguments: str, ca: trustme.CA | None = None) -> Iterator[RelayProcess]:
    """One process; it is gone at the end."""
    running = RelayProcess(folder, *arguments, ca=ca)
    try:
        yield running
    finally:
        running.kill()


def installed(folder: Path, ca: trustme.CA | None = None, **wanted: Any) -> Path:
    """A relay's folder, with a certificate for localhost if there is an authority, and made-up keys of the store."""
    folder.mkdir(parents=True, exist_ok=True)
    if ca is not None:
        leaf = ca.issue_cert("localhost", "127.0.0.1")
        (folder / "tls.pem").write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        write_secret(folder, "tls.key", leaf.private_key_pem.bytes().decode())
        wanted |= {"certificate": "tls.pem", "certificate_key": "tls.key"}
    install(folder, Wanted("localhost", "AcmeCAD", **{"listen": "127.0.0.1:0", **wanted}))
    for name in ("store_ak", "store_sk", "access_key"):
        if not (folder / "secrets" / name).exists():
            write_secret(folder / "secrets", name, os.urandom(16).hex())
    return folder


class HttpDevice:
    """A device with a key of its own that asks a relay over HTTP."""

    def __init__(self, client: httpx.Client, product: str = "AcmeCAD") -> None:
        self.client, self.product, self.key = client, product, Ed25519PrivateKey.generate()

    def post(self, path: str, message: object) -> httpx.Response:
        """A signed request."""
        body = msgspec.json.encode(message)
        signed = sign_request(self.key, path, body, "localhost", time.time())
        return self.client.post(path, content=body, headers={"content-type": "application/json", **signed})

    def enrol(self, code: str) -> httpx.Response:
        """Type a code."""
        public = to_base64url(self.key.public_key().public_bytes_raw())
        return self.post(
            wire.ENROL, wire.Enrol(product=self.product, public_key=public, fingerprint="AA|BB|CC|DD", code=code)
        )

    def check(self) -> httpx.Response:
        """Ask for the lease."""
        return self.post(wire.CHECK, wire.Check(product=self.product, fingerprint="AA|BB|CC|DD"))
