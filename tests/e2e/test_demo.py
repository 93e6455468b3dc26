"""The demonstration is what a new user runs first: it has to come out right in both languages."""

from __future__ import annotations

import pytest

from iscbridge.cli import demo_license
from support.world import World


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_demonstration_comes_out_right(world: World, language: str) -> None:
    world.env["ISCBRIDGE_LANGUAGE"] = language
    done = world.cli("demo", timeout=150)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith("[")]
    assert len(rows) == 18
    assert all(row.startswith("[ok] ") for row in rows), done.stdout
    assert demo_license.PRODUCT in done.stdout
    assert "ISCB-RELAY-SEATS-TAKEN" in done.stdout
    assert done.stderr == ""
