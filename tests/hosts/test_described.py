"""CADs that only a description is known of: how the files of an assembly are found, and what becomes of them."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from iscbridge.core.changes import Baseline
from iscbridge.core.errors import AssemblyError, BridgeError, HostError
from iscbridge.core.lockfiles import RULES, lock_names
from iscbridge.hosts.catalog import Origin
from iscbridge.hosts.closure import Stopped
from iscbridge.hosts.described import Described
from iscbridge.hosts.roots import Roots
from iscbridge.journal import check as checking
from iscbridge.journal.plan import CaptureRequest, Plan, make_plan
from iscbridge.platform.folders import Home

HEAD = 'form = 1\n[host]\nname = "{name}"\nproduct = "{name}"\ntitle = {{ en = "{name}", zh = "{name}" }}\n'
FOLDER = """
[files]
types = ["proj", "sheet"]
assembly = ["proj"]
lock = ["~{name}.lck"]
leave_out = ["*.bak", "cache/"]
[list]
how = "folder"
[[list.reference]]
in = ["sheet"]
before = '"'
after = '"'
variables = { "$P" = "main", "$" = "installed" }
"""
TEXT = """
[files]
types = ["asm", "prt"]
assembly = ["asm"]
[list]
how = "references"
rewrite = true
[[list.reference]]
in = ["asm"]
before = "uses "
"""
COMMAND = """
[[find]]
platform = "linux"
path = "{opt}/nowhere/cad"
[files]
types = ["cmd"]
assembly = ["cmd"]
[list]
how = "command"
gives = "lines"
arguments = ["{file}"]
"""
STOP = threading.Event()


class Scene:
    def __init__(self, folder: Path) -> None:
        self.work = folder / "work"
        self.hosts = folder / "hosts"
        self.described = Described(
            Home(folder / "profile"), Roots("linux", {"opt": str(folder / "opt")}), lambda: [(Origin.USER, self.hosts)]
        )
        for name, text in (("folders", FOLDER), ("texts", TEXT), ("commands", COMMAND)):
            self.describe(name, text)

    def describe(self, name: str, text: str) -> None:
        path = self.hosts / name / "host.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD.format(name=name) + text, encoding="utf-8")

    def file(self, place: str, text: str = "x") -> str:
        path = self.work / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)

    def request(self, path: str, **more: object) -> CaptureRequest:
        return CaptureRequest(path, assembly=True, described=self.described, **more)  # type: ignore[arg-type]  names are fixed

    def plan(self, path: str, **more: object) -> Plan:
        return make_plan(self.request(path, **more), self.work / "staging", STOP)

    def names(self, path: str, **more: object) -> set[str]:
        return {file.name for file in self.plan(path, **more).files}

    def refused(self, path: str, **more: object) -> BridgeError:
        with pytest.raises(BridgeError) as caught:
            self.plan(path, **more)
        return caught.value

    def check(self, path: str) -> checking.Checked:
        return checking.check(self.request(path), self.work / "staging", lambda _: Baseline(), STOP)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


class TestFolder:
    @pytest.fixture
    def main(self, scene: Scene) -> str:
        scene.file("板/sub/a.sheet", 'x "b.sheet" "$LIB/none" "$P/板.txt"')
        scene.file("板/sub/b.sheet")
        scene.file("板/板.txt")
        for left in ("板/x.BAK", "板/cache/y", "板/sub/~a.sheet.lck", "板/~板.proj.lck"):
            scene.file(left)
        return scene.file("板/板.proj")

    def test_all_but_what_is_left_out(self, scene: Scene, main: str) -> None:
        plan = scene.plan(main)
        assert [file.name for file in plan.files] == ["板.proj", "板.txt", "sub/a.sheet", "sub/b.sheet"]
        assert not any(file.renamed for file in plan.files)
        assert plan.staged
        assert plan.folder is not None
        assert Path(plan.folder).name == "板"

    @pytest.mark.skipif(os.name == "nt", reason="links need a right there that users have not")
    def test_a_link_that_leads_elsewhere_is_refused_and_one_within_is_a_file(self, scene: Scene, main: str) -> None:
        folder = Path(main).parent
        (folder / "near.txt").symlink_to(folder / "板.txt")
        assert "near.txt" in scene.names(main)
        (folder / "key").symlink_to(scene.file("elsewhere/secret"))
        error = scene.refused(main)
        assert error.code == "ISCB-ASM-SCATTERED"
        assert "key" in error.params["names"]

    def test_the_folder_stands_for_it(self, scene: Scene, main: str) -> None:
        assert scene.plan(str(Path(main).parent)) == scene.plan(main)

    def test_a_folder_with_another_name_and_one_project(self, scene: Scene, main: str) -> None:
        other = Path(main).parent.rename(scene.work / "other name")
        assert scene.names(str(other)) == {"板.proj", "板.txt", "sub/a.sheet", "sub/b.sheet"}
        scene.file("other name/second.proj")
        assert scene.refused(str(other)).code == "ISCB-ASM-NO-MAIN"

    def test_what_came_from_the_cloud_goes_back_from_its_folder(self, scene: Scene, main: str) -> None:
        folder = str(Path(main).parent)
        for path in (folder, main):
            plan = scene.plan(path, opened_folders=(folder,))
            assert (plan.folder, plan.staged, plan.files[0].name) == (folder, False, "板.proj")

    def test_missing_and_outside(self, scene: Scene, main: str) -> None:
        scene.file("板/sub/b.sheet", '"c.sheet"')
        error = scene.refused(main)
        assert (error.code, "c.sheet" in str(error.params)) == ("ISCB-ASM-MISSING-PARTS", True)
        scene.file("板/sub/b.sheet", '"../../out.sheet"')
        scene.file("out.sheet")
        error = scene.refused(main)
        assert (error.code, error.params["names"]) == ("ISCB-ASM-SCATTERED", str(scene.work / "out.sheet"))
        found = scene.check(main)
        assert [part.path for part in found.parts if part.blocks] == [str(scene.work / "out.sheet")]

    def test_an_absolute_reference(self, scene: Scene, main: str) -> None:
        scene.file("板/sub/b.sheet", f'"{scene.work}/板/板.txt"')
        assert scene.refused(main).code == "ISCB-ASM-ABSOLUTE"

    def test_a_list_of_the_host_counts_alone(self, scene: Scene, main: str) -> None:
        assert scene.names(main, files=(str(scene.work / "板" / "x.BAK"),)) == {"板.proj", "x.BAK"}

    def test_a_folder_without_end_is_no_project(self, scene: Scene, main: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("iscbridge.hosts.folder_list.MAX_FILES", 3)
        assert scene.refused(main).code == "ISCB-ASM-TOO-LARGE"

    def test_it_stops_when_it_is_called_off(self, scene: Scene, main: str) -> None:
        stop = threading.Event()
        stop.set()
        with pytest.raises(Stopped):
            scene.described.way(main, stop)


class TestReferences:
    def test_sub_assemblies_and_circles(self, scene: Scene) -> None:
        main = scene.file("m/m.asm", "uses s/s.asm\nuses p.prt\n")
        scene.file("m/s/s.asm", "uses ../p.prt\nuses ../m.asm\n")
        scene.file("m/p.prt")
        scene.file("m/not of it")
        assert scene.names(main) == {"m.asm", "s/s.asm", "p.prt"}

    def test_parts_from_elsewhere_lie_flat_and_the_references_follow(self, scene: Scene) -> None:
        main = scene.file("m/m.asm", "uses a/p.prt\nuses ../lib/p.prt\n")
        scene.file("m/a/p.prt")
        scene.file("lib/p.prt")
        plan = scene.plan(main)
        assert [file.name for file in plan.files] == ["m.asm", "p.prt", "p_2.prt"]
        assert plan.files[0].renamed == {"a/p.prt": "p.prt", "../lib/p.prt": "p_2.prt"}

    def test_an_absolute_reference_becomes_a_relative_one(self, scene: Scene) -> None:
        part = scene.file("m/p.prt")
        main = scene.file("m/m.asm", f"uses {part}\n")
        assert scene.plan(main).files[0].renamed == {part: "p.prt"}


class TestProgram:
    def test_a_program_that_is_not_here_is_said(self, scene: Scene) -> None:
        main = scene.file("c/c.cmd")
        error = scene.refused(main)
        assert isinstance(error, HostError)
        assert (error.code, error.params["host"]) == ("ISCB-HOST-NO-PROGRAM", "commands")
        found = scene.check(main)
        assert found.error is not None
        assert found.error.code == "ISCB-HOST-NO-PROGRAM"

    def test_listed_files_need_no_program(self, scene: Scene) -> None:
        main = scene.file("c/c.cmd")
        assert scene.names(main, files=(scene.file("c/d"),)) == {"c.cmd", "d"}

    def test_a_folder_from_the_cloud_needs_no_program(self, scene: Scene) -> None:
        main = scene.file("c/c.cmd")
        scene.file("c/d")
        assert scene.names(main, opened_folders=(str(scene.work / "c"),)) == {"c.cmd", "d"}


def test_a_format_that_nobody_describes_is_taken_as_it_is(scene: Scene) -> None:
    assert scene.names(scene.file("n/n.step")) == {"n.step"}


def test_the_readers_of_iscbridge_come_before_a_description(scene: Scene) -> None:
    scene.describe("texts", TEXT.replace('"asm"', '"FCStd"'))
    with pytest.raises(AssemblyError) as caught:
        scene.plan(scene.file("f/f.FCStd", "uses x\n"))
    assert caught.value.code == "ISCB-ASM-FORMAT"


def test_lock_files_of_descriptions_count_for_their_types(scene: Scene) -> None:
    assert scene.described.known_lock_rules() == RULES
    rules = scene.described.lock_rules()
    assert scene.described.known_lock_rules() == rules
    assert "~a.sheet.lck" in lock_names("a.sheet", rules)
    assert "~a.step.lck" not in lock_names("a.step", rules)


def test_a_description_that_changes_counts_at_once(scene: Scene) -> None:
    main = scene.file("n/n.novel", "uses p.prt\n")
    scene.file("n/p.prt")
    assert scene.names(main) == {"n.novel"}
    scene.describe("novels", TEXT.replace('"asm"', '"novel"'))
    assert scene.names(main) == {"n.novel", "p.prt"}
    (scene.hosts / "novels" / "host.toml").unlink()
    assert scene.names(main) == {"n.novel"}
