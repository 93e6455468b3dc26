"""Leases of a vendor's relay: trusted words with an end of their own, and the seat behind them."""

from __future__ import annotations

import pytest

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing import effects as e
from iscbridge.core.licensing import inputs as i
from iscbridge.core.licensing.effects import Question
from iscbridge.core.licensing.model import DAY_S, Answer, AnswerKind, LicenseRecord, LicenseState, Machine, Word
from support.license_scene import MASKED, T0, LicenseScene, a_record

A = AnswerKind
S = LicenseState
HOUR = 3600.0
TAKEN = ErrorInfo("ISCB-RELAY-SEATS-TAKEN", {"product": "cad"})
LOST = ErrorInfo("ISCB-LIC-RECORD-EDITED", {"product": "cad"})


def lease(kind: AnswerKind = A.ALIVE, at: float = T0, days: float = 14, **changes: object) -> Answer:
    fields = {
        "error": None if kind is A.ALIVE else TAKEN,
        "lease": f"lease of {at:.0f}",
        "next_check": at + min(1, days / 2) * DAY_S,
    }
    return Answer(kind, at, until=at + days * DAY_S, **{**fields, **changes})


def tell(scene: LicenseScene, answer: Answer) -> None:
    scene.put(i.Answered(scene.now, scene.day, "cad", scene.asked[-1].attempt, answer))


def leased(days: float = 14, grace_days: int = 14, **changes: object) -> LicenseScene:
    """A machine whose lease was renewed at T0."""
    scene = LicenseScene(authority="relay", grace_days=grace_days).load(a_record(), lease=None)
    scene.seen()
    scene.refresh()
    tell(scene, lease(days=days, **changes))
    return scene


def ask(scene: LicenseScene, event: type[i.Input], **fields: object) -> int:
    scene.last_token += 1
    scene.put(event(scene.now, scene.day, "cad", scene.last_token, **fields))
    return scene.last_token


@pytest.mark.parametrize(("days", "grace_days"), [(14, 1), (7, 14), (30, 14), (1 / 24, 30)])
def test_a_lease_holds_until_its_own_end_whatever_the_grace_is(days, grace_days):
    scene = leased(days, grace_days)
    scene.wait(days=days - 1 / DAY_S).use()
    scene.answer(A.FAILED, error="ISCB-RELAY-UNREACHABLE")
    assert (scene.state, scene.verdict.allowed.new_save) == (S.OFFLINE_GRACE, True)
    scene.wait(2).timer("until")
    assert (scene.state, scene.verdict.allowed.new_save) == (S.GRACE_OVER, False)


def test_no_lease_holds_longer_than_the_longest_grace():
    scene = leased(days=300)
    assert scene.wait(days=29.9).state is S.ACTIVE
    assert scene.wait(days=0.2).state is S.GRACE_OVER


def test_the_clock_s_rules_hold_for_leases_too():
    scene = leased()
    scene.wait(days=5).use()
    scene.answer(A.FAILED)
    assert scene.wait(days=-3).state is S.CLOCK_SUSPECT


def test_notices_count_to_the_end_of_the_lease():
    scene = leased(days=5, grace_days=2)
    scene.wait(days=2.5).use()
    scene.answer(A.FAILED)
    notice = scene.verdict.notice
    assert notice is not None
    assert (notice.id, notice.params["days"], scene.verdict.days_left) == ("license.graceEndsIn", "3", 3)


def test_who_works_renews_a_short_lease_and_who_does_not_leaves_it():
    scene = leased(days=1 / 24, next_check=T0 + 1200)
    scene.wait(1300).timer("until")
    assert scene.questions == []
    scene.use()
    assert scene.questions == [(Question.QUERY, False)]
    tell(scene, lease(at=scene.now, days=1 / 24, next_check=scene.now + 1200))
    scene.use()
    assert (Question.QUERY, False) not in scene.questions
    scene.wait(2 * HOUR)
    assert scene.state is S.GRACE_OVER
    scene.use()
    assert scene.questions == [(Question.QUERY, False)]
    assert scene.verdict.hopeful, "a save waits for the answer"


def test_a_renewal_that_fails_is_tried_again_by_the_rhythm():
    scene = leased(days=1, next_check=T0 + 1200)
    scene.wait(1300).use()
    scene.answer(A.FAILED)
    scene.use()
    assert scene.questions == []
    scene.wait(80).use()
    assert scene.questions == [(Question.QUERY, False)]


def test_a_refusal_is_a_word_and_the_next_lease_ends_it():
    scene = leased()
    scene.refresh()
    tell(scene, lease(A.NO_SUCH_CODE, days=1, next_check=T0 + HOUR))
    assert (scene.state, scene.verdict.error) == (S.REFUSED, TAKEN)
    scene.wait(1.5 * HOUR).use()
    tell(scene, lease(at=scene.now))
    assert scene.state is S.ACTIVE


class TestTheKeptLease:
    """What it is worth at the next start."""

    def kept(self, scene: LicenseScene, answer: Answer | None, record: LicenseRecord | None = None) -> LicenseScene:
        started = LicenseScene(scene.now, authority="relay")
        trouble = LOST if record is None else None
        started.load(record, lease=answer, trouble=trouble, has_code=True)
        return started

    def test_it_makes_up_for_a_lost_record(self):
        old = leased(days=7).wait(days=3)
        scene = self.kept(old, lease(days=7))
        assert (scene.state, scene.record.lease) == (S.ACTIVE, lease().lease)
        assert scene.only(e.WriteRecord).record.lease_until == T0 + 7 * DAY_S
        assert scene.wait(days=4.1).state is S.GRACE_OVER

    @pytest.mark.parametrize("kind", [A.NO_SUCH_CODE, A.FROZEN, A.EXPIRED, A.RELEASED])
    def test_a_refusal_stays_one_without_its_record(self, kind):
        scene = self.kept(leased().wait(days=3), lease(kind))
        assert not scene.verdict.allowed.new_save
        assert scene.verdict.since == T0

    def test_one_of_the_past_is_none(self):
        assert self.kept(leased(days=2).wait(days=3), lease(days=2)).state is S.GRACE_OVER

    def test_one_of_the_future_is_for_a_clock_that_was_put_back(self):
        assert self.kept(leased().wait(days=-3), lease()).state is S.CLOCK_SUSPECT

    def test_without_it_a_lost_record_is_what_it_was(self):
        scene = self.kept(leased(), None)
        assert (scene.state, scene.verdict.error) == (S.GRACE_OVER, LOST)
        assert not scene.has(e.WriteRecord)

    def test_without_a_code_it_is_nothing(self):
        scene = LicenseScene(authority="relay").load(None, lease=lease(), trouble=LOST, has_code=False)
        assert scene.state is S.NOT_ACTIVATED

    def test_one_whose_key_was_withdrawn_leaves_the_grace(self):
        old = leased(days=30)
        scene = self.kept(old, None, old.record)
        assert (scene.record.lease, scene.record.lease_until) == ("", None)
        assert scene.wait(days=13.9).state is S.ACTIVE
        assert scene.wait(days=0.2).state is S.GRACE_OVER

    def test_a_record_that_could_not_be_verified_counts_with_its_lease(self):
        old = leased(days=3)
        scene = LicenseScene(old.now, authority="relay").load(old.record, unverified=True)
        assert scene.record.lease_until == T0 + 3 * DAY_S

    def test_a_store_s_word_takes_its_place(self):
        scene = leased()
        scene.refresh()
        scene.answer(A.ALIVE, server=T0)
        assert (scene.record.lease, scene.record.lease_until, scene.record.next_check) == ("", None, None)


class TestTheSeat:
    def test_it_is_given_back_by_the_relay_and_then_here(self):
        scene = leased()
        token = ask(scene, i.ReleaseRequested)
        assert scene.questions == [(Question.RELEASE, False)]
        assert scene.only(e.Ask).by_person
        scene.answer(A.DONE, server=T0)
        assert scene.answered == [token]
        assert (scene.state, scene.record.masked_code, scene.record.lease) == (S.NOT_ACTIVATED, "", "")
        assert not scene.only(e.ForgetCode).pending

    def test_without_an_answer_nothing_changes(self):
        scene = leased()
        before = scene.record
        token = ask(scene, i.ReleaseRequested)
        scene.answer(A.FAILED, error="ISCB-RELAY-UNREACHABLE")
        assert scene.errors == {token: "ISCB-RELAY-UNREACHABLE"}
        assert (scene.state, scene.record) == (S.ACTIVE, before)
        ask(scene, i.ReleaseRequested)
        assert scene.questions == [(Question.RELEASE, False)], "it can be tried again"

    def test_it_waits_for_the_question_that_is_under_way(self):
        scene = leased()
        scene.refresh()
        token = ask(scene, i.ReleaseRequested)
        assert scene.questions == []
        tell(scene, lease())
        assert scene.questions == [(Question.RELEASE, False)]
        assert ask(scene, i.DeactivateRequested) in scene.errors, "one thing at a time"
        scene.answer(A.DONE)
        assert token in scene.answered

    @pytest.mark.parametrize(
        ("authority", "record", "code"),
        [("store", a_record(), "ISCB-LIC-NO-SEAT"), ("relay", None, "ISCB-LIC-NOT-ACTIVATED")],
    )
    def test_there_must_be_one(self, authority, record, code):
        scene = LicenseScene(authority=authority).load(record)
        token = ask(scene, i.ReleaseRequested)
        assert scene.errors == {token: code}

    def test_a_code_that_takes_a_seat_over_is_settled_like_any_other(self):
        scene = LicenseScene(authority="relay").load()
        scene.seen(Machine.UNKNOWN)
        token = ask(scene, i.ActivateRequested, masked=MASKED, take_over=True)
        scene.kept()
        assert scene.questions == [(Question.TAKE_OVER, True)]
        tell(scene, lease())
        assert scene.questions == [(Question.QUERY, True)]
        tell(scene, lease())
        assert (scene.state, scene.answered) == (S.ACTIVE, [token])
        assert scene.record.lease_until == T0 + 14 * DAY_S

    def test_the_kept_code_takes_one_over(self):
        scene = leased()
        scene.refresh()
        tell(scene, lease(A.NO_SUCH_CODE))
        token = ask(scene, i.ActivateRequested, take_over=True)
        assert scene.questions == [(Question.TAKE_OVER, False)]
        tell(scene, lease())
        assert (scene.state, scene.answered) == (S.ACTIVE, [token])
        scene.refresh()
        assert scene.questions == [(Question.QUERY, False)]

    def test_a_take_over_that_was_refused_without_a_signature_takes_nothing_away(self):
        scene = leased()
        token = ask(scene, i.ActivateRequested, take_over=True)
        scene.answer(A.FAILED, error="ISCB-RELAY-TRANSFERS")
        assert (scene.state, scene.errors) == (S.OFFLINE_GRACE, {token: "ISCB-RELAY-TRANSFERS"})

    def test_the_store_has_none_to_take(self):
        scene = LicenseScene().load(a_record())
        token = ask(scene, i.ActivateRequested, masked=MASKED, take_over=True)
        assert scene.errors == {token: "ISCB-LIC-NO-SEAT"}
        assert scene.record.word is Word.ALIVE
