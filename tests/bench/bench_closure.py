"""Listing the files of a 47-file FreeCAD assembly from the zip files alone."""

from __future__ import annotations

import threading
import time
import zipfile
from pathlib import Path

from figures import Figure, percentile
from place import place

from iscbridge.hosts.closure import closure

PARTS, GROUPS = 43, 3
LIMIT_MS = 50.0


def run(quick: bool) -> list[Figure]:
    """The median of several rounds, warm: the one figure whose limit is a time."""
    rounds = 5 if quick else 40
    with place() as here:
        main = _gearbox(here.work)
        times = []
        for _ in range(rounds):
            began = time.perf_counter()
            found = closure(str(main), threading.Event())
            times.append((time.perf_counter() - began) * 1000)
    count = len(found.members)
    if count != PARTS + GROUPS + 1:
        raise RuntimeError(f"{count} files were found")
    note = f"{count} files, median of {rounds}"
    return [Figure("closure", percentile(times, 0.5), "ms", LIMIT_MS, note)]


def _gearbox(folder: Path) -> Path:
    """A main file with three groups, 43 parts among them; documents of the size that FreeCAD writes."""
    parts = [_document(folder / "parts" / f"part{number}.FCStd", []) for number in range(PARTS)]
    groups = [_document(folder / f"group{number}.FCStd", parts[number::GROUPS]) for number in range(GROUPS)]
    return _document(folder / "gearbox.FCStd", groups)


def _document(path: Path, links: list[Path]) -> Path:
    path.parent.mkdir(exist_ok=True)
    named = "".join(
        f'<Object name="Link{n}"><Properties><Property name="LinkedObject" type="App::PropertyXLink">'
        f'<XLink file="{link.relative_to(path.parent).as_posix()}" stamp="" name="Body"/></Property></Properties></Object>'
        for n, link in enumerate(links)
    )
    filler = "".join(
        f'<Property name="P{n}" type="App::PropertyFloat"><Float value="{n}"/></Property>' for n in range(400)
    )
    text = f"<?xml version='1.0' encoding='utf-8'?><Document SchemaVersion=\"4\">{filler}<ObjectData>{named}</ObjectData></Document>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Document.xml", text)
        archive.writestr("PartShape.brp", "0123456789" * 4000)
    return path
