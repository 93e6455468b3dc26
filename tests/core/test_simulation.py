"""The engine against the simulated world: every promise after every step, and proof that the simulation can fail."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support import sim_mutants
from support.sim_people import ACTIONS
from support.sim_personality import Personality
from support.sim_run import run_seeds
from support.sim_schedule import Schedule, cut_down

RARELY = st.sampled_from([0.0, 0.0, 0.0, 0.1, 0.5, 1.0])
PERSONALITIES = st.builds(
    Personality,
    one_file=st.booleans(),
    single=st.booleans(),
    blocking=st.booleans(),
    call_failure_is_final=st.booleans(),
    late=RARELY,
    fails=RARELY,
    never=st.sampled_from([0.0, 0.0, 0.2]),
    broken=RARELY,
    doubled=RARELY,
    contradicts=st.just(0.0),
    call_fails=RARELY,
    picker_silent=RARELY,
    picker_cancel=RARELY,
    start_crash=st.sampled_from([0.0, 0.0, 0.5]),
    start_refused=st.sampled_from([0.0, 0.0, 0.5]),
)
KINDS = st.one_of(st.just(0), st.just(0), st.just(2), st.integers(0, len(ACTIONS) - 1))
STEPS = st.lists(st.tuples(KINDS, st.integers(0, 2**16)), min_size=12, max_size=60)


@settings(max_examples=600, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(PERSONALITIES, STEPS)
def test_every_promise_is_kept_whatever_happens(personality, steps):
    Schedule(personality, tuple(steps)).run()


def test_two_thousand_schedules_of_the_long_run():
    tally = run_seeds(0, 2000)
    assert not tally.failed, f"see the story with: python tests/support/sim_run.py --seed {tally.failed[0][0]}"
    assert tally.schedules == 2000
    assert set(tally.checked) == {
        "P1",
        "P2",
        "P3",
        "P4",
        "P5",
        "P6",
        "P7",
        "P8",
        "P9",
        "P10",
        "P11",
        "effects",
        "answers",
    }
    assert min(tally.checked.values()) >= 2000
    assert set(tally.states) == {"done", "failed", "refused", "cancelled", "replaced", "unknown"}
    assert len(tally.faults) >= 18, tally.faults


def test_a_schedule_is_the_same_every_time():
    def story(seed: int) -> str:
        return Schedule.from_seed(seed).story()

    assert [story(seed) for seed in range(5)] == [story(seed) for seed in range(5)]


def test_all_that_can_happen_does_happen():
    kinds = Counter(kind for seed in range(300) for kind, _ in Schedule.from_seed(seed).steps)
    assert len(kinds) == len(ACTIONS)


def test_a_failing_schedule_is_cut_down(monkeypatch):
    from iscbridge.core.inputs import CheckOutcome
    from support.sim_files import FileWorld

    # A world that lies about changed files: an upload that was torn passes as whole.
    monkeypatch.setattr(FileWorld, "compare", lambda *_: CheckOutcome.SAME)
    seed = next(seed for seed in range(500) if Schedule.from_seed(seed).failure() == "P2")
    short = cut_down(Schedule.from_seed(seed))
    assert short.failure() == "P2"
    assert len(short.steps) < 15
    assert "is done, the cloud has not" in short.story()


#: Faults that show within a few schedules; the others take `python tests/support/sim_mutants.py`.
QUICK = (
    "no-recheck",
    "torn-is-done",
    "call-before-write",
    "session-shared",
    "same-file-twice",
    "repeats-without-end",
    "torn-then-failed",
    "submitted-replaced",
    "snapshot-let-go",
    "session-not-restarted",
    "request-ids-shared",
    "rollback-forgets",
    "shutdown-unanswered",
    "pause-ignored",
    "pause-holds-dialogs",
    "pause-without-last-look",
    "resume-forgotten",
    "pause-never-ends",
    "pause-not-rolled-back",
    "permission-not-written",
    "drain-ignored",
    "drain-forgotten",
    "drain-without-last-look",
    "drain-holds-confirmations",
    "drained-lost-at-restart",
    "idle-while-handed-over",
    "idle-while-rechecked",
)


@pytest.mark.slow
def test_faults_put_into_the_engine_are_caught():
    mutants = [mutant for mutant in sim_mutants.MUTANTS if mutant.name in QUICK]
    assert len(mutants) == len(QUICK)
    assert not sim_mutants.try_mutant(sim_mutants.SOUND, schedules=200).caught
    outcomes = sim_mutants.try_all(mutants, schedules=3000, jobs=2)
    assert not [outcome.mutant.name for outcome in outcomes if not outcome.caught]


@pytest.mark.parametrize("mutant", sim_mutants.MUTANTS, ids=lambda mutant: mutant.name)
def test_each_fault_still_fits_the_engine(mutant):
    source = (sim_mutants.CORE / f"{mutant.module}.py").read_text(encoding="utf-8")
    assert source.count(mutant.old) == 1


def test_the_long_run_can_be_started_by_hand():
    script = Path(sim_mutants.__file__).with_name("sim_run.py")
    done = subprocess.run(
        [sys.executable, str(script), "--schedules", "20", "--seed", "7", "--jobs", "1"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("schedules  20 ")
