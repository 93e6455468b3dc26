"""Every state against everything that can come in: the step is in the table, or there is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from iscbridge.core import effects as fx
from iscbridge.core import inputs as i
from iscbridge.core.inputs import CheckOutcome
from iscbridge.core.jobs import ErrorInfo, JobKind, JobState
from iscbridge.core.transitions import TRANSITIONS, Transition, is_allowed
from support.sim_scene import INTERACTIVE, TRANSFER, Scene, snapshot

S = JobState


def accepted(scene: Scene) -> str:
    scene.ready()
    return scene.save()


def preparing(scene: Scene) -> str:
    job = accepted(scene)
    scene.captured(job)
    return job


def waiting(scene: Scene) -> str:
    scene.fresh()
    job = scene.save()
    scene.captured(job)
    return job


def submitted(scene: Scene) -> str:
    return scene.submitted()


def call_failed(scene: Scene) -> str:
    job = scene.submitted()
    scene.call_returns(ok=False)
    return job


def rechecking(scene: Scene) -> str:
    job = scene.submitted()
    scene.result()
    return job


def torn(scene: Scene) -> str:
    job = rechecking(scene)
    scene.rechecked(CheckOutcome.CHANGED)
    return job


def repeated(scene: Scene) -> str:
    job = scene.submitted()
    scene.ended()
    return job


def confirming(scene: Scene) -> str:
    scene.cancel(scene.submitted("other.prt"))
    scene.back_again()
    job = scene.save()
    scene.captured(job)
    scene.prepared()
    scene.result()
    return job


def dialog(scene: Scene) -> str:
    scene.ready()
    job = scene.ask(JobKind.OPEN)
    scene.ready(INTERACTIVE)
    return job


def solving(scene: Scene) -> str:
    scene.ready()
    job = scene.ask(JobKind.SOLVE, "a.prt")
    scene.captured(job)
    scene.prepared()
    return job


def done(scene: Scene) -> str:
    return scene.done()


def failed(scene: Scene) -> str:
    job = scene.submitted()
    scene.result("failed")
    return job


def refused(scene: Scene) -> str:
    job = accepted(scene)
    scene.capture_fails(job, "ISCB-ASM-OUTSIDE", refused=True)
    return job


def cancelled(scene: Scene) -> str:
    job = accepted(scene)
    scene.cancel(job)
    return job


def replaced(scene: Scene) -> str:
    job = waiting(scene)
    scene.captured(scene.save(), 2)
    return job


def unknown(scene: Scene) -> str:
    job = scene.submitted()
    scene.cancel(job)
    return job


SITUATIONS: dict[Callable[[Scene], str], JobState] = {
    accepted: S.ACCEPTED,
    preparing: S.CAPTURED,
    waiting: S.WAITING,
    torn: S.WAITING,
    repeated: S.WAITING,
    submitted: S.SUBMITTED,
    call_failed: S.SUBMITTED,
    rechecking: S.SUBMITTED,
    confirming: S.SUBMITTED,
    dialog: S.SUBMITTED,
    solving: S.SUBMITTED,
    done: S.DONE,
    failed: S.FAILED,
    refused: S.REFUSED,
    cancelled: S.CANCELLED,
    replaced: S.REPLACED,
    unknown: S.UNKNOWN,
}


def everything(scene: Scene, job: str) -> list[i.Input]:
    """Every input there is, with the numbers that are awaited and with old ones."""
    now = scene.now
    attempts = [-1, *(e.attempt for e in scene.log if isinstance(e, fx.Capture | fx.Prepare | fx.Recheck))]
    calls = [-1, *(e.call for e in scene.log if isinstance(e, fx.CallSdk))]
    error = ErrorInfo("ISCB-FILE-LOCKED")
    found: list[i.Input] = []
    for attempt in attempts:
        found += [
            i.CaptureDone(now, job, attempt, snapshot("a.prt", 9)),
            i.CaptureFailed(now, job, attempt, error, refused=False),
            i.CaptureFailed(now, job, attempt, error, refused=True),
            i.CaptureSlow(now, job, attempt),
            *(i.Prepared(now, job, attempt, outcome, "a.prt", None) for outcome in CheckOutcome),
            i.Prepared(now, job, attempt, CheckOutcome.UNREADABLE, "", error),
            *(i.Rechecked(now, job, attempt, outcome) for outcome in CheckOutcome),
        ]
    for session in i.Session:
        epoch = scene.epochs.get(session, 0)
        found += [
            i.SessionReady(now, session, epoch),
            i.SessionRefused(now, session, epoch, error),
            i.SessionEnded(now, session, epoch, asked=False),
            i.SessionEnded(now, session, epoch, asked=True),
            *(i.CallReturned(now, session, epoch, call, ok=ok) for call in calls for ok in (True, False)),
            *(
                i.SdkEvent(now, session, epoch, operate, params, "raw")
                for operate, params in (
                    ("SaveResult", {"status": "success"}),
                    ("SaveResult", {"status": "failed"}),
                    ("SaveResult", {}),
                    ("OpenFile", {}),
                    ("OpenFile", {"mainFile": "x.prt"}),
                    ("ClientClosed", {}),
                    ("HeartBeat", {}),
                    ("", {}),
                )
            ),
        ]
    return [
        *found,
        i.TimerFired(now, f"job:{job}"),
        i.TimerFired(now, "lane:transfer"),
        i.TimerFired(now, "quiet"),
        i.CancelRequested(now, 900, job),
        i.RetryRequested(now, 901, job),
        i.ResolveRequested(now, 902, job, i.Resolution.REPEAT),
        i.ResolveRequested(now, 903, job, i.Resolution.DISMISS),
        i.ReconnectRequested(now, 904),
        i.ShutdownRequested(now, 905),
        i.Recovered(now, (scene.job(job),)) if scene.state(job).is_final else i.TimerFired(now, ""),
    ]


@pytest.mark.parametrize("put_back", [False, True], ids=["as it is", "put back from the journal"])
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda f: f.__name__)
def test_every_situation_against_every_input(situation, put_back):
    scene = Scene()
    job = situation(scene)
    assert scene.state(job) is SITUATIONS[situation]
    for number in range(len(everything(scene, job))):
        again = Scene()
        assert situation(again) == job
        before = again.state(job)
        if put_back and before.is_final:
            again.feed(i.JobRevived(again.now, again.job(job)))
        for effect in again.feed(everything(again, job)[number]):
            if isinstance(effect, fx.WriteJob) and effect.job.id == job:
                after = effect.job.state
                assert is_allowed(before, after, effect.cause), (before, after, effect.cause)
                before = after


def test_final_states_have_no_way_out_but_by_a_person_or_a_contradiction():
    ways = {(step.before, step.cause) for step in TRANSITIONS if step.before is not None and step.before.is_final}
    assert {cause for _, cause in ways} == {"retry", "dismissed", "conflict"}
    assert (S.DONE, "retry") not in ways


def test_every_state_can_be_reached_and_left_or_is_final():
    assert {step.after for step in TRANSITIONS} == set(S)
    assert {step.before for step in TRANSITIONS} >= {state for state in S if not state.is_final} | {None}


def test_a_new_job_is_accepted_and_nothing_else():
    assert {step for step in TRANSITIONS if step.before is None} == {Transition(None, S.ACCEPTED, "accepted")}


def test_sessions_are_two():
    assert list(i.Session) == [TRANSFER, INTERACTIVE]
