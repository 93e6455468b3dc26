"""`iscbridge hosts`: the same as the page, for scripts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from iscbridge.cli import exit_codes
from support.sample_host import ADDIN, DESCRIPTION

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the sample CAD is one of Linux")


@pytest.fixture
def machine(tmp_path: Path):
    """A user with the sample CAD in the home, and the vendor's folder."""
    vendor = tmp_path / "vendor"
    for name, content in ADDIN.items():
        path = vendor / "addin" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (vendor / "host.toml").write_text(DESCRIPTION.replace("{opt}/SampleCAD", "{home}/SampleCAD"), encoding="utf-8")
    program = tmp_path / "user" / "SampleCAD 2.1" / "bin" / "samplecad"
    program.parent.mkdir(parents=True)
    program.write_bytes(b"")
    return tmp_path


def run(machine: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "HOME": str(machine / "user"), "ISCBRIDGE_HOME": str(machine / "profile")}
    env.pop("XDG_DATA_HOME", None)
    return subprocess.run(
        [sys.executable, "-m", "iscbridge", "hosts", *arguments],
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


def records(done: subprocess.CompletedProcess[str]) -> dict[str, dict]:
    return {record["host"]: record for record in map(json.loads, done.stdout.splitlines())}


def test_a_vendor_s_cad_is_added_installed_repaired_and_removed(machine):
    assert set(records(run(machine, "--json"))) == {"blender", "freecad", "kicad", "openscad", "solvespace"}
    added = run(machine, "add", str(machine / "vendor" / "host.toml"), "--json")
    assert added.returncode == exit_codes.DONE, added.stderr
    assert records(added)["samplecad"]["state"] == "not_installed"
    installed = run(machine, "install", "samplecad", "--json")
    record = records(installed)["samplecad"]
    assert (record["state"], record["actions"]) == ("installed", ["remove"])
    place = Path(record["place"])
    (place / "Init.py").write_bytes(b"by hand")
    refused = run(machine, "install", "samplecad")
    assert refused.returncode == exit_codes.FAILED
    assert "ISCB-HOST-CHANGED" in refused.stderr
    assert "changed by hand" in run(machine, "list").stdout
    repaired = run(machine, "repair", "samplecad")
    assert "Init.py.changed" in repaired.stdout
    (place / "Init.py.changed").unlink()
    assert records(run(machine, "remove", "samplecad", "--json"))["samplecad"]["state"] == "not_installed"
    assert not place.exists()


def test_what_is_wrong_is_an_exit_code(machine):
    unknown = run(machine, "install", "nothing", "--json")
    assert (unknown.returncode, json.loads(unknown.stdout)["error"]) == (exit_codes.USAGE, "ISCB-HOST-UNKNOWN")
    bad = run(machine, "add", str(machine / "none.toml"))
    assert bad.returncode == exit_codes.FAILED
    assert "ISCB-HOST-FILE" in bad.stderr
