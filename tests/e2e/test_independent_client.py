"""A client written from docs/protocol.md alone, against the real bridge, desk and cloud."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from support.independent_client import IndependentClient
from support.world import World

SOURCE = Path(__file__).parents[1] / "support" / "independent_client.py"


def test_it_can_save_be_notified_and_open(world: World) -> None:
    world.desk()
    world.bridge()
    part = world.file("bracket.FCStd", b"by the page alone")
    client = IndependentClient(world.home.bridge_address())
    try:
        job = client.save(str(part), requestId="save-1")
        assert job["state"] == "accepted"
        states = [change["state"] for change in client.follow(job["job"])]
        assert next(state for state in states if state in {"captured", "submitted", "done"}) == "captured"
        assert states[-1] == "done"
        assert world.cloud_bytes("/bracket.FCStd") == part.read_bytes()
        assert client.save(str(part), requestId="save-1")["job"] == job["job"], "asked twice is one job"
        opened = client.follow(client.open()["job"])[-1]
        assert client.next("file.opened")["path"] == opened["resultPath"]
        assert Path(opened["resultPath"]).read_bytes() == part.read_bytes()
    finally:
        client.close()


def test_it_is_a_program_of_its_own(world: World) -> None:
    world.desk()
    world.bridge()
    part = world.file("bracket.FCStd")
    done = subprocess.run(
        [sys.executable, "-I", str(SOURCE), world.home.bridge_address(), "save", str(part)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1])["state"] == "done"
