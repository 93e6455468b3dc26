"""Installations that Windows' registry tells of, with a registry of the test's own: a copy of the module as on Windows."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from iscbridge.hosts import finding
from iscbridge.hosts.host_file import HostFile, parse_host_file
from iscbridge.hosts.roots import Roots

DESCRIPTION = r"""
form = 1

[host]
name = "samplecad"
product = "SampleCAD"
title = { en = "Sample CAD", zh = "示例 CAD" }
oldest = "2.0"

[[find]]
platform = "windows"
registry = 'HKLM\SOFTWARE\Acme\SampleCAD\*'
value = "InstallDir"
program = "bin/sample.exe"
version_value = "Version"

[[find]]
platform = "windows"
registry = 'HKCU\SOFTWARE\Acme\Portable'
value = "Program"
"""
LISTED = r"SOFTWARE\Acme\SampleCAD"


class Registry(ModuleType):
    """As much of `winreg` as is used. Keys by (hive, view, path), each with its values."""

    HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER = 1, 2
    KEY_READ, KEY_WOW64_64KEY, KEY_WOW64_32KEY = 0x20019, 0x100, 0x200
    REG_SZ, REG_DWORD = 1, 4

    def __init__(self) -> None:
        super().__init__("winreg")
        self.keys: dict[tuple[int, int, str], dict[str, tuple[Any, int]]] = {}

    @contextmanager
    def OpenKey(  # noqa: N802  winreg's name
        self, hive: int, path: str, _zero: int, access: int
    ) -> Iterator[tuple[int, int, str]]:
        key = (hive, access & 0x300, path)
        if not any(k[:2] == key[:2] and (k[2] == path or k[2].startswith(path + "\\")) for k in self.keys):
            raise FileNotFoundError(path)
        yield key

    def EnumKey(self, key: tuple[int, int, str], number: int) -> str:  # noqa: N802  winreg's name
        hive, view, path = key
        below = sorted(
            k[2][len(path) + 1 :] for k in self.keys if k[:2] == (hive, view) and k[2].startswith(path + "\\")
        )
        if number >= len(below):
            raise OSError(259, "no more")
        return below[number]

    def QueryValueEx(self, key: tuple[int, int, str], name: str) -> tuple[Any, int]:  # noqa: N802  winreg's name
        try:
            return self.keys[key][name]
        except KeyError:
            raise FileNotFoundError(name) from None


class Machine:
    def __init__(self, root: Path, module: ModuleType, registry: Registry) -> None:
        self.programs = root / "Program Files"
        self.roots = Roots("windows", {"programs": str(self.programs), "home": str(root / "home")})
        self.registry = registry
        self._module = module

    def program(self, folder: Path, name: str = "bin/sample.exe") -> Path:
        path = folder / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"MZ")
        return path

    def tell(self, path: str, hive: int = 1, view: int = 0x100, **values: Any) -> None:
        typed = {name: (value, 1 if isinstance(value, str) else 4) for name, value in values.items()}
        self.registry.keys[(hive, view, path)] = typed

    def found(self) -> list[tuple[str, str, str, bool]]:
        host: HostFile = parse_host_file(DESCRIPTION.encode())
        installations = self._module.find_installations(host, self.roots)
        return [(one.program, one.folder, one.version, one.supported) for one in installations]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    registry = Registry()
    monkeypatch.setitem(sys.modules, "winreg", registry)
    monkeypatch.setattr(sys, "platform", "win32")
    spec = importlib.util.spec_from_file_location("finding_on_windows", finding.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "finding_on_windows", module)
    spec.loader.exec_module(module)
    monkeypatch.undo()
    return Machine(tmp_path, module, registry)


@pytest.fixture(autouse=True)
def as_on_windows(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine._module, "sys", type("System", (), {"platform": "win32"}))


def test_every_subkey_in_both_views_is_an_installation(machine):
    first, second = machine.programs / "Sample 2", machine.programs / "Sample 3"
    programs = [machine.program(first), machine.program(second)]
    machine.tell(rf"{LISTED}\2", InstallDir=f'"{first}"', Version="2.1.7 (build 5)")
    machine.tell(rf"{LISTED}\3", view=0x200, InstallDir=str(second), Version="3.0")
    assert machine.found() == [
        (str(programs[0]), str(first), "2.1.7", True),
        (str(programs[1]), str(second), "3.0", True),
    ]


def test_one_that_is_told_twice_is_one_and_one_that_is_old_is_said_to_be(machine):
    folder = machine.programs / "Sample 1"
    machine.program(folder)
    for view in (0x100, 0x200):
        machine.tell(rf"{LISTED}\1", view=view, InstallDir=str(folder), Version="1.9")
    assert [(version, supported) for _, _, version, supported in machine.found()] == [("1.9", False)]


def test_a_value_may_name_the_program_itself(machine):
    program = machine.program(machine.programs, "portable.exe")
    machine.tell(r"SOFTWARE\Acme\Portable", hive=2, Program=str(program))
    assert machine.found() == [(str(program), str(machine.programs), "", True)]


@pytest.mark.parametrize("case", ["nothing", "no value", "a number", "gone", "elsewhere", "no version"])
def test_what_a_registry_says_is_not_believed_without_a_look(machine, tmp_path, case):
    folder = machine.programs / "Sample"
    if case != "gone":
        machine.program(folder)
    values: dict[str, Any] = {"InstallDir": str(folder), "Version": "2.5"}
    if case == "no value":
        del values["InstallDir"]
    elif case == "a number":
        values["InstallDir"] = 7
    elif case == "elsewhere":
        values["InstallDir"] = str(tmp_path / "Temp")
        machine.program(tmp_path / "Temp")
    elif case == "no version":
        values["Version"] = "latest"
    if case != "nothing":
        machine.tell(rf"{LISTED}\1", **values)
    assert [one[2] for one in machine.found()] == ([""] if case == "no version" else [])
