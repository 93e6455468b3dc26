"""The authority of products whose policy names a relay: what it needs of the secret store, and the lease that was kept."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from iscbridge.core.errors import BridgeError, LicenseError
from iscbridge.core.licensing.model import Answer, LicensePolicy
from iscbridge.core.signin import Person

if TYPE_CHECKING:
    from iscbridge.platform.folders import Home
    from iscbridge.platform.secrets import SecretStore
    from iscbridge.store.authority import LicenseAuthority

log = logging.getLogger(__name__)


def sandbox_relay_ca(home: Home) -> Path | None:
    """The CA of the sandbox's relay, if there is one. Only a bridge of the sandbox believes it."""
    path = home.sandbox / "relay-ca.pem"
    return path if path.is_file() else None


@dataclass(frozen=True, slots=True)
class RelayNeeds:
    """What of a product's relay lies in the secret store."""

    device_key: str = field(repr=False)
    session: str = field(default="", repr=False)
    """Of the person who signed in."""

    @classmethod
    def of(cls, policy: LicensePolicy, secrets: SecretStore) -> RelayNeeds:
        """Read it; the device's key is made if there is none: somebody has typed a code.

        Raises:
            LicenseError: ISCB-LIC-RELAY-POLICY.
            SecretError: the secret store can't be asked, or takes no key.
        """
        from iscbridge.store.relay_authority import new_device_key, read_device_key, vendor_keys

        if not policy.relay_url or not vendor_keys(policy.relay_keys):
            raise LicenseError("ISCB-LIC-RELAY-POLICY", product=policy.product)
        name = _device_key(policy.product)
        kept = secrets.get(name)
        if kept is None or read_device_key(kept) is None:
            kept = new_device_key()
            secrets.set(name, kept)
        person = read_person(secrets, policy.product)
        return cls(kept, "" if person is None else person.session)


def make_relay_authority(
    policy: LicensePolicy,
    needs: RelayNeeds,
    login: tuple[str, str] | None,
    proxy: str,
    ca_file: Path | None,
    clock: Callable[[], float],
) -> LicenseAuthority:
    """The authority of a product. Loads an HTTP library: on a worker thread.

    Raises:
        LicenseError: ISCB-LIC-RELAY-POLICY.
    """
    from iscbridge.store.proxies import ProxyChoice, ProxyLogin
    from iscbridge.store.relay_authority import RelayAuthority, read_device_key, vendor_keys
    from iscbridge.store.relay_client import RelayClient

    key = read_device_key(needs.device_key)
    if key is None:
        raise LicenseError("ISCB-LIC-RELAY-POLICY", product=policy.product)
    proxies = ProxyChoice(proxy, None if login is None else ProxyLogin(*login))
    return RelayAuthority(
        policy.product,
        RelayClient(policy.relay_url, key, proxies=proxies, clock=clock, ca_file=ca_file),
        vendor_keys(policy.relay_keys),
        key,
        fingerprint=fingerprint_text,
        clock=clock,
        session=needs.session,
    )


def fingerprint_text() -> str:
    """This machine's fingerprint in the documented form; empty where nothing can be read."""
    from iscbridge.device.fingerprint import take

    try:
        return take().text
    except BridgeError as error:
        log.warning("the device fingerprint can't be taken: %s", error.code)
        return ""


def read_lease(
    policies: Mapping[str, LicensePolicy], product: str, text: str, alone: bool, secrets: SecretStore
) -> Answer | None:
    """What a lease that was kept says, verified anew; None: it is not good (any more).

    Args:
        policies: the vendor's, with the keys that count now.
        product: to the letter.
        text: the lease.
        alone: its record is lost. Then it must have been given to this very machine: the record can't tell.
        secrets: have the device's key.
    """
    policy, kept = policies[product], secrets.get(_device_key(product))
    if policy.authority != "relay" or kept is None:
        return None
    from iscbridge.lease.form import fingerprint_digest
    from iscbridge.store.relay_authority import kept_word, read_device_key, vendor_keys

    key = read_device_key(kept)
    if key is None:
        return None
    try:
        word, lease = kept_word(text, vendor_keys(policy.relay_keys), product, key)
    except LicenseError as error:
        log.warning("the kept lease of %s is not believed: %s", product, error.code)
        return None
    if alone and lease.fingerprint != fingerprint_digest(product, fingerprint_text()):
        log.warning("the kept lease of %s was given to another machine, or this one has changed", product)
        return None
    return word


def read_person(secrets: SecretStore, product: str) -> Person | None:
    """Who is signed in, as it is kept. What can't be read is nobody.

    Raises:
        SecretError: the secret store can't be asked.
    """
    kept = secrets.get(_session(product))
    try:
        found = json.loads(kept or "null")
        return Person(str(found["session"]), str(found["user"]), int(found["until"]))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def keep_person(secrets: SecretStore, product: str, person: Person | None) -> None:
    """Keep who is signed in; None: nobody is.

    Raises:
        SecretError: the secret store can't be asked, or takes nothing.
    """
    name = _session(product)
    if person is None:
        if secrets.get(name) is not None:
            secrets.delete(name)
        return
    secrets.set(name, json.dumps({"session": person.session, "user": person.user, "until": person.until}))


def _session(product: str) -> str:
    return f"relay-session/{product}"


def _device_key(product: str) -> str:
    return f"relay-device/{product}"
