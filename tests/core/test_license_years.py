"""Licences through random years: answers, outages, clocks and machines that change, restarts, several products.

What is held by a true clock beside the machine's own, which lies (`support.license_truth`):

- while the machine's clock is left alone since the last good word, nothing is restricted before the grace is over;
- new cloud work is never allowed later than the last good word plus the grace plus all that the clock was set back
  since: more can't be proved offline, and without setting it back there is nothing to add;
- once the grace was seen to be over, no clock brings it back; after an explicit refusal, or with a spoilt record,
  nothing but a good word allows new cloud work;
- a vendor's relay gives leases: one holds until its own end, for 30 days at most, whatever the grace is; it makes up for
  a record that was lost, and counts as any other word once its key was withdrawn;
- opened files may be saved for 15 days from then; a good word restores everything at once, whatever the clock shows.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iscbridge.core.licensing import inputs as i
from iscbridge.core.licensing.machine import Licenses
from iscbridge.core.licensing.model import Answer, AnswerKind, LicensePolicy, LicenseState, Machine
from support import license_mutants, license_schedule
from support.license_scene import LicenseScene, a_record
from support.license_schedule import ACTIONS, activate, from_seed, run, run_seeds

KINDS = st.one_of(
    st.just(ACTIONS.index(activate)),
    st.just(ACTIONS.index(license_schedule.good_day)),
    st.integers(0, len(ACTIONS) - 1),
)
STEPS = st.lists(st.tuples(KINDS, st.integers(0, 2**16)), min_size=8, max_size=50)


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, st.integers(1, 3), st.integers(0, 3))
def test_every_promise_is_kept_whatever_happens(steps, products, relays):
    run(steps, products, relays)


def test_the_schedules_of_the_long_run_meet_everything():
    tally = run_seeds(0, 150)
    assert {state for state in LicenseState if tally[state] == 0} == set()
    promises = ("refusal", "grace", "honest", "over", "over stays over", "15 days", "moved", "restored", "whole")
    assert min(tally[promise] for promise in promises) >= 30, tally
    assert {action.__name__ for action in ACTIONS if tally[action.__name__] == 0} == set()
    assert min(tally[f"ask {question}"] for question in ("activate", "query", "report_use")) >= 100
    assert min(tally[what] for what in ("ask take_over", "ask release", "leased", "lease found", "key withdrawn")) >= 10


def test_a_schedule_is_the_same_every_time():
    def story(seed: int) -> list[str]:
        return run(from_seed(seed)).story

    assert [story(seed) for seed in range(3)] == [story(seed) for seed in range(3)]


#: Faults that show within a few schedules; the others take `python tests/support/license_mutants.py`.
QUICK = (
    "grace-a-day-longer",
    "no-grace",
    "refusals-pass",
    "opened-for-ever",
    "lost-record-is-good",
    "clock-never-suspect",
    "failure-is-a-refusal",
    "failure-renews-the-grace",
    "refusal-stays",
    "clock-error-not-learnt",
    "told-before-written",
    "lease-for-ever",
    "lease-ends-with-the-grace",
    "lease-without-its-key",
    "lost-record-forgets-its-lease",
    "seat-kept-here",
)


@pytest.mark.slow
def test_faults_put_into_the_policy_are_caught():
    mutants = [mutant for mutant in license_mutants.MUTANTS if mutant.name in QUICK]
    assert len(mutants) == len(QUICK)
    assert not license_mutants.try_mutant(license_mutants.SOUND, schedules=25).caught
    outcomes = license_mutants.try_all(mutants, schedules=60, jobs=2)
    assert not [outcome.mutant.name for outcome in outcomes if not outcome.caught]


@pytest.mark.parametrize("mutant", license_mutants.MUTANTS, ids=lambda mutant: mutant.name)
def test_each_fault_still_fits_the_policy(mutant):
    assert license_mutants.source_of(mutant).read_text(encoding="utf-8").count(mutant.old) == 1


def test_the_long_run_can_be_started_by_hand():
    done = subprocess.run(
        [sys.executable, license_schedule.__file__, "--schedules", "3", "--seed", "7"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "schedules 3  every promise was kept\n"


TIMES = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.floats(1.9e9, 2.0e9))
BASE = {"now": TIMES, "day": st.integers(-5, 5)}
NAMED = {**BASE, "product": st.sampled_from(["cad", "cam", "", "a:b"])}
TOKENS = {**NAMED, "token": st.integers(0, 5)}
ANSWERS = st.builds(
    Answer, kind=st.sampled_from(AnswerKind), server_time=st.none() | TIMES, expires=st.none() | TIMES, error=st.none()
)
RECORDS = st.none() | st.builds(a_record, word_at=TIMES, latest_seen=TIMES, expires=st.none() | TIMES, offset=TIMES)
ANY_INPUT = st.one_of(
    st.builds(
        i.Loaded,
        **NAMED,
        policy=st.builds(LicensePolicy, product=st.just("cad"), authority=st.sampled_from(["store", "desk"])),
        record=RECORDS,
        has_code=st.booleans(),
        has_pending_code=st.booleans(),
    ),
    st.builds(i.MachineSeen, **NAMED, machine=st.sampled_from(Machine), device=st.sampled_from(["", "dev", "x"])),
    st.builds(i.Used, **NAMED),
    st.builds(i.ActivateRequested, **TOKENS, masked=st.sampled_from(["", "PL****001"])),
    st.builds(i.CodeKept, **NAMED, attempt=st.integers(0, 6)),
    st.builds(i.RefreshRequested, **TOKENS),
    st.builds(i.DeactivateRequested, **TOKENS),
    st.builds(i.Answered, **NAMED, attempt=st.integers(0, 6), answer=ANSWERS),
    st.builds(i.Delivered, **NAMED, valid=st.booleans(), expires=st.none() | TIMES),
    st.builds(i.TimerFired, **BASE, key=st.sampled_from(["license:cad:retry", "license:cam:until", "x"])),
)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ANY_INPUT, max_size=30))
def test_no_input_in_any_order_raises(events):
    licenses = Licenses()
    for event in events:
        licenses.handle(event)
        for product in licenses.products():
            licenses.verdict(product, event.now)
            licenses.checking(product)


def test_the_grace_with_a_clock_that_is_held_back():
    """What can't be proved offline, said plainly: each time less than a day back, and time stands still."""
    scene = LicenseScene().load(a_record())
    for _ in range(30):
        scene.wait(days=0.9).use()
        scene.wait(days=-0.9).use()
        scene.answer(AnswerKind.FAILED)
    assert scene.verdict.allowed.new_save
    for _ in range(15):  # left alone for as long as the grace, it ends
        scene.wait(days=1).timer("until")
    assert scene.state is LicenseState.GRACE_OVER
