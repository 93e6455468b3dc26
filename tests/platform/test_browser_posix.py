"""The opener of the desktop gets the address as one argument, and nothing of this program."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from iscbridge.platform.browser import open_page

URL = "https://licences.vendor.example/signin/go?ticket=a;b&c=$HOME"


def opener(folder: Path, lines: str, monkeypatch) -> Path:
    program = folder / "xdg-open"
    program.write_text(f"#!/bin/sh\n{lines}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder / "said"


@pytest.mark.parametrize(("code", "good"), [(0, True), (3, False)])
def test_the_address_is_one_argument(tmp_path, monkeypatch, code, good) -> None:
    said = opener(tmp_path, f'printf "%s %s" "$#" "$1" > "{tmp_path}/said"; exit {code}', monkeypatch)
    assert open_page(URL) is good
    assert said.read_text() == f"1 {URL}"


def test_a_desktop_without_an_opener_is_told_apart(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not open_page(URL)
