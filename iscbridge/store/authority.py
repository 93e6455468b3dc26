"""Where answers about licences come from: one small interface, and the store behind it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import Answer
from iscbridge.store.breaker import Breaker
from iscbridge.store.client import STORE_DOMAINS, StoreClient
from iscbridge.store.credentials import Credentials
from iscbridge.store.operations import ApiVersion
from iscbridge.store.proxies import ProxyChoice, is_loopback
from iscbridge.store.relay_signin import RelaySignin


class LicenseAuthority(Protocol):
    """Who can say where a licence code stands. Blocking; all calls of one authority come from one worker thread.

    Nothing that a network does raises: it is an answer of kind FAILED with an error. No error holds a code or a key.
    `by_person`: a person asked for it, so that a stop after refused signatures may be tried once more.
    """

    @property
    def warning(self) -> ErrorInfo | None:
        """What people have to be told of this authority at all times; None if nothing."""

    def activate(self, code: str, *, by_person: bool = False) -> Answer:
        """Activate a code. Never repeated by the authority once it may have arrived."""

    def query(self, code: str, *, by_person: bool = False, pending: bool = False) -> Answer:
        """Where the code stands. `pending`: its activation may not have arrived yet."""

    def report_use(self, code: str, client_id: str, *, by_person: bool = False) -> Answer:
        """Tell that the software was used today by the client (1 to 256 characters, a salted hash)."""

    def close(self) -> None:
        """No call comes after it. May be called from any thread, and ends a pause that a call makes."""


@runtime_checkable
class SeatAuthority(LicenseAuthority, Protocol):
    """An authority that gives seats to machines."""

    def take_over(self, code: str, *, pending: bool = False) -> Answer:
        """As `activate`; if no seat is free, that of another machine is taken. `pending`: the code was just typed."""

    def release(self) -> Answer:
        """Give this machine's seat back. DONE: it is gone."""


@runtime_checkable
class PersonAuthority(LicenseAuthority, Protocol):
    """An authority at which people sign in."""

    @property
    def signin(self) -> RelaySignin:
        """Asks about the person at this machine."""


class StoreAuthority:
    """The store itself, asked with the merchant account's own keys.

    These keys open the whole account (orders, customers, all licences), so this is for the vendor's own test machines
    and for the sandbox; `warning` says so unless every address is this machine's.
    """

    def __init__(
        self,
        credentials: Credentials,
        addresses: Sequence[str] = STORE_DOMAINS,
        *,
        proxies: ProxyChoice,
        verify: str | os.PathLike[str] | None = None,
        breaker: Breaker,
        clock: Callable[[], float],
        activate_version: ApiVersion = "v1",
        query_version: ApiVersion = "v1",
    ) -> None:
        """Connects to nothing yet.

        Args:
            credentials: the merchant account's.
            addresses: `https://host[:port]`, tried in this order.
            proxies: how a proxy is chosen.
            verify: None: the operating system's certificates; a path: this CA and no other (sandbox).
            breaker: the profile's, shared by all products.
            clock: seconds since the epoch, by this machine.
            activate_version: of the interface.
            query_version: of the interface.

        Raises:
            ValueError: an address is not https.
            TypeError: `verify` is neither a path nor None.
        """
        self._client = StoreClient(
            credentials, addresses, proxies=proxies, breaker=breaker, clock=clock, ca_file=verify
        )
        self._activate_version: ApiVersion = activate_version
        self._query_version: ApiVersion = query_version
        only_here = all(is_loopback(urlsplit(address).hostname or "") for address in addresses)
        self._warning = None if only_here else ErrorInfo("ISCB-STORE-OWN-KEYS")

    @property
    def warning(self) -> ErrorInfo | None:
        """ISCB-STORE-OWN-KEYS, or None for the sandbox."""
        return self._warning

    def activate(self, code: str, *, by_person: bool = False) -> Answer:
        """`license/activate`: DONE, or why not."""
        return self._client.activate(code, version=self._activate_version, by_person=by_person)

    def query(self, code: str, *, by_person: bool = False, pending: bool = False) -> Answer:
        """`license/heartbeat`: the code's state."""
        del pending  # the store knows of each code whether it was activated
        return self._client.heartbeat(code, version=self._query_version, by_person=by_person)

    def report_use(self, code: str, client_id: str, *, by_person: bool = False) -> Answer:
        """`license/software-usage-info`: DONE if it was taken."""
        return self._client.report_use(code, client_id, by_person=by_person)

    def close(self) -> None:
        """Ends a pause that a call makes."""
        self._client.close()
