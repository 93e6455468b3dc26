"""The pause: what it holds, what goes on, and how it ends."""

from __future__ import annotations

import pytest

from iscbridge.core import effects as fx
from iscbridge.core import inputs as i
from iscbridge.core.jobs import JobKind, JobState, WaitReason
from support.sim_scene import INTERACTIVE, TRANSFER


def waits_for_the_pause(scene, job) -> bool:
    return scene.state(job) is JobState.WAITING and scene.engine.job(job).reason is WaitReason.PAUSED


class TestWhatIsHeld:
    @pytest.mark.parametrize("kind", [JobKind.SAVE, JobKind.SOLVE])
    def test_a_new_job_is_captured_and_then_waits(self, given, when, then, kind):
        given.ready()
        when.pause()
        assert isinstance(then.answer(), fx.AnswerOk)
        job = when.ask(kind, "a.prt")
        assert then.last(fx.Capture).job_id == job
        when.captured(job)
        assert waits_for_the_pause(then, job)
        assert not then.calls()

    def test_what_is_handed_over_goes_on(self, given, when, then):
        job = given.submitted()
        when.pause()
        when.result()
        when.rechecked()
        assert then.state(job) is JobState.DONE

    def test_a_hand_over_that_was_being_prepared_is_held_and_looked_at_again_afterwards(self, given, when, then):
        given.ready()
        job = given.save()
        given.captured(job)
        when.pause()
        when.prepared()
        assert waits_for_the_pause(then, job)
        assert not then.calls()
        when.resume()
        when.prepared()
        assert then.state(job) is JobState.SUBMITTED

    def test_the_second_hand_over_that_makes_the_first_one_certain_goes_out(self, given, when, then):
        given.submitted("lost.prt")
        given.cancel("j1")  # its result may still come: one success alone proves nothing now
        given.back_again()
        job = given.submitted("b.prt")
        when.pause()
        when.result()
        assert then.last(fx.Prepare).job_id == job
        when.time_passes(3.0)
        when.prepared()
        assert then.calls()[-2:] == ["Save", "Save"]

    def test_a_torn_upload_is_captured_again_and_then_held(self, given, when, then):
        job = given.submitted()
        when.pause()
        when.result()
        when.rechecked(i.CheckOutcome.CHANGED)
        when.captured(job, 2)
        assert waits_for_the_pause(then, job)

    def test_a_repeat_after_a_lost_result_is_held(self, given, when, then):
        job = given.submitted()
        when.pause()
        when.ended()
        when.started_again()
        assert waits_for_the_pause(then, job)
        when.resume()
        when.prepared()
        assert then.state(job) is JobState.SUBMITTED

    def test_a_retry_is_held_too(self, given, when, then):
        given.ready()
        job = given.save()
        given.cancel(job)
        when.pause()
        when.retry(job)
        when.captured(job)
        assert waits_for_the_pause(then, job)


class TestWhatIsNotHeld:
    @pytest.mark.parametrize(
        ("kind", "function"), [(JobKind.OPEN, "OpenCloudFile"), (JobKind.SAVE_AS, "SelectSaveAsPath")]
    )
    def test_what_a_person_asks_for_in_front_of_a_dialog(self, given, when, then, kind, function):
        given.ready()
        given.pause()
        job = when.ask(kind, "" if kind is JobKind.OPEN else "a.prt")
        if kind is JobKind.SAVE_AS:
            when.captured(job)
        when.ready(INTERACTIVE)
        if kind is JobKind.SAVE_AS:
            when.prepared()
        assert then.calls() == [function]

    def test_calls_that_hand_nothing_over(self, given, when, then):
        given.ready()
        given.pause()
        when.feed(i.CallRequested(when.now, 99, "CheckNewVersions"))
        assert then.calls() == ["CheckNewVersions"]

    def test_a_dialog_goes_past_the_save_of_the_same_file_that_is_held(self, given, when, then):
        given.ready()
        given.pause()
        given.captured(given.save())
        copy = when.ask(JobKind.SAVE_AS, "a.prt")
        when.captured(copy)
        when.ready(INTERACTIVE)
        when.prepared()
        assert then.calls() == ["SelectSaveAsPath"]


class TestItsEnd:
    def test_a_person_resumes(self, given, when, then):
        given.ready()
        given.pause()
        job = given.save()
        given.captured(job)
        when.resume()
        assert isinstance(then.answer(), fx.AnswerOk)
        assert then.last(fx.Prepare).job_id == job
        assert then.engine.pause == (False, None)

    def test_it_ends_with_its_time(self, given, when, then):
        given.ready()
        given.pause(600)
        job = given.save()
        given.captured(job)
        when.time_passes(599)
        assert waits_for_the_pause(then, job)
        when.time_passes(1)
        assert then.last(fx.Prepare).job_id == job
        assert then.engine.pause == (False, None)

    def test_pausing_again_moves_the_end(self, given, when, then):
        given.ready()
        given.pause(600)
        given.time_passes(300)
        when.pause(600)
        when.time_passes(599)
        assert then.engine.pause == (True, pytest.approx(when.now + 1))
        when.pause()
        when.time_passes(10_000)
        assert then.engine.pause == (True, None)
        when.pause(5)
        when.time_passes(5)
        assert then.engine.pause == (False, None)

    def test_a_timer_that_comes_early_is_set_again(self, given, when, then):
        given.ready()
        given.pause(600)
        when.feed(i.TimerFired(when.now + 1, "pause"))
        assert then.engine.pause[0]
        assert then.timers["pause"] == when.now + 600

    def test_resuming_without_a_pause_changes_nothing(self, given, when, then):
        given.ready()
        when.resume()
        assert [type(effect) for effect in then.effects] == [fx.AnswerOk]

    def test_a_restart_ends_it(self, given, when, then):
        given.ready()
        given.pause()
        job = given.save()
        given.captured(job)
        when.restarted(clean=True)
        when.ready()
        assert then.last(fx.Prepare).job_id == job

    def test_the_bridge_closes_in_a_pause(self, given, when, then):
        given.ready()
        given.pause()
        given.captured(given.save())
        when.shut_down()
        assert isinstance(then.answer(), fx.AnswerOk)
        when.ended(asked=True)
        when.resume()
        assert isinstance(then.answer(), fx.AnswerOk)
        assert not then.calls()


class TestWhatIsTold:
    def test_its_beginning_and_its_end_are_told_once(self, given, when, then):
        given.ready()
        when.pause(60)
        assert [effect.topic for effect in then.of(fx.Announce)] == ["bridge.changed"]
        when.resume()
        assert [effect.topic for effect in then.of(fx.Announce)] == ["bridge.changed"]
        assert "pause" not in then.timers

    def test_a_job_that_waited_already_says_so_without_another_write(self, given, when, then):
        given.fresh()
        job = given.save()
        given.captured(job)
        assert then.engine.job(job).reason is WaitReason.SDK_STARTING
        when.pause()
        assert then.engine.job(job).reason is WaitReason.PAUSED
        assert not then.of(fx.WriteJob)

    def test_no_session_is_started_for_what_is_held(self, given, when, then):
        given.ready()
        given.pause()
        when.ended()
        when.captured(when.save())
        when.time_passes(5)
        assert then.engine.sessions()[TRANSFER] == "off"
