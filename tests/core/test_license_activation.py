"""A code's way in: kept as pending, activated, settled by a query. Replies get lost, bridges crash, people hurry."""

from __future__ import annotations

import pytest

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing import effects as e
from iscbridge.core.licensing import inputs as i
from iscbridge.core.licensing.effects import Question
from iscbridge.core.licensing.model import DAY_S, Answer, AnswerKind, LicenseRecord, LicenseState, Machine, Word
from support.license_scene import MASKED, T0, LicenseScene, a_record

A = AnswerKind
QUERY, ACTIVATE = (Question.QUERY, False), (Question.ACTIVATE, True)
QUERY_PENDING = (Question.QUERY, True)
NEW = "NE****002"
UNREACHABLE = "ISCB-STORE-UNREACHABLE"


@pytest.fixture
def scene() -> LicenseScene:
    scene = LicenseScene().load()
    scene.seen(Machine.UNKNOWN)
    return scene


@pytest.fixture
def active() -> LicenseScene:
    """A good licence; another code is going to be typed."""
    scene = LicenseScene().load(a_record())
    scene.seen()
    return scene


def typed(scene: LicenseScene, masked: str = NEW) -> int:
    token = scene.type_code(masked)
    scene.kept()
    return token


def restarted(scene: LicenseScene, **fields: object) -> LicenseScene:
    return LicenseScene(scene.now).load(scene.record, **fields)


def test_a_code_is_kept_before_it_is_sent_and_promoted_when_it_is_alive(scene):
    token = scene.type_code()
    assert scene.only(e.KeepCode).token == token
    assert scene.asked == []
    assert scene.only(e.Changed).checking
    scene.kept()
    kinds = [type(effect) for effect in scene.out]
    assert kinds.index(e.WriteRecord) < kinds.index(e.Ask)
    assert (scene.record.pending, scene.record.masked_code) == (True, "")
    assert scene.questions == [ACTIVATE]
    assert scene.only(e.Ask).by_person
    scene.answer(A.DONE)
    assert scene.questions == [QUERY_PENDING]
    assert scene.state is LicenseState.NOT_ACTIVATED
    scene.answer(A.ALIVE, server=T0, expires=T0 + 400 * DAY_S)
    kinds = [type(effect) for effect in scene.out]
    assert kinds.index(e.WriteRecord) < kinds.index(e.PromoteCode) < kinds.index(e.Changed)
    assert scene.answered == [token]
    assert scene.state is LicenseState.ACTIVE
    record = scene.record
    assert (record.masked_code, record.pending, record.device, record.salt) == (MASKED, False, "dev", "salt")


def test_the_first_use_after_it_reports_and_does_not_ask_again(scene):
    typed(scene)
    scene.answer(A.DONE)
    scene.answer(A.ALIVE)
    scene.use()
    assert scene.questions == [(Question.REPORT_USE, False)]


def test_a_code_that_is_active_already_is_settled_by_a_query(scene):
    token = typed(scene)
    scene.answer(A.ILLEGAL_STATE, error="ISCB-STORE-ILLEGAL-STATE")
    assert scene.questions == [QUERY_PENDING]
    scene.answer(A.ALIVE)
    assert scene.answered == [token]


@pytest.mark.parametrize("kind", [A.NO_SUCH_CODE, A.NOT_RECEIVED, A.NOT_ACTIVATED])
def test_a_code_that_is_refused_is_forgotten_and_the_former_licence_stays(active, kind):
    before = active.verdict
    token = typed(active)
    active.answer(kind, error="ISCB-STORE-ANY")
    assert active.errors == {token: "ISCB-STORE-ANY"}
    assert active.only(e.ForgetCode) == e.ForgetCode("cad", pending=True)
    assert active.verdict == before
    assert active.record.masked_code == MASKED
    assert not active.record.pending


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (A.EXPIRED, "ISCB-LIC-EXPIRED-NO-URL"),
        (A.RELEASED, "ISCB-LIC-RELEASED"),
        (A.FROZEN, "ISCB-LIC-FROZEN-NO-URL"),
        (A.NO_SUCH_CODE, "ISCB-LIC-REFUSED"),
        (A.NOT_RECEIVED, "ISCB-LIC-REFUSED"),
    ],
)
def test_a_code_that_has_ended_is_refused(active, kind, code):
    token = typed(active)
    active.answer(A.ILLEGAL_STATE)
    active.answer(kind)
    assert active.errors == {token: code}
    assert active.state is LicenseState.ACTIVE


def test_a_lost_reply_is_settled_by_a_query(scene):
    token = typed(scene)
    scene.answer(A.FAILED, error=UNREACHABLE)
    assert (scene.questions, scene.errors) == ([QUERY_PENDING], {})
    scene.answer(A.ALIVE)
    assert scene.answered == [token]


def test_what_stays_open_is_said_and_settled_by_itself(scene):
    token = typed(scene)
    scene.answer(A.FAILED, error=UNREACHABLE)
    scene.answer(A.FAILED, error=UNREACHABLE)
    assert scene.errors == {token: "ISCB-LIC-ACTIVATION-OPEN"}
    assert (scene.state, scene.verdict.hopeful) == (LicenseState.NOT_ACTIVATED, True)
    assert not scene.has(e.ForgetCode)
    for minutes in (1, 5, 15, 60):
        pause = scene.timers["license:cad:retry"]
        assert 0.75 * minutes * 60 <= pause <= 1.25 * minutes * 60 + 1
        scene.wait(pause).timer()  # nobody uses anything: it is settled all the same
        assert scene.questions == [QUERY_PENDING]
        scene.answer(A.FAILED, error=UNREACHABLE)
    scene.wait(scene.timers["license:cad:retry"]).timer()
    scene.answer(A.ALIVE)
    assert scene.state is LicenseState.ACTIVE
    assert scene.record.masked_code == NEW
    assert scene.has(e.PromoteCode)


def test_nobody_is_asked_for_a_code_again_that_is_not_settled(scene):
    typed(scene)
    scene.answer(A.FAILED, error=UNREACHABLE)
    scene.answer(A.FAILED, error=UNREACHABLE)
    assert scene.verdict.error.code == "ISCB-LIC-ACTIVATION-OPEN"
    assert scene.verdict.notice is None
    again = restarted(scene, has_pending_code=True)
    assert again.verdict.error.code == "ISCB-LIC-ACTIVATION-OPEN"
    again.answer(A.NO_SUCH_CODE)
    assert again.verdict.error.code != "ISCB-LIC-ACTIVATION-OPEN"
    assert again.verdict.notice.id == "license.notActivated"


@pytest.mark.parametrize("code", ["ISCB-LIC-NO-AUTHORITY", "ISCB-STORE-NO-KEYS"])
def test_where_there_is_nobody_to_ask_the_person_hears_it(scene, code):
    token = typed(scene)
    scene.answer(A.FAILED, error=code)
    scene.answer(A.FAILED, error=code)
    assert scene.errors == {token: code}
    assert not scene.has(e.ForgetCode)


def test_a_number_of_seats_that_is_not_known_is_said_and_asked_again_soon(scene):
    token = typed(scene)
    scene.answer(A.FAILED, error="ISCB-RELAY-SEATS-OPEN")
    scene.answer(A.FAILED, error="ISCB-RELAY-SEATS-OPEN")
    assert scene.errors == {token: "ISCB-RELAY-SEATS-OPEN"}
    assert not scene.has(e.ForgetCode)
    pause = scene.timers["license:cad:retry"]
    assert pause <= 76
    scene.wait(pause).timer()
    scene.answer(A.ALIVE)
    assert scene.state is LicenseState.ACTIVE


def test_what_stays_open_is_settled_after_a_restart(scene):
    typed(scene)
    again = restarted(scene, has_pending_code=True)
    assert again.questions == [QUERY_PENDING]
    assert not again.only(e.Ask).by_person
    again.answer(A.ALIVE)
    assert again.record.masked_code == NEW
    assert again.state is LicenseState.ACTIVE


def test_an_activation_that_did_not_arrive_is_sent_once_more(scene):
    typed(scene)
    scene.answer(A.FAILED)
    scene.answer(A.NOT_ACTIVATED)
    assert scene.questions == [ACTIVATE]
    scene.answer(A.DONE)
    assert scene.questions == [QUERY_PENDING]
    scene.answer(A.NOT_ACTIVATED, error="ISCB-STORE-NOT-ACTIVATED")
    assert scene.errors == {1: "ISCB-STORE-NOT-ACTIVATED"}
    assert scene.questions == []
    assert scene.has(e.ForgetCode)


def test_an_activation_that_can_t_get_through_stays_open(scene):
    """The store can be asked, and every activation is lost: not refused, and not sent without end."""
    token = typed(scene)
    scene.answer(A.FAILED)
    scene.answer(A.NOT_ACTIVATED)
    scene.answer(A.FAILED)
    scene.answer(A.NOT_ACTIVATED)
    assert scene.errors == {token: "ISCB-LIC-ACTIVATION-OPEN"}
    assert scene.questions == []
    scene.wait(scene.timers["license:cad:retry"]).timer()
    scene.answer(A.NOT_ACTIVATED)
    assert scene.questions == [ACTIVATE]


def test_an_accepted_activation_counts_even_if_nobody_can_be_asked_now(scene):
    token = typed(scene)
    scene.answer(A.DONE, server=T0)
    scene.wait(120)
    scene.answer(A.FAILED, error=UNREACHABLE)
    assert scene.answered == [token]
    assert scene.state is LicenseState.OFFLINE_GRACE
    assert scene.record.word_at == T0
    assert scene.verdict.until == T0 + 7 * DAY_S
    assert scene.has(e.PromoteCode)
    assert not scene.wait(days=14 - 120 / DAY_S).verdict.allowed.new_save


def test_a_client_that_stopped_is_not_asked_at_once(scene):
    token = typed(scene)
    scene.answer(A.FAILED, error="ISCB-STORE-AUTH-STOPPED")
    assert (scene.questions, scene.errors) == ([], {token: "ISCB-LIC-ACTIVATION-OPEN"})


def test_one_activation_at_a_time(scene):
    first, second = scene.type_code(), scene.last_token + 1
    keep = scene.only(e.KeepCode)
    assert scene.type_code("XY****009") == second
    assert scene.errors == {second: "ISCB-LIC-BUSY"}
    third = scene.deactivate()
    assert scene.errors == {third: "ISCB-LIC-BUSY"}
    scene.put(i.CodeKept(scene.now, scene.day, "cad", keep.attempt))
    scene.answer(A.DONE)
    scene.answer(A.ALIVE)
    assert scene.answered == [first]


def test_a_new_code_takes_the_place_of_one_that_stays_open(scene):
    typed(scene)
    scene.answer(A.FAILED)
    scene.answer(A.FAILED)
    scene.wait(3600).timer()
    assert scene.questions == [QUERY_PENDING]
    old = scene.asked[-1]
    token = typed(scene, "XY****009")
    assert scene.questions == []  # the old question is still under way
    scene.put(i.Answered(scene.now, scene.day, "cad", old.attempt, Answer(A.ALIVE)))
    assert scene.state is LicenseState.NOT_ACTIVATED
    assert scene.questions == [ACTIVATE]
    scene.answer(A.DONE)
    scene.answer(A.ALIVE)
    assert scene.answered == [token]
    assert scene.record.masked_code == "XY****009"


def test_a_secret_store_that_can_t_take_the_code_is_said(active):
    token = active.type_code(NEW)
    active.kept(ErrorInfo("ISCB-SECRET-LOCKED"))
    assert active.errors == {token: "ISCB-SECRET-LOCKED"}
    assert active.asked == []
    assert not active.record.pending
    assert active.state is LicenseState.ACTIVE


def test_a_code_that_stays_open_survives_one_that_could_not_be_kept(scene):
    typed(scene)
    scene.answer(A.FAILED)
    scene.answer(A.FAILED)
    scene.type_code("XY****009")
    scene.kept(ErrorInfo("ISCB-SECRET-LOCKED"))
    assert scene.questions == [QUERY_PENDING]
    scene.answer(A.ALIVE)
    assert scene.record.masked_code == NEW


def test_a_word_about_another_keeping_is_ignored(scene):
    scene.type_code()
    scene.put(i.CodeKept(scene.now, scene.day, "cad", 999))
    assert scene.out == []


def test_the_former_licence_goes_on_while_another_code_is_open(active):
    typed(active)
    active.answer(A.FAILED)
    active.answer(A.FAILED)
    active.wait(days=1).use()
    assert QUERY_PENDING in active.questions or QUERY in active.questions
    for _ in range(2):
        active.answer(A.FAILED if active.asked[-1].pending else A.ALIVE)
    assert {(ask.question, ask.pending) for ask in active.asked} >= {QUERY, QUERY_PENDING}
    assert active.state is LicenseState.ACTIVE
    assert active.record.masked_code == MASKED


def test_people_who_ask_meanwhile_are_answered_with_it(scene):
    activating = scene.type_code()
    keep = scene.only(e.KeepCode)
    asking = scene.refresh()
    scene.put(i.CodeKept(scene.now, scene.day, "cad", keep.attempt))
    scene.answer(A.DONE)
    scene.answer(A.ALIVE)
    assert sorted(scene.answered) == [activating, asking]


@pytest.mark.parametrize("end", [A.FAILED, A.NO_SUCH_CODE])
def test_people_who_ask_meanwhile_are_answered_if_it_comes_to_nothing(scene, end):
    typed(scene)
    asking = scene.refresh()
    scene.answer(A.ILLEGAL_STATE)
    scene.answer(end)
    assert scene.answered == [asking]


def test_a_person_may_press_for_what_stays_open(scene):
    typed(scene)
    scene.answer(A.FAILED)
    scene.answer(A.FAILED)
    token = scene.refresh()
    assert scene.questions == [QUERY_PENDING]
    assert scene.only(e.Ask).by_person
    scene.answer(A.FAILED)
    assert scene.answered == [token]
    binding = scene.type_code("")
    assert scene.questions == [QUERY_PENDING]
    scene.answer(A.ALIVE)
    assert scene.answered == [binding]


def test_what_came_to_nothing_in_the_background_is_said_by_the_state(scene):
    typed(scene)
    again = restarted(scene, has_pending_code=True)
    again.answer(A.NO_SUCH_CODE, error="ISCB-STORE-NO-SUCH-CODE")
    assert again.verdict.error == ErrorInfo("ISCB-STORE-NO-SUCH-CODE")
    assert not again.verdict.hopeful
    assert again.has(e.ForgetCode)


def test_binding_needs_a_code(scene):
    token = scene.type_code("")
    assert scene.errors == {token: "ISCB-LIC-NOT-ACTIVATED"}


def test_a_promotion_that_a_crash_cut_short_is_made_up_for(scene):
    typed(scene)
    scene.answer(A.DONE)
    scene.answer(A.ALIVE)
    again = restarted(scene, has_pending_code=True)
    assert again.has(e.PromoteCode)
    assert again.asked == []
    assert again.state is LicenseState.ACTIVE


def test_a_crash_between_keeping_and_writing_does_not_promote_an_unsettled_code(scene):
    typed(scene)
    scene.answer(A.DONE)
    scene.answer(A.ALIVE)
    scene.type_code("XY****009")  # the record is written before the code is kept
    assert isinstance(scene.out[0], e.WriteRecord)
    again = restarted(scene, has_pending_code=True)
    assert not again.has(e.PromoteCode)
    assert again.questions == [QUERY_PENDING]
    again.answer(A.NO_SUCH_CODE)
    assert again.state is LicenseState.ACTIVE
    assert again.record.masked_code == NEW


def test_a_pending_code_beside_a_spoilt_record(scene):
    again = LicenseScene().load(None, trouble=ErrorInfo("ISCB-LIC-RECORD-EDITED"), has_code=True, has_pending_code=True)
    assert again.questions == [QUERY_PENDING]
    again.answer(A.NO_SUCH_CODE)
    assert again.questions == [QUERY]
    assert again.verdict.error == ErrorInfo("ISCB-LIC-RECORD-EDITED")
    again.answer(A.ALIVE)
    assert again.state is LicenseState.ACTIVE


def test_a_new_code_ends_a_refusal(active):
    active.wait(days=1).use()
    active.answer(A.RELEASED)
    typed(active)
    active.answer(A.DONE)
    active.answer(A.ALIVE)
    assert active.state is LicenseState.ACTIVE
    assert active.record.refused_since is None
    assert active.record.word is Word.ALIVE


def test_it_is_bound_to_this_machine_even_if_the_look_comes_late():
    scene = LicenseScene().load()
    typed(scene)
    scene.answer(A.DONE)
    scene.answer(A.ALIVE)
    assert scene.record.device == ""
    scene.seen(Machine.UNKNOWN, "dev")
    assert scene.record.device == "dev"


def test_a_look_at_the_former_binding_does_not_spoil_the_new_one(active):
    active.seen(Machine.OTHER, "elsewhere")
    typed(active)
    active.answer(A.DONE)
    active.answer(A.ALIVE)
    active.seen(Machine.OTHER, "elsewhere")  # compared before, told after
    assert active.state is LicenseState.ACTIVE


def test_the_blank_record_of_a_product_is_never_written(scene):
    for _ in range(20):
        scene.wait(days=0.3).use()
        assert not scene.has(e.WriteRecord)
    assert scene.record == LicenseRecord("cad", salt="salt", latest_seen=scene.now, used_day=scene.day)
