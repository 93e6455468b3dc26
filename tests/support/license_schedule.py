"""What happens in the licences' world, step by step, and many such schedules in a row.

`python tests/support/license_schedule.py --schedules 2000` prints what was run; exit code 1 with the story of the first
schedule in which a promise was broken.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

if __package__ in (None, ""):
    _tests = Path(__file__).resolve().parent.parent
    sys.path[0] = str(_tests)
    sys.path.append(str(_tests.parent))  # last: a mutated copy of the policy may stand before it

from iscbridge.core.licensing import inputs as i
from iscbridge.core.licensing.model import DAY_S, Answer, AnswerKind
from support.license_relay import Seat
from support.license_store import FAILURES, Code
from support.license_truth import BrokenPromiseError
from support.license_world import World
from support.sim_dice import Dice

HOUR_S = 3600.0
_ENDS = (Code.EXPIRED, Code.RELEASED, Code.FROZEN, Code.UNKNOWN, Code.ALIVE, Code.ALIVE)


def _product(world: World) -> str:
    return world.dice.pick(sorted(world.places))


def minutes(world: World) -> None:
    world.pass_time(world.dice.random() * 2 * HOUR_S)


def hours(world: World) -> None:
    world.pass_time(world.dice.random() * 30 * HOUR_S)


def days(world: World) -> None:
    world.pass_time(world.dice.random() * 9 * DAY_S)


def weeks(world: World) -> None:
    world.pass_time(world.dice.random() * 60 * DAY_S)


def use(world: World) -> None:
    world.use(_product(world))


def good_day(world: World) -> None:
    """Every product is used, everything is answered."""
    world.prompt, world.outage = True, False
    world.pass_time(DAY_S)
    for product in world.places:
        world.use(product)
    world.settle()
    world.prompt = False


def bad_days(world: World) -> None:
    """Use on each day, and no network."""
    world.prompt, world.outage = True, True
    for _ in range(1 + world.dice.below(8)):
        world.pass_time(DAY_S * (0.5 + world.dice.random()))
        world.use(_product(world))
        world.settle()
    world.prompt = world.outage = False


def answered(world: World) -> None:
    world.answer(_product(world), None)


def answer_lost(world: World) -> None:
    world.answer(_product(world), world.dice.pick(FAILURES))


def delivered(world: World) -> None:
    for product in world.places:
        world.deliver(product)


def code_changes(world: World) -> None:
    """The store's mind about a code changes; released codes never come back."""
    living = sorted(code for code, state in world.store.codes.items() if state is not Code.RELEASED)
    if living:
        world.store.codes[world.dice.pick(living)] = world.dice.pick(_ENDS)


def activate(world: World) -> None:
    """A good code, all the way."""
    product = _product(world)
    world.typed(product, Code.NEW)
    for _ in range(6):
        world.deliver(product)
        world.answer(product, None)


def type_code(world: World) -> None:
    world.typed(_product(world), world.dice.pick((Code.NEW, Code.ALIVE, Code.UNKNOWN, Code.UNCOLLECTED, Code.EXPIRED)))


def bind_again(world: World) -> None:
    world.person(_product(world), i.ActivateRequested)


def refresh(world: World) -> None:
    world.person(_product(world), i.RefreshRequested)


def deactivate(world: World) -> None:
    if world.dice.chance(0.5):
        world.person(_product(world), i.DeactivateRequested)


def release(world: World) -> None:
    """The seat goes back to the relay."""
    if world.dice.chance(0.5):
        world.person(_product(world), i.ReleaseRequested)


def take_over(world: World) -> None:
    """Another machine's seat, for the kept code or for a new one; the relay answers soon."""
    product = _product(world)
    if world.dice.chance(0.5):
        world.take_over(product)
    else:
        world.typed(product, world.dice.pick((Code.NEW, Code.ALIVE, Code.UNKNOWN)), take_over=True)
    for _ in range(world.dice.below(7)):
        world.deliver(product)
        world.answer(product, None)


def seats_move(world: World) -> None:
    """Seats go to other machines, or come free."""
    for code in sorted(world.store.codes):
        if world.dice.chance(0.3):
            world.relay.seats[code] = world.dice.pick((Seat.OTHER, Seat.FREE))


def keys_change(world: World) -> None:
    """The vendor signs with a new key, and may withdraw the older ones from the policy files."""
    world.relay.key += 1
    if world.dice.chance(0.5):
        world.relay.withdrawn = world.relay.key


def clock_slips(world: World) -> None:
    world.move_clock((world.dice.random() - 0.7) * 20 * HOUR_S)


def clock_jumps(world: World) -> None:
    world.move_clock((world.dice.random() - 0.5) * 80 * DAY_S)


def clock_set_right(world: World) -> None:
    world.move_clock(-world.lie)


def machine_changes(world: World) -> None:
    place = world.places[_product(world)]
    place.hardware = world.dice.pick((place.hardware + 1, place.hardware + 1, 0, 10))


def restart(world: World) -> None:
    world.restart()


def crash(world: World) -> None:
    """The next input that has effects is cut short."""
    world.crash_after = world.dice.below(5)


def spoil(world: World) -> None:
    if world.dice.chance(0.3):
        world.spoil(_product(world))


def meddled(world: World) -> None:
    """The record is edited while the bridge is down."""
    if world.dice.chance(0.6):
        world.spoil(_product(world))
        world.restart()


def noise(world: World) -> None:
    """Inputs that nothing led to."""
    product, now, day = _product(world), world.now, world.day
    world.feed(product, i.CodeKept(now, day, product, 1_000_000))
    world.feed(product, i.TimerFired(now, day, f"license:{product}:retry"))
    for kind in (AnswerKind.ALIVE, AnswerKind.RELEASED):
        world.feed(product, i.Answered(now, day, product, 1_000_000, Answer(kind, world.true)))


ACTIONS: tuple[Callable[[World], None], ...] = (
    minutes, hours, days, weeks, use, use, use, good_day, bad_days, answered, answered, answer_lost, delivered,
    delivered, code_changes, activate, activate, type_code, bind_again, refresh, deactivate, clock_slips, clock_jumps,
    clock_set_right, machine_changes, restart, crash, spoil, meddled, noise, release, take_over, seats_move, keys_change,
)  # fmt: skip


def run(steps: Sequence[tuple[int, int]], products: int = 2, relays: int = 0) -> World:
    """Run a schedule; raises BrokenPromiseError with its story. `relays`: so many products have leases."""
    world = World(products, relays)
    try:
        for kind, number in steps:
            action = ACTIONS[kind % len(ACTIONS)]
            world.dice.seed(number)
            world.story.append(f"-- {action.__name__}")
            world.tally[action.__name__] += 1
            action(world)
        world.drain()
    except BrokenPromiseError as broken:
        raise BrokenPromiseError("\n".join([str(broken), *world.story[-60:]])) from None
    return world


def from_seed(seed: int) -> list[tuple[int, int]]:
    dice = Dice(seed)
    first = [(ACTIONS.index(activate), dice.below(1 << 16)) for _ in range(dice.below(3))]
    return first + [(dice.below(len(ACTIONS)), dice.below(1 << 16)) for _ in range(20 + dice.below(60))]


def run_seeds(first: int, count: int) -> Counter[str]:
    """Run the schedules of these seeds; what happened in them, and what was checked."""
    tally: Counter[str] = Counter()
    for seed in range(first, first + count):
        products = 1 + seed % 3
        world = run(from_seed(seed), products, relays=(0, products)[seed % 2] if seed % 6 else 1)
        tally += world.tally
        for place in world.places.values():
            tally += place.truth.checked
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description="Random years of licences.")
    parser.add_argument("--schedules", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--brief", action="store_true")
    options = parser.parse_args()
    for seed in range(options.seed, options.seed + options.schedules):
        try:
            run_seeds(seed, 1)
        except (BrokenPromiseError, ArithmeticError, LookupError, TypeError, ValueError) as broken:
            text = str(broken) or type(broken).__name__
            print(text.splitlines()[0] if options.brief else f"seed {seed}: {text}")
            return 1
    print(f"schedules {options.schedules}  every promise was kept")
    return 0


if __name__ == "__main__":
    sys.exit(main())
