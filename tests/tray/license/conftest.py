from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from iscbridge.platform.folders import Home
from iscbridge.tray.settings.license_page import LicensePage, make
from support.licence_samples import licence
from support.licensed import LicensedWorld
from support.scripted_link import ScriptedLink
from support.tray_room import linked_room, room_with


@pytest.fixture
def link() -> ScriptedLink:
    return ScriptedLink({"license.status": {"licenses": [licence()]}})


@pytest.fixture
def room(link: ScriptedLink, tmp_path: Path):
    return room_with(link, Home(tmp_path / "home"))


@pytest.fixture
def page(qtbot, room) -> LicensePage:
    """The page with the cards of what the link's script says at that time."""
    made = make(room)
    assert isinstance(made, LicensePage)
    qtbot.addWidget(made)
    made.resize(760, 700)
    made.show()
    told = room.link.script["license.status"]["licenses"]
    qtbot.waitUntil(lambda: set(made.cards) == {one["product"] for one in told if one["managed"]})
    return made


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LicensedWorld]:
    made = LicensedWorld(tmp_path)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def real_page(qtbot, world: LicensedWorld) -> Iterator[LicensePage]:
    """The page at a real bridge with the sandbox store."""
    world.store()
    world.desk()
    world.bridge()
    room = linked_room(world.home)
    made = make(room)
    assert isinstance(made, LicensePage)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: "AcmeCAD" in made.cards)
    yield made
    room.link.close()
