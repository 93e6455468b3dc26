"""Schedules: made from a seed, run, and cut down to the few steps that matter when a promise breaks."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from support.sim_dice import Dice
from support.sim_people import ACTIONS, CUMULATIVE, MOODS, NAMES
from support.sim_personality import Personality
from support.sim_world import BrokenPromiseError, World

Step = tuple[int, int]
"""Index into `sim_people.ACTIONS`, and the number that seeds the step's chance."""

TRACE_LINES = 120
"""Lines of a story that are shown from its beginning and from its end."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Everything that decides a run."""

    personality: Personality
    steps: tuple[Step, ...]

    @classmethod
    def from_seed(cls, seed: int, least: int = 30, most: int = 60) -> Schedule:
        rng = random.Random(seed)
        length = rng.randint(least, most)
        kinds = rng.choices(range(len(ACTIONS)), cum_weights=CUMULATIVE[seed % len(MOODS)], k=length)
        return cls(Personality.draw(Dice(seed)), tuple((kind, rng.getrandbits(32)) for kind in kinds))

    def run(self, *, trace: bool = False) -> World:
        """Run it to the end. Raises BrokenPromiseError, or whatever the engine raises."""
        return self._run(World(self.personality, trace=trace))

    def _run(self, world: World) -> World:
        dice = world.dice
        for kind, number in self.steps:
            dice.seed(number)
            if world.trace is not None:
                world.note(f"-- {NAMES[kind]}")
            ACTIONS[kind][0](world)
            if dice.chance(0.8):
                world.pump(1 if dice.chance(0.3) else 1000)
            world.steps += 1
        dice.seed(len(self.steps))
        world.settle()
        return world

    def failure(self) -> str | None:
        """What goes wrong, in a word: the promise, or the type of what was raised; None if nothing does."""
        try:
            self.run()
        except BrokenPromiseError as broken:
            return broken.promise
        except Exception as raised:  # noqa: BLE001 (an engine that raises breaks its word, whatever it raises)
            return type(raised).__name__
        return None

    def story(self) -> str:
        """The trace of the run, and how it ended."""
        world = World(self.personality, trace=True)
        end = "every promise was kept"
        try:
            self._run(world)
        except Exception as raised:  # noqa: BLE001 (as above)
            end = f"{type(raised).__name__}: {raised}"
        lines = world.trace or []
        if len(lines) > 2 * TRACE_LINES:
            left_out = f"... {len(lines) - 2 * TRACE_LINES} lines left out ..."
            lines = [*lines[:TRACE_LINES], left_out, *lines[-TRACE_LINES:]]
        return "\n".join([f"desk: {self.personality}", *lines, end])


def cut_down(schedule: Schedule, *, budget: int = 4000) -> Schedule:
    """A schedule with fewer steps and fewer faults that breaks the same promise; `budget` bounds the runs."""
    failure = schedule.failure()
    runs = 0

    def breaks(candidate: Schedule) -> bool:
        nonlocal runs
        runs += 1
        return runs <= budget and candidate.failure() == failure

    before = None
    while before != schedule and runs < budget:
        before = schedule
        schedule = _fewer_steps(schedule, breaks)
        for personality in schedule.personality.simpler():
            candidate = replace(schedule, personality=personality)
            if breaks(candidate):
                schedule = candidate
    return schedule


def _fewer_steps(schedule: Schedule, breaks: Callable[[Schedule], bool]) -> Schedule:
    size = max(1, len(schedule.steps) // 2)
    while True:
        start = 0
        while start < len(schedule.steps):
            candidate = replace(schedule, steps=schedule.steps[:start] + schedule.steps[start + size :])
            if breaks(candidate):
                schedule = candidate
            else:
                start += size
        if size == 1:
            return schedule
        size //= 2
