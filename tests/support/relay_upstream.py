"""A relay before a real sandbox store: its keys, its address, its clock."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, insert, select
from sqlalchemy.sql import ColumnElement

from iscbridge.relay.context import Relay, make_relay
from iscbridge.relay.database.rows import new_id
from iscbridge.relay.database.tables import DEVICES, LICENSES
from iscbridge.relay.upstream.asking import StoreUpstream
from support.relay_parts import HOST, make_secrets, settings_of, write_secret
from support.sandbox_store import SandboxStore

PRODUCT = "AcmeCAD"


def settings_text(store: SandboxStore, more_store: str = "", more_product: str = "") -> str:
    """relay.toml of a relay that asks this store."""
    return f"""
form = 1
[relay]
host_name = "{HOST}"
[store]
addresses = ["{store.bases[0]}", "{store.bases[1]}"]
ca_file = "ca.pem"
{more_store}
[[product]]
name = "{PRODUCT}"
store_products = ["SANDBOX-PRODUCT"]
features = ["solids"]
{more_product}
"""


def relay_before(
    store: SandboxStore, folder: Path, more_store: str = "", more_product: str = "", *, replica: str = "one"
) -> Relay:
    """A relay with the store's keys, by the store's clock. A second one in the same folder is another process."""
    if not (folder / "secrets").exists():
        make_secrets(folder / "secrets")
        write_secret(folder / "secrets", "store_ak", store.ak)
        write_secret(folder / "secrets", "store_sk", store.sk)
        write_secret(folder / "secrets", "access_key", store.access_key)
        shutil.copy(store.ca, folder / "ca.pem")
    relay = make_relay(settings_of(settings_text(store, more_store, more_product)), folder, store.now, replica)
    relay.database.migrate()
    return relay


def upstream_of(relay: Relay, folder: Path) -> StoreUpstream:
    """Who asks for this relay."""
    return StoreUpstream(relay, folder)


def add_license(relay: Relay, code: str = "", **values: Any) -> str:
    """A licence that was activated, and a device that uses it; the licence's id."""
    now, license_id = relay.now(), new_id()
    row: dict[str, Any] = {
        "id": license_id, "test": False, "product": PRODUCT, "kind": "code" if code else "instance",
        "code_digest": relay.sealer.digest(code, "code") if code else None,
        "code_sealed": relay.sealer.seal(code.encode(), "code") if code else None, "code_masked": "",
        "instance": None if code else new_id(), "order_id": "", "order_line": "", "store_product": "",
        "state": "alive", "seat_kind": "node", "amount": 1, "expires": None, "activated": now, "asked": now,
        "called": None, "created": now, "changed": now, "version": 1, **values,
    }  # fmt: skip

    def work(connection: Any) -> None:
        connection.execute(insert(LICENSES).values(**row))
        connection.execute(insert(DEVICES).values(
            id=new_id(), product=PRODUCT, device=new_id(), public_key=b"k" * 32, fingerprint="f", label="",
            license=license_id, blocked=False, cloned=None, created=now, seen=now,
        ))  # fmt: skip

    relay.database.run(work)
    return license_id


def one(relay: Relay, table: Table, *where: ColumnElement[bool]) -> Any:
    """The only row."""
    return relay.database.run(lambda connection: connection.execute(select(table).where(*where)).one())


def many(relay: Relay, table: Table, *where: ColumnElement[bool]) -> int:
    """How many rows."""
    counted = select(func.count()).select_from(table).where(*where)
    return int(relay.database.run(lambda connection: connection.scalar(counted)) or 0)
