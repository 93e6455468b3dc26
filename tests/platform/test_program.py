"""How the program starts itself: as a module of Python, and frozen, where two programs lie side by side."""

from __future__ import annotations

import os
import sys

import pytest

from iscbridge.platform.program import own_command, own_process


@pytest.fixture(params=["ISCBridgeTray", "iscbridge"])
def frozen(request, monkeypatch, tmp_path):
    """A frozen installation, seen from one of its two programs."""
    suffix = ".exe" if sys.platform == "win32" else ""
    for name in ("ISCBridgeTray", "iscbridge"):
        (tmp_path / (name + suffix)).touch()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / (request.param + suffix)))
    return lambda name: os.path.join(str(tmp_path), name + suffix)


def test_python_runs_the_package():
    assert own_command("serve") == [sys.executable, "-m", "iscbridge", "serve"]
    assert own_process("sandbox-desk", "iscbridge.sandbox.desk") == [sys.executable, "-m", "iscbridge.sandbox.desk"]


def test_what_has_windows_is_the_tray_and_all_else_the_command(frozen):
    assert own_command("tray", "--quiet", windowed=True) == [frozen("ISCBridgeTray"), "tray", "--quiet"]
    assert own_command("serve", "--quiet") == [frozen("iscbridge"), "serve", "--quiet"]
    assert own_process("sdk-host", "iscbridge.sdk.host") == [frozen("iscbridge"), "sdk-host"]


def test_a_program_without_its_twin_starts_itself(frozen):
    os.remove(frozen("iscbridge"))
    os.rename(frozen("ISCBridgeTray"), sys.executable)
    assert own_command("serve") == [sys.executable, "serve"]
