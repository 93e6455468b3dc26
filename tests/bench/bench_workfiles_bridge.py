"""A whole bridge with 100,000 working files: what they cost in memory, in processor time, and in waiting for answers."""

from __future__ import annotations

import os
import time
from pathlib import Path

from bench_workfiles import FILES, FOLDERS, grow, memory_of
from figures import Figure
from place import Place, place

from iscbridge.core.workfile_model import Stat
from iscbridge.ipc.client import Client
from iscbridge.journal.journal import Journal
from iscbridge.journal.workfiles import Workfile
from iscbridge.platform.files import stamp
from iscbridge.platform.identity import identity_key

LIMIT_MB = 200.0
LIMIT_LOAD = 2.0
_BATCH = 1000
_SETTLE_S = 5.0


def run(quick: bool) -> list[Figure]:
    """The same bridge without and with the files; idle means that it scans them as often as it does by itself."""
    folders, seconds = (20, 5.0) if quick else (FOLDERS, 130.0)
    with place() as here:
        pid = here.serve()
        time.sleep(_SETTLE_S)
        base = memory_of(pid)
    with place() as here:
        tree = here.work / "tree"
        grow(tree, folders)
        _seed(here, tree)
        began = time.monotonic()
        pid = here.serve()
        client = Client("bench", address=here.home.bridge_address(), timeout=60.0)
        client.connect()
        longest = _watch_it_begin(client, folders * FILES)
        ready = time.monotonic() - began
        time.sleep(_SETTLE_S)
        before = _cpu(pid)
        time.sleep(seconds)
        load = (_cpu(pid) - before) / seconds * 100
        memory = memory_of(pid)
        client.close()
    files = f"{folders * FILES:,} files in {folders:,} folders"
    return [
        Figure(
            "workfiles.bridge",
            memory - base,
            "MB",
            LIMIT_MB,
            f"{memory:.0f} MB, largest, against {base:.0f} MB; {files}",
        ),
        Figure(
            "workfiles.load", load, "% of a core", LIMIT_LOAD, f"over {seconds:g} s of idling with its scans; {files}"
        ),
        Figure("workfiles.ready", ready, "s", None, "from the start of the bridge until each file was looked at"),
        Figure(
            "workfiles.answer", longest * 1000, "ms", None, "longest answer meanwhile to a client that asks on and on"
        ),
    ]


def _seed(here: Place, tree: Path) -> None:
    """The journal of a bridge that has saved every file."""
    here.home.ensure()
    journal, _ = Journal.open(here.home.journal)
    table = journal.workfiles("sandbox")
    batch: list[Workfile] = []
    for folder, _, names in os.walk(tree):
        for name in names:
            path = os.path.join(folder, name)
            found = stamp(path)
            known = Stat(found.size, found.mtime_ns, found.file_id)
            batch.append(Workfile(path, f"file:{identity_key(path)}", known, os.urandom(32).hex(), time.time(), path))
        if len(batch) >= _BATCH:
            table.put(batch)
            batch.clear()
    table.put(batch)
    journal.mark_clean()
    journal.close()


def _watch_it_begin(client: Client, count: int) -> float:
    longest = 0.0
    while True:
        began = time.perf_counter()
        client.request("bridge.status", {})
        longest = max(longest, time.perf_counter() - began)
        counts = client.request("workfile.list", {"limit": 1})["counts"]
        if counts.get("saved", 0) == count:
            return longest
        if set(counts) - {"saved", "unknown"}:
            raise RuntimeError(f"unchanged files were told as {counts}")
        time.sleep(0.002)


def _cpu(pid: int) -> float:
    """Seconds of processor time, of all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
