"""The licences of products: hosts, people, the authority and the clock come in, in any order."""

from __future__ import annotations

import pytest

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing import effects as e
from iscbridge.core.licensing import inputs as i
from iscbridge.core.licensing.effects import Question
from iscbridge.core.licensing.machine import Licenses
from iscbridge.core.licensing.model import (
    DAY_S,
    Answer,
    AnswerKind,
    LicensePolicy,
    LicenseRecord,
    LicenseState,
    Machine,
    Word,
)
from support.license_scene import DAY_0, T0, LicenseScene, a_record

A = AnswerKind
QUERY, ACTIVATE, REPORT = (Question.QUERY, False), (Question.ACTIVATE, True), (Question.REPORT_USE, False)
QUERY_PENDING = (Question.QUERY, True)
BROKEN = ErrorInfo("ISCB-LIC-RECORD-EDITED", {"product": "cad"})
MINUTE = 60.0


# the day
def test_the_first_use_of_a_day_looks_at_the_machine_and_asks(active):
    active.use()
    assert active.has(e.LookAtMachine)
    assert active.questions == [QUERY]
    assert active.only(e.Changed).checking
    assert active.licenses.checking("cad")
    assert active.only(e.WriteRecord).record.used_day == DAY_0 + 1


def test_everybody_shares_the_question(active):
    active.use()
    assert not any(active.use() for _ in range(20))
    active.answer(A.ALIVE)
    assert active.questions == [REPORT]
    assert not active.licenses.checking("cad")
    active.answer(A.DONE)
    assert active.record.reported_day == DAY_0 + 1
    assert not any(active.wait(600).use() for _ in range(5))


def test_a_day_without_use_asks_nothing(active):
    for _ in range(40):
        active.wait(days=0.5)
        active.timer("retry")
        active.timer("until")
    assert not active.asked


def test_an_idle_machine_writes_nothing(active):
    for _ in range(13):
        active.wait(days=0.5)
        assert active.timer("retry") == []


def test_the_time_alone_is_written_once_an_hour_while_there_is_use(active):
    active.use()
    active.answer(A.ALIVE)
    active.answer(A.DONE)
    written = 0
    for _ in range(8 * 60):
        active.wait(MINUTE).use()
        written += active.has(e.WriteRecord)
    assert written == 8


def test_a_used_machine_that_is_checked_again_after_a_restart_is_not_asked_twice_a_day():
    scene = LicenseScene(T0 + 3600).load(a_record())
    scene.use()
    assert scene.asked == []


def test_pauses_after_failures_and_the_end_of_them(active):
    active.use()
    for minutes in (1, 5, 15, 60, 60):
        active.answer(A.FAILED, error="ISCB-STORE-UNREACHABLE")
        assert active.state is LicenseState.OFFLINE_GRACE
        assert active.verdict.allowed.new_save
        pause = active.timers["license:cad:retry"]
        assert 0.75 * minutes * 60 <= pause <= 1.25 * minutes * 60 + 1
        active.wait(pause / 2).use()
        assert active.questions == []
        active.wait(pause / 2).timer()
        assert active.questions == [QUERY]
    failure = active.licenses.failure("cad")
    assert failure is not None
    assert failure.code == "ISCB-STORE-UNREACHABLE"
    active.answer(A.ALIVE)
    assert active.state is LicenseState.ACTIVE
    assert active.licenses.failure("cad") is None
    active.answer(A.DONE)
    active.wait(3600).timer()
    assert active.questions == []


def test_retries_end_with_the_day_and_the_next_day_s_first_use_begins_anew(active):
    active.use()
    active.answer(A.FAILED)
    active.wait(days=1).timer()
    assert active.questions == []
    active.use()
    assert active.questions == [QUERY]
    active.answer(A.FAILED)
    assert active.timers["license:cad:retry"] <= 76


def test_a_client_that_stopped_is_left_alone_until_the_next_day_or_a_person(active):
    active.use()
    active.answer(A.FAILED, error="ISCB-STORE-AUTH-STOPPED")
    for _ in range(20):
        active.wait(30 * MINUTE).timer()
        active.use()
        assert active.questions == []
    active.refresh()
    assert active.only(e.Ask).by_person
    active.answer(A.FAILED, error="ISCB-STORE-AUTH-STOPPED")
    active.wait(days=1).use()
    assert active.questions == [QUERY]
    assert not active.only(e.Ask).by_person


def test_a_person_who_came_while_the_client_stopped_has_one_try(active):
    """The question under way was nobody's: the client that stopped did not ask, and would have for a person."""
    active.use()
    token = active.refresh()
    assert active.questions == []
    active.answer(A.FAILED, error="ISCB-STORE-AUTH-STOPPED")
    assert token not in active.answered
    assert active.only(e.Ask).by_person
    active.answer(A.FAILED, error="ISCB-STORE-AUTH-STOPPED")
    assert token in active.answered
    assert active.questions == []


def test_an_answer_counts_for_the_day_on_which_it_was_asked(active):
    active.wait(15.9 * 3600).use()
    active.wait(600)
    active.answer(A.ALIVE)
    assert active.record.checked_day == DAY_0 + 1
    active.use()
    assert active.questions == [QUERY]


@pytest.mark.parametrize("kind", [A.NO_SUCH_CODE, A.NOT_ACTIVATED, A.ALIVE, A.EXPIRED])
def test_a_usage_report_says_nothing_of_the_licence(active, kind):
    active.use()
    active.answer(A.ALIVE)
    active.answer(kind)
    assert active.state is LicenseState.ACTIVE
    assert active.record.reported_day == DAY_0
    active.wait(2 * 3600).use()
    assert active.questions == []


def test_a_usage_report_that_failed_is_sent_again_and_restricts_nobody(active):
    active.use()
    active.answer(A.ALIVE)
    active.answer(A.FAILED)
    assert active.state is LicenseState.ACTIVE
    active.wait(active.timers["license:cad:retry"]).timer()
    assert active.questions == [REPORT]
    active.answer(A.DONE)
    assert active.record.reported_day == active.day


def test_no_usage_is_reported_without_use_or_licence(active):
    active.refresh()
    active.answer(A.ALIVE)
    assert active.questions == []
    active.use()
    assert active.questions == [REPORT]
    active.answer(A.DONE)
    active.wait(days=1).use()
    active.answer(A.EXPIRED)
    assert active.questions == []


@pytest.mark.parametrize("kind", [A.DONE, A.ILLEGAL_STATE, A.NOT_RECEIVED, A.FAILED])
def test_an_answer_that_says_nothing_is_a_failed_check(active, kind):
    active.use()
    active.answer(kind)
    assert active.state is LicenseState.OFFLINE_GRACE
    assert active.record.failures == 1


def test_a_late_answer_of_another_question_is_ignored(active):
    active.use()
    active.put(i.Answered(active.now, active.day, "cad", active.asked[-1].attempt + 1, Answer(A.RELEASED)))
    assert active.out == []
    active.answer(A.ALIVE)
    active.put(i.Answered(active.now, active.day, "cad", active.asked[0].attempt, Answer(A.RELEASED)))
    assert active.state is LicenseState.ACTIVE


@pytest.mark.parametrize("days", [20, -20])
def test_use_asks_at_once_where_an_answer_would_cure(active, days):
    active.use()
    active.answer(A.ALIVE, server=active.now)
    true = active.now
    active.wait(days=days).use()
    assert active.state is (LicenseState.GRACE_OVER if days > 0 else LicenseState.CLOCK_SUSPECT)
    assert QUERY in active.questions or active.asked[-1].question is Question.REPORT_USE
    if not active.questions:
        active.answer(A.DONE)
    active.answer(A.ALIVE, server=true)
    assert active.state is LicenseState.ACTIVE


def test_refusals_stop_new_work_and_renewal_restores_it(active):
    active.use()
    active.answer(A.EXPIRED, server=active.now)
    changed = active.only(e.Changed)
    assert changed.announce
    assert changed.verdict.state is LicenseState.EXPIRED
    assert (changed.verdict.allowed.new_save, changed.verdict.allowed.opened_save) == (False, True)
    assert active.timers == {"license:cad:until": 15 * DAY_S}
    active.wait(3600).use()
    assert active.questions == []
    token = active.refresh()
    active.answer(A.ALIVE)
    assert active.answered == [token]
    assert active.state is LicenseState.ACTIVE


# notices and effects
def test_each_notice_is_announced_once_and_over_restarts(active):
    active.use()
    active.answer(A.FAILED)
    record, announced = active.record, []
    for _ in range(400):
        scene = LicenseScene(active.now).load(record)
        for _ in range(2):
            announced += [
                (change.verdict.notice.id, change.verdict.notice.params.get("days"))
                for change in scene.out
                if isinstance(change, e.Changed) and change.announce and change.verdict.notice
            ]
            scene.use()
        record = scene.record
        active.wait(3600)
    assert announced == [
        ("license.graceEndsIn", "7"),
        ("license.graceEndsIn", "3"),
        ("license.graceEndsTomorrow", None),
        ("license.graceOver", None),
    ]


def test_a_timer_brings_the_change_when_the_grace_ends(active):
    changes = []
    active.use()
    active.answer(A.FAILED)
    for _ in range(12):
        at = max(active.timers.get("license:cad:until", 0.0), 0.0)
        if not at:
            break
        active.wait(at).timer("until")
        changes += [(round((active.now - T0) / DAY_S), active.state) for _ in [0] if active.has(e.Changed)]
    assert changes == [
        (7, LicenseState.OFFLINE_GRACE),
        (11, LicenseState.OFFLINE_GRACE),
        (13, LicenseState.OFFLINE_GRACE),
        (14, LicenseState.GRACE_OVER),
        (29, LicenseState.GRACE_OVER),
    ]


def test_a_timer_that_comes_too_early_is_set_again(active):
    active.use()
    active.answer(A.FAILED)
    pause = active.timers["license:cad:retry"]
    active.timer()
    assert active.questions == []
    assert active.timers == {"license:cad:retry": pause}


def test_the_record_comes_before_everything_that_follows_from_it(active):
    active.use()
    assert [type(effect) for effect in active.out] == [e.WriteRecord, e.Changed, e.LookAtMachine, e.Ask]
    assert active.record.generation == 6
    active.answer(A.ALIVE)
    assert isinstance(active.out[0], e.WriteRecord)
    assert active.record.generation == 7


# people
def test_people_who_ask_share_one_question_and_a_failure_is_no_error(active):
    first = active.refresh()
    assert active.only(e.Ask).by_person
    second = active.refresh()
    assert active.questions == []
    active.answer(A.FAILED, error="ISCB-STORE-UNREACHABLE")
    assert active.answered == [first, second]
    assert active.state is LicenseState.OFFLINE_GRACE


def test_a_person_is_answered_by_the_question_that_is_under_way(active):
    active.use()
    token = active.refresh()
    assert active.questions == []
    active.answer(A.ALIVE)
    assert active.answered == [token]


def test_a_usage_report_does_not_answer_a_person(active):
    active.use()
    active.answer(A.ALIVE)
    token = active.refresh()
    active.answer(A.DONE)
    assert active.answered == []
    assert active.questions == [QUERY]
    active.answer(A.ALIVE)
    assert active.answered == [token]


def test_where_there_is_nothing_to_ask_people_are_answered_at_once(scene):
    scene.load()
    assert scene.refresh() in scene.answered
    desk = LicenseScene(authority="desk").load()
    assert desk.refresh() in desk.answered


@pytest.mark.parametrize("kind", [i.ActivateRequested, i.RefreshRequested, i.DeactivateRequested])
def test_a_product_that_nobody_manages_is_answered(kind):
    effects = Licenses().handle(kind(T0, DAY_0, "nobody", 3))
    assert effects == [e.AnswerError("nobody", 3, ErrorInfo("ISCB-LIC-NO-POLICY", {"product": "nobody"}))]


def test_other_inputs_of_a_product_that_nobody_manages_do_nothing():
    licenses = Licenses()
    for event in (
        i.Used(T0, DAY_0, "nobody"),
        i.MachineSeen(T0, DAY_0, "nobody", Machine.OTHER, "x"),
        i.CodeKept(T0, DAY_0, "nobody", 1),
        i.Answered(T0, DAY_0, "nobody", 1, Answer(A.ALIVE)),
        i.Delivered(T0, DAY_0, "nobody", valid=True),
        *(i.TimerFired(T0, DAY_0, key) for key in ("", ":", "license:", "license:nobody:retry", "job:license:nobody")),
        i.Input(T0, DAY_0),
    ):
        assert licenses.handle(event) == []
    assert licenses.verdict("nobody", T0) is licenses.record("nobody") is licenses.failure("nobody") is None
    assert licenses.products() == []
    assert not licenses.checking("nobody")


def test_a_product_s_name_may_hold_colons():
    licenses = Licenses()
    licenses.handle(i.Loaded(T0, DAY_0, "a:b:retry", LicensePolicy("a:b:retry"), a_record(product="a:b:retry")))
    asked = licenses.handle(i.Used(T0 + DAY_S, DAY_0 + 1, "a:b:retry"))
    attempt = next(effect.attempt for effect in asked if isinstance(effect, e.Ask))
    out = licenses.handle(i.Answered(T0 + DAY_S, DAY_0 + 1, "a:b:retry", attempt, Answer(A.FAILED)))
    key = next(effect.key for effect in out if isinstance(effect, e.SetTimer) and effect.key.endswith(":retry"))
    out = licenses.handle(i.TimerFired(T0 + DAY_S + 76, DAY_0 + 1, key))
    assert any(isinstance(effect, e.Ask) for effect in out)


# taking it off
def test_a_licence_is_taken_off_and_opened_files_are_saved_for_15_days(active):
    token = active.deactivate()
    assert active.answered == [token]
    assert active.only(e.ForgetCode) == e.ForgetCode("cad", pending=False)
    assert active.state is LicenseState.NOT_ACTIVATED
    assert active.verdict.opened_before == active.now
    again = LicenseScene(active.now).load(active.record)
    assert again.verdict == active.verdict
    active.wait(days=15).use()
    assert not active.verdict.allowed.opened_save
    assert active.asked == []


def test_taking_off_a_restricted_licence_does_not_begin_the_15_days_anew(active):
    active.wait(days=20)
    assert active.state is LicenseState.GRACE_OVER
    active.deactivate()
    assert active.verdict.since == T0 + 14 * DAY_S


def test_an_answer_about_a_code_that_was_taken_off_means_nothing(active):
    active.use()
    waiting = active.refresh()
    token = active.deactivate()
    assert active.answered == [waiting, token]
    assert not active.licenses.checking("cad")
    active.type_code()
    active.kept()
    assert active.questions == []  # one question at a time
    active.put(i.Answered(active.now, active.day, "cad", active.asked[0].attempt, Answer(A.ALIVE)))
    assert active.state is LicenseState.NOT_ACTIVATED
    assert active.questions == [ACTIVATE]


def test_a_deactivation_that_a_crash_cut_short_is_finished(scene):
    scene.load(LicenseRecord("cad", refused_since=T0), has_code=True)
    assert scene.has(e.ForgetCode)
    assert scene.asked == []


def test_taking_off_nothing_is_answered(scene):
    scene.load()
    assert scene.deactivate() in scene.answered
    assert not scene.has(e.WriteRecord)


# the machine
def test_a_changed_card_is_remembered_and_says_nothing(active):
    active.seen(Machine.CHANGED, "dev2")
    assert active.only(e.WriteRecord).record.device == "dev2"
    assert active.state is LicenseState.ACTIVE
    assert not active.has(e.Changed)


def test_another_machine_has_to_be_bound_anew_by_a_person(active):
    active.seen(Machine.OTHER, "elsewhere")
    assert active.state is LicenseState.MACHINE_CHANGED
    active.use()
    active.answer(A.ALIVE)
    assert active.state is LicenseState.MACHINE_CHANGED
    assert active.questions == []  # no usage is reported for it
    token = active.type_code("")
    assert active.questions == [QUERY]
    active.answer(A.ALIVE)
    assert active.answered == [token]
    assert (active.state, active.record.device) == (LicenseState.ACTIVE, "elsewhere")


@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        (A.FAILED, "ISCB-STORE-UNREACHABLE", "ISCB-STORE-UNREACHABLE"),
        (A.FAILED, "", "ISCB-LIC-NO-ANSWER"),
        (A.RELEASED, "", "ISCB-LIC-RELEASED"),
        (A.NO_SUCH_CODE, "ISCB-STORE-NO-SUCH-CODE", "ISCB-STORE-NO-SUCH-CODE"),
    ],
)
def test_binding_anew_can_fail(active, kind, error, code):
    active.seen(Machine.OTHER, "elsewhere")
    token = active.type_code("")
    active.answer(kind, error=error)
    assert active.errors == {token: code}
    assert active.record.device == "dev"


def test_binding_shares_the_question_under_way_and_excludes_other_requests(active):
    active.use()
    first = active.type_code("")
    assert active.questions == []
    second, third = active.type_code(), active.last_token
    assert active.errors == {second: "ISCB-LIC-BUSY"}
    third = active.deactivate()
    assert active.errors == {third: "ISCB-LIC-BUSY"}
    active.answer(A.ALIVE)
    assert active.answered == [first]


def test_the_old_machine_again_ends_it(active):
    active.seen(Machine.OTHER, "elsewhere")
    active.seen(Machine.SAME, "dev")
    assert active.state is LicenseState.ACTIVE
    assert active.record.other_since is None


def test_a_look_with_another_salt_says_nothing(active):
    active.seen(Machine.OTHER, "elsewhere", "another")
    assert active.state is LicenseState.ACTIVE
    assert active.out == []


# delivered licences
def test_a_delivered_licence_needs_no_code_and_no_question():
    desk = LicenseScene(authority="desk").load()
    desk.seen(Machine.UNKNOWN)
    desk.deliver(expires=T0 + 40 * DAY_S)
    assert desk.only(e.WriteRecord).record.device == "dev"
    for _ in range(39):
        assert desk.state is LicenseState.ACTIVE
        desk.wait(days=1).use()
    desk.wait(days=1).timer("until")
    assert desk.only(e.Changed).verdict.state is LicenseState.EXPIRED
    desk.deliver(expires=T0 + 400 * DAY_S)
    assert desk.state is LicenseState.ACTIVE
    assert desk.asked == []
    token = desk.deactivate()
    assert desk.answered == [token]
    assert desk.state is LicenseState.NOT_ACTIVATED


def test_a_delivered_licence_that_is_not_valid_is_refused_with_its_reason():
    desk = LicenseScene(authority="desk").load()
    desk.deliver(valid=False, error=BROKEN)
    assert (desk.state, desk.verdict.error) == (LicenseState.REFUSED, BROKEN)


def test_no_code_can_be_typed_for_a_delivered_licence():
    desk = LicenseScene(authority="desk").load()
    assert desk.errors == {}
    token = desk.type_code()
    assert desk.errors == {token: "ISCB-LIC-BY-DESK"}


def test_a_code_counts_more_than_a_delivery(active):
    active.deliver(valid=False, error=BROKEN)
    assert active.out == []
    assert active.state is LicenseState.ACTIVE


def test_a_policy_can_change_while_the_bridge_runs(active):
    active.policy = LicensePolicy("cad", grace_days=30)
    active.load(a_record(word=Word.EXPIRED))
    active.wait(days=20)
    assert active.state is LicenseState.ACTIVE
    assert active.verdict.until == T0 + 30 * DAY_S
