"""Before a forced upgrade: what is handed over is finished, nothing new is handed over, what is asked for is kept safe."""

from __future__ import annotations

from iscbridge.core import effects as fx
from iscbridge.core import inputs as i
from iscbridge.core.jobs import JobKind, JobState, WaitReason


def drain(scene) -> None:
    scene.feed(i.DrainRequested(scene.now))


def test_what_is_on_its_way_is_finished_and_the_next_one_waits(given, when, then):
    given.ready()
    first = given.submitted("a.prt")
    second = given.save("b.prt")
    given.captured(second)
    drain(when)
    assert not then.engine.idle
    when.result()
    when.rechecked()
    assert then.state(first) is JobState.DONE
    when.time_passes(3600)
    assert (then.state(second), then.engine.job(second).reason) == (JobState.WAITING, WaitReason.CLOSING)
    assert then.calls().count("Save") == 1
    assert then.engine.idle


def test_what_is_asked_for_now_is_captured_and_waits(given, when, then):
    given.ready()
    drain(when)
    job = when.save("a.prt")
    assert not then.engine.idle
    when.captured(job)
    assert (then.state(job), then.engine.job(job).reason) == (JobState.WAITING, WaitReason.CLOSING)
    assert then.engine.idle
    assert not then.of(fx.Prepare)


def test_a_job_that_was_about_to_be_handed_over_is_put_back(given, when, then):
    given.ready()
    job = given.save("a.prt")
    given.captured(job)
    assert then.of(fx.Prepare)
    drain(when)
    when.prepared()
    assert (then.state(job), then.engine.job(job).reason) == (JobState.WAITING, WaitReason.CLOSING)
    assert "Save" not in then.calls()
    assert then.engine.idle


def test_dialogs_are_not_opened_either(given, when, then):
    given.ready()
    drain(when)
    job = when.ask(JobKind.OPEN)
    assert then.engine.job(job).reason is WaitReason.CLOSING
    assert "OpenCloudFile" not in then.calls()


def test_a_save_whose_files_are_looked_at_is_on_its_way_though_its_session_has_ended(given, when, then):
    job = given.submitted()
    given.result()
    drain(when)
    when.ended()
    assert not then.engine.idle
    when.rechecked()
    assert then.state(job) is JobState.DONE
    assert then.engine.idle


def test_the_next_start_hands_it_over(given, when, then):
    given.ready()
    drain(when)
    job = when.save("a.prt")
    when.captured(job)
    when.restarted()
    when.ready()
    when.prepared()
    assert then.state(job) is JobState.SUBMITTED
