"""Fixtures of the relay's tests, on whichever database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from iscbridge.platform.folders import Home
from support.relay_parts import Clock
from support.sandbox_store import SandboxStore, sandbox_store

__all__ = ["clock", "one_store", "store"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


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
