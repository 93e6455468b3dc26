"""A KiCad project is a folder: everything in it but what KiCad makes anew, and its sheets wherever they lie."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from support.freecad import x_server
from support.other_hosts import program, round_trip, run, save, tree
from support.world import World, until

SHEET = """(kicad_sch (version 20211123) (generator eeschema)
  (uuid 1111{number:04d}-1111-4111-8111-111111111111)
  (paper "A4")
  (lib_symbols)
{below})
"""
BELOW = """  (sheet (at 50 50) (size 30 20) (fields_autoplaced)
    (stroke (width 0) (type solid) (color 0 0 0 0))
    (fill (color 0 0 0 0.0000))
    (uuid 2222{number:04d}-2222-4222-8222-222222222222)
    (property "Sheet name" "below" (id 0) (at 50 49 0) (effects (font (size 1.27 1.27)) (justify left bottom)))
    (property "Sheet file" "{file}" (id 1) (at 50 71 0) (effects (font (size 1.27 1.27)) (justify left top)))
  )
"""
#: With the Python of the system, in which KiCad's own module is installed; makes the project file, too.
BOARD = """
import pcbnew, sys
board = pcbnew.NewBoard(sys.argv[1])
edge = pcbnew.PCB_SHAPE(board)
edge.SetShape(pcbnew.SHAPE_T_RECT)
edge.SetStart(pcbnew.wxPointMM(0, 0)); edge.SetEnd(pcbnew.wxPointMM(40, 25)); edge.SetLayer(pcbnew.Edge_Cuts)
board.Add(edge)
part = pcbnew.FOOTPRINT(board); part.SetReference("U1"); part.SetValue("x")
for name in ("${KIPRJMOD}/3d/壳 体.step", "${KICAD6_3DMODEL_DIR}/Resistor_SMD.3dshapes/R_0603.step"):
    body = pcbnew.FP_3DMODEL(); body.m_Filename = name; part.Models().append(body)
board.Add(part)
pcbnew.SaveBoard(sys.argv[1], board)
"""
LOOK = """
import json, os, pcbnew, sys
board = pcbnew.LoadBoard(sys.argv[1])
box = board.GetBoardEdgesBoundingBox()
models = [m.m_Filename for part in board.GetFootprints() for m in part.Models()]
own = [name.replace("${KIPRJMOD}", os.path.dirname(sys.argv[1])) for name in models if "KIPRJMOD" in name]
print("LOOK " + json.dumps({"size": [box.GetWidth(), box.GetHeight()], "models": models,
    "parts": [part.GetReference() for part in board.GetFootprints()], "there": [os.path.isfile(name) for name in own]}))
"""
SYSTEM_PYTHON = "/usr/bin/python3"


def sheet(path: Path, number: int, *below: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    inner = "".join(BELOW.format(number=number * 10 + at, file=name) for at, name in enumerate(below))
    path.write_text(SHEET.format(number=number, below=inner), "utf-8")


def project(folder: Path, home: Path, sub_sheet: str = "子图/电源 1.kicad_sch") -> Path:
    """Sheets in two folders, a board with a body of the project's and one of the library's, and what KiCad leaves."""
    main = folder / "电源板.kicad_pro"
    sheet(folder / "电源板.kicad_sch", 1, sub_sheet)
    sheet(folder / sub_sheet, 2, "滤波.kicad_sch")
    sheet((folder / sub_sheet).parent / "滤波.kicad_sch", 3)
    (folder / "3d").mkdir()
    (folder / "3d" / "壳 体.step").write_bytes(b"ISO-10303-21;")
    done = run(home, SYSTEM_PYTHON, "-c", BOARD, main.with_suffix(".kicad_pcb"))
    assert main.is_file(), done.stderr
    for left in ("电源板-backups/2026.zip", "fp-info-cache", "~电源板.kicad_pcb.lck", "_autosave-电源板.kicad_sch"):
        (folder / left).parent.mkdir(exist_ok=True)
        (folder / left).write_bytes(b"left by KiCad")
    return main


def look(home: Path, board: Path) -> dict[str, Any]:
    done = run(home, SYSTEM_PYTHON, "-c", LOOK, board)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("LOOK ")] or [done.stderr]
    found: dict[str, Any] = json.loads(line.removeprefix("LOOK "))
    return found


class Openings(FileSystemEventHandler):
    """Which files somebody opens."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def on_opened(self, event: FileSystemEvent) -> None:
        self.names.add(Path(str(event.src_path)).name)


@pytest.fixture
def display() -> Iterator[str]:
    with x_server() as made:
        yield made


def configured(home: Path) -> dict[str, str]:
    """A KiCad that asks nothing at its first start."""
    config = home / ".config" / "kicad" / "6.0"
    config.mkdir(parents=True)
    (config / "kicad_common.json").write_text("{}")
    (config / "eeschema.json").write_text("{}")
    (config / "sym-lib-table").write_text("(sym_lib_table)")
    (config / "fp-lib-table").write_text("(fp_lib_table)")
    return {"HOME": str(home), "LC_ALL": "C.UTF-8"}


def opened_by_editor(schematic: Path, home: Path, display: str, wanted: set[str]) -> None:
    """Open the schematic in KiCad's editor, and see that it reads every sheet."""
    seen = Openings()
    watch = Observer()
    watch.schedule(seen, str(schematic.parent), recursive=True)
    watch.start()
    environment = {**os.environ, **configured(home), "DISPLAY": display}
    editor = subprocess.Popen(
        [program("eeschema"), str(schematic)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: wanted <= seen.names, f"the editor to read {wanted}, it has read {seen.names}")
        assert editor.poll() is None
    finally:
        editor.kill()
        editor.wait(30)
        watch.stop()
        watch.join()


def test_a_project_comes_back_whole(world: World, tmp_path: Path, display: str) -> None:
    main = project(world.work / "kicad", tmp_path / "home")
    before = look(tmp_path / "home", main.with_suffix(".kicad_pcb"))
    assert (before["size"][0] > 39_000_000, before["there"], before["parts"]) == (True, [True], ["U1"])
    delivered = round_trip(world, main)
    assert tree(delivered) == {
        "电源板.kicad_pro", "电源板.kicad_sch", "电源板.kicad_pcb", "子图/电源 1.kicad_sch", "子图/滤波.kicad_sch", "3d/壳 体.step",
    }  # fmt: skip
    assert look(tmp_path / "home", delivered / "电源板.kicad_pcb") == before
    sheets = {"电源板.kicad_sch", "电源 1.kicad_sch", "滤波.kicad_sch"}
    opened_by_editor(delivered / "电源板.kicad_sch", tmp_path / "editor", display, sheets)


def test_the_folder_stands_for_the_project(world: World, tmp_path: Path) -> None:
    main = project(world.work / "by folder", tmp_path / "home")
    done = save(world, main.parent)
    assert (done["state"], done["files"]) == ("done", 6), done


def test_a_sheet_that_is_not_there_is_named(world: World, tmp_path: Path) -> None:
    main = project(world.work / "gone", tmp_path / "home")
    (main.parent / "子图" / "滤波.kicad_sch").unlink()
    done = save(world, main)
    assert (done["state"], done["error"]) == ("refused", "ISCB-ASM-MISSING-PARTS")
    assert "滤波.kicad_sch" in done["message"]


def test_a_sheet_beside_the_project_can_t_be_sent(world: World, tmp_path: Path) -> None:
    main = project(world.work / "wide" / "inner", tmp_path / "home", "../shared/电源.kicad_sch")
    done = save(world, main)
    assert (done["state"], done["error"]) == ("refused", "ISCB-ASM-SCATTERED")
    assert "shared/电源.kicad_sch" in done["message"]
