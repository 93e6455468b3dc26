"""Asks the store one code at a time, with a breaker of this machine alone: for a relay of one process."""

from __future__ import annotations

import os
from pathlib import Path

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.model import Answer, AnswerKind
from iscbridge.relay.context import Relay
from iscbridge.relay.upstream_port import Activated
from iscbridge.store.breaker import Breaker
from iscbridge.store.client import StoreClient
from iscbridge.store.credentials import Credentials
from iscbridge.store.proxies import ProxyChoice


class PlainUpstream:
    """`upstream_port.Upstream`."""

    def __init__(self, relay: Relay, folder: Path) -> None:
        """`folder`: where the breaker's count lies."""
        self._relay = relay
        self._breaker = Breaker(folder / "breaker.json", relay.clock)

    def activate(self, code: str) -> Activated:
        """Activate a code, then ask where it stands."""
        client = self._client()
        if client is None:
            return Activated(_NO_KEYS)
        told = client.activate(code, version=self._relay.settings.store.activate_version)
        if told.kind in {AnswerKind.DONE, AnswerKind.ILLEGAL_STATE}:  # accepted, or active already
            told = client.heartbeat(code, version=self._relay.settings.store.query_version)
        return Activated(told)

    def query(self, code: str) -> Answer:
        """Where a code stands."""
        client = self._client()
        if client is None:
            return _NO_KEYS
        return client.heartbeat(code, version=self._relay.settings.store.query_version)

    def _client(self) -> StoreClient | None:
        access, secret = (self._relay.secrets.find(name) for name in ("store_ak", "store_sk"))
        if access is None or secret is None:
            return None
        store = self._relay.settings.store
        return StoreClient(
            Credentials(access, secret), store.addresses, proxies=ProxyChoice("none" if store.ca_file else "auto"),
            breaker=self._breaker, clock=self._relay.clock, ca_file=os.fspath(store.ca_file) or None,
        )  # fmt: skip


_NO_KEYS = Answer(
    AnswerKind.FAILED, error=ErrorInfo("ISCB-RELAY-SECRET", {"name": "store_ak", "detail": "there is none"})
)


class Nothing:
    """No work in the background."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End."""
