"""Asking, cancelling, retrying, resolving: rules 1 and 12 to 15."""

from __future__ import annotations

import pytest

from iscbridge.core import effects as fx
from iscbridge.core.inputs import CancelRequested, CheckOutcome, Resolution, RetryRequested
from iscbridge.core.jobs import JobKind, JobState
from support.sim_scene import DAY, INTERACTIVE


def test_a_save_is_written_before_it_is_answered(given, when, then):
    given.ready()
    job = when.save("a.prt")
    assert [type(effect) for effect in then.effects[:2]] == [fx.WriteJob, fx.AnswerJob]
    assert then.answer().job == then.job(job)
    assert then.last(fx.Capture).path == "a.prt"


class TestRule1RequestIds:
    def test_the_same_words_are_the_same_job(self, given, when, then):
        given.ready()
        first = when.save("a.prt", request_id="1")
        when.save("a.prt", request_id="1")
        assert then.answer().job.id == first
        assert not then.of(fx.WriteJob)
        assert not then.of(fx.Capture)

    def test_the_same_words_after_the_job_has_ended_get_the_job_of_the_journal(self, given, when, then):
        given.ready()
        first = given.submitted("a.prt", request_id="1")
        given.result("failed")
        when.save("a.prt", request_id="1")
        assert then.answer() == fx.AnswerStored(then.answer().token, first)

    def test_the_same_words_after_a_restart(self, given, when, then):
        given.ready()
        first = given.submitted("a.prt", request_id="1")
        given.result("failed")
        given.restarted()
        when.save("a.prt", request_id="1")
        assert then.answer().job_id == first

    @pytest.mark.parametrize("other", [{"path": "b.prt"}, {"force": True}, {"assembly": True}])
    def test_other_words_are_an_error(self, given, when, then, other):
        given.ready()
        when.save("a.prt", request_id="1")
        when.save(**{"path": "a.prt", "request_id": "1", **other})
        assert then.answered_code() == "ISCB-REQ-ID-REUSED"
        assert not then.of(fx.WriteJob)

    def test_two_hosts_may_use_the_same_ids(self, given, when, then):
        given.ready()
        first = when.save("a.prt", request_id="1", host="host-a")
        second = when.save("b.prt", request_id="1", host="host-b")
        assert then.answer().job.id == second != first

    def test_after_seven_days_an_id_is_free(self, given, when, then):
        given.ready()
        when.save("a.prt", request_id="1")
        when.time_passes(7 * DAY + 1)
        second = when.save("b.prt", request_id="1")
        assert then.answer().job.id == second

    def test_without_an_id_each_request_is_a_job(self, given, when, then):
        given.ready()
        first = when.save("a.prt")
        assert when.save("a.prt") != first
        assert then.of(fx.WriteJob)

    def test_a_request_whose_batch_was_rolled_back_was_never_made(self, given, when, then):
        given.ready()
        commit = given.engine.commit
        given.engine.commit = given.engine.rollback  # type: ignore[method-assign]  # the journal's disk is full
        when.save("a.prt", request_id="1")
        given.engine.commit = commit  # type: ignore[method-assign]  # and has room again
        second = when.save("a.prt", request_id="1")
        assert then.answer().job.id == second


def test_while_closing_no_job_is_taken(given, when, then):
    given.ready()
    when.shut_down()
    when.save("a.prt")
    assert then.answered_code() == "ISCB-BRIDGE-CLOSING"


def test_while_closing_a_job_that_was_taken_before_is_told(given, when, then):
    given.ready()
    first = when.save("a.prt", request_id="1")
    when.shut_down()
    when.save("a.prt", request_id="1")
    assert then.answer().job.id == first


class TestRule12Cancel:
    def test_before_the_capture_is_done(self, given, when, then):
        given.ready()
        job = given.save()
        when.cancel(job)
        assert then.state(job) is JobState.CANCELLED
        assert then.of(fx.StopCapture)
        assert then.answer().job.state is JobState.CANCELLED

    def test_while_it_waits(self, given, when, then):
        given.fresh()
        job = given.save()
        given.captured(job)
        assert then.state(job) is JobState.WAITING
        when.cancel(job)
        assert then.state(job) is JobState.CANCELLED
        assert then.job(job).snapshot_until == then.now + 7 * DAY

    def test_a_save_that_was_handed_over_may_have_happened(self, given, when, then):
        job = given.submitted()
        when.cancel(job)
        assert (then.state(job), then.error(job)) == (JobState.UNKNOWN, "ISCB-CLOUD-CANCELLED-LATE")
        assert then.of(fx.StopSession)
        assert then.job(job).snapshot_until is None
        given.back_again()
        assert then.calls() == ["Save"]

    def test_a_dialog_that_is_open_is_cancelled(self, given, when, then):
        given.ready()
        job = given.ask(JobKind.OPEN)
        given.ready(INTERACTIVE)
        assert then.state(job) is JobState.SUBMITTED
        when.cancel(job)
        assert then.state(job) is JobState.CANCELLED
        assert then.of(fx.StopSession) == [fx.StopSession(INTERACTIVE, 1)]

    def test_what_has_ended_stays_as_it_is(self, given, when, then):
        job = given.done()
        given.fresh()
        when.cancel(job)
        assert then.answered_code() == "ISCB-REQ-NO-SUCH-JOB"
        assert then.state(job) is JobState.DONE

    def test_after_a_torn_upload_it_is_not_certain(self, given, when, then):
        job = given.submitted()
        given.result()
        given.rechecked(CheckOutcome.CHANGED)
        when.cancel(job)
        assert (then.state(job), then.error(job)) == (JobState.UNKNOWN, "ISCB-CLOUD-CANCELLED-LATE")

    def test_nobody_s_job(self, given, when, then):
        given.ready()
        when.feed(CancelRequested(when.now, 9, "nobody"))
        assert then.answered_code() == "ISCB-REQ-NO-SUCH-JOB"


class TestRule13Retry:
    def test_a_failed_save_lives_again_and_keeps_its_snapshot_until_the_new_one_is_there(self, given, when, then):
        job = given.submitted(content=1)
        given.result("failed")
        before = then.job(job).snapshot
        when.retry(job)
        assert then.answer().job.state is JobState.ACCEPTED
        assert (then.error(job), then.job(job).snapshot) == (None, before)
        assert then.job(job).snapshot_until is None
        when.time_passes(1)
        when.captured(job, 2)
        assert then.job(job).snapshot.files[0].sha256 == "2"
        when.prepared()
        when.result()
        when.rechecked()
        assert then.state(job) is JobState.DONE

    def test_if_the_file_is_gone_nothing_is_lost(self, given, when, then):
        job = given.submitted()
        given.result("failed")
        before = then.job(job).snapshot
        when.retry(job)
        when.capture_fails(job)
        assert (then.state(job), then.error(job)) == (JobState.FAILED, "ISCB-FILE-MISSING")
        assert then.job(job).snapshot == before

    def test_after_a_crash_a_retried_job_is_captured_anew(self, given, when, then):
        job = given.submitted()
        given.result("failed")
        given.retry(job)
        when.restarted()
        assert then.last(fx.Capture).job_id == job
        when.captured(job, 2)
        assert then.job(job).snapshot.files[0].sha256 == "2"

    def test_done_or_unfinished_is_no_matter_for_a_retry(self, given, when, then):
        done = given.done()
        when.retry(done)
        assert then.answered_code() == "ISCB-REQ-WRONG-STATE"
        unfinished = given.save("b.prt")
        when.retry(unfinished)
        assert then.answered_code() == "ISCB-REQ-WRONG-STATE"

    def test_an_old_copy_of_a_job_does_not_replace_what_is_newer(self, given, when, then):
        job = given.submitted()
        given.result("failed")
        given.retry(job)
        given.captured(job)
        when._put_back(job)
        when.feed(RetryRequested(when.now, 99, job))
        assert then.answered_code() == "ISCB-REQ-WRONG-STATE"

    def test_it_starts_an_sdk_that_gave_up(self, given, when, then):
        waits = given.sdk_gives_up()
        assert given.engine.gave_up
        other = given.save()
        given.capture_fails(other)
        when.retry(other)
        assert then.of(fx.StartSession)
        when.ready()
        assert then.last(fx.Prepare).job_id == waits

    def test_of_a_job_that_waits_for_it_too(self, given, when, then):
        waits = given.sdk_gives_up()
        when.retry(waits)
        assert then.answer().job.id == waits
        assert then.of(fx.StartSession)


class TestRule14Resolve:
    def test_repeat_is_a_retry(self, given, when, then):
        job = given.submitted()
        given.cancel(job)
        when.resolve(job, Resolution.REPEAT)
        assert then.state(job) is JobState.ACCEPTED
        assert then.last(fx.Capture).job_id == job

    def test_dismiss_leaves_it_unknown_and_lets_the_snapshot_go_in_a_week(self, given, when, then):
        job = given.submitted()
        given.cancel(job)
        when.resolve(job, Resolution.DISMISS)
        assert then.state(job) is JobState.UNKNOWN
        assert then.job(job).notes[-1] == "note.dismissed"
        assert then.job(job).snapshot_until == then.now + 7 * DAY
        assert then.answer().job == then.job(job)

    def test_repeated_after_it_was_dismissed_it_may_be_a_question_again(self, given, when, then):
        job = given.submitted()
        given.cancel(job)
        when.resolve(job, Resolution.DISMISS)
        when.resolve(job, Resolution.REPEAT)
        assert then.state(job) is JobState.ACCEPTED
        assert "note.dismissed" not in then.job(job).notes

    @pytest.mark.parametrize("word", list(Resolution))
    def test_only_what_is_unknown_asks_for_a_word(self, given, when, then, word):
        job = given.done()
        when.resolve(job, word)
        assert then.answered_code() == "ISCB-REQ-WRONG-STATE"


class TestRule15Snapshots:
    def test_done_keeps_it_a_week(self, given, then):
        job = given.done()
        assert then.job(job).snapshot_until == then.now + 7 * DAY

    def test_failed_keeps_it_a_month(self, given, when, then):
        job = given.submitted()
        when.result("failed")
        assert then.job(job).snapshot_until == then.now + 30 * DAY

    def test_unknown_keeps_it(self, given, when, then):
        job = given.submitted()
        when.event("")
        assert then.state(job) is JobState.UNKNOWN
        assert then.job(job).snapshot_until is None
