"""What every part of a running relay works with. Nothing here changes while it runs: replicas share the database alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from iscbridge.relay.config import Settings
from iscbridge.relay.database.connect import Database
from iscbridge.relay.sealing import Sealer
from iscbridge.relay.secrets import Secrets
from iscbridge.relay.signer import LeaseSigner


@dataclass(frozen=True, slots=True)
class Relay:
    """One process of the relay. Any thread may use every part of it."""

    settings: Settings
    secrets: Secrets
    database: Database
    sealer: Sealer
    signer: LeaseSigner
    clock: Callable[[], float]
    """Seconds since the epoch."""
    replica: str
    """Names this process: claims of the outbox, logs."""
    folder: Path
    """Relative paths of the settings begin here."""

    def now(self) -> int:
        """Whole seconds since the epoch."""
        return int(self.clock())


def make_relay(settings: Settings, folder: Path, clock: Callable[[], float], replica: str) -> Relay:
    """Put the parts together. Connects to nothing yet.

    Args:
        settings: of `relay.toml`.
        folder: where that file lies; relative paths in it begin there.
        clock: seconds since the epoch.
        replica: name of this process.

    Raises:
        RelayError: ISCB-RELAY-SECRET, ISCB-RELAY-DATABASE.
    """
    secrets = Secrets(folder / settings.relay.secrets)
    url = settings.relay.database
    if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
        url = f"sqlite:///{folder / url.removeprefix('sqlite:///')}"
    return Relay(
        settings=settings,
        secrets=secrets,
        database=Database(url, secrets.find("database_password") or ""),
        sealer=Sealer(secrets.key("seal_key"), secrets.key("lookup_key")),
        signer=LeaseSigner(secrets.lease_keys()),
        clock=clock,
        replica=replica,
        folder=folder,
    )
