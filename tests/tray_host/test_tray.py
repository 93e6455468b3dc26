"""The tray program as people meet it: an icon in a real panel, a menu, windows, and a panel that crashes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.world import until


@pytest.fixture
def running(tray):
    """The program with its icon in the panel."""
    tray.world.desk()
    tray.start("--quiet")
    tray.host.until(tray.host.icon_place, "the icon")
    return tray


def open_menu(tray) -> None:
    tray.host.click_icon(button=3)
    tray.host.until(lambda: len(tray.popups()) == 1, "the menu")


def test_started_by_the_system_it_shows_its_icon_and_no_window(running):
    assert running.popups() == []


def test_the_menu_opens_by_the_right_button_and_closes_by_escape(running):
    open_menu(running)
    running.host.press_until(lambda: not running.popups(), "the menu to close", "Escape")


def test_a_click_opens_the_activity_window_and_the_next_click_no_second_one(running):
    running.host.click_icon()
    running.host.until(lambda: any("Activity" in title for title in running.titles()), "the activity window")
    running.host.click_icon()
    open_menu_and_leave(running)
    assert sum("Activity" in title for title in running.titles()) == 1


def open_menu_and_leave(tray) -> None:
    """Opened and closed after the clicks before it: they have been dealt with."""
    before = len(tray.popups())
    tray.host.click_icon(button=3)
    tray.host.until(lambda: len(tray.popups()) == before + 1, "the menu")
    tray.host.press_until(lambda: len(tray.popups()) == before, "the menu to close", "Escape")


def test_the_menu_works_by_keyboard_and_its_last_entry_quits(running):
    open_menu(running)
    running.host.press_until(lambda: not running.runs, "the program to end", "Up", "Return")
    assert running.wait() == 0


def test_it_survives_its_panel_and_is_in_the_next_one(running):
    running.host.stop_panel()
    running.host.start_panel()
    running.host.until(running.host.icon_place, "the icon in the new panel")
    open_menu(running)


def test_a_second_start_shows_the_window_of_the_first_and_ends(running):
    command = [sys.executable, "-m", "iscbridge", "tray", "--window", "activity"]
    second = subprocess.run(command, env=running.env, capture_output=True, timeout=60, check=False)
    assert (second.returncode, second.stdout, second.stderr) == (0, b"", b"")
    running.host.until(lambda: any("Activity" in title for title in running.titles()), "the activity window")


def test_the_end_of_the_session_is_orderly(running):
    until(Path(running.world.home.bridge_address()).exists, "a bridge, which is what there is to be closed")
    assert running.stop() == 0
    assert "closed" in running.world.said()


def test_without_a_panel_the_window_is_there_and_the_icon_comes_with_a_panel(tray):
    tray.world.desk()
    tray.host.stop_panel()
    try:
        tray.start("--window", "activity")
        tray.host.until(lambda: any("Activity" in title for title in tray.titles()), "the activity window")
    finally:
        tray.host.start_panel()
    tray.host.until(tray.host.icon_place, "the icon in the panel that came later")
    assert tray.stop() == 0
