"""`iscbridge relay` where something is wrong with what was typed, or with a file: a sentence, and no traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from iscbridge.cli.main import main


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    made = tmp_path / "relay"
    assert main(["relay", "init", "--folder", str(made), "--host", "licences.example.com", "--product", "CAD"]) == 0
    capsys.readouterr()
    return made


@pytest.mark.parametrize(
    "asked", [["admin", "codes", "activate", "FILE"], ["admin", "uses", "add", "FILE"], ["backup", "FILE/x"]]
)
def test_a_file_that_is_not_there_is_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[str]
) -> None:
    missing = tmp_path / "missing"
    words = [word.replace("FILE", str(missing)) for word in asked]
    assert main(["relay", *words, "--folder", str(folder), "--json"]) == 1
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["error"] == "ISCB-RELAY-FILE"
    assert str(missing) in told["message"]


@pytest.mark.parametrize("value", ["0", "10001", "many"])
def test_a_number_out_of_its_bounds_is_told_its_bounds(
    folder: Path, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["relay", "admin", "codes", "--limit", value, "--folder", str(folder)])
    said = capsys.readouterr().err
    assert (ended.value.code, "1 to 10000 lines" in said, len(said) < 2000) == (2, True, True)


def test_a_deed_that_there_is_not_is_told_those_that_there_are(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["relay", "admin", "devices", "barr", "d1", "--folder", str(folder)]) == 1
    assert "block ID | unblock ID" in capsys.readouterr().err


@pytest.mark.parametrize("before", [True, False])
def test_the_folder_may_be_named_before_the_list_and_after_it(
    folder: Path, capsys: pytest.CaptureFixture[str], before: bool
) -> None:
    named = ["--folder", str(folder)]
    assert main(["relay", "admin", *(named if before else []), "codes", *([] if before else named)]) == 0
    assert "none" in capsys.readouterr().out
