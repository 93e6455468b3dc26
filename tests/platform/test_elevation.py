"""Which rights are more than usual."""

from __future__ import annotations

import pytest

from iscbridge.core.errors import BridgeRunError
from iscbridge.platform import elevation
from iscbridge.platform.elevation import is_more_than_usual, refuse_elevated

DEFAULT, FULL, LIMITED = 1, 2, 3
MEDIUM, HIGH, SYSTEM = 0x2000, 0x3000, 0x4000


@pytest.mark.parametrize(
    ("kind", "integrity", "more"),
    [
        (LIMITED, MEDIUM, False),
        (DEFAULT, MEDIUM, False),
        (DEFAULT, HIGH, False),  # User Account Control is off
        (FULL, HIGH, True),
        (DEFAULT, SYSTEM, True),  # the system's own account
        (0, MEDIUM, True),
    ],
)
def test_what_counts_as_more(kind: int, integrity: int, more: bool) -> None:
    assert is_more_than_usual(kind, integrity) is more


def test_a_bridge_with_such_rights_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elevation, "has_more_than_usual", lambda: False)
    refuse_elevated()
    monkeypatch.setattr(elevation, "has_more_than_usual", lambda: True)
    monkeypatch.setattr(elevation, "_is_usual_here", lambda: False)
    with pytest.raises(BridgeRunError) as refused:
        refuse_elevated()
    assert refused.value.code == "ISCB-BRIDGE-ELEVATED"
