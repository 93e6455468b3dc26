from __future__ import annotations

from iscbridge.platform.heap import give_back


def test_it_can_be_asked_everywhere() -> None:
    give_back()
