from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.fake_shim import SdkChild, build_fake_shim


@pytest.fixture(scope="session")
def fake_shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripted shim."""
    return build_fake_shim(tmp_path_factory.mktemp("fake_shim"))


@pytest.fixture
def own_shim(fake_shim: Path, tmp_path: Path) -> str:
    """A copy of its own: a library that is loaded into the test process is loaded once for each file."""
    return str(shutil.copy(fake_shim, tmp_path / "libown_shim.so"))


@pytest.fixture
def start(fake_shim: Path) -> Iterator[Callable[..., SdkChild]]:
    """Starts SDK processes over the scripted shim: start(FAKE_SAVE="event ...", library=...)."""
    children: list[SdkChild] = []

    def start(*more: str, library: Path | str = fake_shim, **environment: str) -> SdkChild:
        children.append(SdkChild(library, *more, **environment))
        return children[-1]

    yield start
    for child in children:
        child.finish()
