"""OpenSCAD tells its files in a dependency file; what it could not find it tells in its messages only."""

from __future__ import annotations

from pathlib import Path

from support.other_hosts import program, round_trip, run, save, tree
from support.world import World

PYRAMID = """solid pyramid
{facets}endsolid pyramid
"""
CORNERS = [((0, 0, 0), (0, 2, 0), (2, 0, 0)), ((0, 0, 0), (2, 0, 0), (0, 0, 2)), ((0, 0, 0), (0, 0, 2), (0, 2, 0))]
CORNERS.append(((2, 0, 0), (0, 2, 0), (0, 0, 2)))


def stl() -> str:
    facets = "".join(
        "facet normal 0 0 0\nouter loop\n" + "".join("vertex {} {} {}\n".format(*v) for v in f) + "endloop\nendfacet\n"
        for f in CORNERS
    )
    return PYRAMID.format(facets=facets)


def project(folder: Path) -> Path:
    """A model whose files reach each other by include, use and import, in folders with blanks and Chinese names."""
    (folder / "零件 库").mkdir(parents=True)
    (folder / "零件 库" / "尺寸.scad").write_text("radius = 3; // of the bolt\n", "utf-8")
    (folder / "零件 库" / "bolt.scad").write_text(
        "include <尺寸.scad>\nmodule bolt() cylinder(h=10, r=radius);\n", "utf-8"
    )
    (folder / "nut.scad").write_text('module nut() import("mesh #1.stl");\n')
    (folder / "mesh #1.stl").write_text(stl())
    (folder / "notes.txt").write_text("not of the model\n")
    main = folder / "泵 pump.scad"
    main.write_text("include <零件 库/bolt.scad>\nuse <nut.scad>\nbolt();\ntranslate([9, 0, 0]) nut();\n", "utf-8")
    return main


def shape(home: Path, main: Path) -> str:
    """The geometry, and nothing that it complains of."""
    target = home / "shape.stl"
    done = run(home, program("openscad"), "-o", target, main)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return target.read_text()


def test_a_model_comes_back_whole(world: World, tmp_path: Path) -> None:
    main = project(world.work / "scad")
    before = shape(tmp_path, main)
    delivered = round_trip(world, main)
    assert delivered.name == main.stem
    assert tree(delivered) == {main.name, "零件 库/bolt.scad", "零件 库/尺寸.scad", "nut.scad", "mesh #1.stl"}
    assert shape(tmp_path, delivered / main.name) == before


def test_what_is_not_there_is_named(world: World) -> None:
    main = project(world.work / "gone")
    (main.parent / "nut.scad").unlink()
    done = save(world, main)
    assert (done["state"], done["error"]) == ("refused", "ISCB-ASM-MISSING-PARTS")
    assert "nut.scad" in done["message"]


def test_an_import_that_is_not_there_is_named(world: World) -> None:
    main = project(world.work / "gone2")
    (main.parent / "mesh #1.stl").unlink()
    done = save(world, main)
    assert (done["state"], done["error"]) == ("refused", "ISCB-ASM-MISSING-PARTS")
    assert "mesh #1.stl" in done["message"]


def test_a_file_beside_the_folder_can_t_be_sent(world: World) -> None:
    main = project(world.work / "scattered" / "inner")
    (world.work / "scattered" / "common.scad").write_text("x = 1;\n")
    with main.open("a") as file:
        file.write("include <../common.scad>\n")
    done = save(world, main)
    assert (done["state"], done["error"]) == ("refused", "ISCB-ASM-SCATTERED")
    assert "common.scad" in done["message"]


def test_an_absolute_path_can_t_be_sent(world: World) -> None:
    main = project(world.work / "absolute")
    with main.open("a") as file:
        file.write(f"include <{main.parent}/零件 库/尺寸.scad>\n")
    done = save(world, main)
    assert (done["state"], done["error"]) == ("refused", "ISCB-ASM-ABSOLUTE")


def test_a_model_that_can_t_be_read_says_why(world: World) -> None:
    main = project(world.work / "broken")
    main.write_text("cube(\n")
    done = save(world, main)
    assert (done["state"], done["error"]) == ("failed", "ISCB-HOST-LIST-FAILED")
    assert "syntax error" in done["message"]


def test_a_check_lists_the_same(world: World) -> None:
    main = project(world.work / "checked")
    code, lines = world.cli_json("check", str(main))
    assert code == 0, lines
    assert {Path(part["path"]).name for part in lines[-1]["files"]} >= {"尺寸.scad", "mesh #1.stl"}
