"""A relay's database with as many devices as it takes, some of which have keys and can ask.

Rows are written as the relay writes them, but many at a time and through the driver: a million enrolments would take an
hour. Devices that ask are drawn from all over them.
"""

from __future__ import annotations

import hashlib
import os
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Table, insert, text

from iscbridge.lease.requests import device_id
from iscbridge.relay.config import read_settings
from iscbridge.relay.context import Relay, make_relay
from iscbridge.relay.database.tables import DEVICES, LEASES, LICENSES, SEATS

FINGERPRINT = "AA|BB|CC|DD"
PRODUCT = "AcmeCAD"
SEATS_EACH = 10
_DAY = 86_400
_AT_ONCE = 10_000


@dataclass(frozen=True)
class Asker:
    """One device that has a key."""

    key: Ed25519PrivateKey
    device: str


def filled(folder: Path, devices: int, askers: int, now: float) -> list[Asker]:
    """Put so many devices into the relay of a folder; those that can ask.

    Args:
        folder: as `relay init` made it.
        devices: in licences of ten seats each, all taken, all last seen yesterday.
        askers: how many of them get keys.
        now: seconds since the epoch.
    """
    relay = make_relay(read_settings(folder / "relay.toml"), folder, lambda: now, "filling")
    relay.database.migrate()
    with_keys = set(random.Random(7).sample(range(devices), min(askers, devices)))
    found: list[Asker] = []
    digest = relay.sealer.digest(FINGERPRINT, "fingerprint")
    if relay.database.is_sqlite:
        relay.database.run(_hurry)
    for begin in range(0, devices, _AT_ONCE):
        rows: dict[Table, list[dict[str, Any]]] = {LICENSES: [], DEVICES: [], SEATS: [], LEASES: []}
        for number in range(begin, min(begin + _AT_ONCE, devices)):
            if number % SEATS_EACH == 0:
                rows[LICENSES].append(_license(relay, int(now)))
            asker = None
            if number in with_keys:
                key = Ed25519PrivateKey.generate()
                asker = Asker(key, device_id(key.public_key().public_bytes_raw()))
                found.append(asker)
            for table, row in _device(relay, digest, rows[LICENSES][-1]["id"], number, asker, int(now)):
                rows[table].append(row)
        relay.database.run(lambda connection, rows=rows: [_put(connection, *one) for one in rows.items()])
    if not relay.database.is_sqlite:
        relay.database.run(lambda connection: connection.execute(text("ANALYZE")))
    relay.database.close()
    random.Random(8).shuffle(found)
    return found


def _hurry(connection: Connection) -> None:
    """Of the one connection that fills: indexes of random values want room, and nobody needs what a crash would leave."""
    for pragma in ("cache_size=-1500000", "wal_autocheckpoint=100000"):
        connection.exec_driver_sql(f"PRAGMA {pragma}")


def _put(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if connection.dialect.name != "postgresql":
        connection.execute(insert(table), rows)
        return
    names = list(rows[0])
    with connection.connection.cursor().copy(f"COPY {table.name} ({','.join(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([row[name] for name in names])


def _license(relay: Relay, now: int) -> dict[str, Any]:
    code = uuid.uuid4().hex
    return {
        "id": str(uuid.uuid4()), "test": False, "product": PRODUCT, "kind": "code",
        "code_digest": relay.sealer.digest(code, "code"), "code_sealed": relay.sealer.seal(code.encode(), "code"),
        "code_masked": "****", "order_id": f"CS{code[:12]}", "order_line": f"CS{code[:12]}-000001",
        "store_product": "", "state": "alive", "seat_kind": "node", "amount": SEATS_EACH, "expires": now + 300 * _DAY,
        "activated": now - 60 * _DAY, "asked": now - 600, "created": now - 60 * _DAY, "changed": now - 600,
        "version": 2,
    }  # fmt: skip


def _device(
    relay: Relay, digest: str, license_id: str, number: int, asker: Asker | None, now: int
) -> Iterator[tuple[Table, dict[str, Any]]]:
    row = str(uuid.uuid4())
    public = os.urandom(32) if asker is None else asker.key.public_key().public_bytes_raw()
    device = hashlib.sha256(public).hexdigest()
    seen = now - _DAY - number % _DAY
    yield DEVICES, {
        "id": row, "product": PRODUCT, "device": device, "public_key": public,
        "fingerprint": digest, "label": "", "license": license_id,
        "blocked": False, "created": now - 60 * _DAY, "seen": seen,
    }  # fmt: skip
    yield SEATS, {
        "id": str(uuid.uuid4()), "license": license_id, "slot": number % SEATS_EACH + 1, "holder": device,
        "device": row, "granted": now - 60 * _DAY, "lease_until": seen + 14 * _DAY,
    }  # fmt: skip
    yield LEASES, {
        "id": str(uuid.uuid4()), "device": row, "kid": relay.signer.kid, "state": "alive", "issued": seen,
        "until": seen + 14 * _DAY,
    }  # fmt: skip
