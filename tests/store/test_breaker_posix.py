"""The file is for its owner's eyes."""

from __future__ import annotations

import os

from iscbridge.store.breaker import Breaker
from support.store_server import NOW


def test_nobody_else_may_read_it(tmp_path):
    path = tmp_path / "state.json"
    before = os.umask(0)
    try:
        with Breaker(path, lambda: NOW).turn("key", by_person=False, patience_s=1) as turn:
            turn.failed()
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.json"]
