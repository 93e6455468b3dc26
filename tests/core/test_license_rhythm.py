"""When the authority is asked again, and that machines do not do it all at once."""

from __future__ import annotations

import pytest

from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.licensing.rhythm import LONGEST_PAUSE_S, Rhythm, pause_s

STOPPED = ErrorInfo("ISCB-STORE-AUTH-STOPPED")


@pytest.mark.parametrize(("attempt", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 60), (5, 60), (200, 60)])
def test_pauses_grow_to_an_hour(attempt, minutes):
    drawn = [pause_s("cad", day, attempt, "salt") / 60 for day in range(500)]
    assert min(drawn) >= 0.75 * minutes
    assert max(drawn) <= 1.25 * minutes
    assert max(drawn) - min(drawn) > 0.4 * minutes


def test_a_pause_is_the_same_each_time_and_another_elsewhere():
    assert pause_s("cad", 1, 1, "a") == pause_s("cad", 1, 1, "a")
    others = {
        pause_s(product, day, 1, salt) for product in ("cad", "cam") for day in range(20) for salt in ("a", "b", "")
    }
    assert len(others) == 120


def test_an_attempt_below_one_is_the_first():
    assert pause_s("cad", 1, 0, "a") <= 75


def test_failures_of_a_day_are_counted_and_a_new_day_begins_anew():
    rhythm = Rhythm()
    for number in range(1, 6):
        rhythm = rhythm.failed("cad", "a", 1000.0, 7, None)
        assert rhythm == Rhythm(7, number, 1000.0 + pause_s("cad", 7, number, "a"))
    assert rhythm.failed("cad", "a", 1000.0, 8, None).failures == 1


def test_it_is_asked_again_when_the_pause_is_over():
    rhythm = Rhythm().failed("cad", "a", 1000.0, 7, None)
    assert rhythm.retry_at is not None
    assert not rhythm.may_retry(rhythm.retry_at - 1, 7)
    assert rhythm.may_retry(rhythm.retry_at, 7)


def test_a_clock_that_was_set_back_does_not_stretch_the_pause():
    rhythm = Rhythm().failed("cad", "a", 1_000_000.0, 7, None)
    assert rhythm.may_retry(1_000_000.0 - LONGEST_PAUSE_S, 7)


def test_an_answer_ends_it():
    assert Rhythm().failed("cad", "a", 1000.0, 7, None).answered(7) == Rhythm(7)
    assert not Rhythm(7).may_retry(1e12, 7)


def test_a_client_that_stopped_is_left_alone_for_the_day():
    rhythm = Rhythm().failed("cad", "a", 1000.0, 7, STOPPED)
    assert not rhythm.may_retry(1000.0 + 20 * 3600, 7)
    assert rhythm.may_retry(1000.0 + 20 * 3600, 8)
