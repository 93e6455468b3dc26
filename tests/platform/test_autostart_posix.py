"""Autostart by a desktop entry: what was written is read back as a desktop reads it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.platform.autostart import Autostart, NoAutostart, XdgAutostart, desktop_quote, system_autostart

COMMAND = ["/opt/isc bridge/iscbridge", "tray", "--quiet"]
ARGUMENTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\0"), min_size=1, max_size=20)


def read_as_a_desktop(value: str) -> list[str]:
    """The Desktop Entry Specification, read from the other end: first the value's escapes, then the quoting."""
    escapes = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
    plain = re.sub(r"\\(.)", lambda match: escapes[match[1]], value, flags=re.DOTALL)
    found = re.findall(r'"((?:[^"\\]|\\.)*)"', plain, flags=re.DOTALL)
    return [re.sub(r"\\(.)", r"\1", one, flags=re.DOTALL).replace("%%", "%") for one in found]


@given(st.lists(ARGUMENTS, min_size=1, max_size=4))
def test_any_command_comes_back_as_it_was(command: list[str]) -> None:
    line = " ".join(map(desktop_quote, command))
    assert "\n" not in line
    assert read_as_a_desktop(line) == command


def test_it_is_entered_and_taken_away(tmp_path: Path) -> None:
    entry = XdgAutostart(str(tmp_path / "config" / "autostart"))
    assert entry.state(COMMAND) is Autostart.OFF
    entry.set(True, COMMAND)
    assert entry.state(COMMAND) is Autostart.ON
    assert entry.state(["/elsewhere/iscbridge"]) is Autostart.OTHER
    lines = Path(entry.place).read_text("utf-8").splitlines()
    assert lines[0] == "[Desktop Entry]"
    assert 'Exec="/opt/isc bridge/iscbridge" "tray" "--quiet"' in lines
    entry.set(True, ["/elsewhere/iscbridge"])
    assert entry.state(COMMAND) is Autostart.OTHER
    entry.set(False, COMMAND)
    assert entry.state(COMMAND) is Autostart.OFF
    entry.set(False, COMMAND)


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_what_the_person_switched_off_stays_off(tmp_path: Path, line: str) -> None:
    entry = XdgAutostart(str(tmp_path))
    entry.set(True, COMMAND)
    with open(entry.place, "a", encoding="utf-8") as file:
        file.write(line + "\n")
    assert entry.state(COMMAND) is Autostart.SWITCHED_OFF
    entry.set(True, COMMAND)
    assert entry.state(COMMAND) is Autostart.SWITCHED_OFF


def test_a_folder_that_cannot_be_written_is_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OSError, match="file"):
        XdgAutostart(str(tmp_path / "file" / "autostart")).set(True, COMMAND)


def test_it_lies_where_the_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert system_autostart().place == os.path.join(tmp_path, "autostart", "iscbridge.desktop")


def test_where_there_is_none_nothing_happens() -> None:
    entry = NoAutostart()
    entry.set(True, COMMAND)
    assert entry.state(COMMAND) is Autostart.NOT_HERE
