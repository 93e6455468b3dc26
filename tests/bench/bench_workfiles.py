"""The working files at their largest: 100,000 watched, none changed. Memory of one process, and time of a scan."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

from figures import CannotMeasure, Figure, percentile
from place import HERE, place

FOLDERS, FILES = 500, 200
LIMIT_RATIO = 2.0
LIMIT_MB = 200.0


def run(quick: bool) -> list[Figure]:
    """Scan and `find -newer` of the same tree in turns, both warm; the memory is of a process that holds everything."""
    find = shutil.which("find")
    if find is None:
        raise CannotMeasure("find is needed")
    folders, rounds = (20, 3) if quick else (FOLDERS, 11)
    with place() as here:
        tree = here.work / "tree"
        grow(tree, folders)
        newer = here.work / "newer"
        newer.touch()
        child = subprocess.Popen(
            [sys.executable, str(HERE / "bench_workfiles.py"), str(tree)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with child:
            if child.stdin is None or child.stdout is None:
                raise RuntimeError("pipes were asked for")
            ours, bare, found = [], [], {}
            for _ in range(rounds + 1):  # the first of each warms up
                began = time.perf_counter()
                listed = subprocess.run([find, str(tree), "-newer", str(newer)], capture_output=True, check=True)
                bare.append(time.perf_counter() - began)
                child.stdin.write("scan\n")
                child.stdin.flush()
                found = json.loads(child.stdout.readline())
                ours.append(found["seconds"])
                if listed.stdout or found["told"]:
                    raise RuntimeError(f"an unchanged tree was told as changed: {found['told']}")
            child.stdin.close()
    if found["saved"] != folders * FILES:
        raise RuntimeError(f"{found['saved']} files were settled")
    mine, theirs = percentile(ours[1:], 0.5), percentile(bare[1:], 0.5)
    note = (
        f"{mine * 1000:.0f} ms against {theirs * 1000:.0f} ms, median of {rounds} in turns; {folders * FILES:,} files"
    )
    return [
        Figure("workfiles.scan", mine / theirs, "x", LIMIT_RATIO, note),
        Figure(
            "workfiles.memory", found["megabytes"], "MB", LIMIT_MB, f"largest; {found['base']:.0f} MB without files"
        ),
    ]


def grow(tree: Path, folders: int) -> None:
    """Empty files will do: a scan opens none."""
    for folder in range(folders):
        parts = tree / f"project-{folder:04}" / "parts"
        parts.mkdir(parents=True)
        for file in range(FILES):
            (parts / f"part-{file:05}.FCStd").touch()


def _child(tree: str) -> None:
    """Holds every file as the bridge would, as if it were started anew, and scans as often as it is told."""
    import os
    import threading

    from iscbridge.core import workfile_model as m
    from iscbridge.core.workfile_model import FileState, Stat
    from iscbridge.core.workfiles import Workfiles
    from iscbridge.platform import watching
    from iscbridge.platform.files import stamp
    from iscbridge.platform.scan import Found, Scanned, Scanner

    base = memory_of()
    work, scanner, events = Workfiles(), Scanner(), watching.Watching()
    folders = []
    for folder, _, names in os.walk(tree):
        folders += [folder] if names else []
        for name in names:
            path = os.path.join(folder, name)
            found = stamp(path)
            known = Stat(found.size, found.mtime_ns, found.file_id)
            work.handle(m.Known(path, known, os.urandom(32).hex()))
            scanner.add(path, known)
    events.watch(folders)
    for _ in sys.stdin:
        told = 0
        began = time.perf_counter()
        work.handle(m.ScanBegun())
        for item in scanner.scan(threading.Event()):
            if isinstance(item, Found):
                told += 1
                work.handle(m.ScanFound(item.path))
            elif isinstance(item, Scanned):
                work.handle(m.FolderScanned(item.folder, item.whole))
        work.handle(m.ScanEnded())
        seconds = time.perf_counter() - began
        saved = work.counts().get(FileState.SAVED, 0)
        print(json.dumps({"seconds": seconds, "told": told, "saved": saved, "megabytes": memory_of(), "base": base}))
        sys.stdout.flush()
    events.close()


def memory_of(pid: int | str = "self") -> float:
    """The largest resident size of a process so far, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmHWM")


if __name__ == "__main__":
    _child(sys.argv[1])
