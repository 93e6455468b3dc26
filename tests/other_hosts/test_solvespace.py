"""SolveSpace's linked parts stand in the text of its files, and follow when a file gets another place."""

from __future__ import annotations

import struct
from pathlib import Path

from support.other_hosts import program, round_trip, run, save, tree
from support.solvespace import write_assembly, write_bolt
from support.world import World


def project(folder: Path, shared: str = "零件") -> Path:
    """An assembly with a sub-assembly, and two different bolts of one name."""
    write_bolt(folder / "零件" / "bolt.slvs", 5, 10)
    write_bolt(folder / shared / "lib b" / "bolt.slvs", 3, 20)
    write_assembly(folder / "零件" / "pair ü.slvs", ["bolt.slvs", "bolt.slvs"])
    below = Path("零件") if shared == "零件" else Path(shared)
    main = write_assembly(folder / "泵.slvs", ["零件/pair ü.slvs", f"{below.as_posix()}/lib b/bolt.slvs"])
    for part in (
        folder / "零件" / "bolt.slvs",
        folder / shared / "lib b" / "bolt.slvs",
        folder / "零件" / "pair ü.slvs",
    ):
        regenerate(folder.parent / "home", part)
    regenerate(folder.parent / "home", main)
    return main


def regenerate(home: Path, path: Path) -> None:
    done = run(home, program("solvespace-cli"), "regenerate", path)
    assert done.returncode == 0, done.stderr


Triangle = tuple[tuple[float, ...], ...]


def shape(home: Path, main: Path) -> list[Triangle]:
    """The whole geometry: SolveSpace reads every linked part anew.

    Its triangles without their order and their normals: of both SolveSpace writes now this, now that.
    """
    regenerate(home, main)
    target = home / "shape.stl"
    target.unlink(missing_ok=True)
    done = run(home, program("solvespace-cli"), "export-mesh", "--output", target, main)
    assert target.is_file(), done.stderr
    data = target.read_bytes()
    (count,) = struct.unpack_from("<I", data, 80)  # of binary STL, after 80 bytes of header
    assert len(data) == 84 + 50 * count
    corners = [struct.unpack_from("<9f", data, 84 + 50 * number + 12) for number in range(count)]
    return sorted(tuple(sorted(tuple(round(one, 3) for one in nine[k : k + 3]) for k in (0, 3, 6))) for nine in corners)


def test_an_assembly_comes_back_whole(world: World, tmp_path: Path) -> None:
    main = project(world.work / "slvs")
    before = shape(tmp_path, main)
    (main.parent / "泵.slvs~").write_bytes(b"the automatic save")
    sizes = {place: (main.parent / place).read_bytes() for place in tree(main.parent)}
    delivered = round_trip(world, main)
    assert tree(delivered) == {"泵.slvs", "零件/pair ü.slvs", "零件/bolt.slvs", "零件/lib b/bolt.slvs"}
    assert {place: (delivered / place).read_bytes() for place in tree(delivered)} == {
        place: data for place, data in sizes.items() if not place.endswith("~")
    }
    assert len(before) > 100
    assert shape(writable(delivered, tmp_path), tmp_path / "copy" / main.name) == before


def test_parts_from_elsewhere_lie_flat_and_are_found_again(world: World, tmp_path: Path) -> None:
    """Their names collide: one gets another name, and the links follow."""
    main = project(world.work / "wide" / "泵", shared="../lib")
    before = shape(tmp_path, main)
    lib = world.work / "wide" / "lib"
    assert (lib / "lib b" / "bolt.slvs").is_file()
    delivered = round_trip(world, main)
    lib.rename(world.work / "moved away")
    assert tree(delivered) == {"泵.slvs", "pair ü.slvs", "bolt.slvs", "bolt_2.slvs"}
    assert shape(writable(delivered, tmp_path), tmp_path / "copy" / main.name) == before


def test_a_part_that_is_not_there_is_named(world: World) -> None:
    main = project(world.work / "gone")
    (main.parent / "零件" / "bolt.slvs").unlink()
    done = save(world, main)
    assert (done["state"], done["error"]) == ("refused", "ISCB-ASM-MISSING-PARTS")
    assert "bolt.slvs" in done["message"]


def writable(delivered: Path, folder: Path) -> Path:
    """A copy of what was delivered read-only, for a program that writes what it has regenerated; gives the home folder."""
    target = folder / "copy"
    for place in tree(delivered):
        (target / place).parent.mkdir(parents=True, exist_ok=True)
        (target / place).write_bytes((delivered / place).read_bytes())
    return folder
