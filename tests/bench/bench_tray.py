"""The tray program against the least that a tray program can be: how soon its icon is there, and what it holds idle.

Both under the same X server and panel, started in turns. Memory is PSS: a page that processes share counts once.
"""

from __future__ import annotations

import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from figures import CannotMeasure, Figure
from panel_watch import PanelWatch
from place import HERE, ROOT, Place, place, program, undisturbed, until

sys.path.insert(0, str(ROOT / "tests"))

from support.tray_host import NoTrayHost, TrayHost, tray_host

LIMIT_START = 1.3
LIMIT_MEMORY = 1.4
LIMIT_TREE = 2.0
BARE = (sys.executable, "-P", HERE / "bare_tray.py")


def run(quick: bool) -> list[Figure]:
    """Start and memory."""
    with _desktop() as (here, host, watch):
        return [*_start(here, host, watch, 2 if quick else 15), *_memory(here, host, watch, 1 if quick else 5)]


def _start(here: Place, host: TrayHost, watch: PanelWatch, rounds: int) -> list[Figure]:
    ours: list[float] = []
    bare: list[float] = []
    with undisturbed() as priority:
        # The first round loads the disk's cache, and in ours it makes the profile.
        for number in range(rounds + 1):
            for samples, command in ((bare, BARE), (ours, _ours())):
                with _icon(here, host, watch, command) as (_, seconds):
                    if number:
                        samples.append(seconds)
    top, bottom = statistics.median(ours), statistics.median(bare)
    note = f"{top * 1000:.0f} ms against {bottom * 1000:.0f} ms from start to icon, medians of {rounds}; {priority}"
    return [Figure("tray.start", top / bottom, "x", LIMIT_START, note)]


def _memory(here: Place, host: TrayHost, watch: PanelWatch, rounds: int) -> list[Figure]:
    ours: list[int] = []
    bare: list[int] = []
    trees: list[int] = []
    for _ in range(rounds):
        with _icon(here, host, watch, BARE) as (process, _seconds):
            bare.append(_settled([process.pid]))
        with _icon(here, host, watch, _ours()) as (process, _seconds):
            until(lambda pid=process.pid: len(_tree(pid)) > 1, "the SDK process")
            tree = _settled(_tree(process.pid))
            ours.append(pss(process.pid))
            trees.append(tree)
    bottom = statistics.median(bare)
    figures = []
    for name, samples, limit in (("tray.memory", ours, LIMIT_MEMORY), ("tree.memory", trees, LIMIT_TREE)):
        top = statistics.median(samples)
        note = f"{top / 1024:.1f} MiB against {bottom / 1024:.1f} MiB of PSS when idle, medians of {rounds}"
        figures.append(Figure(name, top / bottom, "x", limit, note))
    return figures


@contextmanager
def _desktop() -> Iterator[tuple[Place, TrayHost, PanelWatch]]:
    with place() as here:
        try:
            with tray_host(here.folder / "desk") as host:
                here.desk()
                watch = PanelWatch(host.display, host.windows("--class", "trayer")[0])
                yield here, host, watch
                watch.close()
        except NoTrayHost as error:
            raise CannotMeasure(str(error)) from error


@contextmanager
def _icon(
    here: Place, host: TrayHost, watch: PanelWatch, command: Sequence[str | Path]
) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """A program with its icon in the panel, and the seconds that this took; ended afterwards."""
    shown = {name: host.env[name] for name in ("DISPLAY", "QT_QPA_PLATFORM", "DBUS_SESSION_BUS_ADDRESS")}
    # Both as they are when installed: with their bytecode.
    shown |= {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(here.folder / "bytecode")}
    began = time.monotonic()
    process = here.start(list(command), **shown)
    seconds = watch.wait(icon=True) - began
    try:
        yield process, seconds
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        watch.wait(icon=False)


def _ours() -> Sequence[str | Path]:
    return (program("iscbridge"), "tray", "--quiet")


def _settled(pids: Sequence[int]) -> int:
    """PSS of processes, in KiB, once it has stopped changing: three looks in a row within one part in a hundred."""
    looks: list[int] = []
    for _ in range(60):
        time.sleep(1.0)
        looks.append(sum(map(pss, pids)))
        last = looks[-3:]
        if len(last) == 3 and max(last) <= min(last) * 1.01:
            break
    return looks[-1]


def pss(pid: int) -> int:
    """The process's share of the memory, in KiB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    found = re.search(r"^Pss:\s+(\d+) kB", text, flags=re.MULTILINE)
    return int(found[1]) if found else 0


def _tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += _tree(int(child))
    return found
