from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from iscbridge.platform.folders import HOME_VARIABLE, Home


def test_the_variable_moves_everything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "profile"))
    home = Home.from_environment()
    for place in (
        home.journal,
        home.snapshots,
        home.staging,
        home.logs,
        home.config,
        home.lock,
        home.run,
        home.sandbox,
    ):
        assert place.is_relative_to(tmp_path / "profile")


def test_without_the_variable_it_is_the_users_local_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HOME_VARIABLE, raising=False)
    name = "iscbridge" if sys.platform == "linux" else "ISCBridge"
    assert str(Home.from_environment().root) == platformdirs.user_data_dir(name, appauthor=False, roaming=False)


def test_an_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HOME_VARIABLE, raising=False)
    default = Home.from_environment()
    monkeypatch.setenv(HOME_VARIABLE, "")
    assert Home.from_environment() == default


def test_a_home_does_not_change(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(AttributeError):
        home._root = "elsewhere"  # type: ignore[misc]  # what the test is about
    assert home == Home(str(tmp_path))
    assert len({home, Home(tmp_path)}) == 1


def test_two_homes_have_different_addresses(tmp_path: Path) -> None:
    one, two = Home(tmp_path / "one"), Home(tmp_path / "two")
    assert len({one.bridge_address(), two.bridge_address(), one.desk_address(), two.desk_address()}) == 4


def test_a_client_loads_nothing_heavy_for_the_address(tmp_path: Path) -> None:
    code = (
        "import sys; before = set(sys.modules); from iscbridge.platform.folders import Home; "
        "Home.from_environment().bridge_address(); "
        "print(*sorted(set(sys.modules) - before))"
    )
    environment = {**os.environ, HOME_VARIABLE: str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    heavy = {"platformdirs", "dataclasses", "inspect", "re"} | ({"ctypes"} if sys.platform != "win32" else set())
    assert not heavy & set(done.stdout.split())
