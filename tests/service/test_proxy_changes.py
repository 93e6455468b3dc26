"""A new proxy is used for the next question to the store; nothing has to be started again for it."""

from __future__ import annotations

import json

import pytest

from iscbridge.core.licensing.model import LicensePolicy
from iscbridge.platform.folders import Home
from iscbridge.platform.secrets import open_secrets
from iscbridge.service.licensing.setup import _Authorities
from iscbridge.store import authority as authority_module


class Clock:
    def now(self) -> float:
        return 1_790_000_000.0


@pytest.fixture
def made(monkeypatch):
    """The proxies of the authorities that were made."""
    found = []
    real = authority_module.StoreAuthority

    def make(*args, **options):
        found.append(options["proxies"].setting)
        return real(*args, **options)

    monkeypatch.setattr(authority_module, "StoreAuthority", make)
    return found


def test_another_proxy_makes_another_authority_and_the_same_one_keeps_it(tmp_path, made):
    home = Home(tmp_path / "home")
    home.ensure()
    secrets = open_secrets(home, "file")
    secrets.set("store-key/demo", json.dumps({"ak": "AK", "sk": "SK"}))
    proxy = ["auto"]
    policies = {"demo": LicensePolicy("demo", authority="store")}
    authorities = _Authorities(home, "iscdesk", lambda: proxy[0], policies, Clock())
    first = authorities.make("demo", secrets)
    assert authorities.make("demo", secrets) is first, "it has learnt the store's time"
    proxy[0] = "http://proxy.example:3128"
    second = authorities.make("demo", secrets)
    assert second is not first
    assert authorities.make("demo", secrets) is second
    assert made == ["auto", "http://proxy.example:3128"]
