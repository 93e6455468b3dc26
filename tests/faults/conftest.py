from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.faults_promises import Promises
from support.faults_shim import Shim, compile_shim
from support.world import World

# Files named so need what only POSIX has: signals that stop a process, a library that is preloaded.
collect_ignore_glob = ["*_posix.py"] if sys.platform == "win32" else []


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def promises(world: World) -> Promises:
    return Promises(world)


@pytest.fixture(scope="session")
def shim_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_shim(tmp_path_factory.mktemp("shim"))


@pytest.fixture
def shim(shim_library: Path, tmp_path: Path) -> Shim:
    return Shim(shim_library, tmp_path / "faults")
