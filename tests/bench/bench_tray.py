"""The tray program against the least that a tray program can be: how soon its icon is there, and what it holds idle.

Both under the same X server and panel, started in turns. A page that processes of one tree share counts once.
"""

from __future__ import annotations

import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
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
            ours.append(memory([process.pid]))
            trees.append(tree)
    bottom = statistics.median(bare)
    figures = []
    for name, samples, limit in (("tray.memory", ours, LIMIT_MEMORY), ("tree.memory", trees, LIMIT_TREE)):
        top = statistics.median(samples)
        note = f"{top / 1024:.1f} MiB against {bottom / 1024:.1f} MiB when idle, medians of {rounds}"
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
    """Memory of processes, in KiB, once it has stopped changing: three looks in a row within one part in a hundred."""
    looks: list[int] = []
    for _ in range(60):
        time.sleep(1.0)
        looks.append(memory(pids))
        last = looks[-3:]
        if len(last) == 3 and max(last) <= min(last) * 1.01:
            break
    return looks[-1]


def memory(pids: Sequence[int]) -> int:
    """What these processes hold in memory, in KiB: their PSS on a machine where nobody else has the same files open.

    The kernel's own PSS of a program falls with every other program that uses Qt at that moment. Here pages of a file
    count once among these processes (as many as the one that holds most of them), all others count in full.
    """
    anonymous = 0
    files: dict[str, int] = {}
    for pid in pids:
        mine: dict[str, int] = {}
        for path, resident, own in _mappings(pid):
            anonymous += own
            mine[path] = mine.get(path, 0) + resident - own
        for path, size in mine.items():
            files[path] = max(size, files.get(path, 0))
    return anonymous + sum(files.values())


def _mappings(pid: int) -> Iterator[tuple[str, int, int]]:
    """File, resident and anonymous KiB of each mapping of a process."""
    path, resident = "", 0
    for line in Path(f"/proc/{pid}/smaps").read_text(encoding="utf-8", errors="replace").splitlines():
        head = re.match(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+ *(.*)", line)
        if head:
            path = head[1]
        elif line.startswith("Rss:"):
            resident = int(line.split()[1])
        elif line.startswith("Anonymous:"):
            yield path, resident, int(line.split()[1])


def _tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread may end while one looks
            for child in (task / "children").read_text().split():
                found += _tree(int(child))
    return found
