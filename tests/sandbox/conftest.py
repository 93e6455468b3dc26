from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.desk_wire import DeskProcess


@pytest.fixture(scope="session")
def _shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskProcess]:
    desk = DeskProcess(tmp_path_factory.mktemp("desk")).start()
    yield desk
    desk.end()


@pytest.fixture
def desk(_shared_desk: DeskProcess) -> Iterator[DeskProcess]:
    """A running desk with the default personality; its cloud may hold files of other tests."""
    _shared_desk.reset()
    yield _shared_desk
    _shared_desk.reset()


@pytest.fixture
def own_desk(tmp_path: Path) -> Iterator[DeskProcess]:
    """A desk of the test's own, to be started by it, with an empty cloud."""
    desk = DeskProcess(tmp_path / "home")
    yield desk
    desk.end()


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """A file that no other test has saved, 100 kB."""
    path = tmp_path / f"{tmp_path.name}.FCStd"
    path.write_bytes(bytes(range(250)) * 400)
    return path


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """An assembly folder with names that are not ASCII, sub-folders and an empty folder."""
    folder = tmp_path / f"总装 {tmp_path.name}"
    (folder / "Teile äöü" / "深").mkdir(parents=True)
    (folder / "empty").mkdir()
    (folder / f"{folder.name}.FCStd").write_bytes(b"main" * 1000)
    (folder / "Teile äöü" / "Schraube ß.FCStd").write_bytes(b"screw" * 500)
    (folder / "Teile äöü" / "深" / "轴承.FCStd").write_bytes(bytes(3000))
    (folder / "zero").write_bytes(b"")
    return folder
