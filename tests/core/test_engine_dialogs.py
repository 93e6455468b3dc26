"""Save-as, open and solve, and the session for dialogs."""

from __future__ import annotations

import pytest

from iscbridge.core import effects as fx
from iscbridge.core.inputs import CallRequested, CheckOutcome, OpenedIdentified, SessionRefused
from iscbridge.core.jobs import ErrorInfo, JobKind, JobState, OpenedFile, WaitReason
from support.sim_scene import INTERACTIVE, TRANSFER


def opened(scene, job, path="C:/cloud/x.prt", attempt=None):
    asked = scene.last(fx.IdentifyOpened)
    file = OpenedFile(path.lower(), path, asked.open_type, asked.work_state, asked.assembly, scene.now)
    scene.feed(OpenedIdentified(scene.now, job, file, asked.attempt if attempt is None else attempt))


def dialog(scene, kind=JobKind.OPEN, path=""):
    scene.ready()
    job = scene.ask(kind, path)
    if kind is JobKind.SAVE_AS:
        scene.captured(job)
    scene.ready(INTERACTIVE)
    if kind is JobKind.SAVE_AS:
        scene.prepared()
    assert scene.state(job) is JobState.SUBMITTED
    return job


class TestOpen:
    def test_the_host_that_asked_hears_of_the_file(self, given, when, then):
        job = dialog(given)
        when.event(
            "OpenFile",
            INTERACTIVE,
            mainFile="C:/cloud/x.prt",
            openType="OpenOnly",
            workState="CHECKIN",
            assembly="false",
        )
        opened(when, job)
        assert then.state(job) is JobState.DONE
        assert then.job(job).result_path == "C:/cloud/x.prt"
        [told] = then.of(fx.Announce)
        assert (told.topic, told.origin) == ("file.opened", then.job(job).origin)
        assert then.of(fx.WriteOpened)[0].opened.read_only

    @pytest.mark.parametrize("params", [{}, {"mainFile": ""}])
    def test_no_file_means_that_the_person_cancelled(self, given, when, then, params):
        job = dialog(given)
        when.event("OpenFile", INTERACTIVE, **params)
        assert then.state(job) is JobState.CANCELLED
        assert then.job(job).notes == ("note.pickerCancelled",)

    def test_a_save_does_not_wait_for_an_open_dialog(self, given, when, then):
        dialog(given)
        job = when.save()
        when.captured(job)
        assert then.last(fx.Prepare).job_id == job

    def test_when_the_session_ends_it_asks(self, given, when, then):
        job = dialog(given)
        when.ended(INTERACTIVE)
        assert (then.state(job), then.error(job)) == (JobState.UNKNOWN, "ISCB-CLOUD-NO-RESULT")

    def test_an_identification_of_an_earlier_dialog_changes_nothing(self, given, when, then):
        job = dialog(given)
        when.event("OpenFile", INTERACTIVE, mainFile="C:/cloud/x.prt")
        opened(when, job, attempt=99)
        assert not then.effects


class TestSaveAs:
    def test_it_goes_through_the_dialog_session(self, given, when, then):
        job = dialog(given, JobKind.SAVE_AS, "a.prt")
        assert then.calls() == ["SelectSaveAsPath"]
        when.result(session=INTERACTIVE)
        when.rechecked()
        assert then.state(job) is JobState.DONE

    def test_a_torn_one_asks_because_a_repeat_would_open_a_dialog(self, given, when, then):
        job = dialog(given, JobKind.SAVE_AS, "a.prt")
        when.result(session=INTERACTIVE)
        when.rechecked(CheckOutcome.CHANGED)
        assert (then.state(job), then.error(job)) == (JobState.UNKNOWN, "ISCB-FILE-TORN")

    def test_it_is_never_repeated_by_itself(self, given, when, then):
        job = dialog(given, JobKind.SAVE_AS, "a.prt")
        when.ended(INTERACTIVE)
        assert then.state(job) is JobState.UNKNOWN

    def test_while_a_result_is_owed_its_own_can_not_be_told(self, given, when, then):
        given.cancel(given.submitted("a.prt"))
        job = when.ask(JobKind.SAVE_AS, "b.prt")
        when.captured(job)
        when.ready(INTERACTIVE)
        when.time_passes(3)
        when.prepared()
        when.result(session=INTERACTIVE)
        assert (then.state(job), then.error(job)) == (JobState.UNKNOWN, "ISCB-CLOUD-NO-RESULT")


class TestSolve:
    def test_its_call_is_all_that_is_documented(self, given, when, then):
        given.ready()
        job = given.ask(JobKind.SOLVE, "a.prt")
        given.captured(job)
        given.prepared()
        assert then.calls() == ["GetSolution"]
        when.call_returns()
        assert then.state(job) is JobState.DONE
        assert then.job(job).notes == ("note.noResultDocumented",)

    def test_a_call_that_fails_is_failed(self, given, when, then):
        given.ready()
        job = given.ask(JobKind.SOLVE, "a.prt")
        given.captured(job)
        given.prepared()
        when.call_returns(ok=False)
        assert then.state(job) is JobState.FAILED


class TestOneSessionOnly:
    def refuse_the_second(self, scene):
        scene.feed(SessionRefused(scene.now, INTERACTIVE, scene.epochs[INTERACTIVE], ErrorInfo("ISCB-SDK-INIT")))

    def test_dialogs_use_the_session_that_there_is(self, given, when, then):
        given.ready()
        job = given.ask(JobKind.OPEN)
        self.refuse_the_second(when)
        assert then.state(job) is JobState.SUBMITTED
        assert then.last(fx.CallSdk).session is TRANSFER

    def test_and_saves_wait_for_the_dialog(self, given, when, then):
        given.ready()
        dialog = given.ask(JobKind.OPEN)
        self.refuse_the_second(given)
        job = given.save()
        when.captured(job)
        assert then.engine.job(job).reason is WaitReason.DIALOG
        when.event("OpenFile", TRANSFER)
        assert then.state(dialog) is JobState.CANCELLED
        when.time_passes(0.2)
        assert then.last(fx.Prepare).job_id == job

    def test_after_a_new_start_the_second_is_tried_again(self, given, when, then):
        given.ready()
        given.ask(JobKind.OPEN)
        self.refuse_the_second(given)
        given.ended(TRANSFER)
        given.time_passes(3)
        given.ready(TRANSFER)
        when.ask(JobKind.OPEN)
        assert INTERACTIVE in [start.session for start in then.log if isinstance(start, fx.StartSession)][1:]


class TestCallsWithoutAJob:
    def test_are_answered_when_they_return(self, given, when, then):
        given.ready()
        when.feed(CallRequested(when.now, 77, "CheckNewVersions"))
        assert then.calls() == ["CheckNewVersions"]
        when.call_returns()
        assert then.answer() == fx.AnswerOk(77)

    def test_and_when_the_session_ends(self, given, when, then):
        given.ready()
        given.feed(CallRequested(given.now, 77, "CheckNewVersions"))
        when.ended()
        assert then.answered_code() == "ISCB-SDK-NOT-CONNECTED"

    def test_and_when_there_is_none(self, given, when, then):
        given.fresh()
        when.feed(CallRequested(when.now, 77, "CheckNewVersions"))
        assert then.answered_code() == "ISCB-SDK-NOT-CONNECTED"


@pytest.mark.parametrize(
    ("operate", "topic"),
    [("UpgradeNotice", "upgrade.announced"), ("Update", "upgrade.announced"), ("LicenseVerify", "license.received")],
)
def test_what_the_desk_announces_is_passed_on(given, when, then, operate, topic):
    given.ready()
    when.event(operate, available="true")
    assert then.of(fx.Announce) == [fx.Announce(topic, {"operate": operate, "available": "true"})]


@pytest.mark.parametrize("operate", ["HeartBeat", "UploadStart", "UploadEnd", "SomethingNew"])
def test_what_says_nothing_is_kept(given, when, then, operate):
    job = given.submitted()
    when.event(operate)
    assert [type(effect) for effect in then.effects] == [fx.WriteEvent]
    assert then.of(fx.WriteEvent)[0].job_id == job
