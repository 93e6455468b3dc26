"""A job that was meant for one cloud is never handed to the other, whatever the bridge was started with."""

from __future__ import annotations

from dataclasses import replace

from iscbridge.core import effects as fx
from iscbridge.core.jobs import JobState, WaitReason


def left_over(scene, *, submitted: bool = False) -> str:
    """A job of a run with the real cloud, which this bridge (sandbox) finds in its journal."""
    scene.ready()
    job = scene.submitted("a.prt") if submitted else scene.save("a.prt")
    if not submitted:
        scene.captured(job)
    scene.journal.jobs[job] = replace(scene.journal.jobs[job], cloud="iscdesk")
    scene.restarted()
    return job


def test_it_waits_and_says_why(given, when, then):
    job = left_over(given)
    when.ready()
    assert (then.state(job), then.engine.job(job).reason) == (JobState.WAITING, WaitReason.OTHER_CLOUD)
    when.time_passes(3600)
    assert "Save" not in then.calls()


def test_one_whose_result_was_lost_is_not_repeated_at_the_other_cloud(given, when, then):
    job = left_over(given, submitted=True)
    before = len([call for call in then.calls() if call == "Save"])
    when.ready()
    when.time_passes(3600)
    assert len([call for call in then.calls() if call == "Save"]) == before
    assert then.state(job) is not JobState.DONE


def test_a_new_save_of_the_same_file_does_not_stand_for_it(given, when, then):
    old = left_over(given)
    given.ready()
    new = given.save("a.prt")
    when.captured(new, 2)
    assert then.state(old) is JobState.WAITING
    when.prepared()
    assert then.state(new) is JobState.SUBMITTED


def test_it_can_be_cancelled(given, when, then):
    job = left_over(given)
    when.cancel(job)
    assert then.state(job) is JobState.CANCELLED


def test_its_own_cloud_takes_it(given, when, then):
    job = left_over(given)
    given.journal.jobs[job] = replace(given.journal.jobs[job], cloud="sandbox")
    given.restarted()
    when.ready()
    assert then.of(fx.Prepare)
