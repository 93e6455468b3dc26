"""Whether the FreeCAD add-in may start a bridge, by the rights that Windows tells of."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

import pytest

from iscbridge.platform.resources import resources_folder

ADMINISTRATORS_WINDOW, USUAL_WINDOW, ONLY_TOKEN, NOT_TOLD = 2, 3, 1, 0


@pytest.fixture
def installed() -> ModuleType:
    path = resources_folder("hosts") / "freecad" / "ISCBridge" / "iscbridge_freecad" / "installed.py"
    spec = importlib.util.spec_from_file_location("installed_of_freecad", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("told", "elevated"), [(ADMINISTRATORS_WINDOW, True), (USUAL_WINDOW, False), (ONLY_TOKEN, False), (NOT_TOLD, True)]
)
def test_an_administrator_without_account_control_gets_a_bridge(
    installed: ModuleType, monkeypatch: pytest.MonkeyPatch, told: int, elevated: bool
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(installed, "_elevation_type", lambda: told, raising=False)
    assert installed.is_elevated() is elevated
