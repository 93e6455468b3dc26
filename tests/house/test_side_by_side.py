"""Files of tests that run at the same time: nothing that one of them printed or found gets lost."""

from __future__ import annotations

import importlib.util
import threading
from pathlib import Path

import pytest

from support.checkout import ROOT


@pytest.fixture
def side():
    spec = importlib.util.spec_from_file_location("side_by_side_under_test", ROOT / "tests" / "side_by_side.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write(folder: Path, name: str, body: str) -> Path:
    path = folder / name
    path.write_text(body, encoding="utf-8")
    return path


def test_what_every_file_printed_is_shown_and_a_failure_counts(side, tmp_path):
    good = write(tmp_path, "test_good.py", "def test_it():\n    pass\n")
    bad = write(tmp_path, "test_bad.py", "def test_it():\n    assert 'this' == 'that'\n")
    shown: list[str] = []
    assert side.run_all([good, bad], 2, show=shown.append) == 1
    text = "\n".join(shown)
    assert "1 passed" in text
    assert "'this' == 'that'" in text
    assert shown[-1] == "=== FAILED: test_bad.py"


def test_all_passed(side, tmp_path):
    shown: list[str] = []
    assert side.run_all([write(tmp_path, "test_good.py", "def test_it():\n    pass\n")], 1, show=shown.append) == 0
    assert "FAILED" not in "".join(shown)


@pytest.mark.parametrize("body", ["", "import nothing_of_that_name\n"])
def test_a_file_without_tests_has_failed(side, tmp_path, body):
    assert side.run_all([write(tmp_path, "test_none.py", body)], 1, show=lambda _text: None) == 1


def test_no_file_at_all_is_a_failure(side):
    assert side.run_all([], 2, show=lambda _text: None) == 1


def test_files_run_at_the_same_time_and_one_by_one_where_told(side):
    meeting = threading.Barrier(2, timeout=30)

    def meet(path: Path):
        meeting.wait()
        return side.Result(path.name, 0, 0.0, "")

    assert side.run_all([Path("a"), Path("b")], 2, run=meet, show=lambda _text: None) == 0


def test_every_test_file_of_the_folders_is_found(side):
    folders = [ROOT / "tests" / "e2e", ROOT / "tests" / "faults"]
    expected = {path for folder in folders for path in folder.glob("test_*.py")}
    found = side.test_files(folders)
    assert len(found) == len(expected)
    assert set(found) == expected


def test_long_files_begin_first(side, tmp_path):
    names = ("test_alpha.py", "test_licensing_kill_posix.py", "test_zulu.py")
    for name in names:
        write(tmp_path, name, "")
    assert next(path.name for path in side.test_files([tmp_path])) == names[1]


def test_files_that_need_posix_are_left_out_on_windows(side, tmp_path, monkeypatch):
    write(tmp_path, "test_a.py", "")
    write(tmp_path, "test_b_posix.py", "")
    monkeypatch.setattr(side.sys, "platform", "win32")
    assert [path.name for path in side.test_files([tmp_path])] == ["test_a.py"]
