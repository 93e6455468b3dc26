"""Measures ISCBridge: `run.py [NAME ...] [--quick] [--json]`. Ratios of one run; nothing here is a test.

Each figure is printed with its limit and whether it holds. The exit code is 1 if one misses, 2 if something can't be
measured.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from figures import CannotMeasure, Figure

#: Name: module and function.
BENCHMARKS = {
    "accept": ("bench_accept", "run"),
    "event": ("bench_event", "run_event"),
    "burst": ("bench_event", "run_burst"),
    "capture": ("bench_capture", "run"),
    "closure": ("bench_closure", "run"),
    "status": ("bench_status", "run"),
    "license-check": ("bench_license_check", "run"),
    "fingerprint": ("bench_fingerprint", "run"),
    "relay-sqlite": ("bench_relay", "run_sqlite"),
    "relay-postgresql": ("bench_relay", "run_postgresql"),
    "workfiles": ("bench_workfiles", "run"),
    "workfiles-bridge": ("bench_workfiles_bridge", "run"),
    "tray": ("bench_tray", "run"),
    "frozen": ("bench_frozen", "run"),
    "frozen-windows": ("bench_frozen_windows", "run"),
    "activity": ("bench_activity", "run"),
    "idle": ("bench_idle", "run_idle"),
    "growth": ("bench_idle", "run_growth"),
}

#: Only when asked for by name: it builds the product for Windows first.
ON_REQUEST = {"frozen-windows"}


def main(arguments: Sequence[str]) -> int:
    """Run the benchmarks that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME", help=" | ".join(BENCHMARKS))
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--quick", action="store_true", help="see that everything runs; the figures mean nothing")
    options = parser.parse_args(arguments)
    missed, unmeasured = 0, 0
    for name in options.names or [name for name in BENCHMARKS if name not in ON_REQUEST]:
        began = time.monotonic()
        try:
            module, function = BENCHMARKS[name]
            figures: list[Figure] = getattr(importlib.import_module(module), function)(options.quick)
        except CannotMeasure as error:
            print(f"{name}: {error}", file=sys.stderr)
            unmeasured += 1
            continue
        for figure in figures:
            print(figure.json() if options.json else figure.line(), flush=True)
            missed += figure.holds is False
        print(f"[{name} took {time.monotonic() - began:.0f} s]", file=sys.stderr, flush=True)
    return 2 if unmeasured else int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
