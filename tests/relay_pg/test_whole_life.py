"""Bought, activated, leased, used offline, renewed, frozen, unfrozen, released; a second machine finds no seat.

Once on SQLite, started by the one command of the documentation; once on PostgreSQL with two replicas behind a balancer,
one of which is killed again and again in the middle of what it does.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from iscbridge.cli.sandbox_relay import POLICY
from iscbridge.platform.private import write_private
from iscbridge.platform.sandbox_clock import read_shift, write_shift
from iscbridge.relay.config import read_settings
from iscbridge.relay.context import make_relay
from iscbridge.relay.install import policy_lines
from support.licensed import PRODUCT, LicensedWorld
from support.relay_fleet import Fleet, Replica
from support.relay_invariants import check_invariants, until_nothing_waits
from support.relay_life import whole_life
from support.relay_pg import Postgres
from support.sandbox_store import SandboxStore

pytestmark = pytest.mark.timeout(600)


class Sandbox:
    """What one command starts on a clean machine."""

    product = "Sandbox CAD"

    def __init__(self, root: Path) -> None:
        self.first, self.second = LicensedWorld(root / "first"), LicensedWorld(root / "second")
        self.home = self.first.home
        for world in (self.first, self.second):
            (world.home.products / f"{PRODUCT.lower()}.toml").unlink()
        self._relay("start", "--bridge", "--product", self.product)
        lend(self.first, self.second)

    def _relay(self, *arguments: str) -> None:
        done = self.first.cli("sandbox", "relay", *arguments, timeout=180)
        assert done.returncode == 0, done.stderr

    def away(self) -> None:
        self._relay("stop")

    def back(self) -> None:
        self._relay("start")

    def before(self, step: str) -> None:
        """Nothing happens to it."""

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.first.ask().request("bridge.shutdown")
        self._relay("stop")
        self.first.close()
        self.second.close()


class Replicas:
    """Two processes on PostgreSQL. At some steps the one that is asked first is killed while it works."""

    product = PRODUCT
    killed_at = ("activate", "renew", "freeze", "release")

    def __init__(self, root: Path, database: str) -> None:
        self.first, self.second = LicensedWorld(root / "first"), LicensedWorld(root / "second")
        self.store = SandboxStore(self.first.home)
        self.store.misbehave(repeat_s=1)
        self.authority = trustme.CA()
        self.fleet = Fleet(root / "fleet", database, self.authority, self.store)
        self.fleet.start()
        self.killed: list[Replica] = []
        self._dead: Replica | None = None
        ca = root / "ca.pem"
        self.authority.cert_pem.write_to_path(str(ca))
        self.store.ask("shop.merchant", url=f"{self.fleet.url}/store/production", ca=str(ca))
        home = self.first.home
        write_private(str(home.sandbox / "relay-ca.pem"), ca.read_bytes())
        lines = policy_lines(self.fleet.north.folder / "secrets", PRODUCT, self.fleet.url)
        (home.products / f"{PRODUCT.lower()}.toml").unlink()
        write_private(str(home.products / POLICY), lines.encode())
        (self.second.home.products / f"{PRODUCT.lower()}.toml").unlink()
        self.first.bridge()
        lend(self.first, self.second)

    def away(self) -> None:
        self._both()
        self.fleet.balancer.before()

    def back(self) -> None:
        self.fleet.balancer.before(self.fleet.north.port, self.fleet.south.port)

    def before(self, step: str) -> None:
        self._both()
        if step in self.killed_at:
            self.fleet.balancer.when_asked(self._kill)

    def _kill(self, port: int) -> None:
        self._dead = self.fleet.at(port)
        self._dead.kill()
        self.killed.append(self._dead)

    def _both(self) -> None:
        """The one that was killed is started again."""
        dead, self._dead = self._dead, None
        if dead is not None:
            self.fleet.again(dead)

    def close(self) -> None:
        self.fleet.close()
        self.first.close()
        self.second.close()


def lend(first: LicensedWorld, second: LicensedWorld) -> None:
    """The second machine has the vendor's policy file, the relay's certificate, and the same time."""
    for world in (first, second):
        world.home.sandbox.mkdir(parents=True, exist_ok=True)
    shutil.copy(first.home.products / POLICY, second.home.products / POLICY)
    shutil.copy(first.home.sandbox / "relay-ca.pem", second.home.sandbox / "relay-ca.pem")
    write_shift(second.home, read_shift(first.home))
    second.bridge()


@contextlib.contextmanager
def closing(stage: Any) -> Iterator[Any]:
    try:
        yield stage
    finally:
        stage.close()


def test_by_one_command_on_sqlite(tmp_path: Path, qtbot) -> None:
    with closing(Sandbox(tmp_path)) as stage:
        whole_life(stage, qtbot)
        folder = stage.home.sandbox / "relay"
        relay = make_relay(read_settings(folder / "relay.toml"), folder, lambda: 0.0, "test")
        with contextlib.closing(relay.database):
            check_invariants(relay)


def test_on_postgresql_with_two_replicas_one_of_which_is_killed(tmp_path: Path, qtbot, server: Postgres) -> None:
    with server.database(empty=True) as name, closing(Replicas(tmp_path, server.url(name))) as stage:
        whole_life(stage, qtbot)
        assert len(stage.killed) == len(stage.killed_at)
        with stage.fleet.looked_at() as relay:
            until_nothing_waits(relay)
            check_invariants(relay)
