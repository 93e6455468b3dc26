"""What an installation leaves for all users of a Windows computer."""

from __future__ import annotations

from pathlib import Path

import pytest

from iscbridge.platform import rollout
from iscbridge.platform.windows_probes import PROBES


def test_the_place_of_the_code_is_filled_in_for_this_computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout, "machine_folder", lambda: tmp_path)
    monkeypatch.setenv("COMPUTERNAME", "WS-零件-7")
    assert rollout.license_code_file() is None
    content = "license_code_file = '\\\\server\\licences\\%COMPUTERNAME%.txt'\n"
    (tmp_path / rollout.FILE).write_text(content, encoding="utf-8")
    assert rollout.license_code_file() == "\\\\server\\licences\\WS-零件-7.txt"


def test_every_probe_answers_or_says_nothing() -> None:
    assert PROBES
    for name, probe in PROBES.items():
        assert isinstance(probe(), bool | int | str | None), name
