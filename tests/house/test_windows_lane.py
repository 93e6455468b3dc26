"""What the Windows lane promises of itself: each module that asks the system has a test there, and nothing is missing."""

from __future__ import annotations

import ast
import concurrent.futures
import importlib.util
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from support.checkout import ROOT

LANE = ROOT / "tests" / "windows"
STEP = LANE / "step_python.py"
PLATFORM = sorted(path.stem for path in (ROOT / "iscbridge" / "platform").glob("*.py") if path.stem != "__init__")
#: Tested there by what stands over them.
BY_OTHERS = {
    "settings_file": "settings",
    "secrets_file": "secrets",
    "watch_threads": "watching",
}


def table(name: str) -> Any:
    """A table of the step, without running it."""
    for statement in ast.parse(STEP.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "") == name:
            return ast.literal_eval(statement.value)
    raise AssertionError(f"{STEP.name} has no {name}")


def files() -> Iterator[Path]:
    for paths in table("GROUPS").values():
        for name in paths:
            path = ROOT / name.split("::")[0]
            assert path.exists(), f"{name} is not there"
            yield from sorted(path.rglob("test_*.py")) if path.is_dir() else [path]


def imported(source: str) -> set[str]:
    """Modules of the platform that a test uses."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "iscbridge.platform":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("iscbridge.platform."):
            found.add(str(node.module).split(".")[2])
    return found


@pytest.fixture(scope="module")
def tested() -> set[str]:
    return {name for path in files() for name in imported(path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("module", PLATFORM)
def test_every_module_of_the_platform_is_tested_on_windows(module: str, tested: set[str]) -> None:
    assert BY_OTHERS.get(module, module) in tested


def test_every_group_runs_in_one_row() -> None:
    rows = [group for row in table("ROWS") for group in row]
    assert sorted(rows) == sorted(table("GROUPS"))


@pytest.mark.parametrize("name", ["native", "python", "frozen", "installer"])
def test_every_step_is_there(name: str) -> None:
    assert f'"{name}"' in (LANE / "lane.py").read_text(encoding="utf-8")
    tree = ast.parse((LANE / f"step_{name}.py").read_text(encoding="utf-8"))
    assert "run" in [item.name for item in tree.body if isinstance(item, ast.FunctionDef)]


def test_no_test_of_the_lane_skips_windows() -> None:
    assert not [path.name for path in files() if path.stem.endswith("_posix")]


def test_imports_are_found() -> None:
    assert imported(
        "from iscbridge.platform import durable\nfrom iscbridge.platform.files import stamp\nimport os"
    ) == {
        "durable",
        "files",
    }


@pytest.fixture
def lane(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(LANE))
    spec = importlib.util.spec_from_file_location("windows_lane_under_test", LANE / "lane.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = set(sys.modules)
    spec.loader.exec_module(module)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(LANE)):
            monkeypatch.delitem(sys.modules, name)
    return module


def run_steps(lane: ModuleType, **steps: dict[str, Any]) -> None:
    stage = SimpleNamespace(laps=lane.Laps(), passed=0)
    with concurrent.futures.ThreadPoolExecutor(1) as beside:
        lane._run_steps(stage, {name: SimpleNamespace(**parts) for name, parts in steps.items()}, beside)


def test_long_work_of_a_step_runs_beside_the_steps_before_it(lane: ModuleType) -> None:
    done: list[str] = []
    second_is_beside = threading.Event()

    def wait(stage: Any) -> None:
        assert second_is_beside.wait(60)
        done.append("first")

    def work(stage: Any) -> None:
        done.append("beside")
        second_is_beside.set()

    def note(word: str) -> Any:
        return lambda stage: done.append(word)

    run_steps(lane, first={"prepare": note("prepared 1"), "run": wait},
              second={"prepare": note("prepared 2"), "beside": work, "run": note("second")})  # fmt: skip
    assert done == ["prepared 1", "prepared 2", "beside", "first", "second"]


@pytest.mark.parametrize("part", ["prepare", "beside", "run"])
def test_a_step_that_fails_is_named_once_and_keeps_no_other_from_running(lane: ModuleType, part: str) -> None:
    done: list[str] = []

    def fail(stage: Any) -> None:
        raise lane.LaneError("it broke\nhere")

    parts: dict[str, Any] = {name: lambda stage, name=name: done.append(name) for name in ("prepare", "beside", "run")}
    last = {"run": lambda stage: done.append("last")}
    with pytest.raises(lane.LaneError, match=r"^0 tests passed; broken: it broke$"):
        run_steps(lane, broken=parts | {part: fail}, last=last)
    assert done == [*{"prepare": [], "beside": ["prepare"], "run": ["prepare", "beside"]}[part], "last"]


def test_recorded_answers_of_disks_hold_no_serial_number() -> None:
    spec = importlib.util.spec_from_file_location("record_disks", LANE / "record_disks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    fixed = bytes(24) + (42).to_bytes(4, "little") + bytes(8)
    assert module.without_serial(fixed + b"Model\0  WD-12ab_x\0tail") == fixed + b"Model\0  AA-00AA_A\0tail"
    assert module.without_serial(fixed + b"Model\0S9") == fixed + b"Model\0A0"
    for answer in (b"", bytes(20), bytes(40), bytes(24) + b"\xff" * 16):
        assert module.without_serial(answer) == answer
