"""The demonstration is what a new user runs first: on Windows, too, it comes to its end and comes out right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.checkout import ROOT
from support.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    try:
        yield made
    finally:
        made.close()


@pytest.mark.timeout(400)  # a dozen processes are started, each of which takes seconds under Wine
def test_the_demonstration_comes_out_right(world: World) -> None:
    world.env["ISCBRIDGE_SAMPLES"] = str(ROOT / "resources" / "samples")  # a wheel brings none
    done = world.cli("demo", timeout=380)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith("[")]
    assert rows
    assert all(row.startswith("[ok] ") for row in rows), done.stdout
    assert done.stderr == ""
