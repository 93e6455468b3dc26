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

NAMES = ("accept", "event", "capture", "closure", "status", "idle")


def main(arguments: Sequence[str]) -> int:
    """Run the benchmarks that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], metavar="NAME", help=" | ".join(NAMES))
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--quick", action="store_true", help="see that everything runs; the figures mean nothing")
    options = parser.parse_args(arguments)
    missed, unmeasured = 0, 0
    for name in options.names or NAMES:
        began = time.monotonic()
        try:
            figures: list[Figure] = importlib.import_module(f"bench_{name}").run(options.quick)
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
