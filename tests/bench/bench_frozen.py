"""The frozen tray against the installed package: how soon its icon is there, in turns under one panel."""

from __future__ import annotations

import os
import statistics
import sys
from pathlib import Path

from bench_tray import _desktop, _icon, _ours
from figures import CannotMeasure, Figure
from place import ROOT, undisturbed

LIMIT_START = 2.0
LIMIT_MIB = 90.0


def run(quick: bool) -> list[Figure]:
    """Start, as a ratio, and what the folder weighs."""
    folder = Path(os.environ.get("FROZEN_PRODUCT") or ROOT / "build" / "frozen" / "ISCBridge")
    program = folder / "ISCBridgeTray"
    if not program.is_file():
        raise CannotMeasure(f"{program} is not there; docs/release.md says how it is frozen")
    rounds = 2 if quick else 15
    frozen: list[float] = []
    unfrozen: list[float] = []
    with _desktop() as (here, host, watch), undisturbed() as priority:
        for number in range(rounds + 1):  # the first round loads the disk's cache
            for samples, command in ((unfrozen, _ours()), (frozen, (program, "tray", "--quiet"))):
                with _icon(here, host, watch, command) as (_, seconds):
                    if number:
                        samples.append(seconds)
    top, bottom = statistics.median(frozen), statistics.median(unfrozen)
    note = f"{top * 1000:.0f} ms against {bottom * 1000:.0f} ms from start to icon, medians of {rounds}; {priority}"
    return [Figure("frozen.start", top / bottom, "x", LIMIT_START, note), _weight(folder)]


def _weight(folder: Path) -> Figure:
    sys.path.insert(0, str(ROOT / "installer" / "frozen"))
    import check

    # What is shipped is the folder for Windows; this machine's carries other libraries.
    return Figure("frozen.size", check.size(folder) / 2**20, "MiB", None, f"on disk, here; {LIMIT_MIB:g} on Windows")
