"""Many schedules in a row: `python tests/support/sim_run.py --schedules 100000 --seed 1 --jobs 2`.

Prints what was run and what went wrong on the way; the first broken promise is cut down to a short schedule, its story
is printed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

if __package__ in (None, ""):
    _tests = Path(__file__).resolve().parent.parent
    sys.path[0] = str(_tests)
    sys.path.append(str(_tests.parent))  # last: a mutated copy of the engine may stand before it

from support.sim_schedule import Schedule, cut_down
from support.sim_world import BrokenPromiseError

CHUNK = 250


@dataclass(slots=True)
class Tally:
    """What a number of schedules came to."""

    schedules: int = 0
    steps: int = 0
    jobs: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    checked: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[int, str]] = field(default_factory=list)
    """Seeds of schedules in which a promise was broken, and what was said."""

    def add(self, other: Tally) -> None:
        self.schedules += other.schedules
        self.steps += other.steps
        self.jobs += other.jobs
        self.faults += other.faults
        self.checked += other.checked
        self.states += other.states
        self.failed += other.failed


def run_seeds(first: int, count: int) -> Tally:
    """Run the schedules of these seeds; stops at the first broken promise."""
    tally = Tally()
    for seed in range(first, first + count):
        try:
            world = Schedule.from_seed(seed).run()
        except BrokenPromiseError as broken:
            tally.failed.append((seed, str(broken)))
            return tally
        except Exception as raised:  # noqa: BLE001 (an engine that raises breaks its word, whatever it raises)
            tally.failed.append((seed, f"{type(raised).__name__}: {raised}"))
            return tally
        tally.schedules += 1
        tally.steps += world.steps
        tally.faults += world.faults
        tally.checked += world.checks.checked
        tally.jobs += len(world.journal.jobs)
        tally.states.update(job.state.value for job in world.journal.jobs.values())
    return tally


def _run_chunk(chunk: tuple[int, int]) -> Tally:
    return run_seeds(*chunk)


def run_many(first: int, count: int, workers: int) -> Iterator[Tally]:
    """The tallies of `count` schedules, piece by piece, in the order of their seeds."""
    chunks = [(start, min(CHUNK, first + count - start)) for start in range(first, first + count, CHUNK)]
    if workers == 1:
        yield from map(_run_chunk, chunks)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(_run_chunk, chunks)


def _print(tally: Tally, seconds: float) -> None:
    rate = tally.schedules / seconds if seconds else 0.0
    print(f"schedules  {tally.schedules}  ({rate:.0f} a second, {seconds:.1f} s)")
    print(f"steps      {tally.steps}")
    print(f"jobs       {tally.jobs}: " + ", ".join(f"{n} {state}" for state, n in tally.states.most_common()))
    print("faults     " + ", ".join(f"{n} {fault}" for fault, n in tally.faults.most_common()))
    print("checked    " + ", ".join(f"{promise} {n} times" for promise, n in sorted(tally.checked.items())))


def _explain(seed: int, said: str) -> None:
    print(f"\nseed {seed}: {said}\n")
    schedule = cut_down(Schedule.from_seed(seed))
    print(f"cut down to {len(schedule.steps)} steps: {schedule.steps}")
    print(schedule.story())


def main(arguments: list[str] | None = None) -> int:
    """Run the schedules; 0 if every promise was kept, else 1."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="the first schedule's seed; the others follow")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at work")
    parser.add_argument("--story", action="store_true", help="print the story of --seed and nothing else")
    parser.add_argument("--brief", action="store_true", help="of a broken promise say only which, and by which seed")
    options = parser.parse_args(arguments)
    if options.story:
        print(Schedule.from_seed(options.seed).story())
        return 0
    begun = time.perf_counter()
    total = Tally()
    for tally in run_many(options.seed, options.schedules, options.jobs):
        total.add(tally)
        if total.failed:
            break
    _print(total, time.perf_counter() - begun)
    if total.failed and options.brief:
        seed, said = total.failed[0]
        print(f"seed {seed}: {' '.join(said.split())}")
    elif total.failed:
        _explain(*total.failed[0])
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
