"""A real sandbox store for tests, and a small client that signs by itself."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from iscbridge.platform.folders import Home
from iscbridge.platform.sandbox_clock import read_shift, write_shift
from iscbridge.sandbox.store import control
from iscbridge.sandbox.store.places import StorePlaces

BASE = "/api/mkp-openapi-public/global"
ACTIVATE = f"{BASE}/v1/license/activate"
ACTIVATE_BATCH = f"{BASE}/v2/license/activate"
HEARTBEAT = f"{BASE}/v1/license/heartbeat"
HEARTBEAT_BATCH = f"{BASE}/v2/license/heartbeat"
USAGE = f"{BASE}/v2/license/software-usage-info"
JSON_TYPE = "application/json"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def sdk_date(seconds: float) -> str:
    return f"{_EPOCH + timedelta(seconds=seconds):%Y%m%dT%H%M%SZ}"


def sign(
    method: str, url: str, headers: Mapping[str, str], body: bytes, *, ak: str, sk: str, payload: str | None = None
) -> str:
    """The Authorization header of a request with these headers, all of them signed (reference section 4.2).

    For paths and queries without anything to encode. `payload`: what stands for the hash of the body.
    """
    parts = urlsplit(url)
    values = {name.lower(): value.strip() for name, value in headers.items()}
    names = sorted(values)
    canonical = f"{method}\n{parts.path.rstrip('/')}/\n{'&'.join(sorted(parts.query.split('&')))}\n"
    canonical += "".join(f"{name}:{values[name]}\n" for name in names)
    canonical += f"\n{';'.join(names)}\n{payload or hashlib.sha256(body).hexdigest()}"
    to_sign = f"SDK-HMAC-SHA256\n{values['x-sdk-date']}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(sk.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return f"SDK-HMAC-SHA256 Access={ak}, SignedHeaders={';'.join(names)}, Signature={signature}"


class SandboxStore:
    """A store that runs for `home`."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.places = StorePlaces.of(home)
        self.load()

    def load(self) -> None:
        """Read the ready file (again, after a restart)."""
        ready = control.start(self.home)
        self.pid: int = ready["pid"]
        self.bases: list[str] = ready["bases"]
        self.ca = Path(ready["ca"])
        self.control: dict[str, str] = ready["control"]
        keys = json.loads(self.places.credentials.read_bytes())
        self.ak: str = keys["ak"]
        self.sk: str = keys["sk"]
        self.access_key: str = keys["access_key"]

    def ask(self, name: str, **fields: object) -> dict[str, Any]:
        """A request on the control path."""
        return control.request(self.home, {"request": name, **fields})

    def new(self, **fields: object) -> str:
        """Buy a code (`days`, `collected`, `code`)."""
        return str(self.ask("new", **fields)["license"]["code"])

    def active(self, **fields: object) -> str:
        """A code that was bought and activated."""
        code = self.new(**fields)
        assert self.call(ACTIVATE, {"license": code})["error_code"] == "92020000"
        return code

    def shown(self, code: str) -> dict[str, Any]:
        """A code as the control path tells it."""
        license_: dict[str, Any] = self.ask("show", code=code)["license"]
        return license_

    def usage(self, code: str) -> dict[str, Any]:
        """Use by day."""
        days: dict[str, Any] = self.ask("show", code=code)["usage"]
        return days

    def misbehave(self, **traits: object) -> None:
        self.ask("misbehave", set=traits)

    def behave(self) -> None:
        """As new: documented behaviour, unlocked, the wall clock, nothing noted."""
        write_shift(self.home, 0.0)
        self.ask("behave")
        self.ask("calls", clear=True)

    def travel(self, seconds: float) -> None:
        """Move the sandbox's time on."""
        write_shift(self.home, read_shift(self.home) + seconds)

    def now(self) -> float:
        """The sandbox's time."""
        return time.time() + read_shift(self.home)

    def client(self, **options: Any) -> httpx.Client:
        """A client that trusts this store's authority only."""
        return httpx.Client(
            verify=ssl.create_default_context(cafile=str(self.ca)), trust_env=False, timeout=30.0, **options
        )

    def send(
        self,
        path: str,
        body: bytes | object = b"{}",
        *,
        domain: int = 0,
        method: str = "POST",
        query: str = "",
        headers: Mapping[str, str] | None = None,
        at: float | None = None,
        ak: str | None = None,
        sk: str | None = None,
        unsigned: bool = False,
        changed_body: bytes | None = None,
    ) -> httpx.Response:
        """One signed request on a connection of its own. `changed_body` is sent instead of what was signed."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = self.bases[domain] + path + (f"?{query}" if query else "")
        sent = {
            "Host": urlsplit(url).netloc,
            "X-Sdk-Date": sdk_date(self.now() if at is None else at),
            "Content-Type": JSON_TYPE,
            **({"X-Sdk-Content-Sha256": "UNSIGNED-PAYLOAD"} if unsigned else {}),
            **(headers or {}),
        }
        payload = "UNSIGNED-PAYLOAD" if unsigned else None
        sent["Authorization"] = sign(
            method, url, sent, raw, ak=self.ak if ak is None else ak, sk=self.sk if sk is None else sk, payload=payload
        )
        with self.client() as client:
            return client.request(method, url, content=raw if changed_body is None else changed_body, headers=sent)

    def call(self, path: str, message: object, **options: Any) -> dict[str, Any]:
        """One signed request that must be answered with 200; its JSON."""
        answer = self.send(path, message, **options)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def heartbeat(self, code: str) -> dict[str, Any]:
        """`data` of a heartbeat that succeeds."""
        answer = self.call(HEARTBEAT, {"license": code})
        assert answer["error_code"] == "92020000", answer
        data: dict[str, Any] = answer["data"]
        return data

    def stop(self) -> None:
        control.stop(self.home)


@contextlib.contextmanager
def sandbox_store(home: Home) -> Iterator[SandboxStore]:
    """Start the store of a profile; it is gone at the end."""
    try:
        yield SandboxStore(home)
    finally:
        control.stop(home)
