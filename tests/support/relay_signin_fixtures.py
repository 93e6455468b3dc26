"""Fixtures of tests in which people sign in: a file that wants them imports all of them."""

from __future__ import annotations

import pytest

from support.relay_device import Device, FakeUpstream, bought
from support.relay_http import RelayClient
from support.relay_parts import relay_in
from support.relay_signin import SIGNIN_SETTINGS, MemoryTenants, Tray

__all__ = ["client", "device", "relay", "tenants", "tray"]


@pytest.fixture
def relay(tmp_path, clock):
    made = relay_in(tmp_path, SIGNIN_SETTINGS, clock)
    yield made
    made.database.close()


@pytest.fixture
def tenants(relay):
    return MemoryTenants(relay)


@pytest.fixture
def client(relay, tenants):
    return RelayClient(relay, FakeUpstream(PL1=bought(1, "OFFI3"), PL2=bought(2, "OFFI3")), tenants=tenants)


@pytest.fixture
def device(relay, client):
    def made(code: str = "PL2") -> Device:
        one = Device(relay, client.desk, product="AcmePLM")
        one.enrol(code)
        return one

    return made


@pytest.fixture
def tray(client, device):
    return Tray(client, device())
