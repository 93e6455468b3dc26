"""What ISCDesk does, by the real desk of the sandbox: deliveries, licences, upgrades. Nothing is told in its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from iscbridge.ipc.client import BridgeError
from support.licensed import LicensedWorld
from support.world import until

PART = """
part = App.newDocument(stem)
part.addObject("Part::Box", "Box").Length = 12
part.recompute()
part.saveAs(path)
"""
PANEL = """
class Panel:
    def __init__(self):
        self.form = QtWidgets.QWidget()
Gui.Control.showDialog(Panel())
"""
ABLE = "result = [button(name).isEnabled() for name in ('save', 'saveAs', 'open', 'licence', 'status')]"


@pytest.fixture
def licensed(tmp_path: Path) -> Iterator[LicensedWorld]:
    """A world in which FreeCAD is a product with licences."""
    made = LicensedWorld(tmp_path / "w")
    made.policy("FreeCAD")
    try:
        made.store()
        made.desk()
        made.bridge({"upgrade_grace_s": 0.5})
        yield made
    finally:
        made.close()


def in_cloud(cad, folder: Path, stem: str) -> str:
    """Save a part to the cloud and close it."""
    cad.do(PART, stem=stem, path=str(folder / f"{stem}.FCStd"))
    cad.press("save")
    cad.until_told(f"“{stem}.FCStd” is in the cloud")
    cad.do("close_all(); running.notices.last = ''")
    return f"/{stem}.FCStd"


def pick(world, path: str, **more: object) -> None:
    """What the person chooses in ISCDesk's own window."""
    world.ask_desk("script", answers=[{"action": "open", "path": path, **more}], clear=True)


def test_what_is_checked_out_is_opened_and_saved_again(cad, world, folder):
    path = in_cloud(cad, folder, "valve")
    pick(world, path, checkout=True)
    cad.press("open")
    cad.until_told("“valve” was opened from the cloud")
    cad.until("result = state() == 'Cloud: saved'")
    cad.do("App.ActiveDocument.Box.Length = 99; running.notices.last = ''")
    cad.press("save")
    cad.until_told("“valve.FCStd” is in the cloud")
    opened = Path(cad.do("result = App.ActiveDocument.FileName"))
    assert world.cloud_bytes(path) == opened.read_bytes()


def test_what_is_only_read_is_said_and_a_save_is_refused_in_plain_words(cad, world, folder):
    path = in_cloud(cad, folder, "lever")
    pick(world, path, checkout=False)
    before = world.cloud_bytes(path)
    cad.press("open")
    cad.until_told("“lever” was opened from the cloud for reading only")
    cad.until("result = state() == 'Cloud: opened read-only'")
    cad.do("App.ActiveDocument.Box.Length = 99")
    cad.press("save")
    cad.until_told("“lever", "is saved here", "not")
    assert world.cloud_bytes(path) == before


def test_a_document_that_is_open_and_changed_stays_when_it_comes_again(cad, world, folder):
    path = in_cloud(cad, folder, "hinge")
    for length in (66, 67):
        pick(world, path)
        cad.do("running.notices.last = ''")
        cad.press("open")
        cad.until_told("“hinge” was opened from the cloud")
        cad.do("App.ActiveDocument.Box.Length = length", length=length)
    assert cad.do("result = sorted(d.Box.Length.Value for d in App.listDocuments().values())") == [66, 67]


def test_a_delivery_waits_for_an_open_task(cad, world, folder):
    path = in_cloud(cad, folder, "spring")
    cad.do(PANEL)
    pick(world, path)
    cad.press("open")
    cad.until_told("as soon as the task in FreeCAD is finished")
    assert cad.do("result = list(App.listDocuments())") == []
    cad.do("Gui.Control.closeDialog()")
    cad.until_told("“spring” was opened from the cloud")


def test_nobody_chooses_anything(cad, world):
    world.desk(picker_cancel="failed")
    world.ask_desk("script", answers=[{"action": "cancel"}], clear=True)
    cad.do("running.notices.last = ''")
    cad.press("open")
    cad.until_told("Nothing was opened from the cloud")


def test_a_licence_that_is_not_there_disables_and_one_that_comes_enables(start, licensed, folder):
    cad = start(licensed)
    cad.until(f"{ABLE}\nresult = result == [False, False, False, True, True]", "the licence to be refused")
    cad.until_told("The licence does not allow this")
    cad.do(PART, stem="seal", path=str(folder / "seal.FCStd"))
    cad.do("part.Box.Length = 3; Gui.SendMsgToActiveView('Save')")
    assert cad.do("result = Gui.getDocument(part.Name).Modified") is False, "local work goes on"
    assert cad.do("result = button('save').toolTip() == running.commands.refusal('save') != ''")
    licensed.activated("FreeCAD")
    cad.until(f"{ABLE}\nresult = all(result)", "the licence to be taken up")
    cad.press("save")
    cad.until_told("“seal.FCStd” is in the cloud")
    licensed.days_pass(400)
    licensed.check("FreeCAD")
    cad.until(f"{ABLE}\nresult = result[1:3] == [False, False]", "its end to be seen")
    assert cad.boxes() == []
    assert "Traceback" not in cad.said()


@pytest.mark.parametrize("forced", [False, True])
def test_an_upgrade_is_announced(start, licensed, folder, forced):
    licensed.desk(update="forced" if forced else "offered")
    cad = start(licensed)
    cad.until("result = commands.bridge.state == 'connected'")
    asks = licensed.client("other")
    until(lambda: _asked(asks), "ISCDesk to take the question")
    if forced:
        cad.until_told("ISCBridge closed for an upgrade of ISCDesk")
        cad.do(PART, stem="seal", path=str(folder / "seal.FCStd"))
    else:
        cad.until_told("ISCDesk has an upgrade")
    assert cad.boxes() == []
    assert "Traceback" not in cad.said()


def _asked(client) -> bool:
    """The first question of a bridge begins its session with ISCDesk."""
    try:
        client.request("upgrade.check", {})
    except BridgeError as error:
        if error.code != "ISCB-SDK-NOT-CONNECTED":
            raise
        return False
    return True
