"""Running lanes: one by itself in this process, several side by side in processes of their own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from devtools import base
from devtools.base import ROOT, LeftOut, Trouble, environment, say
from devtools.environments import setup, setup_core
from devtools.lanes import LANES, Lane
from devtools.system import provide

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Where a lane that runs in a process of its own writes how it ended.
OUTCOME_FILE = "ISCBRIDGE_LANE_OUTCOME"


#: Lanes wait for other processes for about half of their time: one more than there are processors fills the gaps.
_WAITING = 1


class Outcome(NamedTuple):
    """How a lane ended."""

    lane: str
    passed: bool | None  # None: left out
    seconds: float
    reason: str = ""

    def __str__(self) -> str:
        word = {True: "passed", False: "FAILED", None: "left out"}[self.passed]
        because = f": {self.reason}" if self.reason else ""
        return f"lane {self.lane:8} {word:8} {self.seconds:7.1f} s{because}"


def run_lane(lane: Lane) -> Outcome:
    """Run one lane here, whatever happens in it."""
    say(f"lane {lane.name}: {lane.about}")
    started = time.monotonic()
    passed, reason = None, ""
    try:
        passed = lane.run()
    except LeftOut as left_out:
        reason = str(left_out)
    except Trouble as trouble:
        passed, reason = False, str(trouble)
    outcome = Outcome(lane.name, passed, time.monotonic() - started, reason)
    say(str(outcome))
    return outcome


def run_lane_apart(lane: Lane) -> Outcome:
    """Run one lane in a process of its own, and show all that it printed when it is through."""
    say(f"lane {lane.name} has begun")
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "outcome.json"
        command = [sys.executable, str(ROOT / "dev.py"), "test", lane.name]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment({OUTCOME_FILE: str(told)}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        passed, reason = _told(told, done.returncode)
    _show(f"=== lane {lane.name}\n{done.stdout.decode('utf-8', 'replace').rstrip()}\n")
    return Outcome(lane.name, passed, time.monotonic() - started, reason)


def _told(file: Path, code: int) -> tuple[bool | None, str]:
    """What a lane's process wrote of its end. One that died before has failed."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False, f"its process ended with exit code {code} and told no outcome"
    passed, reason = told["passed"], str(told["reason"])
    return (passed if passed is None else bool(passed and code == 0)), reason


def side_by_side(lanes: Sequence[Lane], places: int, run: Callable[[Lane], Outcome] = run_lane_apart) -> list[Outcome]:
    """Run lanes so that each place has its work: the next lane begins when there are enough free for its width.

    The longest come first, the wide ones last.
    """
    waiting = sorted(lanes, key=lambda lane: (lane.width > 1, -lane.long))
    free = places
    outcomes: list[Outcome] = []
    running: dict[Future[Outcome], int] = {}
    with ThreadPoolExecutor(max(1, len(waiting))) as pool:
        while waiting or running:
            for lane in list(waiting):
                width = min(lane.width, places)
                if width <= free:
                    waiting.remove(lane)
                    free -= width
                    running[pool.submit(run, lane)] = width
            ended: set[Future[Outcome]] = wait(running, return_when=FIRST_COMPLETED).done
            for future in ended:
                free += running.pop(future)
                outcomes.append(future.result())
    order = [lane.name for lane in lanes]
    return sorted(outcomes, key=lambda outcome: order.index(outcome.lane))


def prepare(lanes: Sequence[Lane]) -> None:
    """Everything that the lanes share, before they run side by side: only one may install at a time."""
    needs = {need.what: need for lane in lanes for need in lane.needs}
    with contextlib.suppress(Trouble):  # the lane that lacks it says so itself
        provide(list(needs.values()))
    setup()
    if any(lane.name == "core" for lane in lanes):
        setup_core()


def run_lanes(arguments: Sequence[str], lanes: Sequence[Lane] = LANES) -> int:
    """Run lanes, tell how each ended, and which were left out and why."""
    if "--list" in arguments:
        for lane in lanes:
            print(f"{lane.name:8} {lane.about}")
        return 0
    named = [name for name in arguments if name != "--one-by-one"]
    unknown = [name for name in named if name not in {lane.name for lane in lanes}]
    if unknown:
        raise Trouble(f"no such lane: {', '.join(unknown)}. Lanes: {', '.join(lane.name for lane in lanes)}")
    started = time.monotonic()
    chosen = [lane for lane in lanes if not named or lane.name in named]
    processors = os.cpu_count() or 1
    if len(chosen) == 1 or processors == 1 or "--one-by-one" in arguments:
        outcomes = [run_lane(lane) for lane in chosen]
    else:
        prepare(chosen)
        say(f"everything is set up after {time.monotonic() - started:.0f} s")
        outcomes = side_by_side(chosen, processors + _WAITING)
    code = summary(outcomes, [lane.name for lane in lanes if lane not in chosen])
    _tell(outcomes)
    say(f"{time.monotonic() - started:.0f} s in all")
    return code


def summary(outcomes: Sequence[Outcome], not_asked: Sequence[str]) -> int:
    """Print how the lanes ended, and give the exit code."""
    print(flush=True)
    for outcome in outcomes:
        say(str(outcome))
    if not_asked:
        say(f"not asked for: {', '.join(not_asked)}")
    passed = sum(outcome.passed is True for outcome in outcomes)
    failed = sum(outcome.passed is False or (base.CI and outcome.passed is None) for outcome in outcomes)
    if base.CI and any(outcome.passed is None for outcome in outcomes):
        say("CI=true: a lane left out counts as failed")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def _tell(outcomes: Sequence[Outcome]) -> None:
    """In a process of a single lane: how it ended, for the one that started it."""
    file = os.environ.get(OUTCOME_FILE)
    if file and len(outcomes) == 1:
        told = {"passed": outcomes[0].passed, "reason": outcomes[0].reason}
        Path(file).write_text(json.dumps(told), encoding="utf-8")


_showing = threading.Lock()


def _show(text: str) -> None:
    """A lane's whole output, not mixed with another's."""
    with _showing:
        print(text, flush=True)
