"""The frozen tray for Windows against the installed package on Windows Python, under Wine: built and started by the lane."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from figures import CannotMeasure, Figure
from place import ROOT

LIMIT_START = 2.0


def run(quick: bool) -> list[Figure]:
    """Start, as a ratio. Builds everything from scratch, which takes minutes."""
    rounds = 1 if quick else 9
    lane = ROOT / "tests" / "windows" / "lane.py"
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "starts.json"
        done = subprocess.run(
            [sys.executable, lane, "--steps", "frozen", "--starts", str(rounds), "--starts-to", result],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if not result.is_file():
            raise CannotMeasure(f"the lane windows did not get as far:\n{done.stdout[-2000:]}{done.stderr[-500:]}")
        samples = json.loads(result.read_text("utf-8"))
    top, bottom = (statistics.median(samples[name]) for name in ("frozen", "unfrozen"))
    note = f"{top:.1f} s against {bottom:.1f} s from start to icon under Wine, medians of {rounds} in turns"
    return [Figure("frozen.start.windows", top / bottom, "x", LIMIT_START, note)]
