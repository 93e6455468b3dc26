"""Files that come with the program are found in a checkout and in an installation."""

from __future__ import annotations

from pathlib import Path

import pytest

import iscbridge
from iscbridge.platform.resources import resources_folder


@pytest.mark.parametrize("installed", [True, False])
def test_they_are_found_in_an_installation_and_in_a_checkout(tmp_path: Path, monkeypatch, installed):
    package = tmp_path / "iscbridge"
    wanted = tmp_path / ("iscbridge_resources" if installed else "resources") / "hosts"
    wanted.mkdir(parents=True)
    monkeypatch.setattr(iscbridge, "__file__", str(package / "__init__.py"))
    assert resources_folder("hosts") == wanted


def test_this_checkout_has_the_descriptions_of_cads():
    assert (resources_folder("hosts") / "freecad" / "host.toml").is_file()
