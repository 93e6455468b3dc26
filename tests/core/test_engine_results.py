"""What comes back, and to whom it belongs: rules 6 to 10."""

from __future__ import annotations

import pytest

from iscbridge.core import effects as fx
from iscbridge.core.inputs import CheckOutcome, SdkEvent
from iscbridge.core.jobs import JobState
from support.sim_scene import DAY, TRANSFER


class TestRule6Result:
    @pytest.mark.parametrize("word", ["success", "Success", " SUCCESS "])
    def test_success_is_done_only_when_these_were_the_bytes(self, given, when, then, word):
        job = given.submitted()
        when.result(word)
        assert then.state(job) is JobState.SUBMITTED
        when.rechecked(CheckOutcome.SAME)
        assert then.state(job) is JobState.DONE

    def test_failed_is_failed(self, given, when, then):
        job = given.submitted()
        when.result("failed")
        assert (then.state(job), then.error(job)) == (JobState.FAILED, "ISCB-CLOUD-FAILED")

    def test_a_torn_upload_is_captured_and_queued_again(self, given, when, then):
        job = given.submitted(content=1)
        given.result()
        when.rechecked(CheckOutcome.CHANGED)
        assert then.state(job) is JobState.WAITING
        assert then.job(job).notes == ("note.torn",)
        when.captured(job, 2)
        when.time_passes(0.2)
        when.prepared()
        when.result()
        when.rechecked()
        assert then.state(job) is JobState.DONE
        assert then.job(job).snapshot.files[0].sha256 == "2"

    @pytest.mark.parametrize("outcome", [CheckOutcome.MISSING, CheckOutcome.UNREADABLE])
    def test_a_file_that_can_not_be_compared_any_more_leaves_it_unknown(self, given, when, then, outcome):
        job = given.submitted()
        given.result()
        when.rechecked(outcome)
        assert then.state(job) is JobState.UNKNOWN
        assert then.job(job).snapshot is not None

    def test_a_second_upload_that_fails_after_a_torn_one_is_not_certainly_failed(self, given, when, then):
        job = given.submitted()
        given.result()
        given.rechecked(CheckOutcome.CHANGED)
        given.captured(job, 2)
        given.time_passes(0.2)
        given.prepared()
        when.result("failed")
        assert (then.state(job), then.error(job)) == (JobState.UNKNOWN, "ISCB-CLOUD-FAILED")

    def test_after_three_rounds_a_restless_file_is_left_alone_for_a_while(self, given, when, then):
        job = given.submitted(content=1)
        for content in (2, 3):
            given.result()
            given.rechecked(CheckOutcome.CHANGED)
            given.captured(job, content)
            given.time_passes(0.2)
            given.prepared()
        given.result()
        attempt = then.last(fx.Capture).attempt
        when.rechecked(CheckOutcome.CHANGED)
        when.time_passes(29)
        assert then.last(fx.Capture).attempt == attempt
        when.time_passes(2)
        assert then.last(fx.Capture).attempt > attempt

    @pytest.mark.parametrize(
        ("operate", "params"), [("", {}), ("SaveResult", {"status": "partial"}), ("SaveResult", {})]
    )
    def test_a_result_that_can_not_be_read_leaves_it_unknown(self, given, when, then, operate, params):
        job = given.submitted()
        when.event(operate, **params)
        assert (then.state(job), then.error(job)) == (JobState.UNKNOWN, "ISCB-CLOUD-BAD-RESULT")
        assert then.of(fx.StopSession)

    def test_a_doubled_result_is_noted_and_the_session_recycled(self, given, when, then):
        job = given.submitted()
        given.result()
        given.result()
        assert then.state(job) is JobState.SUBMITTED
        when.rechecked()
        assert then.state(job) is JobState.DONE
        assert "note.doubled" in then.job(job).notes
        assert then.of(fx.StopSession)

    def test_two_results_that_contradict_each_other_leave_it_unknown(self, given, when, then):
        job = given.submitted()
        given.result("success")
        when.result("failed")
        assert (then.state(job), then.error(job)) == (JobState.UNKNOWN, "ISCB-CLOUD-RESULT-CONFLICT")
        assert then.of(fx.StopSession)


class TestRule7CallReturned:
    def test_that_a_call_returned_says_nothing(self, given, when, then):
        job = given.submitted()
        when.call_returns()
        assert not then.effects
        when.time_passes(3 * DAY)
        assert then.state(job) is JobState.SUBMITTED

    def test_a_failure_that_is_final_is_failed(self, given, when, then):
        given.call_failure_is_final = True
        job = given.submitted()
        when.call_returns(ok=False)
        assert (then.state(job), then.error(job)) == (JobState.FAILED, "ISCB-SDK-CALL-REFUSED")
        assert then.of(fx.StopSession), "the desk may have gone without a word: the next job gets a new Init"

    def test_another_failure_waits_for_an_event(self, given, when, then):
        job = given.submitted()
        when.call_returns(ok=False)
        when.time_passes(9.9)
        when.result("success")
        when.rechecked()
        assert then.state(job) is JobState.DONE

    def test_and_without_one_is_unknown(self, given, when, then):
        job = given.submitted()
        when.call_returns(ok=False)
        when.time_passes(10)
        assert (then.state(job), then.error(job)) == (JobState.UNKNOWN, "ISCB-CLOUD-NO-RESULT")
        assert then.last(fx.StopSession)


class TestRule8Orphan:
    @pytest.mark.parametrize("operate", ["SaveResult", "OpenFile"])
    def test_it_taints_the_session(self, given, when, then, operate):
        given.ready()
        when.event(operate, status="success", mainFile="x.prt")
        assert then.of(fx.StopSession) == [fx.StopSession(TRANSFER, 1)]

    def test_a_job_that_was_only_being_prepared_waits(self, given, when, then):
        given.ready()
        job = given.save()
        given.captured(job)
        when.result()
        assert then.state(job) in (JobState.CAPTURED, JobState.WAITING)
        given.ended(asked=True)
        given.time_passes(3)
        given.ready()
        when.prepared()
        when.result()
        when.rechecked()
        assert then.state(job) is JobState.DONE

    def test_pauses_grow_while_it_goes_on(self, given, when, then):
        given.ready()
        pauses = []
        for _ in range(6):
            when.result()
            when.ended(asked=True)
            begun, epoch = then.now, then.epochs[TRANSFER]
            given.save()  # somebody wants the session
            given.captured(then.last(fx.Capture).job_id)
            while then.epochs[TRANSFER] == epoch:
                when.time_passes(1)
            pauses.append(then.now - begun)
            when.ready()
        assert pauses == [3, 6, 12, 24, 48, 60]

    def test_a_failure_after_a_success_makes_the_last_job_doubtful(self, given, when, then):
        job = given.done()
        when.time_passes(5)
        when.result("failed")
        assert (then.state(job), then.error(job)) == (JobState.UNKNOWN, "ISCB-CLOUD-RESULT-CONFLICT")
        assert then.job(job).snapshot_until is None

    def test_news_of_an_old_session_are_kept_and_change_nothing(self, given, when, then):
        job = given.submitted()
        when.feed(SdkEvent(when.now, TRANSFER, 0, "SaveResult", {"status": "success"}, "raw"))
        assert [type(effect) for effect in then.effects] == [fx.WriteEvent]
        assert then.state(job) is JobState.SUBMITTED


class TestRule9LostResult:
    def test_a_fresh_save_is_repeated_once_by_itself(self, given, when, then):
        job = given.submitted()
        when.ended()
        assert then.state(job) is JobState.WAITING
        assert then.job(job).notes == ("note.repeated",)
        given.started_again()
        given.prepared()
        assert then.calls() == ["Save", "Save"]
        when.ended()
        assert (then.state(job), then.error(job)) == (JobState.UNKNOWN, "ISCB-CLOUD-NO-RESULT")

    def test_one_of_ten_minutes_ago_asks(self, given, when, then):
        job = given.submitted()
        when.time_passes(600)
        when.ended()
        assert then.state(job) is JobState.UNKNOWN

    def test_a_desk_that_closes_is_the_same(self, given, when, then):
        job = given.submitted()
        when.event("ClientClosed")
        assert then.state(job) is JobState.WAITING
        assert then.of(fx.StopSession)

    def test_a_restart_of_the_service_is_the_same(self, given, when, then):
        job = given.submitted()
        when.restarted(after=30)
        assert then.state(job) is JobState.WAITING
        assert then.job(job).auto_repeats == 1
        when.restarted(after=30)
        given.ready()
        given.time_passes(3)
        given.prepared()
        when.restarted(after=30)
        assert then.state(job) is JobState.UNKNOWN

    def test_a_result_that_came_in_time_still_counts(self, given, when, then):
        job = given.submitted()
        given.result()
        when.ended()
        when.rechecked()
        assert then.state(job) is JobState.DONE


class TestRule10OwedResults:
    def test_the_next_save_is_handed_over_until_it_is_certain(self, given, when, then):
        given.cancel(given.submitted("a.prt"))
        given.back_again()
        job = given.save("b.prt")
        given.captured(job)
        given.prepared()
        when.result("success")  # the late one of a.prt, for all that anybody knows
        assert then.state(job) is JobState.SUBMITTED
        when.time_passes(3)
        when.prepared()
        assert "note.confirming" in then.job(job).notes
        when.result("success")
        when.rechecked()
        assert then.state(job) is JobState.DONE
        assert then.calls() == ["Save", "Save", "Save"]

    def test_one_failure_is_no_proof_either(self, given, when, then):
        given.cancel(given.submitted("a.prt"))
        given.back_again()
        job = given.save("b.prt")
        given.captured(job)
        given.prepared()
        when.result("failed")
        assert then.state(job) is JobState.SUBMITTED

    def test_a_result_in_time_settles_the_debt(self, given, when, then):
        given.cancel(given.submitted("a.prt"))
        given.ended(asked=True)
        given.time_passes(3)
        given.ready()
        when.result("success")
        when.time_passes(3)
        job = when.save("b.prt")
        when.captured(job)
        when.prepared()
        when.result("success")
        when.rechecked()
        assert then.state(job) is JobState.DONE
        assert then.calls() == ["Save", "Save"]

    def test_a_minute_of_silence_in_a_session_settles_it_too(self, given, when, then):
        given.cancel(given.submitted("a.prt"))
        given.back_again()
        assert then.engine.stats()["owed"] == 1
        when.time_passes(60)
        assert then.engine.stats()["owed"] == 0

    def test_silence_without_a_session_settles_nothing(self, given, when, then):
        given.cancel(given.submitted("a.prt"))
        given.ended(asked=True)
        given.time_passes(3)
        given.refused()
        when.time_passes(50)
        when.refused()
        when.time_passes(3600)
        assert then.engine.stats()["owed"] == 1

    def test_a_debt_outlives_the_service(self, given, when, then):
        given.cancel(given.submitted("a.prt"))
        assert fx.WriteOwed(1, 0) in then.log
        when.restarted()
        assert then.engine.stats()["owed"] == 1

    def test_a_double_is_not_the_result_that_is_owed(self, given, when, then):
        given.cancel(given.submitted("a.prt"))
        given.back_again()
        job = given.save("b.prt")
        given.captured(job)
        given.prepared()
        given.result("success")
        when.time_passes(0.1)
        when.result("success")
        assert then.state(job) is JobState.SUBMITTED

    def test_only_the_first_save_is_handed_over_twice(self, given, when, then):
        given.cancel(given.submitted("a.prt"))
        given.back_again()
        first, second = given.save("b.prt"), given.save("c.prt")
        given.captured(first)
        given.captured(second)
        given.prepared()
        given.result()
        given.time_passes(3)
        given.prepared()
        given.result()
        given.rechecked()
        assert then.state(first) is JobState.DONE
        when.time_passes(7)
        when.prepared()
        when.result()
        when.rechecked()
        assert then.state(second) is JobState.DONE

    def test_it_asks_when_it_can_not_be_confirmed(self, given, when, then):
        given.cancel(given.submitted("a.prt"))
        given.back_again()
        job = given.save("b.prt")
        given.captured(job)
        for _ in range(3):
            given.prepared()
            given.result("failed")
            assert then.state(job) is JobState.SUBMITTED
            when.time_passes(3)
        assert (then.state(job), then.error(job)) == (JobState.UNKNOWN, "ISCB-CLOUD-NO-RESULT")
