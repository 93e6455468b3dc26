"""Open from cloud: what was delivered is opened, what is open already is read again, and nothing blocks."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.freecad_assembly import BROKEN

PART = """
part = App.newDocument(stem)
part.addObject("Part::Box", "Box")
part.recompute()
part.saveAs(path)
"""
PANEL = """
class Panel:
    def __init__(self):
        self.form = QtWidgets.QWidget()
Gui.Control.showDialog(Panel())
"""
TELL = "running.notices.last = ''; commands._told('job.changed', job)"


def delivered(cad, path: Path, number: str, **result: str) -> None:
    """The cloud delivers a file: as the bridge tells it."""
    job = {"job": number, "kind": "open", "state": "done", "path": "", "resultPath": str(path), "result": result}
    cad.do(TELL, job=job)


def make(cad, path: Path, length: float = 10) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cad.do(PART, stem=path.stem, path=str(path))
    cad.do("part.Box.Length = length; part.recompute(); part.save(); close_all()", length=length)
    return path


def make_part(cad, path: Path, length: float) -> Path:
    """Like `make`, while other documents are open."""
    cad.do(PART, stem=path.stem, path=str(path))
    cad.do("part.Box.Length = length; part.recompute(); part.save(); App.closeDocument(part.Name)", length=length)
    return path


def make_assembly(cad, folder: Path, length: float = 10) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    cad.do(
        """
        part = App.newDocument("bolt")
        part.addObject("Part::Box", "Box").Length = length
        part.recompute()
        part.saveAs(os.path.join(folder, "bolt.FCStd"))
        asm = App.newDocument(os.path.basename(folder))
        asm.saveAs(os.path.join(folder, os.path.basename(folder) + ".FCStd"))
        asm.addObject("App::Link", "Link").LinkedObject = part.Box
        asm.recompute()
        asm.save()
        close_all()
        """,
        folder=str(folder),
        length=length,
    )
    return folder


def test_what_is_picked_is_opened(cad, world, folder):
    path = make(cad, folder / "seal.FCStd", 12)
    assert world.cli("save", str(path), "--wait").returncode == 0
    cad.press("open")
    cad.until_told("“seal” was opened from the cloud")
    opened = Path(cad.do("result = App.ActiveDocument.FileName"))
    assert opened != path
    assert opened.read_bytes() == path.read_bytes()
    assert cad.do("result = App.ActiveDocument.Box.Length.Value") == 12
    cad.until("result = state() == 'Cloud: opened read-only'")
    assert cad.do("result = len(note()[1])") == 1


def test_a_dialog_that_is_cancelled_opens_nothing(cad, world):
    world.desk(picker_cancel="failed")
    world.ask_desk("script", answers=[{"action": "cancel"}], clear=True)
    cad.do("running.notices.last = ''")
    cad.press("open")
    cad.until_told("Nothing was opened from the cloud")
    assert cad.do("result = list(App.listDocuments())") == []


def test_a_replaced_file_is_read_again_and_what_uses_it_keeps_its_changes(cad, folder):
    asm = make_assembly(cad, folder / "pump", 10)
    newer = make_assembly(cad, folder / "newer" / "pump", 55)
    user = folder / "user.FCStd"
    cad.do(
        """
        asm = App.openDocument(main)
        bolt = App.openDocument(bolt)
        user = App.newDocument("user")
        user.saveAs(path)
        user.addObject("App::Link", "Link").LinkedObject = bolt.Box
        user.addObject("Part::Box", "Own").setExpression("Length", "bolt#Box.Length * 2")
        user.recompute()
        Gui.SendMsgToActiveView("Save")
        user.Own.Height = 33
        """,
        main=str(asm / "pump.FCStd"), bolt=str(asm / "bolt.FCStd"), path=str(user),
    )  # fmt: skip
    for name in ("pump.FCStd", "bolt.FCStd"):
        (asm / name).write_bytes((newer / name).read_bytes())
    delivered(cad, asm, "j-again")
    cad.until_told("“pump” was opened from the cloud")
    lengths = """
    result = {d.Label: d.Link.LinkedObject.Length.Value for d in App.listDocuments().values() if hasattr(d, "Link")}
    """
    assert cad.do(lengths) == {"pump": 55, "user": 55}
    assert cad.do("result = App.ActiveDocument.Label") == "pump"
    assert cad.do("user.recompute(); result = [user.Own.Height.Value, user.Own.Length.Value]") == [33, 110]
    assert cad.do(BROKEN) == []


def test_a_part_that_another_document_uses_is_there_again(cad, folder):
    asm = make_assembly(cad, folder / "pump", 10)
    newer = make_assembly(cad, folder / "newer" / "pump", 55)
    cad.do(
        """
        bolt = App.openDocument(bolt)
        user = App.newDocument("user")
        user.saveAs(path)
        user.addObject("App::Link", "Link").LinkedObject = bolt.Box
        bolt.addObject("Part::Box", "Unused").Document.save()
        user.recompute()
        user.save()
        close_all()
        user = App.openDocument(path)
        """,
        bolt=str(asm / "bolt.FCStd"), path=str(folder / "user.FCStd"),
    )  # fmt: skip
    assert cad.do("result = [d.Name for d in App.listDocuments().values() if d.Partial]") == ["bolt"]
    (asm / "pump.FCStd").unlink()
    (asm / "bolt.FCStd").write_bytes((newer / "bolt.FCStd").read_bytes())
    other = make_part(cad, asm / "pump.FCStd", 7)
    delivered(cad, asm, "j-used")
    cad.until_told("“pump” was opened from the cloud")
    assert cad.do("result = App.ActiveDocument.FileName") == str(other)
    assert cad.do("result = user.Link.LinkedObject.Length.Value") == 55


@pytest.mark.parametrize(("answer", "length"), [(0, 66), (1, 10)])
def test_unsaved_changes_are_asked_about_without_a_box(cad, folder, answer, length):
    path = make(cad, folder / "seal.FCStd", 10)
    cad.do("part = App.openDocument(path); part.Box.Length = 66; part.recompute()", path=str(path))
    delivered(cad, path, f"j-ask{answer}")
    cad.until_told("“seal.FCStd” came from the cloud anew", "seal")
    assert cad.do("result = App.ActiveDocument.Box.Length.Value") == 66, "nothing happens before the answer"
    cad.do("list(note()[1].values())[answer].click()", answer=answer)
    cad.until_told("was not reloaded" if answer == 0 else "was opened from the cloud")
    assert cad.do("result = App.ActiveDocument.Box.Length.Value") == length


RELOAD = "list(note()[1].values())[1].click()"


def two_open(cad, folder: Path) -> Path:
    """Two documents of one delivered folder, both open."""
    paths = [make(cad, folder / "pump" / f"{name}.FCStd", 10) for name in ("pump", "seal")]
    cad.do("pump, seal = [App.openDocument(path) for path in paths]", paths=[str(path) for path in paths])
    return folder / "pump"


def test_only_changes_that_the_question_names_are_given_up(cad, folder):
    delivery = two_open(cad, folder)
    cad.do("pump.Box.Length = 66")
    delivered(cad, delivery, "j-named")
    cad.until_told("“pump” came from the cloud anew", "not saved: pump.")
    cad.do("seal.Box.Length = 77; running.notices.last = ''")
    cad.do(RELOAD)
    cad.until_told("“pump” came from the cloud anew", "pump", "seal")
    assert cad.do("result = [pump.Box.Length.Value, seal.Box.Length.Value]") == [66, 77], "nothing is lost yet"
    cad.do(RELOAD)
    cad.until_told("“pump” was opened from the cloud")
    assert cad.do("result = [d.Box.Length.Value for d in App.listDocuments().values()]") == [10, 10]


def test_a_task_that_was_begun_before_the_answer_is_finished_first(cad, folder):
    path = make(cad, folder / "seal.FCStd", 10)
    cad.do("part = App.openDocument(path); part.Box.Length = 66", path=str(path))
    delivered(cad, path, "j-began")
    cad.until_told("came from the cloud anew")
    cad.do(PANEL)
    cad.do(RELOAD)
    cad.until_told("as soon as the task in FreeCAD is finished")
    assert cad.do("result = part.Box.Length.Value") == 66
    cad.do("Gui.Control.closeDialog()")
    cad.until_told("“seal” was opened from the cloud")


def test_broken_links_are_told_with_their_files(cad, folder):
    asm = make_assembly(cad, folder / "pump")
    (asm / "bolt.FCStd").unlink()
    delivered(cad, asm, "j-broken")
    cad.until_told("“pump” was opened", "Links are broken", "bolt.FCStd")
    assert cad.do("result = App.ActiveDocument.Link.LinkedObject") is None


def test_a_task_is_finished_first(cad, folder):
    path = make(cad, folder / "seal.FCStd")
    cad.do(PANEL)
    delivered(cad, path, "j-task")
    cad.until_told("as soon as the task in FreeCAD is finished")
    assert cad.do("result = list(App.listDocuments())") == []
    cad.do("Gui.Control.closeDialog()")
    cad.until_told("“seal” was opened from the cloud")


def test_a_box_of_freecad_s_own_is_closed_first(cad, folder):
    path = make(cad, folder / "seal.FCStd")
    cad.do(
        """
        box = watch.expected = QtWidgets.QDialog(Gui.getMainWindow())
        box.setModal(True)
        box.show()
        """
    )
    try:
        delivered(cad, path, "j-box")
        cad.until_told("as soon as the task in FreeCAD is finished")
        assert cad.do("result = list(App.listDocuments())") == []
    finally:
        cad.do("box.close(); watch.expected = None")
    cad.until_told("“seal” was opened from the cloud")


def test_a_folder_without_a_document_is_said(cad, folder):
    (folder / "drawings").mkdir()
    (folder / "drawings" / "drawings.pdf").write_bytes(b"%PDF")
    delivered(cad, folder / "drawings", "j-none")
    cad.until_told("no document of its own", str(folder / "drawings"))


def test_a_damaged_file_is_said(cad, folder):
    (folder / "seal.FCStd").write_bytes(b"no zip at all")
    delivered(cad, folder / "seal.FCStd", "j-damaged")
    cad.until_told("FreeCAD can't open", "seal.FCStd")


def test_what_can_be_read_is_open_again_beside_what_can_t(cad, folder):
    delivery = two_open(cad, folder)
    (delivery / "pump.FCStd").write_bytes(b"no zip at all")
    delivered(cad, delivery, "j-half")
    cad.until_told("FreeCAD can't open", "pump.FCStd")
    assert cad.do("result = [d.Label for d in App.listDocuments().values() if d.Objects]") == ["seal"]


def test_a_delivery_is_opened_once(cad, folder):
    path = make(cad, folder / "seal.FCStd")
    delivered(cad, path, "j-once")
    cad.until_told("was opened from the cloud")
    cad.do("close_all()")
    delivered(cad, path, "j-once")
    cad.do("QtCore.QCoreApplication.processEvents()")
    assert cad.do("result = (list(App.listDocuments()), commands.opening.delivered)") == [[], []]
