from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.independent_client import IndependentClient

SOURCE = Path(__file__).parents[1] / "support" / "independent_client.py"


def test_it_saves_is_notified_and_opens(bridge: Any) -> None:
    client = IndependentClient(bridge.address)
    job = client.save("/home/ann/a.FCStd")
    assert job["state"] == "accepted"
    assert [change["state"] for change in client.follow(job["job"])] == ["done"]
    job = client.open()
    assert client.follow(job["job"])[-1]["kind"] == "open"
    assert client.next("file.opened")["job"] == job["job"]
    with pytest.raises(RuntimeError, match="ISCB-REQ-PATH-RELATIVE"):
        client.save("a.FCStd")
    client.close()


def test_it_is_a_program(bridge: Any) -> None:
    command = [sys.executable, "-I", str(SOURCE), bridge.address]
    for arguments, lines in ((["save", "/a"], 2), (["open"], 3)):
        run = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=60, check=True)
        assert len([json.loads(line) for line in run.stdout.splitlines()]) == lines
    failed = subprocess.run([*command, "save", "/missing"], capture_output=True, text=True, timeout=60, check=False)
    assert failed.returncode == 1


def test_it_has_no_code_of_ours() -> None:
    imported = set()
    for node in ast.walk(ast.parse(SOURCE.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module))
    assert imported == {"__future__", "json", "os", "socket", "struct", "sys", "time"}
