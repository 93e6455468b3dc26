"""A relay on a real PostgreSQL: one server for all tests, a database of its own for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from iscbridge.relay.config import Settings
from iscbridge.relay.context import Relay
from support import relay_parts, relay_upstream
from support.relay_fixtures import *  # noqa: F403  for every file here
from support.relay_parts import Clock, relay_in
from support.relay_pg import PASSWORD, Postgres, postgres_server


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    with postgres_server() as running:
        yield running


@pytest.fixture
def database(server: Postgres) -> Iterator[str]:
    """The URL of an empty database."""
    with server.database() as name:
        yield server.url(name)


@pytest.fixture
def on_postgres(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whatever relay a test makes, it is on this database."""
    parse = relay_parts.settings_of

    def settings_of(text: str = relay_parts.SETTINGS) -> Settings:
        return parse(text.replace("[relay]\n", f'[relay]\ndatabase = "{database}"\n', 1))

    monkeypatch.setattr(relay_parts, "settings_of", settings_of)
    monkeypatch.setattr(relay_upstream, "settings_of", settings_of)
    monkeypatch.setenv("ISCBRIDGE_RELAY_DATABASE_PASSWORD", PASSWORD)
    return database


@pytest.fixture
def relay(tmp_path: Path, clock: Clock, on_postgres: str) -> Iterator[Relay]:
    made = relay_in(tmp_path, clock=clock)
    assert not made.database.is_sqlite, on_postgres
    yield made
    made.database.close()
