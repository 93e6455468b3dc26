from __future__ import annotations

import json
from pathlib import Path

import pytest

from iscbridge.core.errors import BridgeError, RequestError
from iscbridge.hosts import generic
from iscbridge.hosts.generic import read_manifest


@pytest.fixture
def main(tmp_path: Path) -> str:
    (tmp_path / "gear.asm").write_bytes(b"x")
    return str(tmp_path / "gear.asm")


def write(tmp_path: Path, content: object) -> str:
    path = tmp_path / "manifest.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return str(path)


def test_relative_and_absolute_paths(tmp_path: Path, main: str) -> None:
    elsewhere = str(tmp_path.parent / "bolt.prt")
    path = write(tmp_path, {"main": "gear.asm", "files": ["gear.asm", elsewhere, "gear.asm"], "newer": 1})
    assert read_manifest(path, main) == (main, elsewhere)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path, main: str) -> None:
    path = write(tmp_path, b"\xef\xbb\xbf" + json.dumps({"files": ["零件.prt"]}).encode())
    assert read_manifest(path, main) == (str(tmp_path / "零件.prt"),)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe{}",
        b"[" * 100_000,
        [],
        {},
        {"files": "gear.asm"},
        {"files": [1]},
        {"files": [""]},
        {"files": [], "main": ""},
        {"files": [], "main": 5},
        {"files": [], "main": "other.asm"},
        {"files": ["a\0b"]},
        {"files": ["\ud800"]},
    ],
)
def test_what_is_no_manifest_is_said(tmp_path: Path, main: str, content: object) -> None:
    path = write(tmp_path, content)
    with pytest.raises(RequestError) as caught:
        read_manifest(path, main)
    assert caught.value.code == "ISCB-REQ-MANIFEST"
    assert caught.value.params["path"] == path
    assert caught.value.params["detail"]


def test_limits(tmp_path: Path, main: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, {"files": ["a", "b", "c"]})
    monkeypatch.setattr(generic, "MAX_FILES", 2)
    with pytest.raises(RequestError, match="MANIFEST"):
        read_manifest(path, main)
    monkeypatch.setattr(generic, "MAX_MANIFEST", 5)
    with pytest.raises(RequestError, match="larger"):
        read_manifest(path, main)


def test_a_missing_manifest(tmp_path: Path, main: str) -> None:
    with pytest.raises(BridgeError) as caught:
        read_manifest(str(tmp_path / "none.json"), main)
    assert caught.value.code == "ISCB-FILE-MISSING"
