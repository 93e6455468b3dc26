"""Autostart by the registry, in keys of the test's own below HKEY_CURRENT_USER. Lane `windows`."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator

import pytest

if sys.platform == "win32":
    import winreg

    from iscbridge.platform.autostart import Autostart, WindowsAutostart, system_autostart
    from iscbridge.platform.presentation import Presenting, presenting_of, system_presentation

    COMMAND = [r"C:\Program Files\ISC Bridge\iscbridge.exe", "tray", "--quiet"]

    @pytest.fixture
    def keys() -> Iterator[tuple[str, str]]:
        root = rf"Software\ISCBridgeTest-{secrets.token_hex(4)}"
        yield rf"{root}\Run", rf"{root}\Approved"
        for name in (rf"{root}\Run", rf"{root}\Approved", root):
            try:
                winreg.DeleteKey(winreg.HKEY_CURRENT_USER, name)
            except FileNotFoundError:
                continue

    def put(path: str, value: bytes) -> None:
        with winreg.CreateKeyEx(winreg.HKEY_CURRENT_USER, path, 0, winreg.KEY_SET_VALUE) as key:
            winreg.SetValueEx(key, "ISCBridge", 0, winreg.REG_BINARY, value)

    def test_it_is_entered_quoted_and_taken_away(keys: tuple[str, str]) -> None:
        entry = WindowsAutostart(*keys)
        assert entry.state(COMMAND) is Autostart.OFF
        entry.set(True, COMMAND)
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, keys[0]) as key:
            value, kind = winreg.QueryValueEx(key, "ISCBridge")
        assert kind == winreg.REG_SZ
        assert value == r'"C:\Program Files\ISC Bridge\iscbridge.exe" tray --quiet'
        assert entry.state(COMMAND) is Autostart.ON
        assert entry.state(["other.exe"]) is Autostart.OTHER
        entry.set(False, COMMAND)
        assert entry.state(COMMAND) is Autostart.OFF
        entry.set(False, COMMAND)

    def test_what_task_manager_switched_off_stays_off(keys: tuple[str, str]) -> None:
        entry = WindowsAutostart(*keys)
        entry.set(True, COMMAND)
        put(keys[1], b"\x02" + b"\0" * 11)
        assert entry.state(COMMAND) is Autostart.ON
        put(keys[1], b"\x03" + b"\0" * 11)
        assert entry.state(COMMAND) is Autostart.SWITCHED_OFF
        entry.set(True, COMMAND)
        assert entry.state(COMMAND) is Autostart.SWITCHED_OFF

    def test_a_note_that_makes_no_sense_is_none(keys: tuple[str, str]) -> None:
        entry = WindowsAutostart(*keys)
        entry.set(True, COMMAND)
        put(keys[1], b"")
        assert entry.state(COMMAND) is Autostart.ON

    def test_it_names_its_place() -> None:
        assert system_autostart().place.endswith(r"CurrentVersion\Run")

    def test_presentations_are_told_from_the_rest() -> None:
        assert [presenting_of(state) for state in range(1, 8)].count(Presenting.NO) == 1
        assert presenting_of(5) is Presenting.NO
        assert system_presentation().state() in set(Presenting)
