"""Counts of refused signatures: per key, on the disk, for all threads."""

from __future__ import annotations

import json
import logging
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.store.breaker import Breaker, Permit
from support.store_server import NOW

KEY = "0123456789abcdef"


def permit(breaker, key=KEY, *, by_person=False):
    with breaker.turn(key, by_person=by_person, patience_s=1) as turn:
        return turn.permit


def fail(breaker, key=KEY, *, by_person=False):
    with breaker.turn(key, by_person=by_person, patience_s=1) as turn:
        return turn.failed()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store-key.json"


def test_two_failures_stop_and_a_person_opens_once(path, clock):
    breaker = Breaker(path, clock)
    assert fail(breaker) is True
    assert fail(breaker) is False
    assert permit(breaker) is Permit.STOPPED
    assert permit(breaker, by_person=True) is Permit.LAST
    assert fail(breaker, by_person=True) is False
    assert permit(breaker) is Permit.STOPPED


def test_a_success_closes_it(path, clock):
    breaker = Breaker(path, clock)
    fail(breaker)
    fail(breaker)
    with breaker.turn(KEY, by_person=True, patience_s=1) as turn:
        turn.accepted()
    assert permit(Breaker(path, clock)) is Permit.GIVEN


def test_it_survives_a_restart(path, clock):
    fail(Breaker(path, clock))
    fail(Breaker(path, clock))
    assert permit(Breaker(path, clock)) is Permit.STOPPED
    assert permit(Breaker(path, clock), "another") is Permit.GIVEN


def test_nothing_is_written_while_all_is_well(path, clock):
    breaker = Breaker(path, clock)
    with breaker.turn(KEY, by_person=False, patience_s=1) as turn:
        turn.accepted()
    assert not path.exists()


def test_a_lock_ends_and_a_clock_that_goes_back_does_not_make_it_longer(path, clock):
    breaker = Breaker(path, clock)
    with breaker.turn(KEY, by_person=False, patience_s=1) as turn:
        turn.locked()
    assert permit(Breaker(path, clock), by_person=True) is Permit.LOCKED
    clock.now = NOW - 86_400
    assert permit(breaker) is Permit.GIVEN
    clock.now = NOW + 301
    assert permit(breaker) is Permit.GIVEN


DAMAGES = [
    b"",
    b"\0\0\0\0",
    b"[]",
    b"{}",
    b"null",
    b'{"version": 1}',
    b'{"version": 1, "keys": []}',
    b'{"version": 1, "keys": {"a": 1}}',
    b'{"version": 1, "keys": {"a": {"failures": -1, "locked_until": 0}}}',
    b'{"version": 1, "keys": {"a": {"failures": "2", "locked_until": 0}}}',
    b'{"version": 2, "keys": {"%s": {"failures": 2, "locked_until": 0}}}' % KEY.encode(),
    b"[" * 60_000,
]


@pytest.mark.parametrize("content", DAMAGES)
def test_a_damaged_file_counts_nothing_and_is_replaced(path, clock, content):
    path.write_bytes(content)
    breaker = Breaker(path, clock)
    assert permit(breaker) is Permit.GIVEN
    fail(breaker)
    assert json.loads(path.read_bytes())["keys"][KEY]["failures"] == 1


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.integers() | st.floats() | st.text(),
        lambda s: (
            st.lists(s) | st.dictionaries(st.sampled_from(["version", "keys", "failures", "locked_until", KEY]), s)
        ),
    ).map(lambda value: json.dumps(value).encode())
)
def test_no_file_does_harm(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("breaker") / "store-key.json"
    path.write_bytes(content)
    assert permit(Breaker(path, lambda: NOW)) in Permit


def test_a_folder_that_can_t_be_written_still_counts_in_memory(tmp_path, clock, caplog):
    (tmp_path / "file").write_bytes(b"")
    breaker = Breaker(tmp_path / "file" / "state.json", clock)
    fail(breaker)
    fail(breaker)
    assert permit(breaker) is Permit.STOPPED
    assert [record.levelno for record in caplog.records if "kept" in record.message] == [logging.WARNING] * 2


def test_threads_wait_for_each_other(path, clock):
    """Three at once with a bad key: two may learn it, the third must not ask."""
    breaker = Breaker(path, clock)
    inside = threading.Semaphore(0)
    go_on = threading.Event()
    permits = []

    def work():
        with breaker.turn(KEY, by_person=False, patience_s=30) as turn:
            permits.append(turn.permit)
            inside.release()
            go_on.wait(30)
            if turn.permit is Permit.GIVEN:
                turn.failed()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    inside.acquire()
    with breaker.turn(KEY, by_person=False, patience_s=0) as turn:
        assert turn.permit is Permit.BUSY
    go_on.set()
    for thread in threads:
        thread.join()
    assert permits == [Permit.GIVEN, Permit.GIVEN, Permit.STOPPED]
