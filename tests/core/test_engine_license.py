"""Licences and jobs: accepted work is finished, new cloud work can be stopped, and no bytes are lost over it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iscbridge.core import effects as fx
from iscbridge.core import inputs as i
from iscbridge.core.jobs import ErrorInfo, JobKind, JobState, LicenseLimit, WaitReason
from support.sim_scene import INTERACTIVE

EXPIRED = ErrorInfo("ISCB-LIC-EXPIRED", {"product": "cad", "url": ""})
STOPPED = LicenseLimit(EXPIRED)
CHECKING = LicenseLimit(EXPIRED, pending=True)


def may_save_opened(given) -> LicenseLimit:
    return LicenseLimit(EXPIRED, opened_before=given.now)


def settled(scene, limit: LicenseLimit | None, product: str = "") -> None:
    scene.feed(i.LicenseSettled(scene.now, product, limit))


@pytest.mark.parametrize("kind", JobKind)
def test_a_stopped_licence_refuses_new_cloud_work_before_anything_is_done(given, when, then, kind):
    given.ready()
    when.ask(kind, "a.prt", limit=STOPPED)
    assert then.answered_code() == "ISCB-LIC-EXPIRED"
    assert not then.journal.jobs


@pytest.mark.parametrize("kind", [JobKind.SAVE_AS, JobKind.OPEN, JobKind.SOLVE])
def test_only_a_save_can_be_of_a_file_that_was_opened_before(given, when, then, kind):
    given.ready()
    when.ask(kind, "a.prt", limit=may_save_opened(given))
    assert then.answered_code() == "ISCB-LIC-EXPIRED"


def test_what_was_accepted_before_is_finished(given, when, then):
    given.ready()
    job = given.save()
    settled(when, STOPPED)
    when.captured(job)
    when.prepared()
    when.result()
    when.rechecked()
    assert then.state(job) is JobState.DONE


def test_a_file_opened_before_may_still_be_saved(given, when, then):
    given.opened("a.prt", "OpenAndCheckout", "CHECKOUT")
    given.ready()
    given.now += 5
    job = given.save("a.prt", limit=may_save_opened(given))
    when.captured(job)
    assert then.job(job).limit is None
    when.prepared()
    assert then.state(job) is JobState.SUBMITTED


def test_a_file_opened_after_may_not_and_its_bytes_are_kept(given, when, then):
    limit = may_save_opened(given)
    given.now += 5
    given.opened("a.prt", "OpenAndCheckout", "CHECKOUT")
    job = given.save("a.prt", limit=limit)
    when.captured(job)
    assert (then.state(job), then.error(job)) == (JobState.REFUSED, "ISCB-LIC-EXPIRED")
    kept = then.job(job)
    assert kept.snapshot is not None
    assert kept.snapshot_until == given.now + 30 * 86400


class TestACheckUnderWay:
    def test_the_bytes_are_safe_and_the_job_waits(self, given, when, then):
        given.ready()
        job = given.save(limit=CHECKING)
        assert then.answer().job.state is JobState.ACCEPTED
        when.captured(job)
        assert (then.state(job), then.job(job).reason) == (JobState.WAITING, WaitReason.LICENSE)
        assert not then.of(fx.Prepare)

    def test_and_goes_on_when_the_check_succeeds(self, given, when, then):
        given.ready()
        job = given.save(limit=CHECKING)
        given.captured(job)
        settled(when, None)
        assert then.of(fx.Prepare)

    def test_or_is_refused_when_it_does_not(self, given, when, then):
        given.ready()
        job = given.save(limit=CHECKING)
        given.captured(job)
        settled(when, STOPPED)
        assert (then.state(job), then.error(job)) == (JobState.REFUSED, "ISCB-LIC-EXPIRED")
        assert then.job(job).snapshot is not None

    def test_the_answer_may_come_before_the_capture_ends(self, given, when, then):
        given.ready()
        good, bad = given.save("a.prt", limit=CHECKING), given.save("b.prt", limit=CHECKING)
        settled(given, None)
        when.captured(good)
        assert then.of(fx.Prepare)
        when.captured(bad)
        assert then.state(bad) is JobState.WAITING
        third = when.save("c.prt", limit=CHECKING)
        settled(when, STOPPED)
        when.captured(third)
        assert then.state(third) is JobState.REFUSED

    def test_an_open_waits_too_and_puts_up_no_dialog(self, given, when, then):
        given.ready()
        job = when.ask(JobKind.OPEN, limit=CHECKING)
        assert (then.state(job), then.job(job).reason) == (JobState.WAITING, WaitReason.LICENSE)
        assert INTERACTIVE not in then.epochs
        settled(when, None)
        assert INTERACTIVE in then.epochs

    def test_it_waits_for_its_own_product_only(self, given, when, then):
        given.ready()
        job = given.save(limit=CHECKING)
        given.captured(job)
        settled(when, None, product="another")
        assert then.job(job).reason is WaitReason.LICENSE

    def test_it_can_be_cancelled(self, given, when, then):
        given.ready()
        job = given.save(limit=CHECKING)
        given.captured(job)
        when.cancel(job)
        assert then.state(job) is JobState.CANCELLED

    def test_a_restart_keeps_it_waiting(self, given, when, then):
        given.ready()
        job = given.save(limit=CHECKING)
        given.captured(job)
        given.restarted()
        given.ready()
        assert then.job(job).reason is WaitReason.LICENSE
        settled(when, None)
        assert then.of(fx.Prepare)


class TestWhatIsPermittedOnce:
    """Accepted work is finished: neither a later word of the licence nor a crash takes a permission back."""

    def test_a_crash_before_the_capture_ends_forgets_no_permission(self, given, when, then):
        given.ready()
        job = given.save(limit=CHECKING)
        settled(given, None)
        when.restarted()
        settled(when, STOPPED)
        when.ready()
        when.captured(job)
        assert then.of(fx.Prepare)

    def test_nor_does_one_while_it_waits_its_turn(self, given, when, then):
        given.submitted("other.prt")
        job = given.save(limit=CHECKING)
        given.captured(job)
        settled(given, None)
        assert (then.state(job), then.engine.job(job).reason) == (JobState.WAITING, WaitReason.TURN)
        when.restarted()
        settled(when, STOPPED)
        assert then.state(job) is JobState.WAITING
        assert then.job(job).limit is None

    def test_a_file_opened_in_time_when_captured_goes_out_though_the_stop_is_dated_back(self, given, when, then):
        given.opened("a.prt", "OpenAndCheckout", "CHECKOUT")
        given.ready()
        job = given.save("a.prt", limit=may_save_opened(given))
        given.captured(job)
        settled(when, LicenseLimit(EXPIRED, opened_before=given.now - 50))
        when.prepared()
        assert then.state(job) is JobState.SUBMITTED

    def test_a_stop_that_is_dated_back_before_the_capture_ends_counts(self, given, when, then):
        given.opened("a.prt", "OpenAndCheckout", "CHECKOUT")
        given.ready()
        job = given.save("a.prt", limit=may_save_opened(given))
        settled(given, LicenseLimit(EXPIRED, opened_before=given.now - 50))
        when.captured(job)
        assert then.state(job) is JobState.REFUSED


class TestSeveralSavesOfOneFile:
    def test_one_that_waits_for_its_licence_replaces_nothing_that_was_accepted(self, given, when, then):
        given.fresh()
        first = given.save()
        given.captured(first, 1)
        second = given.save(limit=CHECKING)
        when.captured(second, 2)
        assert then.state(first) is JobState.WAITING
        settled(when, STOPPED)
        assert (then.state(first), then.state(second)) == (JobState.WAITING, JobState.REFUSED)

    def test_but_does_once_it_may_go(self, given, when, then):
        given.fresh()
        first = given.save()
        given.captured(first, 1)
        second = given.save(limit=CHECKING)
        given.captured(second, 2)
        settled(when, None)
        assert then.state(first) is JobState.REPLACED
        assert then.job(first).replaced_by == second

    def test_of_several_that_wait_the_newest_goes(self, given, when, then):
        given.fresh()
        jobs = [given.save(limit=CHECKING) for _ in range(3)]
        for content, job in enumerate(jobs):
            given.captured(job, content)
        settled(when, None)
        assert [then.state(job) for job in jobs] == [JobState.REPLACED, JobState.REPLACED, JobState.WAITING]

    def test_an_older_one_that_waits_is_replaced_by_a_newer_one_that_may_go(self, given, when, then):
        given.fresh()
        first = given.save(limit=CHECKING)
        given.captured(first, 1)
        second = given.save()
        when.captured(second, 2)
        assert then.state(first) is JobState.REPLACED


class TestRetry:
    def retry(self, scene, job: str, limit: LicenseLimit) -> None:
        scene.feed(i.JobRevived(scene.now, scene.job(job)))
        scene.feed(i.RetryRequested(scene.now, 99, job, limit))

    def test_what_was_accepted_before_may_be_tried_again(self, given, when, then):
        job = given.submitted()
        given.result("failed")
        assert then.state(job) is JobState.FAILED
        self.retry(when, job, may_save_opened(given))
        assert then.state(job) is JobState.ACCEPTED
        assert then.job(job).limit is None

    def test_but_not_for_ever(self, given, when, then):
        job = given.submitted()
        given.result("failed")
        self.retry(when, job, STOPPED)
        assert then.answered_code() == "ISCB-LIC-EXPIRED"
        assert then.state(job) is JobState.FAILED

    @pytest.mark.parametrize("taken_back", [True, False])
    def test_what_was_taken_back_or_refused_is_new_work(self, given, when, then, taken_back):
        given.ready()
        job = given.save()
        if taken_back:
            given.cancel(job)
        else:
            given.capture_fails(job, refused=True)
        self.retry(when, job, may_save_opened(given))
        assert then.job(job).limit == may_save_opened(given)
        when.captured(job)
        assert then.state(job) is JobState.REFUSED

    def test_what_never_got_past_its_licence_is_new_work_also_if_the_stop_is_dated_later(self, given, when, then):
        given.ready()
        job = given.save(limit=CHECKING)
        given.capture_fails(job)
        assert then.state(job) is JobState.FAILED
        given.now += 5
        self.retry(when, job, may_save_opened(given))
        when.captured(job)
        assert (then.state(job), then.error(job)) == (JobState.REFUSED, "ISCB-LIC-EXPIRED")

    def test_a_refused_save_goes_out_once_the_licence_stands_again(self, given, when, then):
        given.ready()
        job = given.save(limit=CHECKING)
        given.captured(job)
        settled(given, STOPPED)
        when.retry(job)
        assert then.job(job).limit is None
        when.captured(job)
        assert then.of(fx.Prepare)

    def test_a_repeat_of_what_was_handed_over_is_no_new_work(self, given, when, then):
        job = given.submitted()
        given.cancel(job)
        assert then.state(job) is JobState.UNKNOWN
        when.resolve(job, i.Resolution.REPEAT)
        assert then.state(job) is JobState.ACCEPTED


def test_a_delivered_licence_does_not_lie_in_the_journal(given, when, then):
    given.ready()
    raw = '{"operate":"LicenseVerify","params":{"Status":"success","LicenseContent":"secret"}}'
    event = i.SdkEvent(given.now, i.Session.TRANSFER, given.epochs[i.Session.TRANSFER], "LicenseVerify", {}, raw)
    when.feed(event)
    assert "secret" not in then.last(fx.WriteEvent).raw
    when.feed(replace(event, operate="", params={}))
    assert "secret" not in then.last(fx.WriteEvent).raw
