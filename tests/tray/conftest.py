"""The shell's parts over a scripted bridge. Names begin with `shell_`, since the rooms below have their own."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from iscbridge.platform.folders import Home
from iscbridge.tray.facts import FactsKeeper
from iscbridge.tray.link import LinkState
from iscbridge.tray.room import TrayState
from iscbridge.tray.words import Words
from support.scripted_link import ScriptedLink
from support.tray_script import script


@pytest.fixture(scope="module", autouse=True)
def _other_tests_collect_as_usual() -> Iterator[None]:
    yield
    gc.collect()
    gc.enable()


@pytest.fixture(autouse=True)
def _cycles_end_on_this_thread() -> Iterator[None]:
    """As `tray.collector` sees to it in the program: a window that the interpreter collects on the thread of a picture or
    of an errand, while this one delivers events to it, ends the process."""
    gc.disable()
    yield
    gc.disable()  # a test may have switched it on
    due = [
        number
        for number, (count, most) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True))
        if count > most
    ]
    if due:
        gc.collect(due[-1])


@pytest.fixture
def shell_words(qapp):
    return Words("en")


@pytest.fixture
def shell_link(qapp):
    return ScriptedLink(script())


@pytest.fixture
def shell_state(tmp_path):
    return TrayState(Home(tmp_path))


@pytest.fixture
def shell_facts(qtbot, shell_link, shell_state):
    keeper = FactsKeeper(shell_link, shell_state, shell_link)
    shell_link.set_state(LinkState.CONNECTED)
    qtbot.waitUntil(lambda: keeper.facts.known and not keeper._under_way)
    return keeper
