"""A record that can't be trusted: spoilt, unverified, lost. One good answer heals it."""

from __future__ import annotations

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing import effects as e
from iscbridge.core.licensing import inputs as i
from iscbridge.core.licensing.effects import Question
from iscbridge.core.licensing.model import DAY_S, AnswerKind, LicenseState
from support.license_scene import DAY_0, T0, LicenseScene, a_record

A = AnswerKind
QUERY, ACTIVATE, REPORT = (Question.QUERY, False), (Question.ACTIVATE, True), (Question.REPORT_USE, False)
QUERY_PENDING = (Question.QUERY, True)
BROKEN = ErrorInfo("ISCB-LIC-RECORD-EDITED", {"product": "cad"})
MINUTE = 60.0
OVER = a_record(word_at=T0 - 20 * DAY_S, latest_seen=T0 - DAY_S, checked_day=DAY_0 - 20, used_day=DAY_0 - 1)


def test_a_spoilt_record_is_asked_about_at_once_and_on_any_day(scene):
    scene.load(None, trouble=BROKEN, has_code=True)
    assert scene.questions == [QUERY]
    verdict = scene.verdict
    assert (verdict.state, verdict.hopeful, verdict.error) == (LicenseState.GRACE_OVER, True, BROKEN)
    assert verdict.allowed.opened_save
    assert not scene.has(e.WriteRecord)
    scene.answer(A.FAILED)
    assert scene.verdict.error == BROKEN
    scene.wait(scene.timers["license:cad:retry"]).timer()
    assert scene.questions == [QUERY]
    assert not scene.has(e.WriteRecord)
    scene.answer(A.ALIVE)
    assert scene.only(e.WriteRecord).record.masked_code == "****"
    assert scene.state is LicenseState.ACTIVE


def unverified(scene: LicenseScene) -> LicenseScene:
    again = LicenseScene(scene.now)
    again.load(scene.record, unverified=True)
    return again


def test_an_unverified_record_counts_and_gets_no_seal_before_a_trusted_answer(active):
    again = unverified(active)
    again.use()
    assert again.state is LicenseState.ACTIVE
    assert not again.has(e.WriteRecord)
    again.answer(A.FAILED)
    assert again.state is LicenseState.OFFLINE_GRACE
    assert not again.has(e.WriteRecord)
    again.wait(2 * MINUTE).timer()
    again.answer(A.ALIVE)
    assert again.only(e.WriteRecord).record.failures == 0


def test_a_code_that_is_typed_puts_no_seal_on_an_unverified_record(active):
    again = unverified(active)
    again.type_code()
    again.kept()
    assert again.record.pending
    assert not again.has(e.WriteRecord)


def test_a_record_that_turns_out_to_be_good_is_written_from_then_on(active):
    again = unverified(active)
    again.use()
    again.load(active.record)
    assert again.state is LicenseState.ACTIVE
    assert again.only(e.WriteRecord).record.used_day == again.day


def test_a_record_that_turns_out_to_be_edited_counts_no_more(active):
    again = unverified(active)
    assert again.verdict.allowed.new_save
    again.load(None, trouble=BROKEN, has_code=True)
    assert (again.state, again.verdict.error) == (LicenseState.GRACE_OVER, BROKEN)
    assert again.only(e.Changed).verdict.state is LicenseState.GRACE_OVER
    assert again.questions == [QUERY]
    assert not again.has(e.WriteRecord)


def test_a_verified_record_is_not_loaded_twice(active):
    active.load(None, trouble=BROKEN)
    assert active.state is LicenseState.ACTIVE


def test_a_code_that_only_the_secret_store_knows_is_found_when_it_opens(scene):
    scene.load(None, unverified=True)
    assert scene.state is LicenseState.NOT_ACTIVATED
    scene.load(None, has_code=True)
    assert scene.questions == [QUERY]


def test_a_code_that_was_settled_meanwhile_is_not_undone_by_an_older_record(scene):
    scene.load(None)
    scene.type_code()
    scene.kept()
    again = LicenseScene(scene.now)
    again.load(scene.record, unverified=True, has_pending_code=True)
    assert again.questions == [QUERY_PENDING]
    again.answer(A.ALIVE)
    assert again.has(e.PromoteCode)
    again.load(scene.record, has_pending_code=True)
    assert again.state is LicenseState.ACTIVE
    assert not again.record.pending
    assert again.questions == []


def test_a_spoilt_record_without_a_code_is_not_activated(scene):
    scene.load(None, trouble=BROKEN)
    assert scene.asked == []
    assert (scene.state, scene.verdict.error) == (LicenseState.NOT_ACTIVATED, BROKEN)
    assert scene.verdict.allowed.opened_save


def test_a_record_that_is_gone_while_its_code_is_there(scene):
    scene.load(None, has_code=True)
    assert scene.questions == [QUERY]
    assert scene.state is LicenseState.GRACE_OVER
    scene.answer(A.EXPIRED)
    assert scene.state is LicenseState.EXPIRED


def test_a_stopped_client_is_not_bothered_by_a_spoilt_record_before_the_next_day(scene):
    scene.load(None, trouble=BROKEN, has_code=True)
    scene.answer(A.FAILED, error="ISCB-STORE-AUTH-STOPPED")
    hours = 0.0
    while scene.questions != [QUERY]:
        pause = scene.timers["license:cad:retry"]
        hours += pause / 3600
        scene.wait(pause).timer()
    assert 16 <= hours <= 17.5  # it was eight in the morning


def over() -> LicenseScene:
    """Nobody was asked for too long, and the secret store does not open."""
    return LicenseScene().load(OVER, unverified=True)


class TestWhatIsDecidedBeforeTheSecretStoreOpens:
    """The record that is verified then was read before that was written: it is the older one."""

    def test_one_good_answer_stays_good(self):
        scene = over()
        assert scene.state is LicenseState.GRACE_OVER
        scene.refresh()
        scene.answer(A.ALIVE, server=scene.now)
        scene.load(OVER)
        assert scene.state is LicenseState.ACTIVE
        assert not scene.has(e.WriteRecord)

    def test_a_refusal_stays_one(self, active):
        again = unverified(active)
        again.refresh()
        again.answer(A.RELEASED, server=again.now)
        again.load(active.record)
        assert again.state is LicenseState.RELEASED

    def test_a_licence_that_was_taken_off_does_not_come_back(self, active):
        again = unverified(active)
        again.deactivate()
        again.load(active.record)
        assert (again.state, again.record.masked_code) == (LicenseState.NOT_ACTIVATED, "")

    def test_a_seat_that_was_given_back_is_not_used_on(self):
        record = a_record()
        scene = LicenseScene(authority="relay").load(record, unverified=True)
        scene.put(i.ReleaseRequested(scene.now, scene.day, "cad", 7))
        scene.answer(A.DONE, server=scene.now)
        scene.load(record)
        assert (scene.state, scene.record.masked_code) == (LicenseState.NOT_ACTIVATED, "")

    def test_a_delivered_licence_counts(self):
        scene = LicenseScene(authority="desk").load(None, unverified=True)
        scene.deliver(expires=scene.now + 1000)
        scene.load(None)
        assert scene.state is LicenseState.ACTIVE
