"""Save to cloud, with the real FreeCAD, the real bridge and the sandbox cloud."""

from __future__ import annotations

import os
import shutil
import zipfile

from support.freecad_assembly import BROKEN, BUILD, SHAPES
from support.world import until

PART = """
part = App.newDocument("bracket")
part.addObject("Part::Box", "Box")
part.addObject("Part::Cylinder", "Pin")
part.recompute()
part.saveAs(path)
"""
#: A part and an assembly of it, both saved; closed, and only the assembly opened again.
REOPENED = """
os.makedirs(os.path.join(root, "asm"), exist_ok=True)
part = App.newDocument("bolt")
part.addObject("Part::Box", "Box")
if not whole:
    part.addObject("Part::Cylinder", "Unused")
part.recompute()
part.saveAs(os.path.join(root, "bolt.FCStd"))
asm = App.newDocument("asm")
asm.saveAs(os.path.join(root, "asm", "asm.FCStd"))
asm.addObject("App::Link", "Link").LinkedObject = part.Box
asm.recompute()
asm.save()
close_all()
asm = App.openDocument(os.path.join(root, "asm", "asm.FCStd"))
bolt = asm.Link.LinkedObject.Document
result = [bolt.Partial, bool(Gui.getDocument(bolt.Name).ActiveView)]
"""


def jobs(world):
    return world.ask().request("job.list", {"limit": 500})["jobs"]


def test_the_button_saves_here_and_in_the_cloud(cad, world, folder):
    path = folder / "bracket.FCStd"
    cad.do(PART, path=str(path))
    cad.do("part.Box.Length = 21")
    cad.press("save")
    cad.until_told("“bracket.FCStd” is in the cloud", "Sandbox")
    assert world.cloud_bytes("/bracket.FCStd") == path.read_bytes()
    assert cad.do("result = Gui.getDocument(part.Name).Modified") is False


def test_an_assembly_goes_there_and_comes_back_whole(cad, world, folder):
    cad.do(BUILD, root=str(folder))
    cad.do("App.setActiveDocument(main.Name)")
    cad.press("save")
    cad.until_told("Getriebe Ü", "is in the cloud")
    bolt = folder / "normal" / "bolt.FCStd"
    before = bolt.read_bytes()
    cad.do("bolt.Box.Length = 17; other_bolt.Box.Length = 29; main.recompute(); App.setActiveDocument(main.Name)")
    cad.press("save")
    assert bolt.read_bytes() != before, "what the assembly uses is saved as well"
    assert (
        cad.do("result = [one.Name for one in App.listDocuments().values() if Gui.getDocument(one.Name).Modified]")
        == []
    )
    cad.do("running.notices.last = ''")
    cad.until_told("is in the cloud")
    cad.do("App.setActiveDocument(main.Name)")
    wanted = cad.do(SHAPES)
    assert len(wanted) >= 4
    cad.do("close_all()")
    shutil.rmtree(folder)
    cad.press("open")
    cad.until_told("was opened from the cloud")
    assert cad.do(BROKEN) == []
    assert cad.do(SHAPES) == wanted
    opened = cad.do("result = sorted(os.path.basename(d.FileName) for d in App.listDocuments().values())")
    assert opened == [
        "Getriebe Ü.FCStd",
        'Größe & "Maß".FCStd',
        "bolt.FCStd",
        "bolt_2.FCStd",
        "sub.FCStd",
        "法兰.FCStd",
    ]
    assert all(
        str(folder) not in path for path in cad.do("result = [d.FileName for d in App.listDocuments().values()]")
    )


def test_a_dependency_without_a_view_is_saved_first_and_nothing_is_asked(cad, world, folder):
    partial, has_view = cad.do(REOPENED, root=str(folder), whole=True)
    assert (partial, has_view) == (False, False)
    before = (folder / "bolt.FCStd").read_bytes()
    cad.do("bolt.Box.Length = 77; asm.recompute(); App.setActiveDocument('asm')")
    cad.press("save")
    cad.until_told("“asm.FCStd” is in the cloud")
    assert (folder / "bolt.FCStd").read_bytes() != before
    assert cad.do("result = App.ActiveDocument.Name") == "asm"
    assert cad.do("result = [Gui.getDocument(n).Modified for n in ('asm', bolt.Name)]") == [False, False]


def test_a_part_that_is_loaded_partly_is_never_written(cad, world, folder):
    partial, _ = cad.do(REOPENED, root=str(folder), whole=False)
    assert partial
    before, known = (folder / "bolt.FCStd").read_bytes(), len(jobs(world))
    cad.do("bolt.Box.Length = 77; asm.recompute(); App.setActiveDocument('asm')")
    cad.press("save")
    cad.until_told("“bolt” was changed", "Nothing was sent")
    assert (folder / "bolt.FCStd").read_bytes() == before
    assert len(jobs(world)) == known
    assert cad.do("result = bolt.Box.Length.Value") == 77, "the change is still open"


def test_a_part_below_a_partly_loaded_sub_assembly_can_be_changed_and_saved(cad, world, folder):
    cad.do(
        """
        made = []
        for name, used in (("bolt", None), ("sub", "Box"), ("main", "Link")):
            one = App.newDocument(name)
            one.saveAs(os.path.join(root, name + ".FCStd"))
            if used is None:
                one.addObject("Part::Box", "Box")
            else:
                one.addObject("App::Link", "Link").LinkedObject = made[-1].getObject(used)
                if name == "sub":
                    one.addObject("Part::Box", "Unused")
            one.recompute()
            one.save()
            made.append(one)
        close_all()
        main = App.openDocument(os.path.join(root, "main.FCStd"))
        """,
        root=str(folder),
    )
    sub = (folder / "sub.FCStd").read_bytes()
    assert cad.do("result = [d.Name for d in App.listDocuments().values() if d.Partial]") == ["sub"]
    for length in (12, 13):
        before = (folder / "bolt.FCStd").read_bytes()
        cad.do(
            "App.getDocument('bolt').Box.Length = length; main.recompute(); running.notices.last = ''", length=length
        )
        assert cad.do("result = Gui.getDocument('sub').Modified"), "FreeCAD marks it, and nothing of its own changed"
        cad.do("App.setActiveDocument('main')")
        cad.press("save")
        cad.until_told("“main.FCStd” is in the cloud")
        assert (folder / "bolt.FCStd").read_bytes() != before
    assert (folder / "sub.FCStd").read_bytes() == sub
    cad.do("App.getDocument('sub').Link.Placement = App.Placement(App.Vector(1, 2, 3), App.Rotation())")
    cad.press("save")
    cad.until_told("“sub” was changed", "Nothing was sent")


def test_an_unchanged_partly_loaded_part_goes_along_whole(cad, world, folder):
    assert cad.do(REOPENED, root=str(folder), whole=False)[0]
    before = (folder / "bolt.FCStd").read_bytes()
    cad.press("save")
    cad.until_told("“asm.FCStd” is in the cloud")
    assert (folder / "bolt.FCStd").read_bytes() == before
    with world.cloud() as store:
        assert any(version.sha256 for item in store.items() for version in store.versions(item.path))


def test_links_that_were_left_behind_by_save_as_are_not_sent(cad, world, folder):
    cad.do(REOPENED, root=str(folder), whole=True)
    known = len(jobs(world))
    (folder / "elsewhere" / "deep").mkdir(parents=True)
    cad.do("asm.saveAs(path)", path=str(folder / "elsewhere" / "deep" / "asm.FCStd"))
    # A file at the wrong place makes it worse: the bridge by itself would send that one.
    shutil.copy(folder / "bolt.FCStd", folder / "elsewhere" / "bolt.FCStd")
    cad.do("App.setActiveDocument('asm')")
    cad.press("save")
    cad.until_told("was not sent to the cloud", "bolt.FCStd", "another folder")
    assert len(jobs(world)) == known
    # What the sentence says helps: back in its old folder.
    cad.do("asm.saveAs(path)", path=str(folder / "asm" / "asm.FCStd"))
    cad.press("save")
    cad.until_told("“asm.FCStd” is in the cloud")


def test_what_is_closed_right_after_the_click_is_looked_at_all_the_same(cad, world, folder):
    cad.do(REOPENED, root=str(folder), whole=True)
    known = len(jobs(world))
    (folder / "elsewhere" / "deep").mkdir(parents=True)
    cad.do("asm.saveAs(path)", path=str(folder / "elsewhere" / "deep" / "asm.FCStd"))
    shutil.copy(folder / "bolt.FCStd", folder / "elsewhere" / "bolt.FCStd")
    cad.do("App.setActiveDocument('asm'); running.notices.last = ''; button('save').click(); close_all()")
    cad.until_told("was not sent to the cloud", "bolt.FCStd", "another folder")
    assert len(jobs(world)) == known


def test_a_move_of_all_documents_in_the_wrong_order_is_not_sent(cad, world, folder):
    cad.do(REOPENED, root=str(folder), whole=True)
    known, new = len(jobs(world)), folder / "deeper" / "new"
    new.mkdir(parents=True)
    cad.do(
        """
        for one, name in ((bolt, "bolt"), (asm, "asm")):
            one.saveAs(os.path.join(root, name + ".FCStd"))
        for one in (bolt, asm):
            one.save()
        App.setActiveDocument(asm.Name)
        """,
        root=str(new),
    )
    cad.press("save")
    cad.until_told("was not sent to the cloud", "bolt.FCStd", "another folder")
    assert len(jobs(world)) == known


def test_missing_references_are_named(cad, world, folder):
    cad.do(REOPENED, root=str(folder), whole=True)
    cad.do("close_all()")
    (folder / "bolt.FCStd").unlink()
    known = len(jobs(world))
    cad.do("asm = App.openDocument(path)", path=str(folder / "asm" / "asm.FCStd"))
    assert cad.do("result = [d.Name for d in asm.getDependentDocuments(True)]") == ["asm"], "FreeCAD leaves it out"
    cad.press("save")
    cad.until_told("files it uses are missing", str(folder / "bolt.FCStd"))
    assert len(jobs(world)) == known


def test_a_document_without_a_file_leads_into_freecad_s_own_dialog(cad, world, folder):
    cad.do(
        """
        fresh = App.newDocument("fresh")
        fresh.addObject("Part::Box", "Box")
        fresh.recompute()
        def answer(box):
            asked.append(box.metaObject().className())
            watch.expected = box
            box.selectFile(path)
            box.accept()
        asked, watch.answer = [], answer
        """,
        path=str(folder / "fresh.FCStd"),
    )
    cad.press("save")
    cad.until_told("“fresh.FCStd” is in the cloud")
    assert len(cad.do("watch.answer = watch.expected = None; result = asked")) == 1
    assert world.cloud_bytes("/fresh.FCStd") == (folder / "fresh.FCStd").read_bytes()
    assert cad.do("result = Gui.getDocument(fresh.Name).Modified") is False


def test_a_person_who_chooses_no_file_is_told_so(cad, world):
    known = len(jobs(world))
    cad.do("App.newDocument('fresh').addObject('Part::Box', 'Box'); watch.answer = lambda box: box.reject()")
    cad.press("save")
    cad.until_told("“fresh” was not saved", "Nothing was sent")
    assert len(jobs(world)) == known
    cad.do("close_all()")
    cad.press("save")
    cad.until_told("No document is open")


def test_a_folder_that_is_gone_makes_no_box(cad, world, folder):
    cad.do(PART, path=str(folder / "bracket.FCStd"))
    cad.do("part.Box.Length = 3")
    shutil.rmtree(folder)
    cad.press("save")
    cad.until_told("can't be saved", "is not there")
    assert cad.do("result = part.Box.Length.Value") == 3


def test_a_file_that_is_protected_makes_no_box(cad, world, folder):
    cad.do(PART, path=str(folder / "bracket.FCStd"))
    before, known = (folder / "bracket.FCStd").read_bytes(), len(jobs(world))
    # To root no file is protected: what the system says is said in its place.
    cad.do("part.Box.Length = 3; real, os.access = os.access, lambda path, _: not path.endswith('.FCStd')")
    try:
        cad.press("save")
    finally:
        cad.do("os.access = real")
    cad.until_told("can't be saved", "write-protected")
    assert (folder / "bracket.FCStd").read_bytes() == before
    assert len(jobs(world)) == known


def test_a_save_that_freecad_leaves_out_is_said(cad, world, folder):
    cad.do(PART, path=str(folder / "bracket.FCStd"))
    cad.do("part.Box.Length = 3; send, Gui.SendMsgToActiveView = Gui.SendMsgToActiveView, lambda _: None")
    known = len(jobs(world))
    try:
        cad.press("save")
        cad.until_told("FreeCAD did not save “bracket”")
    finally:
        cad.do("Gui.SendMsgToActiveView = send")
    assert len(jobs(world)) == known


def test_a_save_that_leaves_the_file_as_it_was_is_said(cad, world, folder):
    cad.do(PART, path=str(folder / "bracket.FCStd"))
    cad.do(
        """
        def as_it_was(message):
            os.link(path, path + ".kept")
            send(message)
            os.replace(path + ".kept", path)
        part.Box.Length = 3
        send, Gui.SendMsgToActiveView = Gui.SendMsgToActiveView, as_it_was
        """,
        path=str(folder / "bracket.FCStd"),
    )
    known = len(jobs(world))
    try:
        cad.press("save")
        assert cad.do("result = Gui.getDocument(part.Name).Modified") is False, "FreeCAD believes that it saved it"
        cad.until_told("FreeCAD did not save “bracket”")
    finally:
        cad.do("Gui.SendMsgToActiveView = send")
    assert len(jobs(world)) == known


def test_documents_that_use_each_other_are_saved(cad, world, folder):
    cad.do(
        """
        pair = []
        for name in ("one", "two"):
            made = App.newDocument(name)
            made.saveAs(os.path.join(root, name + ".FCStd"))
            made.addObject("Part::Box", "Box")
            pair.append(made)
        for owner, used in (pair, pair[::-1]):
            owner.addObject("App::Link", "Link").LinkedObject = used.Box
        App.setActiveDocument("one")
        """,
        root=str(folder),
    )
    cad.press("save")
    cad.until_told("“one.FCStd” is in the cloud")
    assert cad.do("result = Gui.getDocument('one').Modified") is False
    assert all(b"XLink" in zipfile.ZipFile(folder / f"{name}.FCStd").read("Document.xml") for name in ("one", "two"))


def test_two_parts_of_one_name_are_two(cad, world, folder):
    cad.do(BUILD, root=str(folder))
    assert cad.do("result = bolt.Name != other_bolt.Name and bolt.Label == other_bolt.Label")
    cad.do("close_all()")
    cad.do("main = App.openDocument(path)", path=str(folder / "Getriebe Ü" / "Getriebe Ü.FCStd"))
    cad.press("save")
    cad.until_told("is in the cloud")


def test_backups_of_freecad_are_no_part_of_it(cad, world, folder):
    cad.do(REOPENED, root=str(folder), whole=True)
    (folder / "asm" / "asm.FCStd1").write_bytes(b"an older save")
    cad.press("save")
    cad.until_told("“asm.FCStd” is in the cloud")
    newest = next(job for job in jobs(world) if job["path"].endswith("asm.FCStd") and str(folder) in job["path"])
    until(lambda: world.state_of(newest["job"])["state"] == "done", "the job to be done")
    assert world.state_of(newest["job"])["files"] == 2
    assert os.path.exists(folder / "asm" / "asm.FCStd1")
