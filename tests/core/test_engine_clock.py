"""A system clock that is set back: whatever is waited for comes as soon as it would have come."""

from __future__ import annotations

import zlib
from dataclasses import replace

import pytest

from iscbridge.core import effects as fx
from iscbridge.core import inputs as i
from iscbridge.core.engine import Engine
from iscbridge.core.jobs import JobState, WaitReason
from support import sim_world
from support.sim_checks import freeze
from support.sim_run import run_seeds
from support.sim_scene import TRANSFER

HOURS = 8 * 3600.0


def waiting_save(scene):
    job = scene.save()
    scene.captured(job)
    return job


def test_a_session_that_rests_starts_again_after_its_rest(given, when, then):
    given.fresh()
    given.refused()
    waiting_save(given)
    before = then.epochs[TRANSFER]
    when.clock_set_back(HOURS)
    when.time_passes(1.0)
    assert then.epochs[TRANSFER] == before + 1


def test_the_next_save_goes_out_after_the_settle_gap(given, when, then):
    given.done()
    when.clock_set_back(HOURS)
    job = waiting_save(when)
    assert then.engine.job(job).reason is WaitReason.TURN
    when.time_passes(0.2)
    when.prepared()
    assert then.state(job) is JobState.SUBMITTED


def test_only_the_same_word_within_the_gap_is_a_double(given, when, then):
    lost = given.submitted("lost.prt")
    given.cancel(lost)
    given.back_again()
    job = given.submitted("b.prt")
    given.result()  # it may be the late one of the first
    when.clock_set_back(HOURS)
    when.time_passes(1.0)
    when.result()  # the second one: more came than are owed
    assert then.last(fx.Recheck).job_id == job


def test_a_locked_file_is_looked_at_again_when_it_would_have_been(given, when, then):
    given.ready()
    job = waiting_save(given)
    given.prepared(i.CheckOutcome.UNREADABLE, "ISCB-FILE-LOCKED")
    when.clock_set_back(HOURS)
    when.time_passes(5.0)
    when.prepared()
    assert then.state(job) is JobState.SUBMITTED


def test_a_pause_ends_after_its_minutes_and_its_end_is_told_by_the_new_clock(given, when, then):
    given.ready()
    given.pause(1800)
    job = waiting_save(given)
    when.clock_set_back(HOURS)
    assert then.engine.pause == (True, then.now + 1800)
    when.time_passes(1800)
    when.prepared()
    assert then.state(job) is JobState.SUBMITTED


def test_a_pause_without_an_end_goes_on(given, when, then):
    given.pause()
    when.clock_set_back(HOURS)
    assert then.engine.pause == (True, None)


def test_crashes_of_long_ago_stay_long_ago(given, when, then):
    given.ready()
    waiting_save(given)
    for _ in range(4):
        given.ended()
        given.time_passes(60)
    when.clock_set_back(HOURS)
    when.time_passes(600)
    when.ended()
    assert not then.engine.gave_up


def test_a_debt_is_forgotten_after_its_quiet_minute(given, when, then):
    given.cancel(given.submitted("lost.prt"))
    given.back_again()
    assert then.engine.stats()["owed"] == 1
    when.clock_set_back(HOURS)
    when.time_passes(60)
    assert then.engine.stats()["owed"] == 0


def test_what_could_not_be_committed_did_not_happen(given):
    given.submitted()
    given.pause(60)
    before = freeze(given.engine)
    given.engine.handle(i.ClockSetBack(given.now - HOURS, HOURS))
    assert freeze(given.engine) != before
    given.engine.rollback()
    assert freeze(given.engine) == before


class Unsteady(Engine):
    """Goes by a clock that is set back now and then, while the simulated world goes by the true one."""

    behind = 0.0
    """Of all engines of a schedule together: the clock outlives the service."""
    steps = 0

    def __init__(self, config=None):
        super().__init__(config)
        self._heard = 0
        self._sure = (self._heard, Unsteady.behind)

    def handle(self, event):
        self._heard += 1
        effects = []
        if zlib.crc32(b"%d" % self._heard) % 16 == 0:
            Unsteady.behind += 3600.0
            Unsteady.steps += 1
            effects += super().handle(i.ClockSetBack(event.now - Unsteady.behind, 3600.0))
        until = getattr(event, "until", None)
        if until is not None:
            event = replace(event, until=until - Unsteady.behind)
        effects += super().handle(replace(event, now=event.now - Unsteady.behind))
        return [
            replace(effect, at=effect.at + Unsteady.behind) if isinstance(effect, fx.SetTimer) else effect
            for effect in effects
        ]

    def commit(self):
        super().commit()
        self._sure = (self._heard, Unsteady.behind)

    def rollback(self):
        super().rollback()
        self._heard, Unsteady.behind = self._sure


@pytest.mark.parametrize("first", range(0, 400, 100))
def test_every_promise_is_kept_on_a_clock_that_is_set_back_again_and_again(monkeypatch, first):
    monkeypatch.setattr(sim_world, "Engine", Unsteady)
    monkeypatch.setattr(Unsteady, "behind", 0.0)
    monkeypatch.setattr(Unsteady, "steps", 0)
    tally = run_seeds(first, 100)
    assert not tally.failed
    assert Unsteady.steps > 100
