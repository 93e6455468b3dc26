"""An installation without the sandbox says so, in words, wherever the sandbox is asked for."""

from __future__ import annotations

import importlib.util

import pytest

from iscbridge.cli import sandbox_there
from iscbridge.cli.doctor import examine
from iscbridge.cli.main import main
from iscbridge.cli.texts import say
from iscbridge.platform.folders import Home


@pytest.fixture
def without(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        sandbox_there, "find_spec", lambda name: None if name.startswith("iscbridge.sandbox.") else found(name)
    )


@pytest.mark.parametrize("arguments", [["sandbox", "start"], ["sandbox", "ls", "--json"], ["demo"]])
def test_its_commands_name_what_is_missing(without, monkeypatch, tmp_path, capsys, arguments):
    monkeypatch.setenv("ISCBRIDGE_HOME", str(tmp_path))
    assert main(arguments) == 1
    said = capsys.readouterr()
    assert "ISCB-SANDBOX-LEFT-OUT" in said.out + said.err


def test_its_desk_is_no_finding_where_it_is_not(without, tmp_path):
    assert say("doctor.desk", "en") not in {finding.check for finding in examine(Home(tmp_path), "en")}


def test_it_is_there_in_a_full_installation(tmp_path):
    sandbox_there.check_sandbox()
    assert say("doctor.desk", "en") in {finding.check for finding in examine(Home(tmp_path), "en")}
