"""Capture of an assembly of 1,000 files and 1 GB, against copying and hashing the same tree with the system's tools."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

from figures import Figure, percentile
from place import place

from iscbridge.journal.capture import CaptureRequest, capture
from iscbridge.journal.snapshots import SnapshotStore
from iscbridge.platform import durable

FILES, SIZE = 1000, 1024 * 1024
LIMIT_DURABLE, LIMIT_COPY = 1.0, 1.6


def run(quick: bool) -> list[Figure]:
    """Rounds of: capture, capture without its flush, `cp -r` + `sha256sum` + `sync`, `cp -r` alone; caches warm."""
    files = FILES // 20 if quick else FILES
    rounds = 1 if quick else 5
    samples: dict[str, list[float]] = {"durable": [], "unflushed": [], "tools": [], "copy": []}
    with place() as here:
        tree = here.work / "plant"
        _make(tree, files)
        for round_ in range(rounds + 1):
            took = {
                "tools": _tools(tree, here.folder / "copy"),
                "durable": _capture(tree, here.folder / "store", flushed=True),
                "copy": _copy(tree, here.folder / "copy"),
                "unflushed": _capture(tree, here.folder / "store", flushed=False),
            }
            if round_ or quick:  # the first round warms the caches
                for name, seconds in took.items():
                    samples[name].append(seconds)
    middle = {name: percentile(times, 0.5) for name, times in samples.items()}
    size = f"{files} files, {files * SIZE / 1e9:.2f} GB, median of {len(samples['copy'])} rounds"
    return [
        Figure(
            "capture.durable",
            middle["durable"] / middle["tools"],
            "x",
            LIMIT_DURABLE,
            f"{middle['durable']:.2f} s against {middle['tools']:.2f} s of cp -r, sha256sum and sync; {size}",
        ),
        Figure(
            "capture.copy",
            middle["unflushed"] / middle["copy"],
            "x",
            LIMIT_COPY,
            f"without the flush: {middle['unflushed']:.2f} s against {middle['copy']:.2f} s of cp -r; {size}",
        ),
    ]


def _make(tree: Path, files: int) -> None:
    tree.mkdir()
    block = os.urandom(SIZE)
    (tree / "plant.step").write_bytes(b"main")
    for number in range(files):
        (tree / f"part-{number:04}.step").write_bytes(number.to_bytes(4, "big") + block[4:])
    os.sync()


def _copy(tree: Path, target: Path) -> float:
    began = time.perf_counter()
    subprocess.run(["cp", "-r", str(tree), str(target)], check=True)
    took = time.perf_counter() - began
    _clear(target)
    return took


def _tools(tree: Path, target: Path) -> float:
    began = time.perf_counter()
    subprocess.run(["cp", "-r", str(tree), str(target)], check=True)
    names = sorted(str(path) for path in target.iterdir())
    subprocess.run(["sha256sum", *names], check=True, stdout=subprocess.DEVNULL)
    os.sync()
    took = time.perf_counter() - began
    _clear(target)
    return took


def _capture(tree: Path, root: Path, *, flushed: bool) -> float:
    flush_volume = durable.flush_volume
    if not flushed:
        durable.flush_volume = lambda _path: True
    try:
        store = SnapshotStore(root)
        request = CaptureRequest(path=str(tree), assembly=True, files=None, opened_folders=())
        began = time.perf_counter()
        found = capture(request, store, threading.Event())
        took = time.perf_counter() - began
    finally:
        durable.flush_volume = flush_volume
    if any(not store.holds(file.sha256) for file in found.files):
        raise RuntimeError("a file was not captured")
    _clear(root)
    return took


def _clear(folder: Path) -> None:
    """Outside of the timing, with what is left to write, so that no round pays for the one before."""
    shutil.rmtree(folder)
    os.sync()
