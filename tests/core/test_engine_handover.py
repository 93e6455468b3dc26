"""Whose turn it is, the last look, the call: rules 4, 5 and 11."""

from __future__ import annotations

import pytest

from iscbridge.core import effects as fx
from iscbridge.core.inputs import CheckOutcome, Prepared
from iscbridge.core.jobs import JobState, WaitReason
from support.sim_scene import TRANSFER


def reason(scene, job):
    return scene.engine.job(job).reason


class TestRule4Turn:
    def test_a_captured_save_goes_on_at_once_when_the_session_is_free(self, given, when, then):
        given.ready()
        job = given.save()
        when.captured(job)
        assert then.last(fx.Prepare).job_id == job

    def test_it_waits_for_a_session(self, given, when, then):
        given.fresh()
        job = given.save()
        when.captured(job)
        assert then.state(job) is JobState.WAITING
        assert reason(then, job) is WaitReason.SDK_STARTING
        when.ready()
        assert then.last(fx.Prepare).job_id == job

    def test_one_after_the_other_in_the_order_of_asking(self, given, when, then):
        given.ready()
        first, second, third = (given.save(f"{name}.prt") for name in "abc")
        for job in (third, second, first):
            given.captured(job)
        assert then.last(fx.Prepare).job_id == third  # it was ready first, and the session was free
        assert reason(then, first) is WaitReason.TURN
        order = []
        for _ in range(3):
            order.append(then.last(fx.Prepare).job_id)
            when.prepared()
            when.result()
            when.rechecked()
            when.time_passes(0.2)
        assert order == [third, first, second]

    def test_it_is_written_as_submitted_before_the_call(self, given, then):
        job = given.submitted()
        kinds = [type(effect) for effect in then.effects]
        assert kinds.index(fx.WriteJob) < kinds.index(fx.CallSdk)
        assert then.job(job).attempts == 1
        assert then.last(fx.CallSdk).path == "a.prt"


class TestRule5LastLook:
    def test_newer_content_is_captured_first(self, given, when, then):
        given.ready()
        job = given.save()
        given.captured(job, 1)
        when.prepared(CheckOutcome.CHANGED)
        assert then.last(fx.Capture).job_id == job
        assert then.job(job).snapshot.files[0].sha256 == "1"
        when.captured(job, 2)
        assert then.job(job).recaptures == 1
        assert "note.newer" in then.job(job).notes
        when.prepared()
        assert then.last(fx.CallSdk).path == "a.prt"

    def test_a_missing_file_fails_and_its_bytes_are_kept(self, given, when, then):
        given.ready()
        job = given.save()
        given.captured(job)
        when.prepared(CheckOutcome.MISSING)
        assert (then.state(job), then.error(job)) == (JobState.FAILED, "ISCB-FILE-MISSING")
        assert then.job(job).snapshot is not None

    @pytest.mark.parametrize("code", ["ISCB-FILE-LOCKED", "ISCB-FILE-SHARE-SLOW"])
    def test_what_passes_by_itself_is_looked_at_again_with_growing_pauses(self, given, when, then, code):
        given.ready()
        job = given.save()
        given.captured(job)
        looks = []
        for _ in range(5):
            when.prepared(CheckOutcome.UNREADABLE, code)
            begun, attempt = then.now, then.last(fx.Prepare).attempt
            while then.last(fx.Prepare).attempt == attempt:
                when.time_passes(1)
            looks.append(then.now - begun)
        assert looks == [5, 10, 20, 40, 60]
        assert then.state(job) is JobState.WAITING

    def test_others_go_first_while_a_file_is_locked(self, given, when, then):
        given.ready()
        locked, other = given.save("a.prt"), given.save("b.prt")
        given.captured(locked)
        given.captured(other)
        when.prepared(CheckOutcome.UNREADABLE, "ISCB-FILE-LOCKED")
        assert then.last(fx.Prepare).job_id == other

    def test_what_does_not_pass_fails(self, given, when, then):
        given.ready()
        job = given.save()
        given.captured(job)
        when.prepared(CheckOutcome.UNREADABLE, "ISCB-FILE-DENIED")
        assert (then.state(job), then.error(job)) == (JobState.FAILED, "ISCB-FILE-DENIED")

    def test_a_recapture_that_fails_keeps_the_old_bytes(self, given, when, then):
        given.ready()
        job = given.save()
        given.captured(job)
        given.prepared(CheckOutcome.CHANGED)
        when.capture_fails(job, "ISCB-FILE-LOCKED")
        assert then.state(job) is JobState.FAILED
        assert then.job(job).snapshot.files[0].sha256 == "1"

    def test_a_repeat_is_only_for_unchanged_content(self, given, when, then):
        job = given.submitted()
        given.ended()
        given.started_again()
        when.prepared(CheckOutcome.CHANGED)
        assert (then.state(job), then.error(job)) == (JobState.UNKNOWN, "ISCB-CLOUD-NO-RESULT")

    def test_an_answer_to_an_earlier_look_changes_nothing(self, given, when, then):
        given.ready()
        job = given.save()
        given.captured(job)
        old = then.last(fx.Prepare).attempt
        given.ended()
        given.started_again()
        when.feed(Prepared(when.now, job, old, CheckOutcome.SAME, "a.prt"))
        assert not then.effects


class TestRule11SettleGap:
    def test_after_a_result_the_next_one_waits_a_moment(self, given, when, then):
        first = given.submitted("a.prt")
        second = given.save("b.prt")
        given.captured(second)
        given.result()
        when.rechecked()
        assert then.state(first) is JobState.DONE
        assert then.last(fx.Prepare).job_id == first
        when.time_passes(0.2)
        assert then.last(fx.Prepare).job_id == second

    def test_a_double_that_comes_then_is_nobody_s(self, given, when, then):
        given.done()
        second = given.save("b.prt")
        given.captured(second)
        when.time_passes(0.1)
        when.result()
        assert then.of(fx.StopSession) == [fx.StopSession(TRANSFER, 1)]
        assert then.state(second) is JobState.WAITING
