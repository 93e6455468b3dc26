"""Opening a file in a CAD: which of several installations, and where it works."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from iscbridge.hosts.catalog import Catalog, Entry, Origin
from iscbridge.hosts.host_file import parse_host_file
from iscbridge.hosts.opening import open_in
from iscbridge.hosts.roots import Roots
from iscbridge.platform.folders import Home
from support.world import until

DESCRIPTION = """
form = 1
[host]
name = "othercad"
product = "OtherCAD"
title = { en = "Other CAD", zh = "另一 CAD" }
[[find]]
platform = "linux"
path = "{opt}/othercad-{version}/cad"
[open]
arguments = ["--show", "{file}"]
"""


def test_the_newest_opens_it_and_does_not_work_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told, home, model = tmp_path / "told", tmp_path / "home", tmp_path / "delivered" / "a b.ocad"
    for folder in (home, model.parent):
        folder.mkdir()
    monkeypatch.setenv("HOME", str(home))
    model.write_bytes(b"x")
    for version in ("9.1", "10.0"):
        program = tmp_path / "opt" / f"othercad-{version}" / "cad"
        program.parent.mkdir(parents=True)
        # Whole at once: the test looks as soon as the name is there.
        program.write_text(
            f"#!{sys.executable} -I\nimport os, sys\nopen({str(told) + '.new'!r}, 'w').write("
            f"'{version}|' + os.getcwd() + '|' + '|'.join(sys.argv[1:]))\n"
            f"os.rename({str(told) + '.new'!r}, {str(told)!r})\n"
        )
        program.chmod(0o755)
    entry = Entry(parse_host_file(DESCRIPTION.encode()), str(tmp_path), Origin.USER)
    roots = Roots("linux", {"opt": str(tmp_path / "opt")})
    opened = open_in(Home(tmp_path / "profile"), "othercad", str(model), roots=roots, catalog=Catalog((entry,)))
    assert opened.program == str(tmp_path / "opt" / "othercad-10.0" / "cad")
    until(told.exists, "the CAD to be there")
    assert told.read_text() == f"10.0|{home}|--show|{model}"
