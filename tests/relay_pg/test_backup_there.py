"""Backup and restore with PostgreSQL, by the very commands of `docs/relay.md`, while the relay works."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from iscbridge.lease.form import LeaseState
from iscbridge.relay.config import read_settings
from iscbridge.relay.context import Relay, make_relay
from iscbridge.relay.database.tables import DEVICES, OUTBOX
from iscbridge.relay.devices.desk import DeviceDesk
from iscbridge.relay.upstream_port import QueryOrder, outbox_task
from support.checkout import ROOT
from support.relay_device import Device, FakeUpstream, bought
from support.relay_invariants import check_invariants, rows
from support.relay_parts import Clock, write_secret
from support.relay_pg import PASSWORD, Postgres, programs
from support.relay_process import installed
from support.relay_store import store_calls

ORDER = {"orderId": "CSBACK1", "orderLineId": "CSBACK1-000001"}


@pytest.fixture
def folder(tmp_path: Path, database: str) -> Path:
    made = installed(tmp_path / "relay", database=database, store_products=("OFFI1",))
    write_secret(made / "secrets", "database_password", PASSWORD)
    with (made / "relay.toml").open("a", encoding="utf-8") as file:
        file.write("\n[limits]\nenrol_per_hour = 100000\n")
    return made


@contextlib.contextmanager
def opened(folder: Path, clock: Clock) -> Iterator[Relay]:
    relay = make_relay(read_settings(folder / "relay.toml"), folder, clock, "one")
    try:
        yield relay
    finally:
        relay.database.close()


def documented(program: str) -> list[str]:
    """A command as the page prints it."""
    page = (ROOT / "docs" / "relay.md").read_text(encoding="utf-8")
    found = re.search(rf"`({program} [^`]*)`", page)
    assert found is not None
    return found[1].split()


def run_there(server: Postgres, command: list[str], folder: Path, name: str) -> None:
    """Run one of PostgreSQL's programs as the page says, for this database in place of `relay`."""
    program, *words = [re.sub(r"(^|=)relay$", rf"\g<1>{name}", word) for word in command]
    done = subprocess.run([programs() / program, *words], cwd=folder, env=server.environment(), capture_output=True,
                          check=False, text=True, timeout=120)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def relay_command(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "iscbridge", "relay", *arguments], capture_output=True, check=False,
                          text=True, timeout=120)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextlib.contextmanager
def enrolling(relay: Relay, clock: Clock) -> Iterator[list[Device]]:
    """More and more machines come."""
    made: list[Device] = []
    ending, some = threading.Event(), threading.Event()

    def come() -> None:
        while not ending.is_set():
            code = f"PLMANY{len(made):010}"
            machine = Device(relay, DeviceDesk(relay, FakeUpstream(**{code: bought(1)})))
            machine.enrol(code)
            made.append(machine)
            some.set()

    thread = threading.Thread(target=come)
    thread.start()
    assert some.wait(60)
    try:
        yield made
    finally:
        ending.set()
        thread.join(60)


def test_a_restored_relay_goes_on_where_the_copy_was_made(server, folder, tmp_path) -> None:
    clock, codes = Clock(), FakeUpstream(PL1=bought(2))
    archive, other = tmp_path / "relay.backup", tmp_path / "other"
    with opened(folder, clock) as relay:
        name = server.name_of(relay.settings.relay.database)
        device = Device(relay, DeviceDesk(relay, codes))
        device.enrol("PL1")
        told = store_calls(relay, "newInstance", businessId="business-1", **ORDER)
        with enrolling(relay, clock) as machines:
            before = len(machines)
            run_there(server, documented("pg_dump"), tmp_path, name)
            relay_command("backup", str(archive), "--folder", str(folder))
        later = Device(relay, DeviceDesk(relay, codes))
        later.enrol("PL1")
        keys = relay.signer.public_keys()
    relay_command("restore", str(archive), "--folder", str(other))
    with server.database(empty=True) as restored:
        run_there(server, documented("pg_restore"), tmp_path, restored)
        settings = other / "relay.toml"
        settings.write_text(settings.read_text().replace(f"/{name}?", f"/{restored}?"))
        with opened(other, clock) as again:
            assert again.database.is_current()
            assert again.signer.public_keys() == keys
            check_invariants(again)
            assert len(rows(again, select(DEVICES.c.id))) >= before + 1
            known = Device(again, DeviceDesk(again, FakeUpstream()))
            known.key, known.public, known.id = device.key, device.public, device.id
            assert known.check().state is LeaseState.ALIVE
            assert Device(again, DeviceDesk(again, FakeUpstream())).enrol("PL1").state is LeaseState.ALIVE, (
                "the code is known"
            )
            assert store_calls(again, "newInstance", businessId="another", **ORDER) == told, "and the call"
            tasks = [outbox_task(again, row.sealed) for row in rows(again, select(OUTBOX))]
            assert tasks == [QueryOrder(ORDER["orderId"], ORDER["orderLineId"])]
            check_invariants(again)
