"""Start, back-off, giving up, shutdown, restart."""

from __future__ import annotations

from iscbridge.core import effects as fx
from iscbridge.core.inputs import CheckOutcome
from iscbridge.core.jobs import JobState, WaitReason
from support.sim_scene import INTERACTIVE, TRANSFER


def seconds_to_next_start(scene):
    begun, epoch = scene.now, scene.epochs[TRANSFER]
    for _ in range(400):
        scene.time_passes(1)
        if scene.epochs[TRANSFER] != epoch:
            return scene.now - begun
    return None


def waiting_save(scene):
    scene.fresh()
    job = scene.save()
    scene.captured(job)
    return job


class TestBackOff:
    def test_a_refused_session_is_tried_for_ever_at_most_every_minute(self, given, when, then):
        job = waiting_save(given)
        pauses = []
        for _ in range(9):
            when.refused()
            pauses.append(seconds_to_next_start(when))
        assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
        assert then.engine.job(job).reason is WaitReason.SDK_STARTING
        when.ready()
        assert then.last(fx.Prepare).job_id == job

    def test_after_five_crashes_in_ten_minutes_it_gives_up_and_says_so(self, given, when, then):
        job = given.sdk_gives_up()
        assert then.engine.gave_up
        assert then.engine.job(job).reason is WaitReason.SDK_GAVE_UP
        assert seconds_to_next_start(when) is None

    def test_until_a_person_asks(self, given, when, then):
        given.sdk_gives_up()
        when.reconnect()
        assert then.of(fx.StartSession)
        assert type(then.answer()) is fx.AnswerOk
        assert not then.engine.gave_up

    def test_crashes_that_are_far_apart_are_forgiven(self, given, when, then):
        waiting_save(given)
        for _ in range(12):
            when.ended()
            assert not then.engine.gave_up
            assert seconds_to_next_start(when) is not None
            when.time_passes(150)


class TestShutdown:
    def test_what_is_in_flight_stays_submitted_in_the_journal(self, given, when, then):
        job = given.submitted()
        when.shut_down()
        assert type(then.answer()) is fx.AnswerOk
        assert then.of(fx.StopSession) == [fx.StopSession(TRANSFER, 1)]
        when.ended(asked=True)
        assert then.state(job) is JobState.SUBMITTED

    def test_nothing_new_is_handed_over(self, given, when, then):
        given.ready()
        job = given.save()
        given.captured(job)
        given.shut_down()
        when.prepared()
        assert then.calls() == []

    def test_captures_under_way_still_become_safe(self, given, when, then):
        given.ready()
        job = given.save()
        given.shut_down()
        when.captured(job)
        assert then.job(job).snapshot is not None
        when.restarted(clean=True)
        when.ready()
        assert then.last(fx.Prepare).job_id == job


class TestRestart:
    def test_what_was_not_yet_captured_is_captured(self, given, when, then):
        given.ready()
        job = given.save()
        when.restarted()
        assert then.last(fx.Capture).job_id == job

    def test_what_was_captured_goes_on_with_its_bytes(self, given, when, then):
        given.ready()
        job = given.save()
        given.captured(job)
        when.restarted()
        when.ready()
        assert then.last(fx.Prepare).snapshot == then.job(job).snapshot

    def test_the_order_of_asking_is_kept(self, given, when, then):
        given.fresh()
        first, second = given.save("a.prt"), given.save("b.prt")
        given.captured(second)
        given.captured(first)
        when.restarted()
        when.ready()
        assert then.last(fx.Prepare).job_id == first

    def test_a_torn_one_that_waits_to_be_captured_again(self, given, when, then):
        job = given.submitted()
        given.result()
        given.rechecked(CheckOutcome.CHANGED)
        when.restarted()
        when.ready()
        when.prepared(CheckOutcome.CHANGED)
        assert then.last(fx.Capture).job_id == job

    def test_read_only_files_are_still_known(self, given, when, then):
        given.opened("a.prt")
        given.journal.opened = {"a.prt": next(iter(given.engine._state.opened.values()))}
        when.restarted()
        job = when.save("a.prt")
        when.captured(job)
        assert then.error(job) == "ISCB-CLOUD-OPENED-READ-ONLY"

    def test_the_dialog_session_starts_only_when_it_is_needed(self, given, then):
        given.ready()
        assert INTERACTIVE not in then.epochs


def test_a_reconnect_renews_an_idle_session_and_brings_it_back(given, when, then):
    """The desk may have left it without a word; and whoever asks for a connection wants to see one."""
    given.ready()
    when.reconnect()
    assert [stop.session for stop in then.of(fx.StopSession)] == [TRANSFER]
    when.ended(asked=True)
    when.time_passes(1)
    assert then.engine.sessions()["transfer"] == "starting"
    when.ready()
    when.time_passes(3600)
    assert then.engine.sessions()["transfer"] == "ready"
