"""Puts the licensing of a bridge together: policy files, secrets, records, and who answers for each product."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from iscbridge.core.errors import LicenseError, StoreError
from iscbridge.core.licensing.model import LicensePolicy
from iscbridge.platform.settings import load_settings
from iscbridge.service.licensing.clock import LicenseClock
from iscbridge.service.licensing.deliveries import DeliveryService
from iscbridge.service.licensing.licenses import LicenseService
from iscbridge.service.licensing.policies import policy_folders, read_policies
from iscbridge.service.licensing.relay import RelayNeeds, make_relay_authority, read_lease, sandbox_relay_ca
from iscbridge.service.licensing.sandbox_authority import SandboxAuthority
from iscbridge.service.licensing.work import LicenseWork

if TYPE_CHECKING:
    from iscbridge.core.licensing.model import LicenseRecord
    from iscbridge.core.settings import Settings
    from iscbridge.journal.license_records import LicenseRecords
    from iscbridge.platform.folders import Home
    from iscbridge.platform.secrets import SecretStore
    from iscbridge.service.bridge import Bridge
    from iscbridge.store.authority import LicenseAuthority
    from iscbridge.store.breaker import Breaker

log = logging.getLogger(__name__)


def make_licenses(bridge: Bridge) -> tuple[LicenseService, DeliveryService]:
    """The licensing of this bridge; reads the policy files (and the settings, if nobody did), which lie on local disks."""
    home, cloud = bridge.config.home, bridge.config.engine.cloud
    found = bridge.config.settings or load_settings(home.config)
    settings = found.settings
    policies = read_policies(policy_folders(home.products))
    faults = [*found.told, *policies.faults]
    for fault in faults:
        log.warning("%s: %s", fault.code, fault.params)
    clock = LicenseClock(home, cloud, bridge)
    # By way of the bridge: the setting may change while it runs.
    authorities = _Authorities(home, cloud, lambda: bridge.reload.settings.network_proxy, policies.products, clock)
    work = LicenseWork(
        partial(_open_secrets, home, settings),
        partial(_open_records, home),
        authorities.make,
        partial(read_lease, policies.products),
    )
    licenses = LicenseService(bridge, dict(policies.products), work, partial(_peek, home), clock, tuple(faults))
    return licenses, DeliveryService(bridge, policies.products, clock)


def _open_secrets(home: Home, settings: Settings) -> SecretStore:
    from iscbridge.platform.secrets import open_secrets

    return open_secrets(home, settings.secrets_store)


def _open_records(home: Home, secrets: SecretStore) -> LicenseRecords:
    from iscbridge.journal.license_records import LicenseRecords

    return LicenseRecords(home.licenses, secrets)


def _peek(home: Home, product: str) -> LicenseRecord | None:
    from iscbridge.journal.license_records import peek

    return peek(home.licenses, product)


class _Authorities:
    """Who answers for each product. Used on worker threads, since the store client loads an HTTP library."""

    def __init__(
        self,
        home: Home,
        cloud: str,
        proxy: Callable[[], str],
        policies: Mapping[str, LicensePolicy],
        clock: LicenseClock,
    ) -> None:
        self._home = home
        self._cloud = cloud
        self._proxy = proxy
        self._policies = policies
        self._clock = clock
        self._lock = threading.Lock()
        self._breaker: Breaker | None = None
        self._made: dict[str, tuple[object, LicenseAuthority]] = {}

    def make(self, product: str, secrets: SecretStore) -> LicenseAuthority:
        """The authority of a product: the same one as long as its keys and the proxy are the same.

        It has learnt how wrong this machine's clock is. One that was made anew would sign with the wrong time again, and
        refused signatures count against the vendor's key.

        Raises:
            LicenseError: ISCB-LIC-NO-AUTHORITY: this version can't ask the one that the policy names.
                ISCB-LIC-RELAY-POLICY: it names no relay, or no key of its leases.
            StoreError: ISCB-STORE-NO-KEYS.
            SecretError: keys can't be read.
        """
        policy = self._policies[product]
        named = policy.authority
        if named == "relay":
            return self._relay(policy, secrets)
        if named != "store":
            raise LicenseError("ISCB-LIC-NO-AUTHORITY", product=product, authority=named)
        if self._cloud == "sandbox":
            sandbox = partial(SandboxAuthority, self._home, self._one_breaker(), self._clock.now)
            return self._same(product, None, sandbox)
        keys = _entry(secrets, f"store-key/{product}", "ak", "sk")
        if keys is None:
            raise StoreError("ISCB-STORE-NO-KEYS", product=product)
        login, proxy = _entry(secrets, "proxy", "user", "password"), self._proxy()
        return self._same(product, (keys, login, proxy), partial(self._store, keys, login, proxy))

    def _relay(self, policy: LicensePolicy, secrets: SecretStore) -> LicenseAuthority:
        kept = RelayNeeds.of(policy, secrets)
        login, proxy = _entry(secrets, "proxy", "user", "password"), self._proxy()
        ca_file = sandbox_relay_ca(self._home) if self._cloud == "sandbox" else None
        make = partial(make_relay_authority, policy, kept, login, proxy, ca_file, self._clock.now)
        return self._same(policy.product, (kept, login, proxy, ca_file), make)

    def _same(self, product: str, secrets: object, make: Callable[[], LicenseAuthority]) -> LicenseAuthority:
        """The authority that was made of these secrets and this proxy. Each product has one thread here."""
        made = self._made.get(product)
        if made is None or made[0] != secrets:
            made = self._made[product] = secrets, make()
        return made[1]

    def _store(self, keys: tuple[str, str], login: tuple[str, str] | None, proxy: str) -> LicenseAuthority:
        from iscbridge.store.authority import StoreAuthority
        from iscbridge.store.credentials import Credentials
        from iscbridge.store.proxies import ProxyChoice, ProxyLogin

        return StoreAuthority(
            Credentials(*keys),
            proxies=ProxyChoice(proxy, None if login is None else ProxyLogin(*login)),
            breaker=self._one_breaker(),
            clock=self._clock.now,
        )

    def _one_breaker(self) -> Breaker:
        from iscbridge.store.breaker import Breaker

        with self._lock:
            if self._breaker is None:
                self._breaker = Breaker(self._home.root / "store-breaker.json", self._clock.now)
            return self._breaker


def _entry(secrets: SecretStore, name: str, first: str, second: str) -> tuple[str, str] | None:
    """The two values of a secret that is a small JSON object; None if it is not there or is something else."""
    kept = secrets.get(name)
    try:
        found = json.loads(kept or "null")
        return str(found[first]), str(found[second])
    except (ValueError, KeyError, TypeError):
        return None
