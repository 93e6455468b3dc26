"""The shell's parts over a scripted bridge. Names begin with `shell_`, since the rooms below have their own."""

from __future__ import annotations

import pytest

from iscbridge.platform.folders import Home
from iscbridge.tray.facts import FactsKeeper
from iscbridge.tray.link import LinkState
from iscbridge.tray.room import TrayState
from iscbridge.tray.words import Words
from support.scripted_link import ScriptedLink
from support.tray_script import script


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
