"""`iscbridge status --json`, as installed, against the start of Python in the same environment."""

from __future__ import annotations

import subprocess
import sys
import time

from figures import Figure, percentile
from place import place, program

LIMIT = 3.0


def run(quick: bool) -> list[Figure]:
    """Both in turns against a bridge that runs."""
    rounds = 5 if quick else 60
    with place() as here:
        here.serve()
        ours, bare = [], []
        for _ in range(rounds + 2):
            bare.append(_time([sys.executable, "-c", "pass"], here.env))
            ours.append(_time([program("iscbridge"), "status", "--json"], here.env))
    top, bottom = percentile(ours[2:], 0.5), percentile(bare[2:], 0.5)
    note = f"{top * 1000:.0f} ms against {bottom * 1000:.0f} ms of python -c pass, median of {rounds} in turns"
    return [Figure("status", top / bottom, "x", LIMIT, note)]


def _time(command: list[str], env: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, env=env, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began
