from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.freecad import FreeCad, x_server
from support.world import World


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    with x_server() as made:
        yield made


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("w"))
    made.home.ensure()
    made.desk()
    made.bridge()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def shared(world: World, display: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FreeCad]:
    made = FreeCad(tmp_path_factory.mktemp("cad"), world.home.root, display)
    try:
        made.until("result = commands.bridge.state == 'connected'")
        yield made
    finally:
        made.close()


def check(cad: FreeCad) -> None:
    assert cad.boxes() == [], "nothing of ours may stop a person's work"
    assert "Traceback" not in cad.said()


@pytest.fixture
def cad(shared: FreeCad) -> Iterator[FreeCad]:
    """FreeCAD without a document; a modal box or a traceback in it fails the test."""
    shared.do("close_all()")
    shared.boxes()
    yield shared
    check(shared)


@pytest.fixture
def start(tmp_path: Path, display: str) -> Iterator[Callable[..., FreeCad]]:
    """Starts a FreeCAD of the test's own; with `again` one with the home of another."""
    made: list[FreeCad] = []

    def start(world: World, again: FreeCad | None = None, **options: object) -> FreeCad:
        folder = tmp_path / f"cad{len(made)}" if again is None else again.folder
        folder.mkdir(exist_ok=True)
        made.append(FreeCad(folder, world.home.root, display, **options))
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the test's documents lie."""
    made = tmp_path / "work"
    made.mkdir()
    return made
