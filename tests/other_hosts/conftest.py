from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.world import World


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
