from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from iscbridge.store.breaker import Breaker
from iscbridge.store.client import StoreClient
from iscbridge.store.credentials import Credentials
from iscbridge.store.proxies import ProxyChoice
from support.store_server import NOW, Behaviour, StoreServer, server_context

# Files named so test what only POSIX has; Windows has its own in tests/windows.
collect_ignore_glob = ["*_posix.py"] if sys.platform == "win32" else []

PROXY_VARIABLES = [
    variable for name in ("https_proxy", "http_proxy", "all_proxy", "no_proxy") for variable in (name, name.upper())
]


@pytest.fixture(scope="session")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(ca: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(path)
    return path


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def serve(ca: trustme.CA) -> Iterator[Callable[..., StoreServer]]:
    """Starts a server with a script; all are stopped at the end."""
    started: list[StoreServer] = []

    def start(*script: Behaviour, context=None) -> StoreServer:
        started.append(StoreServer(context or server_context(ca), list(script)))
        return started[-1]

    yield start
    for server in started:
        server.stop()


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def no_such_name(monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a name that does not exist; no name service is asked."""
    real = socket.getaddrinfo

    def look_up(host, *args, **options):
        if host == "store.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return "https://store.invalid"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connect(ca_file: Path, tmp_path: Path, clock: Clock) -> Iterator[Callable[..., StoreClient]]:
    """Makes clients; a new one is like a restarted bridge."""
    made: list[StoreClient] = []

    def make(*domains: str, ak: str = "AK-of-the-test", sk: str = "SK-of-the-test", **options) -> StoreClient:
        options.setdefault("proxies", ProxyChoice("none"))
        options.setdefault("breaker", Breaker(tmp_path / "store-key.json", clock))
        options.setdefault("ca_file", ca_file)
        made.append(StoreClient(Credentials(ak, sk), domains, clock=clock, **options))
        return made[-1]

    yield make
    for client in made:
        client.close()
