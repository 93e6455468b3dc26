"""A relay on a database of its own, and the sandbox store that it may ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from iscbridge.platform.folders import Home
from iscbridge.relay.context import Relay
from support.relay_parts import Clock, relay_in
from support.sandbox_store import SandboxStore, sandbox_store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def relay(tmp_path: Path, clock: Clock) -> Iterator[Relay]:
    made = relay_in(tmp_path, clock=clock)
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def one_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxStore]:
    """The store's own process, one for a file of tests."""
    with sandbox_store(Home(tmp_path_factory.mktemp("store"))) as store:
        yield store


@pytest.fixture
def store(one_store: SandboxStore) -> Iterator[SandboxStore]:
    """The same without any trait, before and after. Files with a stand-in have a fixture of this name of their own."""
    one_store.behave()
    yield one_store
    one_store.behave()
