"""The state that follows from a record, and what it allows: the table, its edges, and the clock."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.clock import reckon
from iscbridge.core.licensing.learn import seen
from iscbridge.core.licensing.model import (
    DAY_S,
    Allowed,
    LicensePolicy,
    LicenseRecord,
    LicenseState,
    Machine,
    Notice,
    Word,
)
from iscbridge.core.licensing.policy import TABLE, Opened, judge
from support.license_scene import T0, a_record

S = LicenseState
POLICY = LicensePolicy("cad")
LINKED = LicensePolicy("cad", renew_url="https://vendor.example/renew")
URL = {"product": "cad", "url": "https://vendor.example/renew"}
HOUR = 3600.0
GOOD = a_record()
FAILING = a_record(failing_since=T0 + HOUR, failures=1)
PERPETUAL = a_record(delivered=True, masked_code="")
SIGNED = replace(PERPETUAL, expires=T0 + 30 * DAY_S)
REFUSALS = {Word.EXPIRED: S.EXPIRED, Word.RELEASED: S.RELEASED, Word.FROZEN: S.FROZEN, Word.REFUSED: S.REFUSED}


def refused(word: Word, **changes: object) -> LicenseRecord:
    return a_record(word=word, refused_since=T0, **changes)


@pytest.mark.parametrize(
    ("record", "after_days", "machine", "state"),
    [
        (None, 0, Machine.SAME, S.NOT_ACTIVATED),
        (LicenseRecord("cad"), 0, Machine.OTHER, S.NOT_ACTIVATED),
        (LicenseRecord("cad", masked_code="****"), 0, Machine.SAME, S.GRACE_OVER),
        (LicenseRecord("cad", pending=True, pending_masked="PL****001"), 0, Machine.SAME, S.NOT_ACTIVATED),
        (GOOD, 0, Machine.SAME, S.ACTIVE),
        (GOOD, 13.99, Machine.CHANGED, S.ACTIVE),
        (GOOD, 0, Machine.UNKNOWN, S.ACTIVE),
        (GOOD, 14, Machine.SAME, S.GRACE_OVER),
        (GOOD, 0, Machine.OTHER, S.MACHINE_CHANGED),
        (GOOD, 20, Machine.OTHER, S.MACHINE_CHANGED),
        (GOOD, -1, Machine.SAME, S.ACTIVE),
        (GOOD, -1.01, Machine.SAME, S.CLOCK_SUSPECT),
        (GOOD, -1.01, Machine.OTHER, S.MACHINE_CHANGED),
        (FAILING, 1, Machine.SAME, S.OFFLINE_GRACE),
        (FAILING, 13.99, Machine.SAME, S.OFFLINE_GRACE),
        (FAILING, 14, Machine.SAME, S.GRACE_OVER),
        (FAILING, -2, Machine.SAME, S.CLOCK_SUSPECT),
        (a_record(expires=T0 + DAY_S), 5, Machine.SAME, S.ACTIVE),
        (replace(FAILING, expires=T0 + DAY_S), 5, Machine.SAME, S.OFFLINE_GRACE),
        (PERPETUAL, 10_000, Machine.SAME, S.ACTIVE),
        (PERPETUAL, -10_000, Machine.SAME, S.ACTIVE),
        (PERPETUAL, 0, Machine.OTHER, S.MACHINE_CHANGED),
        (SIGNED, 29.99, Machine.SAME, S.ACTIVE),
        (SIGNED, 30, Machine.SAME, S.EXPIRED),
        (SIGNED, -2, Machine.SAME, S.CLOCK_SUSPECT),
        *(
            (refused(word), days, machine, state)
            for word, state in REFUSALS.items()
            for days, machine in ((0, Machine.SAME), (100, Machine.SAME), (-100, Machine.SAME), (1, Machine.OTHER))
        ),
    ],
)
def test_the_state_follows_in_order_of_weight(record, after_days, machine, state):
    verdict = judge(record, POLICY, T0 + after_days * DAY_S, machine)
    assert verdict.state is state
    row = TABLE[state]
    assert (verdict.allowed.new_save, verdict.allowed.open) == (row.new_save, row.open)
    assert verdict.notice is None or verdict.notice.id in row.notices
    assert (verdict.error is None) is row.new_save


def test_the_table_keeps_the_three_promises():
    for state, row in TABLE.items():
        assert row.local
        assert row.new_save is row.open is (state in (S.ACTIVE, S.OFFLINE_GRACE))
        assert row.opened_save is (Opened.YES if row.new_save else Opened.FOR_15_DAYS)


@pytest.mark.parametrize(("grace", "counted"), [(1, 1), (14, 14), (30, 30), (0, 1), (-5, 1), (365, 30)])
def test_the_grace_is_one_to_thirty_days(grace, counted):
    policy = LicensePolicy("cad", grace_days=grace)
    end = T0 + counted * DAY_S
    assert judge(FAILING, policy, end - 1).allowed.new_save
    assert judge(FAILING, policy, end).state is S.GRACE_OVER
    assert judge(FAILING, policy, end).since == end


@pytest.mark.parametrize(
    ("record", "since_days"),
    [
        (GOOD, 14),
        (refused(Word.EXPIRED), 0),
        (a_record(word=Word.RELEASED, refused_since=None), 0),
        (SIGNED, 30),
        (LicenseRecord("cad", refused_since=T0, latest_seen=T0), 0),
        (LicenseRecord("cad", masked_code="****", refused_since=T0, latest_seen=T0), 0),
    ],
)
def test_opened_files_may_be_saved_for_15_days(record, since_days):
    since = T0 + since_days * DAY_S
    first, last = judge(record, POLICY, since + 1), judge(record, POLICY, since + 15 * DAY_S - 1)
    for verdict in (first, last):
        assert verdict.allowed == Allowed(new_save=False, opened_save=True, open=False)
        assert (verdict.since, verdict.opened_before, verdict.until) == (since, since, since + 15 * DAY_S)
    after = judge(record, POLICY, since + 15 * DAY_S)
    assert after.allowed == Allowed(new_save=False, opened_save=False, open=False)
    assert (after.since, after.opened_before, after.until) == (since, None, None)


def test_where_no_licence_ever_stood_nothing_may_be_saved():
    verdict = judge(None, POLICY, T0)
    assert verdict.allowed == Allowed(new_save=False, opened_save=False, open=False)
    assert verdict.since is verdict.opened_before is verdict.until is None


def test_another_machine_counts_from_its_first_look():
    record = a_record(other_since=T0 + DAY_S)
    verdict = judge(record, POLICY, T0 + 3 * DAY_S, Machine.OTHER)
    assert (verdict.since, verdict.until) == (T0 + DAY_S, T0 + 16 * DAY_S)
    assert not judge(record, POLICY, T0 + 16 * DAY_S, Machine.OTHER).allowed.opened_save
    assert judge(a_record(other_since=T0 + 20 * DAY_S), POLICY, T0 + 21 * DAY_S, Machine.OTHER).since == T0 + 14 * DAY_S


def test_a_clock_that_went_back_stops_the_count():
    record = a_record(latest_seen=T0 + 3 * DAY_S)
    verdict = judge(record, POLICY, T0)
    assert verdict.state is S.CLOCK_SUSPECT
    assert verdict.allowed.opened_save
    assert (verdict.since, verdict.opened_before) == (T0 + 3 * DAY_S, T0 + 3 * DAY_S)
    assert verdict.until == T0 + 2 * DAY_S
    assert judge(record, POLICY, T0 + 2 * DAY_S).state is S.ACTIVE
    over = judge(a_record(latest_seen=T0 + 40 * DAY_S), POLICY, T0)
    assert (over.state, over.allowed.opened_save, over.since) == (S.CLOCK_SUSPECT, False, T0 + 14 * DAY_S)


def test_what_a_check_would_cure_is_hopeful():
    def hopeful(record: LicenseRecord, days: float = 0, machine: Machine = Machine.SAME) -> bool:
        return judge(record, POLICY, T0 + days * DAY_S, machine).hopeful

    assert hopeful(GOOD, 14)
    assert hopeful(GOOD, -2)
    assert hopeful(LicenseRecord("cad", pending=True))
    assert not hopeful(GOOD)
    assert not hopeful(LicenseRecord("cad"))
    assert not hopeful(GOOD, 0, Machine.OTHER)
    assert not any(hopeful(refused(word)) for word in REFUSALS)


@pytest.mark.parametrize(
    ("record", "policy", "days", "machine", "code", "notice"),
    [
        (LicenseRecord("cad"), POLICY, 0, Machine.SAME, "ISCB-LIC-NOT-ACTIVATED", "license.notActivated"),
        (refused(Word.EXPIRED), LINKED, 0, Machine.SAME, "ISCB-LIC-EXPIRED", "license.expired"),
        (refused(Word.EXPIRED), POLICY, 0, Machine.SAME, "ISCB-LIC-EXPIRED-NO-URL", "license.expiredNoUrl"),
        (refused(Word.FROZEN), LINKED, 0, Machine.SAME, "ISCB-LIC-FROZEN", "license.frozen"),
        (refused(Word.FROZEN), POLICY, 0, Machine.SAME, "ISCB-LIC-FROZEN-NO-URL", "license.frozenNoUrl"),
        (refused(Word.RELEASED), LINKED, 0, Machine.SAME, "ISCB-LIC-RELEASED", "license.released"),
        (refused(Word.REFUSED), LINKED, 0, Machine.SAME, "ISCB-LIC-REFUSED", "license.refused"),
        (GOOD, LINKED, 14, Machine.SAME, "ISCB-LIC-GRACE-OVER", "license.graceOver"),
        (GOOD, LINKED, -2, Machine.SAME, "ISCB-LIC-CLOCK", "license.clockSuspect"),
        (GOOD, LINKED, 0, Machine.OTHER, "ISCB-LIC-MACHINE", "license.machineChanged"),
    ],
)
def test_each_restricted_state_says_why_and_what_to_do(record, policy, days, machine, code, notice):
    verdict = judge(record, policy, T0 + days * DAY_S, machine)
    linked = code in ("ISCB-LIC-EXPIRED", "ISCB-LIC-FROZEN")
    params = URL if linked else {"product": "cad"}
    assert verdict.error == ErrorInfo(code, params)
    assert verdict.notice == Notice(notice, params)


def test_what_the_authority_said_is_told():
    told = ErrorInfo("ISCB-STORE-ANY", {"product": "cad"})
    assert judge(refused(Word.REFUSED, error=told), POLICY, T0).error == told
    assert judge(LicenseRecord("cad", masked_code="****", error=told), POLICY, T0).error == told
    assert judge(refused(Word.EXPIRED, error=told), LINKED, T0).error == ErrorInfo("ISCB-LIC-EXPIRED", URL)
    assert judge(a_record(error=told), POLICY, T0 + 14 * DAY_S).error == ErrorInfo(
        "ISCB-LIC-GRACE-OVER", {"product": "cad"}
    )


def days_of(notice: Notice | None) -> str | None:
    if notice is None:
        return None
    return notice.params.get("days", "1")


@pytest.mark.parametrize(
    ("grace", "passed", "notice", "left"),
    [
        (14, 0.1, None, 14),
        (14, 6.9, None, 8),
        (14, 7, "7", 7),
        (14, 10.9, "7", 4),
        (14, 11, "3", 3),
        (14, 13, "1", 1),
        (14, 13.9, "1", 1),
        (5, 0.1, "5", 5),
        (5, 2, "3", 3),
        (1, 0.1, "1", 1),
    ],
)
def test_notices_of_the_grace(grace, passed, notice, left):
    verdict = judge(FAILING, LicensePolicy("cad", grace_days=grace), T0 + passed * DAY_S)
    assert days_of(verdict.notice) == notice
    assert verdict.days_left == left
    assert verdict.notice is None or verdict.notice.id.startswith("license.graceEnds")


@pytest.mark.parametrize(
    ("left", "notice", "days"),
    [
        (31, None, None),
        (30, None, 30),
        (8, None, 8),
        (7, "7", 7),
        (3, "3", 3),
        (2.5, "3", 3),
        (1, "1", 1),
        (0.1, "1", 1),
    ],
)
@pytest.mark.parametrize("base", [GOOD, PERPETUAL])
def test_notices_of_the_term(base, left, notice, days):
    verdict = judge(replace(base, expires=T0 + left * DAY_S), POLICY, T0)
    assert verdict.state is S.ACTIVE
    assert days_of(verdict.notice) == notice
    assert verdict.days_left == days
    assert verdict.notice is None or verdict.notice.id.startswith("license.termEnds")


def test_the_end_of_the_term_stops_nothing_while_nobody_can_be_asked():
    record = replace(FAILING, expires=T0 + DAY_S)
    verdict = judge(record, POLICY, T0 + 2 * DAY_S)
    assert verdict.allowed.new_save
    assert verdict.notice == Notice("license.termPassed", {"product": "cad"})
    assert days_of(judge(record, POLICY, T0 + 8 * DAY_S).notice) == "7"  # the end of the grace is nearer
    assert judge(record, POLICY, T0 + 13.5 * DAY_S).allowed.new_save
    assert judge(record, POLICY, T0 + 0.5 * DAY_S).notice is None


@pytest.mark.parametrize(
    "record",
    [
        GOOD,
        FAILING,
        SIGNED,
        a_record(expires=T0 + 5 * DAY_S),
        replace(FAILING, expires=T0 + 5 * DAY_S),
        refused(Word.EXPIRED),
        a_record(latest_seen=T0 + 5 * DAY_S),
        a_record(offset=-3 * DAY_S),
        a_record(other_since=T0),
    ],
)
@pytest.mark.parametrize("machine", [Machine.SAME, Machine.OTHER])
def test_until_is_when_the_verdict_changes_next(record, machine):
    """Walking from one `until` to the next meets every change of what is allowed and told."""
    now, walked = T0 - 3 * DAY_S, 0
    while (until := judge(record, POLICY, now, machine).until) is not None:
        assert until > now
        record = seen(record, now)
        said, before = judge(record, POLICY, now, machine), judge(record, POLICY, until - 2, machine)
        assert (before.state, before.allowed, before.notice) == (said.state, said.allowed, said.notice)
        now, walked = until, walked + 1
        assert walked < 20
    record = seen(record, now)
    late = judge(record, POLICY, now + 1000 * DAY_S, machine)
    assert late.allowed == judge(record, POLICY, now, machine).allowed


@given(offset=st.floats(-40 * DAY_S, 40 * DAY_S), passed=st.floats(0, 60 * DAY_S))
def test_a_clock_that_is_wrong_by_days_changes_nothing(offset, passed):
    """The same licence on a machine whose clock is right and on one whose clock is wrong all the time."""
    right = judge(FAILING, POLICY, T0 + passed)
    wrong = judge(replace(FAILING, offset=offset), POLICY, T0 + passed - offset)
    if abs(passed / DAY_S - round(passed / DAY_S)) * DAY_S > 1:  # not within rounding of a threshold
        assert (wrong.state, wrong.allowed, wrong.notice, wrong.days_left) == (
            right.state,
            right.allowed,
            right.notice,
            right.days_left,
        )
    if right.since is not None:
        assert wrong.since == pytest.approx(right.since - offset)


@given(st.lists(st.floats(-30 * HOUR, 5 * DAY_S), min_size=1, max_size=60))
def test_time_never_goes_back_and_the_grace_is_never_longer(steps):
    """By this machine's clock: once the grace was seen to be over, turning the clock back does not bring it back."""
    record, now, over = FAILING, T0, False
    for step in steps:
        now += step
        before = record.latest_seen
        record = seen(record, now)
        assert record.latest_seen >= before
        over = over or reckon(record, now).time >= T0 + 14 * DAY_S
        if over:
            assert not judge(record, POLICY, now).allowed.new_save
        assert not (judge(record, POLICY, now).allowed.new_save and now >= T0 + 14 * DAY_S)


NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


@given(
    word=st.sampled_from(Word),
    machine=st.sampled_from(Machine),
    times=st.tuples(*[NUMBERS] * 8),
    delivered=st.booleans(),
    masked=st.sampled_from(["", "****"]),
    grace=st.integers(-(10**6), 10**6),
)
def test_no_time_is_too_strange_to_judge(word, machine, times, delivered, masked, grace):
    now, word_at, refused_since, expires, failing, latest, offset, other = times
    record = LicenseRecord(
        "cad",
        masked_code=masked,
        word=word,
        word_at=word_at,
        refused_since=refused_since,
        expires=expires,
        failing_since=failing,
        latest_seen=latest,
        offset=offset,
        other_since=other,
        delivered=delivered,
    )
    verdict = judge(record, LicensePolicy("cad", grace_days=grace), now, machine)
    assert verdict.allowed.new_save is TABLE[verdict.state].new_save
    assert verdict.days_left is None or 0 <= verdict.days_left < math.inf
