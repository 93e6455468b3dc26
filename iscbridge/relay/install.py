"""`iscbridge relay init`: a folder with settings and secrets, from which a relay can be served at once."""

from __future__ import annotations

import json
import os
import secrets as random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from iscbridge.core.errors import RelayError
from iscbridge.platform.private import write_private
from iscbridge.relay.config import parse_settings
from iscbridge.relay.secrets import LEASE_KEYS, Secrets
from iscbridge.relay.signer import LeaseSigner

SETTINGS_FILE = "relay.toml"
SECRETS = "secrets"
LICENSE_KEY = "license_key"
"""Signs licences in the built-in form (`getLicenseAsync`)."""
#: What only the vendor knows: files that `init` does not make.
TO_BE_FILLED = ("store_ak", "store_sk", "access_key")
_DRAWN = ("lookup_key", "seal_key", "metering_key")


@dataclass(frozen=True, slots=True)
class SigninWanted:
    """Sign-in of persons, for `named` seats."""

    app_id: str
    login_url: str
    address: str
    ca: str
    tenant: str
    domain: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a new relay is to be."""

    host_name: str
    product: str
    store_products: tuple[str, ...] = ()
    seats: str = "node"
    listen: str = "127.0.0.1:8443"
    certificate: str = ""
    certificate_key: str = ""
    database: str = "sqlite:///relay.db"
    metrics: str = ""
    store_addresses: tuple[str, ...] = ()
    store_ca: str = ""
    behind_proxy: tuple[str, ...] = ()
    signin: SigninWanted | None = None


def install(folder: Path, wanted: Wanted) -> None:
    """Make the folder. Secrets that are there are kept: a second try after a fault loses no key.

    Raises:
        RelayError: ISCB-RELAY-EXISTS: there are settings; ISCB-RELAY-SETTINGS: what is wanted makes none.
        OSError: it can't be written.
    """
    path = folder / SETTINGS_FILE
    if path.exists():
        raise RelayError("ISCB-RELAY-EXISTS", path=str(path))
    text = settings_text(wanted).encode()
    parse_settings(text, path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    where = folder / SECRETS
    secrets = Secrets(where, {})
    for name in _DRAWN:
        if secrets.find(name) is None:
            write_private(os.fspath(where / name), random.token_hex(32).encode())
    if secrets.find(LICENSE_KEY) is None:
        write_private(os.fspath(where / LICENSE_KEY), _signing_key())
    if not any((where / LEASE_KEYS).glob("*.pem")):
        new_lease_key(where)
    write_private(os.fspath(path), text)


def new_lease_key(secrets: Path) -> str:
    """Draw a key that signs leases; its name, which comes behind all names of before."""
    folder = secrets / LEASE_KEYS
    there = sorted(path.stem for path in folder.glob("*.pem")) if folder.exists() else []
    kid = f"k{time.strftime('%Y%m%d%H%M%S', time.gmtime())}"
    if there and kid <= there[-1]:  # a second one within this second, or a clock that went back
        kid = f"{there[-1]}a"
    write_private(os.fspath(folder / f"{kid}.pem"), _signing_key())
    return kid


def _signing_key() -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def policy_lines(secrets: Path, product: str, address: str) -> str:
    """What belongs into the product's policy file on workstations (`docs/licensing.md`).

    Raises:
        RelayError: ISCB-RELAY-SECRET.
    """
    kept = Secrets(secrets)
    keys = LeaseSigner(kept.lease_keys()).public_keys()
    licences = LeaseSigner({LICENSE_KEY: kept.get(LICENSE_KEY).encode()}).public_keys()[LICENSE_KEY]
    listed = ", ".join(_quoted(f"{kid}:{key}") for kid, key in keys.items())
    return (
        f'[product]\nname = {_quoted(product)}\nauthority = "relay"\nrelay_url = {_quoted(address)}\n'
        f"relay_keys = [{listed}]\nverify_key = {_quoted(licences)}\n"
    )


def settings_text(wanted: Wanted) -> str:
    """`relay.toml`: what was asked for, and nothing that is so by itself."""
    relay = {"host_name": wanted.host_name, "listen": wanted.listen, "database": wanted.database,
             "certificate": wanted.certificate, "certificate_key": wanted.certificate_key, "metrics": wanted.metrics,
             "behind_proxy": list(wanted.behind_proxy)}  # fmt: skip
    store = {"addresses": list(wanted.store_addresses), "ca_file": wanted.store_ca}
    product = {"name": wanted.product, "store_products": list(wanted.store_products), "seats": wanted.seats}
    lines = ["# docs/relay.md says what may stand here. No secret does: those lie in the folder `secrets`.", "form = 1"]
    tables: list[tuple[str, Mapping[str, object]]] = [("[relay]", relay), ("[store]", store), ("[[product]]", product)]
    if (people := wanted.signin) is not None:
        signin = {
            "app_id": people.app_id,
            "login_url": people.login_url,
            "address": people.address,
            "ca_file": people.ca,
        }
        tables += [("[signin]", signin), ("[signin.tenants]", {_quoted(people.tenant): people.domain})]
    for head, table in tables:
        told = [f"{key} = {_toml(value)}" for key, value in table.items() if value]
        if told:
            lines += ["", head, *told]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_quoted(one) for one in value)}]"
    return _quoted(str(value))


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
