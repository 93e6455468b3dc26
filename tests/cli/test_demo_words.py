"""What the demonstration says at its end."""

from __future__ import annotations

import sys

import pytest

from iscbridge.cli.demo import called_as


@pytest.mark.parametrize(
    ("called", "shown"),
    [
        ("/src/.venv/bin/iscbridge", "/src/.venv/bin/iscbridge"),
        ("iscbridge", "iscbridge"),
        ("/lib/iscbridge/__main__.py", "iscbridge"),
        ("-m", "iscbridge"),
    ],
)
def test_the_next_command_is_one_that_can_be_typed(monkeypatch: pytest.MonkeyPatch, called: str, shown: str) -> None:
    monkeypatch.setattr(sys, "argv", [called, "demo"])
    assert called_as() == shown
