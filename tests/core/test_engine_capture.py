"""From accepted to captured: rules 2 and 3."""

from __future__ import annotations

from iscbridge.core import effects as fx
from iscbridge.core.inputs import CaptureDone, CaptureFailed, CaptureSlow, CheckOutcome
from iscbridge.core.jobs import ErrorInfo, JobState
from support.sim_scene import snapshot


class TestRule2CaptureEnds:
    def test_a_rule_stands_against_it(self, given, when, then):
        given.ready()
        job = given.save()
        when.capture_fails(job, "ISCB-ASM-MISSING-PARTS", refused=True)
        assert (then.state(job), then.error(job)) == (JobState.REFUSED, "ISCB-ASM-MISSING-PARTS")

    def test_the_moment_stands_against_it(self, given, when, then):
        given.ready()
        job = given.save()
        when.capture_fails(job, "ISCB-FILE-LOCKED")
        assert (then.state(job), then.error(job)) == (JobState.FAILED, "ISCB-FILE-LOCKED")

    def test_a_slow_share_is_told_once_and_the_capture_goes_on(self, given, when, then):
        given.ready()
        job = given.save()
        slow = CaptureSlow(when.now, job, then.last(fx.Capture).attempt)
        when.feed(slow)
        assert then.state(job) is JobState.ACCEPTED
        when.feed(slow)
        assert not then.effects
        assert then.job(job).notes == ("note.shareSlow",)
        when.captured(job)
        assert then.last(fx.Prepare).job_id == job

    def test_an_answer_to_an_earlier_capture_changes_nothing(self, given, when, then):
        given.ready()
        job = given.save()
        old = then.last(fx.Capture).attempt
        given.cancel(job)
        given.retry(job)
        when.feed(CaptureDone(when.now, job, old, snapshot("a.prt")))
        assert not then.effects
        when.feed(CaptureFailed(when.now, job, old, ErrorInfo("ISCB-FILE-MISSING"), refused=False))
        assert not then.effects
        assert then.state(job) is JobState.ACCEPTED


class TestRule3Captured:
    def test_read_only_files_are_refused_with_their_bytes_kept(self, given, when, then):
        given.opened("a.prt", "OpenOnly", "CHECKIN")
        job = given.save("a.prt")
        when.captured(job)
        assert (then.state(job), then.error(job)) == (JobState.REFUSED, "ISCB-CLOUD-OPENED-READ-ONLY")
        assert then.job(job).snapshot is not None

    def test_unless_somebody_insists(self, given, when, then):
        given.opened("a.prt", "OpenOnly", "CHECKIN")
        job = given.save("a.prt", force=True)
        when.captured(job)
        assert then.state(job) is JobState.WAITING

    def test_a_checked_out_file_may_be_saved(self, given, when, then):
        given.opened("a.prt", "OpenOnly", "CHECKOUT")
        job = given.save("a.prt")
        when.captured(job)
        assert then.state(job) is JobState.WAITING

    def test_the_newest_of_several_that_wait_stands_for_them(self, given, when, then):
        given.fresh()
        first, second = given.save("a.prt"), given.save("A.PRT")
        given.captured(first, 1)
        when.captured(second, 2)
        assert then.state(first) is JobState.REPLACED
        assert then.job(first).replaced_by == second
        assert then.state(second) is JobState.WAITING

    def test_an_older_one_captured_later_is_replaced_at_once(self, given, when, then):
        given.fresh()
        first, second = given.save("a.prt"), given.save("a.prt")
        given.captured(second, 2)
        when.captured(first, 1)
        assert then.state(first) is JobState.REPLACED
        assert then.job(first).replaced_by == second

    def test_one_that_was_handed_over_is_left_alone(self, given, when, then):
        first = given.submitted("a.prt")
        second = when.save("a.prt")
        when.captured(second, 2)
        assert then.state(first) is JobState.SUBMITTED
        assert then.state(second) is JobState.WAITING

    def test_other_files_are_left_alone(self, given, when, then):
        given.fresh()
        first, second = given.save("a.prt"), given.save("b.prt")
        given.captured(first)
        when.captured(second)
        assert (then.state(first), then.state(second)) == (JobState.WAITING, JobState.WAITING)

    def test_one_that_is_captured_again_is_replaced_too(self, given, when, then):
        first = given.submitted("a.prt")
        given.result()
        given.rechecked(CheckOutcome.CHANGED)
        second = given.save("a.prt")
        when.captured(second, 3)
        assert then.state(first) is JobState.REPLACED
        assert fx.StopCapture in [type(effect) for effect in then.effects]
