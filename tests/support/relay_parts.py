"""A relay for tests: settings, secrets and a database in one folder, and a clock that the test moves."""

from __future__ import annotations

import secrets as random
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from iscbridge.relay.config import Settings, parse_settings
from iscbridge.relay.context import Relay, make_relay

HOST = "relay.example.com"
NOW = 1_790_000_000.0
SETTINGS = f"""
form = 1
[relay]
host_name = "{HOST}"
[[product]]
name = "AcmeCAD"
store_products = ["OFFI1"]
features = ["solids"]
[[product]]
name = "AcmeCAM"
store_products = ["OFFI2"]
seats = "floating"
[[product]]
name = "AcmePLM"
store_products = ["OFFI3"]
seats = "named"
"""


class Clock:
    """Time as the test wants it."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def write_secret(folder: Path, name: str, text: str) -> None:
    """One owner-only file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def add_lease_key(folder: Path, kid: str) -> Ed25519PrivateKey:
    """A key that signs leases, in the secrets' folder."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    write_secret(folder / "lease_keys", f"{kid}.pem", pem)
    return key


def make_secrets(folder: Path) -> None:
    """Every secret that a relay needs, drawn anew."""
    for name in ("lookup_key", "seal_key"):
        write_secret(folder, name, random.token_hex(32))
    write_secret(folder, "store_ak", "AK" + random.token_hex(8))
    write_secret(folder, "store_sk", random.token_hex(20))
    write_secret(folder, "access_key", random.token_hex(20))
    add_lease_key(folder, "k1")


def settings_of(text: str = SETTINGS) -> Settings:
    """Settings of a text."""
    return parse_settings(text.encode(), Path("relay.toml"))


def relay_in(folder: Path, text: str = SETTINGS, clock: Clock | None = None, replica: str = "one") -> Relay:
    """A relay whose things lie in this folder; secrets are made if there are none, tables too."""
    if not (folder / "secrets").exists():
        make_secrets(folder / "secrets")
    relay = make_relay(settings_of(text), folder, clock or Clock(), replica)
    relay.database.migrate()
    return relay
