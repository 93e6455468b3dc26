"""A licence on Windows Python: the sandbox store over TLS, the bridge, and the secret store of the system."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iscbridge.platform.folders import Home
from iscbridge.sandbox.store import control as store

ISCBRIDGE = Path(sys.prefix) / "Scripts" / "iscbridge.exe"
PRODUCT = "AcmeCAD 零件"


@pytest.fixture(scope="module")
def licensed(home: Home) -> Iterator[Home]:
    home.ensure()
    home.products.mkdir(exist_ok=True)
    (home.products / "acme.toml").write_text(f'[product]\nname = "{PRODUCT}"\n', encoding="utf-8")
    store.start(home)
    yield home
    run(home, "stop")
    store.stop(home)


def run(home: Home, *arguments: str, typed: str = "") -> tuple[int, list[dict[str, Any]]]:
    done = subprocess.run(
        [ISCBRIDGE, *arguments, "--json"],
        env={**os.environ, "ISCBRIDGE_HOME": str(home.root)},
        input=typed.encode(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]


def test_a_code_is_activated_kept_by_the_system_and_checked(licensed: Home) -> None:
    code = str(store.request(licensed, {"request": "new", "days": 300})["license"]["code"])
    done, lines = run(licensed, "license", "activate", "--code-stdin", "--start", typed=code + "\r\n")
    assert done == 0, lines
    assert (lines[-1]["state"], lines[-1]["product"]) == ("active", PRODUCT)
    done, lines = run(licensed, "license", "refresh")
    assert (done, lines[-1]["state"]) == (0, "active")
    told = store.request(licensed, {"request": "show", "code": code})["license"]
    assert (told["activated"], told["detected"]) == (True, True)
    for path in licensed.root.rglob("*"):
        if path.is_file() and licensed.sandbox not in path.parents:
            assert code.encode() not in path.read_bytes(), path
            assert code.encode("utf-16-le") not in path.read_bytes(), path


def test_a_restart_knows_the_licence(licensed: Home) -> None:
    run(licensed, "stop")
    done, lines = run(licensed, "license", "check", "--start")
    assert (done, lines[-1]["state"]) == (0, "active")
    # On a slow machine the first answer comes before the secret store has opened, and says so.
    deadline = time.monotonic() + 60
    while lines[-1].get("warnings") and time.monotonic() < deadline:
        done, lines = run(licensed, "license", "check")
    assert (done, lines[-1]["state"], lines[-1].get("warnings")) == (0, "active", None)
