"""What the window says about jobs: every state, cause and length of time has its words."""

from __future__ import annotations

from datetime import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iscbridge.core.changes import Change, PartState
from iscbridge.core.jobs import ErrorInfo, Job, JobKind, JobState, Origin, WaitReason
from iscbridge.core.transitions import TRANSITIONS
from iscbridge.ipc.job_wire import StepObject
from iscbridge.ipc.wire import job_to_wire
from iscbridge.journal.codec import search_text
from iscbridge.texts import en, zh
from iscbridge.tray.activity import display, facts
from iscbridge.tray.activity.criteria import STATES, Criteria, Group, Query
from iscbridge.tray.activity.deeds import Deed, asks_before_cancel, possible
from iscbridge.tray.words import Words

AT = "2026-11-22T09:00:00.000Z"


@pytest.mark.parametrize("texts", [en.MESSAGES, zh.MESSAGES])
def test_every_cause_change_and_deed_has_words(texts):
    wanted = {f"activity.cause.{step.cause}" for step in TRANSITIONS}
    wanted |= {f"activity.change.{change}" for change in Change} | {f"activity.part.{state}" for state in PartState}
    wanted |= {f"activity.deed.{deed}" for deed in Deed} | {f"activity.deed.{deed}.about" for deed in Deed}
    wanted |= {f"activity.group.{group}" for group in Group} | {f"activity.fact.{fact}" for fact in facts.FACTS}
    assert wanted - set(texts) == set()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "less than 1 s"),
        (0.4, "less than 1 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 0 min"),
    ],
)
def test_lengths_of_time(words, seconds, text):
    assert display.duration_text(seconds, words) == text


@given(st.floats(0.01, 1e6))
def test_a_usual_time_is_near_what_was_learnt_and_never_nothing(seconds):
    class Plain(Words):
        def __call__(self, message_id, **params):
            sizes = {"seconds": 1, "minutes": 60, "hours": 3600}
            hours = "hours" in message_id
            return str(
                sum(n * sizes[k] for k, n in params.items())
                if not hours
                else params["hours"] * 3600 + params["minutes"] * 60
            )

    shown = float(display.usual_text(seconds, Plain()))
    assert shown >= 1
    assert abs(shown - seconds) <= max(1.0, 0.25 * seconds)


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (48213, "48.2 kB"), (10**15, "1000 TB")]
)
def test_sizes(size, text):
    assert display.size_text(size) == text


def test_a_time_of_today_has_no_date():
    now = datetime.fromisoformat(AT).timestamp()
    assert display.when_text(AT, now).count("-") == 0
    assert display.when_text(AT, now + 86_400 * 2).count("-") == 2


@pytest.mark.parametrize(
    ("state", "usual", "text"),
    [
        ("submitted", None, "5 s so far"),
        ("submitted", 21.0, "5 s so far, usually about 20 s"),
        ("done", 21.0, "less than 1 s"),
        ("failed", None, ""),
    ],
)
def test_elapsed_times(job, words, state, usual, text):
    now = datetime.fromisoformat(AT).timestamp() + 5
    assert display.elapsed_text(job(0, state), now, words, usual) == text


def test_an_unknown_job_that_was_looked_at_no_longer_needs_anybody(job, words):
    open_question = job(1, "unknown")
    closed = job(1, "unknown", notes=["note.dismissed"])
    assert display.needs_person(open_question)
    assert not display.needs_person(closed)
    assert words("activity.state.lookedAt") in display.state_text(closed, words)


def test_an_error_stands_beside_the_state(job, words):
    assert display.state_text(job(1, "failed", code="ISCB-CLOUD-FAILED"), words) == (
        f"{words('state.failed')}: {en.TEXTS['ISCB-CLOUD-FAILED'][0]}"
    )


def test_an_open_without_a_file_says_so(job, words):
    picking = job(1, "submitted", kind="open", path="")
    assert display.name_of(picking, words) == words("activity.file.none")
    assert display.folder_of(picking) == ""


def test_steps_name_their_reason_or_error(words):
    waiting = StepObject(AT, JobState.WAITING, "waiting", reason=WaitReason.TURN)
    assert words("wait.turn") in facts.step_text(waiting, words)
    failed = StepObject(AT, JobState.FAILED, "failed", error="ISCB-CLOUD-FAILED")
    assert en.TEXTS["ISCB-CLOUD-FAILED"][0] in facts.step_text(failed, words)
    later = StepObject(AT, JobState.DONE, "causeOfTheFuture")
    assert facts.step_text(later, words) == words("state.done")


# filters

some_text = st.text("aB/ä齿 ", max_size=6)
jobs = st.builds(
    Job,
    id=st.just("j1"),
    kind=st.sampled_from(JobKind),
    state=st.sampled_from(JobState),
    path=some_text,
    created=st.just(0.0),
    updated=st.just(0.0),
    cloud=st.sampled_from(["sandbox", "iscdesk"]),
    origin=st.builds(Origin, host=some_text, product=some_text),
    error=st.none() | st.just(ErrorInfo("ISCB-CLOUD-FAILED")),
    result_path=st.none() | some_text,
)


@given(jobs, st.text("aB/ä齿 iscb-", max_size=3).map(str.strip))
def test_the_window_finds_what_the_bridge_s_search_finds(job, text):
    found = Criteria(Query(text=text)).admits(job_to_wire(job, "en"))
    assert found == (text.casefold() in search_text(job))


@given(jobs, st.sampled_from(Group))
def test_the_bridge_gives_every_job_of_a_group(job, group):
    if Criteria(Query(group)).admits(job_to_wire(job, "en")):
        assert job.state in STATES[group]


def test_every_state_belongs_to_a_group_of_its_own(job):
    for state in JobState:
        assert any(Criteria(Query(group)).admits(job(1, state)) for group in Group if group is not Group.ALL) or (
            state is JobState.UNKNOWN
        )


@pytest.mark.parametrize(("member", "value"), [("kind", JobKind.OPEN), ("cloud", "iscdesk"), ("host", "Other")])
def test_each_box_sorts_out(job, member, value):
    criteria = Criteria(**{member: value})
    assert not criteria.admits(job(1))
    assert criteria.admits(msgspec.structs.replace(job(1), **{member: value}))


# deeds


@pytest.mark.parametrize(
    ("state", "members", "expected"),
    [
        ("done", {"files": 1}, {Deed.COPY, Deed.SHOW, Deed.RECOVER}),
        ("accepted", {}, {Deed.COPY, Deed.SHOW, Deed.CANCEL}),
        ("submitted", {"files": 2}, {Deed.COPY, Deed.SHOW, Deed.CANCEL, Deed.RECOVER}),
        ("waiting", {"reason": "sdkGaveUp"}, {Deed.COPY, Deed.SHOW, Deed.CANCEL, Deed.RECONNECT}),
        ("failed", {"code": "ISCB-CLOUD-FAILED"}, {Deed.COPY, Deed.SHOW, Deed.RETRY}),
        ("refused", {"code": "ISCB-LIC-EXPIRED"}, {Deed.COPY, Deed.SHOW, Deed.RETRY, Deed.LICENSE}),
        (
            "refused",
            {"code": "ISCB-ASM-MISSING-PARTS", "assembly": True},
            {Deed.COPY, Deed.SHOW, Deed.RETRY, Deed.CHECK},
        ),
        ("unknown", {}, {Deed.COPY, Deed.SHOW, Deed.REPEAT, Deed.DISMISS}),
        ("unknown", {"notes": ["note.dismissed"]}, {Deed.COPY, Deed.SHOW, Deed.REPEAT}),
        ("cancelled", {"kind": "open", "path": ""}, {Deed.COPY, Deed.RETRY}),
    ],
)
def test_what_can_be_done_follows_from_the_state(job, state, members, expected):
    assert possible(job(1, state, **members)) == expected


def test_cancelling_asks_only_where_it_may_arrive_all_the_same(job):
    assert asks_before_cancel(job(1, "submitted"))
    assert not asks_before_cancel(job(1, "submitted", kind="open"))
    assert not asks_before_cancel(job(1, "waiting"))


@given(jobs)
def test_everything_can_be_copied(job):
    text = facts.as_text(job_to_wire(job, "en"), None, Words(), 0.0)
    assert job.id in text
    assert text.endswith("\n")
