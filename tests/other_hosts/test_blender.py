"""Blender lists what a file uses itself, libraries of libraries and pictures too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from support.other_hosts import program, round_trip, run, save, tree
from support.world import World

MAKE = """
import bpy, os, sys
top, relative = sys.argv[-2], sys.argv[-1] == "relative"
at = lambda *parts: os.path.join(top, *parts)
def empty():
    bpy.ops.wm.read_factory_settings(use_empty=True)
def link(path):
    with bpy.data.libraries.load(path, link=True, relative=relative) as (there, here):
        here.objects = there.objects
    for one in here.objects:
        bpy.context.scene.collection.objects.link(one)
def cube(name, size):
    bpy.ops.mesh.primitive_cube_add(size=size)
    bpy.context.object.name = name
empty(); cube("螺栓", 2.0)
bpy.ops.wm.save_as_mainfile(filepath=at("库", "bolt.blend"))
empty(); cube("轴", 5.0)
bpy.ops.wm.save_as_mainfile(filepath=at("库", "deep er", "shaft.blend"))
empty(); bpy.ops.wm.save_as_mainfile(filepath=at("库", "deep er", "unit.blend"))
with bpy.data.libraries.load(at("库", "deep er", "shaft.blend"), link=True, relative=relative) as (there, here):
    here.meshes = there.meshes
bpy.context.scene.collection.objects.link(bpy.data.objects.new("unit", here.meshes[0]))
bpy.ops.wm.save_as_mainfile(filepath=at("库", "deep er", "unit.blend"))
empty()
picture = bpy.data.images.new("p", 8, 8); picture.filepath_raw = at("贴图 1.png"); picture.file_format = "PNG"; picture.save()
bpy.ops.wm.save_as_mainfile(filepath=at("泵.blend"))
link(at("库", "bolt.blend")); link(at("库", "deep er", "unit.blend"))
picture.source = "FILE"; picture.filepath = "//贴图 1.png"; picture.use_fake_user = True
bpy.ops.wm.save_as_mainfile(filepath=at("泵.blend"))
"""

ROWS = """
import bpy, os, sys
top = sys.argv[-1]
at = lambda *parts: os.path.join(top, *parts)
bpy.ops.wm.read_factory_settings(use_empty=True)
picture = bpy.data.images.new("p", 4, 4); picture.file_format = "PNG"
for name in ("帧 0001", "帧 0002", "帧 0003", "帧 x", "wall.1001", "wall.1012"):
    picture.filepath_raw = at("贴图", name + ".png"); picture.save()
bpy.data.images.remove(picture)
bpy.ops.wm.save_as_mainfile(filepath=at("film.blend"))
row = bpy.data.images.load(at("贴图", "帧 0001.png")); row.source = "SEQUENCE"; row.filepath = "//贴图/帧 0001.png"
wall = bpy.data.images.load(at("贴图", "wall.1001.png")); wall.source = "TILED"; wall.filepath = "//贴图/wall.<UDIM>.png"
wall.tiles.new(1012)
row.use_fake_user = wall.use_fake_user = True
bpy.ops.wm.save_as_mainfile(filepath=at("film.blend"))
"""

LOOK = """
import bpy, json, os, sys
found = {
    "libraries": sorted(os.path.basename(one.filepath) for one in bpy.data.libraries),
    "missing": [one.filepath for one in bpy.data.libraries if not os.path.isfile(bpy.path.abspath(one.filepath))],
    "objects": sorted([one.name, [round(size, 5) for size in one.dimensions]] for one in bpy.data.objects),
    "pictures": [list(one.size) for one in bpy.data.images if one.source == "FILE"],
}
with open(sys.argv[-1], "w") as file:
    json.dump(found, file)
"""


def blender(home: Path, *arguments: str | Path) -> str:
    done = run(home, program("blender"), "--background", "--factory-startup", "--python-exit-code", "3", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def project(world: World, name: str, home: Path, kind: str = "relative") -> Path:
    folder = world.work / name
    (folder / "库" / "deep er").mkdir(parents=True)
    blender(home, "--python-expr", MAKE, "--", folder, kind)
    return folder / "泵.blend"


def look(home: Path, main: Path) -> dict[str, Any]:
    """What Blender itself finds in the file and all that it links."""
    target = home / "look.json"
    blender(home, main, "--python-expr", LOOK, "--", target)
    found: dict[str, Any] = json.loads(target.read_text())
    return found


def test_a_scene_comes_back_whole(world: World, tmp_path: Path) -> None:
    main = project(world, "scene", tmp_path)
    before = look(tmp_path, main)
    assert (before["missing"], before["pictures"]) == ([], [[8, 8]])
    assert before["libraries"] == ["bolt.blend", "shaft.blend", "unit.blend"]
    assert before["objects"] == [["unit", [5.0, 5.0, 5.0]], ["螺栓", [2.0, 2.0, 2.0]]]
    delivered = round_trip(world, main)
    assert tree(delivered) == {
        "泵.blend", "贴图 1.png", "库/bolt.blend", "库/deep er/shaft.blend", "库/deep er/unit.blend",
    }  # fmt: skip
    assert look(tmp_path, delivered / main.name) == before


def test_rows_and_tiles_of_pictures_are_whole(world: World, tmp_path: Path) -> None:
    """Blender itself names the first picture of a row, and of tiles a name that no file has."""
    folder = world.work / "film"
    (folder / "贴图").mkdir(parents=True)
    blender(tmp_path, "--python-expr", ROWS, "--", folder)
    wall = folder / "贴图" / "wall.1012.png"
    wall.rename(tmp_path / wall.name)
    done = save(world, folder / "film.blend")
    assert (done["state"], done["error"]) == ("refused", "ISCB-ASM-MISSING-PARTS")
    assert wall.name in done["message"]
    (tmp_path / wall.name).rename(wall)
    rows = {"帧 0001.png", "帧 0002.png", "帧 0003.png", "wall.1001.png", "wall.1012.png"}
    assert tree(round_trip(world, folder / "film.blend")) == {"film.blend", *(f"贴图/{name}" for name in rows)}


def test_a_library_that_is_not_there_is_named(world: World, tmp_path: Path) -> None:
    main = project(world, "gone", tmp_path)
    (main.parent / "库" / "deep er" / "shaft.blend").unlink()
    done = save(world, main)
    assert (done["state"], done["error"]) == ("refused", "ISCB-ASM-MISSING-PARTS")
    assert "shaft.blend" in done["message"]


def test_absolute_paths_can_t_be_sent(world: World, tmp_path: Path) -> None:
    done = save(world, project(world, "absolute", tmp_path, "absolute"))
    assert (done["state"], done["error"]) == ("refused", "ISCB-ASM-ABSOLUTE")
    assert "bolt.blend" in done["message"]


def test_what_is_no_scene_says_so(world: World) -> None:
    main = world.file("bad/no.blend", b"garbage")
    done = save(world, main)
    assert (done["state"], done["error"]) == ("failed", "ISCB-HOST-LIST-FAILED")
    assert "not supported" in done["message"]
