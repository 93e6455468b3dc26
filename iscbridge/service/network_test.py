"""`network.test`: the way to who is asked about licences, walked once for each address. Nothing is signed or spent.

All that may block is done on threads of its own; a test under way answers everybody who asks for one meanwhile.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from iscbridge.core.errors import BridgeError, SandboxError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc import messages as m
from iscbridge.ipc.wire import NetworkStepObject, error_to_wire
from iscbridge.platform.sandbox_clock import read_shift
from iscbridge.platform.settings import load_settings
from iscbridge.sandbox.store.places import StorePlaces
from iscbridge.service.clock import wall_clock
from iscbridge.service.licensing.relay import sandbox_relay_ca

if TYPE_CHECKING:
    from threading import Event

    from iscbridge.ipc.server import Request
    from iscbridge.platform.folders import Home
    from iscbridge.service.bridge import Bridge
    from iscbridge.store.probe import Step
    from iscbridge.store.proxies import ProxyLogin

log = logging.getLogger(__name__)

#: More than the sum of the steps' limits: what answers later than this has met a system that hangs.
DEADLINE_S = 40.0
#: A keyring may ask a person before it opens.
_SECRETS_S = 5.0


@dataclass(frozen=True, slots=True)
class Place:
    """An address that is in use."""

    address: str
    ca_file: str | None = None
    """The only authority that vouches for it; None: the system's."""
    relay: bool = False
    """A vendor's relay, and not the store."""


class NetworkTest:
    """Answers `network.test` requests."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._waiting: list[Request] = []
        self._run = 0
        """Number of the test under way: what an earlier one finds, that nobody waited for, counts for nothing."""
        self._open = 0
        self._found: dict[int, list[Step]] = {}

    def ask(self, request: Request) -> None:
        """Begin a test, or wait for the one that is under way."""
        error = ErrorInfo("ISCB-STORE-TIMEOUT", {"seconds": f"{DEADLINE_S:g}"})
        self._bridge.deadlines.set(request.token, DEADLINE_S, error)
        self._waiting = [*filter(lambda other: self._bridge.deadlines.waits(other.token), self._waiting), request]
        if len(self._waiting) == 1:
            self._run += 1
            home, real = self._bridge.config.home, self._bridge.config.engine.cloud != "sandbox"
            relays, store = self._bridge.licenses.asked()
            look = partial(_places, home, relays, store=store, real=real)
            self._bridge.work("network 0", lambda _stop: look(), partial(self._begin, self._run))

    def _begin(self, run: int, found: object) -> None:
        if run != self._run:
            return
        if not isinstance(found, list):
            self._refuse(
                found if isinstance(found, ErrorInfo) else ErrorInfo("ISCB-STORE-UNREACHABLE", {"detail": "?"})
            )
            return
        home, sandbox = self._bridge.config.home, self._bridge.config.engine.cloud == "sandbox"
        self._found, self._open = {}, len(found)
        for index, place in enumerate(found):
            walk = partial(_walk, home, place, sandbox=sandbox)
            self._bridge.work(f"network {index}", walk, partial(self._ended, run, index))

    def _ended(self, run: int, index: int, steps: object) -> None:
        if run != self._run:
            return
        self._found[index] = steps if isinstance(steps, list) else []
        self._open -= 1
        if self._open:
            return
        found = [step for _, walked in sorted(self._found.items()) for step in walked]
        for step in found:
            if step.error is not None:
                log.info("network test: %s %s: %s", step.name, step.target, step.error.code)
        for request in self._taken():
            steps_object = [_to_wire(step, request) for step in found]
            self._bridge.server.answer(request.token, m.NetworkTestResult(steps=steps_object))

    def _refuse(self, error: ErrorInfo) -> None:
        for request in self._taken():
            self._bridge.server.answer_error(request.token, error)

    def _taken(self) -> list[Request]:
        """Who still waits; from now on nobody does."""
        waiting, self._waiting = self._waiting, []
        return [request for request in waiting if self._bridge.deadlines.met(request.token)]


def _places(home: Home, relays: Sequence[str], *, store: bool, real: bool) -> list[Place] | ErrorInfo:
    """Every address that is in use; `store`: its own are."""
    ca = None if real else sandbox_relay_ca(home)
    found = [Place(url, None if ca is None else str(ca), relay=True) for url in relays]
    if store and real:
        from iscbridge.store.client import STORE_DOMAINS

        found += [Place(domain) for domain in STORE_DOMAINS]
    elif store:
        found += _sandbox_store(home)
    return found or SandboxError("ISCB-SANDBOX-NOT-RUNNING", home=str(home.root)).info


def _sandbox_store(home: Home) -> list[Place]:
    """The addresses of the sandbox's store; none while it does not run."""
    try:
        ready = json.loads(StorePlaces.of(home).ready.read_bytes())
        addresses = [str(base) for base in ready["bases"] if urlsplit(base).hostname]
        return [Place(address, str(ready["ca"])) for address in addresses]
    except (OSError, ValueError, LookupError, TypeError):
        return []


def _walk(home: Home, place: Place, _stop: Event, *, sandbox: bool) -> list[Step]:
    """As the bridge would ask: with the settings as they stand in the file now, and the login of the proxy."""
    from iscbridge.store.probe import probe
    from iscbridge.store.proxies import NONE, ProxyChoice
    from iscbridge.store.relay_client import of_a_relay

    settings = load_settings(home.config).settings
    shift = read_shift(home) if sandbox else 0.0
    direct = sandbox and not place.relay
    proxies = ProxyChoice(NONE) if direct else ProxyChoice(settings.network_proxy)
    parts = urlsplit(place.address)
    if not direct and proxies.setting != NONE and not _is_direct(proxies, parts.hostname or "", parts.port or 443):
        proxies = ProxyChoice(settings.network_proxy, _login(home, settings.secrets_store))
    steps = probe(place.address, proxies=proxies, ca_file=place.ca_file, clock=lambda: wall_clock() + shift)
    if not place.relay:
        return steps
    host = parts.hostname or ""
    return [step if step.error is None else replace(step, error=of_a_relay(step.error, host)) for step in steps]


def _is_direct(proxies: object, host: str, port: int) -> bool:
    """Whether no login is needed since no proxy is used; the secret store then stays closed."""
    from iscbridge.store.deadline import bounded
    from iscbridge.store.proxies import ProxyChoice, ProxyKindError

    assert isinstance(proxies, ProxyChoice)  # noqa: S101  named `object` so that the module loads without the store
    try:
        return bounded(lambda: proxies.proxy_for(host, port), _SECRETS_S) is None
    except (TimeoutError, ProxyKindError):
        return True


def _login(home: Home, store: str) -> ProxyLogin | None:
    from iscbridge.platform.secrets import open_secrets
    from iscbridge.store.deadline import bounded
    from iscbridge.store.proxies import ProxyLogin

    def read() -> ProxyLogin | None:
        found = json.loads(open_secrets(home, store).get("proxy") or "null")
        return None if found is None else ProxyLogin(str(found["user"]), str(found["password"]))

    try:
        return bounded(read, _SECRETS_S)
    except (BridgeError, OSError, ValueError, LookupError, TypeError) as error:  # TimeoutError is an OSError
        log.info("the login of the proxy can't be read: %s", type(error).__name__)
        return None


def _to_wire(step: Step, request: Request) -> NetworkStepObject:
    return NetworkStepObject(
        name=step.name.value,
        target=step.target,
        ok=step.error is None,
        millis=round(step.seconds * 1000),
        proxy=step.proxy or None,
        source=None if step.source is None else step.source.value,
        error=None if step.error is None else error_to_wire(step.error, request.client.language),
    )
