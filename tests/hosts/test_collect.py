from __future__ import annotations

import os
import posixpath
import threading
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.errors import AssemblyError, BridgeError
from iscbridge.core.paths import name_key
from iscbridge.hosts.closure import Member, closure, listed
from iscbridge.hosts.collect import Placed, place, shown
from iscbridge.platform.files import FileStamp
from support.fcstd import write_fcstd

SAMPLES = Path(__file__).parents[2] / "resources" / "samples"
GO = threading.Event()
ROOT = os.path.abspath(os.sep)


def placed(main: Path) -> dict[str, Placed]:
    found = closure(str(main), GO)
    return {entry.name: entry for entry in place(found.members, str(main))}


def test_everything_below_the_main_file_keeps_its_folders_and_bytes(tmp_path: Path) -> None:
    write_fcstd(tmp_path / "lib" / "bolt.FCStd", ["../shaft.FCStd"])
    write_fcstd(tmp_path / "shaft.FCStd")
    main = write_fcstd(tmp_path / "a.FCStd", ["lib/bolt.FCStd"])
    found = placed(main)
    assert list(found) == ["a.FCStd", "lib/bolt.FCStd", "shaft.FCStd"]
    assert not any(entry.renamed for entry in found.values())


def test_a_real_assembly_with_a_part_outside_is_laid_flat() -> None:
    found = placed(SAMPLES / "gearbox" / "gearbox.FCStd")
    assert set(found) == {
        "gearbox.FCStd",
        "Gehäuse & Deckel.FCStd",
        "drive.FCStd",
        "shaft.FCStd",
        "bolt.FCStd",
        "bolt_2.FCStd",
        "齿轮.FCStd",
    }
    assert found["gearbox.FCStd"].renamed["../library/bolt.FCStd"] == "bolt_2.FCStd"
    assert found["bolt_2.FCStd"].member.path == str(SAMPLES / "library" / "bolt.FCStd")
    assert found["drive.FCStd"].renamed == {"../shaft.FCStd": "shaft.FCStd"}


def test_names_that_differ_in_case_or_composition_are_parted(tmp_path: Path) -> None:
    outside = tmp_path / "lib"
    names = ["Bolt.FCStd", "bolt.FCStd", "Gehäuse.FCStd", unicodedata.normalize("NFD", "Gehäuse.FCStd")]
    for number, name in enumerate(names):
        write_fcstd(outside / str(number) / name)
    main = write_fcstd(tmp_path / "a" / "a.FCStd", [f"../lib/{number}/{name}" for number, name in enumerate(names)])
    assert len({name_key(name) for name in placed(main)}) == 5


def test_the_main_file_keeps_its_name(tmp_path: Path) -> None:
    write_fcstd(tmp_path / "lib" / "GEAR.FCStd")
    main = write_fcstd(tmp_path / "a" / "gear.FCStd", ["../lib/GEAR.FCStd"])
    assert list(placed(main)) == ["gear.FCStd", "GEAR_2.FCStd"]


def test_a_number_that_is_taken_is_passed_over(tmp_path: Path) -> None:
    for folder, name in (("x", "bolt"), ("y", "bolt"), ("z", "bolt_2")):
        write_fcstd(tmp_path / folder / f"{name}.FCStd")
    main = write_fcstd(tmp_path / "a" / "a.FCStd", ["../x/bolt.FCStd", "../y/bolt.FCStd", "../z/bolt_2.FCStd"])
    assert list(placed(main)) == ["a.FCStd", "bolt.FCStd", "bolt_3.FCStd", "bolt_2.FCStd"]


def test_a_collision_that_nobody_can_mend_is_refused(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "bolt.prt").write_bytes(b"x")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.asm").write_bytes(b"x")
    main = str(tmp_path / "a" / "a.asm")
    found = listed(main, (str(tmp_path / "x" / "bolt.prt"), str(tmp_path / "y" / "bolt.prt")), GO)
    with pytest.raises(AssemblyError) as caught:
        place(found.members, main)
    assert caught.value.code == "ISCB-ASM-NAME-COLLISION"
    assert caught.value.params["names"] == str(tmp_path / "y" / "bolt.prt")


def test_a_long_list_is_cut_for_people() -> None:
    assert shown(["a", "b"]) == "a, b"
    assert shown([str(n) for n in range(25)]).endswith("(+5)")


part_names = st.text(st.sampled_from("abAB_2.ä "), min_size=1, max_size=4).filter(lambda n: n.strip("."))


@given(st.lists(st.tuples(st.lists(part_names, max_size=2), part_names), max_size=8, unique_by=str), st.booleans())
def test_every_reference_leads_to_its_file_in_the_new_folder(files: list[tuple[list[str], str]], nested: bool) -> None:
    base = os.path.join(ROOT, "w", "asm" if nested else "elsewhere")
    paths = dict.fromkeys(os.path.join(base, *folders, f"{name}.FCStd") for folders, name in files)
    members = [Member(os.path.join(ROOT, "w", "asm", "main.FCStd"), FileStamp(0, 0, ""))]
    members += [Member(path, FileStamp(0, 0, "")) for path in paths if path != members[0].path]
    for owner in members:
        for target in members:
            link = os.path.relpath(target.path, os.path.dirname(owner.path)).replace(os.sep, "/")
            owner.links[link] = target
    try:
        found = place(tuple(members), members[0].path)
    except BridgeError:
        assert os.sep == "\\"
        return
    new_name = {entry.member.path: entry.name for entry in found}
    assert found[0].name == "main.FCStd"
    assert len({name_key(name) for name in new_name.values()}) == len(members)
    for entry in found:
        for link, target in entry.member.links.items():
            led = posixpath.normpath(posixpath.join(posixpath.dirname(entry.name), entry.renamed.get(link, link)))
            assert led == new_name[target.path]
