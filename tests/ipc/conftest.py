from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.raw_client import RawClient

_FAKE = Path(__file__).parents[1] / "support" / "fake_bridge.py"
_ROOT = Path(__file__).parents[2]


class FakeBridge:
    """A server process and its address."""

    def __init__(self, address: str, **limits: Any) -> None:
        self.address = address
        environment = {**os.environ, "PYTHONPATH": str(_ROOT), "QT_QPA_PLATFORM": "offscreen"}
        command = [sys.executable, str(_FAKE), address, json.dumps(limits)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline().strip()

    def dial(self, *, greet: bool = True, **greeting: Any) -> RawClient:
        return RawClient(self.address, greet=greet, **greeting)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture(autouse=True)
def _close_clients() -> Iterator[None]:
    yield
    RawClient.close_all()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="ipc-") as path:
        yield Path(path)


@pytest.fixture
def address(folder: Path) -> str:
    """Where a server of this test listens."""
    return str(folder / "b.sock") if sys.platform != "win32" else rf"\\.\pipe\{folder.name}"


@pytest.fixture
def start_bridge(address: str) -> Iterator[Callable[..., FakeBridge]]:
    """Start servers at the same address, with limits of the test's choice."""
    started: list[FakeBridge] = []

    def start(**limits: Any) -> FakeBridge:
        bridge = FakeBridge(address, **limits)
        started.append(bridge)
        return bridge

    yield start
    for bridge in started:
        bridge.end()


@pytest.fixture
def bridge(start_bridge: Callable[..., FakeBridge]) -> FakeBridge:
    """A server with the limits of the product."""
    found = start_bridge()
    assert found.said == "listening"
    return found
