"""`given`, `when` and `then` of the scenarios: one scene under three names."""

from __future__ import annotations

import pytest

from support.license_scene import LicenseScene, a_record
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


@pytest.fixture
def scene() -> LicenseScene:
    return LicenseScene()


@pytest.fixture
def active(scene: LicenseScene) -> LicenseScene:
    """A licence that was checked yesterday; a new day, before its first use."""
    scene.load(a_record())
    scene.seen()
    scene.wait(days=1)
    return scene
