"""Threads meet Qt in a few places only, and each of them by queued signals to slots."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from support.checkout import ROOT

#: Files with threads of their own in the processes that run Qt, and why.
THREADS = {
    "iscbridge/service/workers.py": "work that may block, per volume",
    "iscbridge/service/workfiles/events.py": "what the system tells of changed files",
    "iscbridge/tray/activity/thumbnails.py": "pictures of files",
    "iscbridge/tray/background.py": "errands of the windows",
}
#: Signals that are emitted on another thread than their object's, as the places that connect them name them.
OFF_THREAD = {"workers.finished", "events.came", "_post().read", "self.arrived", "_thread.failed", "_thread.finished"}
PARTS = ("service", "tray")


def sources() -> Iterator[tuple[str, ast.Module]]:
    for part in PARTS:
        for path in sorted((ROOT / "iscbridge" / part).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def slots(tree: ast.Module) -> set[str]:
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and any("Slot" in ast.unparse(one) for one in node.decorator_list)
    }


def test_threads_are_made_in_few_places():
    found = {name for name, tree in sources() for called, _ in calls(tree) if called in ("threading.Thread", "Thread")}
    assert found == set(THREADS)


@pytest.mark.parametrize("signal", sorted(OFF_THREAD))
def test_what_another_thread_tells_comes_queued_to_a_slot(signal: str):
    connected = 0
    for name, tree in sources():
        for called, call in calls(tree):
            if not f".{called}".endswith(f".{signal}.connect") or (signal == "self.arrived" and name not in THREADS):
                continue
            connected += 1
            receiver, *way = call.args
            assert [ast.unparse(one) for one in way] == ["Qt.ConnectionType.QueuedConnection"], (name, call.lineno)
            assert isinstance(receiver, ast.Attribute), (name, call.lineno)
            if ast.unparse(receiver.value) == "self":
                assert receiver.attr in slots(tree), (name, call.lineno)
    assert connected


def test_an_errand_holds_nothing_of_qt_s():
    """The last reference to what it calls goes on its own thread: so that must be no method of a window."""
    for name, tree in sources():
        for called, call in calls(tree):
            work = call.args[0] if called == "in_background" else None
            if isinstance(work, ast.Call) and ast.unparse(work.func) == "partial":
                held = [ast.unparse(one) for one in (*work.args, *(keyword.value for keyword in work.keywords))]
                assert "self" not in held, (name, call.lineno)
                assert not held[0].startswith("self."), (name, call.lineno)
