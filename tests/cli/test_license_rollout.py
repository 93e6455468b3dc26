"""The licence code of a roll-out: from the file that the administrator named, and from nowhere else."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from iscbridge.cli.license_input import NotACodeError, read_code
from iscbridge.core.errors import FileError
from iscbridge.platform import rollout

CODE = "PL1234-ROLLOUT"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "machine"
    folder.mkdir()
    monkeypatch.setattr(rollout, "machine_folder", lambda: folder)
    return folder


def read() -> str:
    options = Namespace(rollout=True, code_file=None, code_stdin=False)
    return read_code(options, None, "demo")  # type: ignore[arg-type]  # nothing is shown


def name_file(machine: Path, path: str) -> None:
    (machine / "rollout.toml").write_text(f"license_code_file = '{path}'\n", encoding="utf-8")


def test_the_code_is_read_from_the_file_that_was_named(machine, tmp_path, monkeypatch):
    monkeypatch.setenv("ROLLOUT_COMPUTER", "WS-0417")
    name_file(machine, str(tmp_path / "$ROLLOUT_COMPUTER.txt"))
    (tmp_path / "WS-0417.txt").write_text(f"{CODE}\r\n", encoding="utf-16")
    assert read() == CODE


@pytest.mark.parametrize("content", [None, "", "license_code_file = 7\n", "no toml", "other = 'x'\n"])
def test_without_a_name_nothing_is_read(machine, content):
    if content is not None:
        (machine / "rollout.toml").write_text(content, encoding="utf-8")
    with pytest.raises(NotACodeError) as told:
        read()
    assert told.value.message_id == "license-no-rollout"


@pytest.mark.parametrize(("content", "message"), [("", "license-no-code"), ("a b\n", "license-code-form"),
                                                  ("A\nB\n", "license-code-form"), ("x" * 5000, "license-code-form")])  # fmt: skip
def test_a_file_without_one_code_gives_none(machine, tmp_path, content, message):
    name_file(machine, str(tmp_path / "code"))
    (tmp_path / "code").write_text(content, encoding="utf-8")
    with pytest.raises(NotACodeError) as told:
        read()
    assert told.value.message_id == message


def test_a_file_that_is_not_there_is_named(machine, tmp_path):
    name_file(machine, str(tmp_path / "gone"))
    with pytest.raises(FileError) as told:
        read()
    assert "gone" in str(told.value.info.params["path"])
