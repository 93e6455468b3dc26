"""`given`, `when` and `then` of the scenarios: one scene under three names."""

from __future__ import annotations

import pytest

from support.sim_scene import Scene


@pytest.fixture
def given() -> Scene:
    return Scene()


@pytest.fixture
def when(given: Scene) -> Scene:
    return given


@pytest.fixture
def then(given: Scene) -> Scene:
    return given
