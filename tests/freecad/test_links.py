"""The add-in's reading of saved documents, by itself; and the list that the installation leaves."""

from __future__ import annotations

import ast
import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from iscbridge.platform.resources import client_file
from support.fcstd import write_fcstd
from support.freecad import put_addin

PACKAGE = Path(__file__).parents[2] / "resources" / "hosts" / "freecad" / "ISCBridge" / "iscbridge_freecad"


def module(name: str, folder: Path = PACKAGE) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"tested_{name}", folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture
def links() -> ModuleType:
    return module("links")


def test_references_are_read_as_freecad_writes_them(links, tmp_path):
    path = write_fcstd(tmp_path / "a" / "x.FCStd", ['lib/Größe & "Maß".FCStd', "../b/bolt.FCStd", "法兰.FCStd"])
    assert links.references(str(path)) == {
        str(tmp_path / "a" / "lib" / 'Größe & "Maß".FCStd'),
        str(tmp_path / "b" / "bolt.FCStd"),
        str(tmp_path / "a" / "法兰.FCStd"),
    }


def test_a_saved_document_is_compared_with_what_is_loaded(links, tmp_path):
    bolt, wrong = write_fcstd(tmp_path / "bolt.FCStd"), write_fcstd(tmp_path / "new" / "bolt.FCStd")
    main = write_fcstd(tmp_path / "new" / "asm.FCStd", ["bolt.FCStd"])
    assert links.check({str(main): {str(wrong)}}) == (True, [], [])
    assert links.check({str(main): {str(bolt)}}) == (True, [(str(main), str(bolt))], [])
    wrong.unlink()
    assert links.check({str(main): set()}) == (True, [], [str(wrong)])
    assert links.check({str(bolt): set()}) == (False, [], [])


def test_what_can_t_be_read_is_left_to_the_bridge(links, tmp_path):
    (tmp_path / "x.FCStd").write_bytes(b"no zip")
    assert links.check({str(tmp_path / "x.FCStd"): set(), str(tmp_path / "none"): set()}) == (False, [], [])
    assert links.closure_missing(str(tmp_path / "x.FCStd")) == []


def test_missing_files_are_found_through_circles(links, tmp_path):
    write_fcstd(tmp_path / "two.FCStd", ["one.FCStd", "gone.FCStd"])
    main = write_fcstd(tmp_path / "one.FCStd", ["two.FCStd"])
    assert links.closure_missing(str(main)) == [str(tmp_path / "gone.FCStd")]


def test_the_client_in_the_add_in_is_the_one_of_the_program(tmp_path):
    assert not (PACKAGE / "client.py").exists(), "one source: the installation puts it there"
    folder = put_addin(tmp_path / "Mod", tmp_path, ("/opt/iscbridge/iscbridge", "tray", "--quiet"))
    assert (folder / "iscbridge_freecad" / "client.py").read_bytes() == client_file().read_bytes()
    listed = json.loads((folder / "iscbridge-installed.json").read_text())
    assert listed["command"] == ["/opt/iscbridge/iscbridge", "tray", "--quiet"]
    assert "iscbridge_freecad/client.py" in listed["files"]


def test_all_of_it_compiles_for_the_python_of_older_freecads():
    for path in [*PACKAGE.rglob("*.py"), *PACKAGE.parent.glob("*.py"), client_file()]:
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize(
    ("status", "watched", "modified", "state"),
    [
        ({"busy": True}, "saved", True, "saving"),
        ({"busy": False}, "", False, "absent"),
        ({"busy": False, "job": {"state": "failed"}}, "", False, "failed"),
        ({"busy": False, "job": {"state": "done"}}, "saved", False, "saved"),
        ({"busy": False, "job": {"state": "done"}}, "saved", True, "changed"),
        ({"busy": False, "job": {"state": "done"}}, "changed", False, "changed"),
        ({"busy": False, "job": {"state": "done"}}, "changing", False, "changed"),
        ({"busy": False, "job": {"state": "failed"}}, "saved", False, "failed"),
        ({"busy": False, "job": {"state": "unknown", "notes": []}}, "saved", True, "unsure"),
        ({"busy": False, "job": {"state": "unknown", "notes": ["note.dismissed"]}}, "saved", False, "saved"),
        ({"busy": False, "opened": {"readOnly": True}}, "saved", True, "read_only"),
        ({"busy": False, "opened": {"readOnly": False}}, "saved", False, "saved"),
        # Nobody watches it, nobody has looked yet, it can't be read: then nobody knows.
        ({"busy": False, "job": {"state": "done"}}, "", False, "unknown"),
        ({"busy": False, "job": {"state": "done"}}, "unknown", False, "unknown"),
        ({"busy": False, "opened": {"readOnly": False}}, "unreadable", False, "unknown"),
        ({"busy": False, "job": {"state": "done"}}, "unknown", True, "changed"),
    ],
)
def test_the_state_of_a_document(status, watched, modified, state):
    assert module("standing").state_of(status, watched, modified) == state


def test_a_working_file_is_found_by_any_spelling_of_its_path(tmp_path):
    standing = module("standing")
    path, link = tmp_path / "work" / "a.FCStd", tmp_path / "link"
    path.parent.mkdir()
    path.write_bytes(b"x")
    link.symlink_to(path.parent)
    files = [{"path": str(tmp_path / "a.FCStd"), "state": "saved"}, {"path": str(path), "state": "changed"}]
    assert standing.watched_as(str(path), files) == "changed"
    assert standing.watched_as(str(link / "a.FCStd"), files) == ""
    assert standing.watched_elsewhere(str(link / "a.FCStd"), files) == "changed"
    assert standing.watched_elsewhere(str(tmp_path / "other" / "a.FCStd"), files) == ""
