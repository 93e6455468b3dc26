"""Fixtures of the relay's tests, on whichever database."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from iscbridge.platform.folders import Home
from iscbridge.relay.context import Relay
from iscbridge.relay.devices.desk import DeviceDesk
from iscbridge.relay.upstream_port import Upstream
from support.relay_device import Device
from support.relay_parts import Clock
from support.sandbox_store import SandboxStore, sandbox_store

__all__ = ["clock", "desk", "device", "one_store", "store"]


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


@pytest.fixture
def desk(relay: Relay, store: Upstream) -> DeviceDesk:
    """What devices ask, in files whose `store` is a stand-in."""
    return DeviceDesk(relay, store)


@pytest.fixture
def device(relay: Relay, desk: DeviceDesk) -> Callable[..., Device]:
    """device(...) makes one that asks this desk."""
    return lambda **changed: Device(relay, desk, **changed)
