"""With an administrator's rights no bridge begins, whichever command is to begin one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from iscbridge.__main__ import main
from iscbridge.cli import exit_codes
from iscbridge.platform import elevation

CODE = "ISCB-BRIDGE-ELEVATED"


@pytest.fixture
def elevated(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ISCBRIDGE_HOME", str(home))
    monkeypatch.setattr(elevation, "has_more_than_usual", lambda: True)
    monkeypatch.setattr(elevation, "_is_usual_here", lambda: False)

    def started(*_args: object, **_more: object) -> None:
        raise AssertionError("a bridge was started")

    monkeypatch.setattr(subprocess, "Popen", started)
    return home


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["iscbridge", *arguments])
    return main()


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve"],
        ["serve", "--quiet"],
        ["tray"],
        ["tray", "--quiet"],
        ["tray", "--window", "settings"],
        ["save", "part.FCStd", "--start"],
        ["license", "activate", "--start"],
    ],
)
def test_every_command_that_would_begin_one_says_why_not(
    elevated: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run(monkeypatch, *arguments) == exit_codes.FAILED
    assert "ISCBridge does not run with an administrator's rights" in capsys.readouterr().err
    assert not (elevated / "journal.sqlite3").exists()


def test_programs_are_told_the_code(
    elevated: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "save", "part.FCStd", "--start", "--json") == exit_codes.FAILED
    assert json.loads(capsys.readouterr().out)["error"] == CODE


def test_a_command_that_starts_nothing_is_no_matter_of_rights(
    elevated: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "save", "part.FCStd") == exit_codes.NOT_RUNNING
    assert CODE not in capsys.readouterr().err


def test_a_program_without_a_console_has_no_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    from iscbridge.cli.output import Output

    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    output = Output("en", as_json=False)
    output.complain("nobody hears it")
    output.sentence("not-running")
