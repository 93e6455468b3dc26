"""What answers, looks at the machine and time change in a record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing import learn
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
from iscbridge.core.licensing.policy import judge, shown_dates
from support.license_scene import DAY_0, T0, a_record

POLICY = LicensePolicy("cad")
LATER = T0 + DAY_S
ERROR = ErrorInfo("ISCB-STORE-ANY", {"code": "1"})
SILENT = [kind for kind in AnswerKind if kind not in learn.WORDS]


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (AnswerKind.ALIVE, Word.ALIVE),
        (AnswerKind.EXPIRED, Word.EXPIRED),
        (AnswerKind.RELEASED, Word.RELEASED),
        (AnswerKind.FROZEN, Word.FROZEN),
        (AnswerKind.NO_SUCH_CODE, Word.REFUSED),
        (AnswerKind.NOT_ACTIVATED, Word.REFUSED),
    ],
)
def test_a_trusted_answer_is_the_word_from_now_on(kind, word):
    before = a_record(failing_since=T0 + 5, failures=4)
    after = learn.trusted(before, Answer(kind, LATER, error=ERROR), LATER + 7, DAY_0 + 1)
    alive = word is Word.ALIVE
    assert after == replace(
        before,
        word=word,
        word_at=LATER,
        latest_seen=LATER,
        offset=-7.0,
        failing_since=None,
        failures=0,
        checked_day=DAY_0 + 1,
        refused_since=None if alive else LATER,
        error=None if alive else ERROR,
    )


@pytest.mark.parametrize("kind", SILENT)
def test_an_answer_that_says_nothing_of_the_licence_changes_nothing(kind):
    record = a_record()
    assert learn.trusted(record, Answer(kind, LATER, error=ERROR), LATER, DAY_0 + 1) is record


def test_without_the_authority_s_time_ours_counts():
    after = learn.trusted(a_record(offset=100.0), Answer(AnswerKind.ALIVE), LATER, DAY_0 + 1)
    assert (after.word_at, after.latest_seen, after.offset) == (LATER + 100, LATER + 100, 100.0)
    nonsense = learn.trusted(a_record(), Answer(AnswerKind.ALIVE, float("nan"), float("inf")), LATER, DAY_0)
    assert (nonsense.word_at, nonsense.expires) == (LATER, None)


def test_the_first_refusal_counts_until_a_good_word():
    refused = learn.trusted(a_record(), Answer(AnswerKind.EXPIRED, T0 + 10), T0 + 10, DAY_0)
    again = learn.trusted(refused, Answer(AnswerKind.RELEASED, LATER), LATER, DAY_0 + 1)
    assert (again.word, again.refused_since) == (Word.RELEASED, T0 + 10)
    good = learn.trusted(again, Answer(AnswerKind.ALIVE, LATER), LATER, DAY_0 + 1)
    assert good.refused_since is None
    assert learn.trusted(good, Answer(AnswerKind.FROZEN, LATER + 9), LATER, DAY_0 + 1).refused_since == LATER + 9


def test_a_refusal_was_never_later_than_the_word_that_repeats_it():
    record = a_record(word=Word.EXPIRED, refused_since=T0 + 30 * DAY_S)
    assert learn.trusted(record, Answer(AnswerKind.EXPIRED, T0 + 5), T0 + 9, DAY_0).refused_since == T0 + 5


def test_the_term_is_as_told_last():
    record = a_record(expires=T0 + 9 * DAY_S)
    told = learn.trusted(record, Answer(AnswerKind.ALIVE, LATER, LATER + 400 * DAY_S), LATER, DAY_0)
    assert told.expires == LATER + 400 * DAY_S
    assert learn.trusted(record, Answer(AnswerKind.ALIVE, LATER), LATER, DAY_0).expires == T0 + 9 * DAY_S
    late = T0 + 10 * DAY_S
    assert learn.trusted(record, Answer(AnswerKind.ALIVE, late), late, DAY_0).expires is None


def test_a_failure_counts_and_changes_nothing_else():
    first = learn.failed(a_record(), T0 + 60)
    assert first == a_record(failing_since=T0 + 60, failures=1)
    assert learn.failed(first, T0 + 600) == a_record(failing_since=T0 + 60, failures=2)


@pytest.mark.parametrize("word", [word for word in Word if word is not Word.NONE])
def test_a_failure_never_changes_the_word(word):
    record = a_record(word=word, refused_since=T0)
    after = learn.failed(record, LATER)
    assert (after.word, after.word_at, after.refused_since, after.expires) == (word, T0, T0, None)


def test_time_is_seen_forward_only():
    record = a_record()
    assert learn.seen(record, LATER).latest_seen == LATER
    assert learn.seen(record, T0 - 3600) is record
    assert learn.seen(record, T0 - 30 * DAY_S) is record
    assert learn.seen(record, float("inf")) is record
    assert learn.seen(record, float("nan")) is record


@pytest.mark.parametrize("wrong_days", [-200, -9, -2, -0.5, 0.5, 2, 9, 200])
def test_a_clock_that_is_wrong_restricts_nobody_while_answers_come(wrong_days):
    """It is wrong from the first day, or becomes so: each answer sets the count right."""
    record = a_record()
    for day in range(1, 60):
        true = T0 + day * DAY_S
        now = true + (wrong_days * DAY_S if day > 20 else 0.0)
        record = learn.trusted(learn.seen(record, now), Answer(AnswerKind.ALIVE, true), now, DAY_0 + day)
        assert judge(record, POLICY, now).state is LicenseState.ACTIVE
        assert judge(record, POLICY, now + DAY_S).state is LicenseState.ACTIVE
    end = T0 + (59 + 14 + wrong_days) * DAY_S  # offline from here on, by the same wrong clock
    assert judge(record, POLICY, end - 5).allowed.new_save
    assert judge(record, POLICY, end + 5).state is LicenseState.GRACE_OVER


def test_a_fast_clock_that_is_set_right_offline_is_believed():
    true, fast = T0 + DAY_S, T0 + 21 * DAY_S
    record = learn.trusted(a_record(), Answer(AnswerKind.ALIVE, true), fast, DAY_0)
    record = learn.seen(record, fast + 3 * DAY_S)
    assert judge(record, POLICY, true + 3 * DAY_S).state is LicenseState.ACTIVE
    record = learn.seen(record, true + 3 * DAY_S)
    assert record.offset == 0.0
    assert judge(record, POLICY, true + 14 * DAY_S - 1).allowed.new_save
    assert judge(record, POLICY, true + 14 * DAY_S + 1).state is LicenseState.GRACE_OVER


@pytest.mark.parametrize("server", [T0 + 3 * DAY_S, None])
def test_an_online_answer_ends_the_doubt_about_the_clock(server):
    now = T0 + 3 * DAY_S
    record = a_record(latest_seen=T0 + 400 * DAY_S)
    assert judge(record, POLICY, now).state is LicenseState.CLOCK_SUSPECT
    after = learn.trusted(record, Answer(AnswerKind.ALIVE, server), now, DAY_0 + 3)
    assert judge(after, POLICY, now).state is LicenseState.ACTIVE
    assert judge(after, POLICY, now + 14 * DAY_S - 1).allowed.new_save
    assert not judge(after, POLICY, now + 14 * DAY_S).allowed.new_save


@pytest.mark.parametrize(
    ("machine", "bound", "seen", "device", "other"),
    [
        (Machine.SAME, "dev", "dev2", "dev", None),
        (Machine.CHANGED, "dev", "dev2", "dev2", None),
        (Machine.CHANGED, "dev", "", "dev", None),
        (Machine.UNKNOWN, "dev", "dev2", "dev", None),
        (Machine.UNKNOWN, "", "dev2", "dev2", None),
        (Machine.OTHER, "dev", "dev2", "dev", LATER),
    ],
)
def test_the_binding_follows_the_machine_but_not_to_another_one(machine, bound, seen, device, other):
    after = learn.machine_seen(a_record(device=bound), machine, seen, LATER)
    assert (after.device, after.other_since) == (device, other)


def test_the_first_look_at_another_machine_counts_and_the_old_machine_ends_it():
    other = learn.machine_seen(a_record(), Machine.OTHER, "x", LATER)
    assert learn.machine_seen(other, Machine.OTHER, "x", LATER + 999).other_since == LATER
    assert learn.machine_seen(other, Machine.SAME, "dev", LATER).other_since is None
    assert learn.bound(other, "x") == a_record(device="x", bound_at=other.word_at)


def test_a_delivered_licence_is_its_own_word():
    record = learn.delivered(LicenseRecord("cad"), T0, valid=True, expires=T0 + 9 * DAY_S, error=ERROR)
    assert (record.word, record.expires, record.error, record.delivered) == (Word.ALIVE, T0 + 9 * DAY_S, None, True)
    bad = learn.delivered(record, LATER, valid=False, expires=None, error=ERROR)
    assert (bad.word, bad.refused_since, bad.error) == (Word.REFUSED, LATER, ERROR)
    assert learn.delivered(bad, LATER + 5, valid=False, expires=None, error=ERROR).refused_since == LATER
    assert learn.delivered(bad, LATER + 5, valid=True, expires=None, error=None).refused_since is None


def test_the_same_delivered_licence_does_not_make_a_clock_good():
    record = learn.delivered(LicenseRecord("cad"), T0, valid=True, expires=T0 + 90 * DAY_S, error=None)
    record = learn.seen(record, T0 + 80 * DAY_S)
    same = learn.delivered(record, T0, valid=True, expires=T0 + 90 * DAY_S, error=None)
    assert judge(same, POLICY, T0).state is LicenseState.CLOCK_SUSPECT
    newer = learn.delivered(record, T0, valid=True, expires=T0 + 99 * DAY_S, error=None)
    assert judge(newer, POLICY, T0).state is LicenseState.ACTIVE
    behind = learn.delivered(record, T0 + 79.5 * DAY_S, valid=True, expires=T0 + 90 * DAY_S, error=None)
    assert behind.latest_seen == T0 + 80 * DAY_S


def test_a_licence_taken_off_leaves_what_opened_files_need():
    record = learn.deactivated(a_record(offset=5.0, failures=3, expires=LATER), T0 + 7)
    assert record == LicenseRecord(
        "cad", generation=5, refused_since=T0 + 7, latest_seen=T0, offset=5.0, used_day=DAY_0, salt="salt"
    )


def test_a_lost_record_s_time_is_set_right_by_the_first_answer():
    lost = LicenseRecord("cad", masked_code="****", refused_since=T0, latest_seen=T0)
    after = learn.trusted(lost, Answer(AnswerKind.EXPIRED, T0 - 50 * DAY_S + 60), T0 + 60, DAY_0)
    assert after.refused_since == T0 - 50 * DAY_S


def test_a_time_line_knows_when_it_was_bound_and_when_its_grace_ends():
    rule = LicensePolicy("cad", grace_days=10)
    bound = replace(learn.bound(a_record(), "x"), word_at=LATER)
    assert shown_dates(bound, rule, LATER) == (a_record().word_at, LATER + 10 * DAY_S)
    assert shown_dates(a_record(), rule, LATER)[0] is None, "bound before this was kept"
    assert shown_dates(replace(bound, offset=60.0), rule, LATER)[1] == LATER + 10 * DAY_S - 60.0


@pytest.mark.parametrize("changes", [{"word": Word.EXPIRED}, {"delivered": True}, {"word": Word.NONE}])
def test_what_was_refused_or_delivered_has_no_grace(changes):
    bound, grace = shown_dates(replace(learn.bound(a_record(), "x"), **changes), LicensePolicy("cad"), LATER)
    assert grace is None
    assert (bound is None) == (changes.get("word") is Word.NONE)
