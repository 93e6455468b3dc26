"""Notices: every outcome that needs a person is told once, nothing twice, never more than a person can take."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iscbridge.core import notices as n
from iscbridge.core.jobs import JobKind, JobState

ENDS = [state for state in JobState if state.is_final]
NEEDS = (JobState.FAILED, JobState.UNKNOWN, JobState.REFUSED)


class Person:
    """Runs the machine with a clock and its timer, and keeps all that was shown."""

    def __init__(self, wish: n.Wish = n.Wish.ALL, quiet: bool = True) -> None:
        self.machine = n.Notices()
        self.now = 1000.0
        self.timer: float | None = None
        self.shown: list[tuple[float, n.Show]] = []
        self.withdrawn: list[int] = []
        self.do(n.Configured(self.now, wish, quiet))

    def do(self, event: n.Input) -> list[n.Effect]:
        effects = self.machine.handle(replace(event, now=self.now))
        for effect in effects:
            if isinstance(effect, n.Show):
                self.shown.append((self.now, effect))
            elif isinstance(effect, n.SetTimer):
                assert effect.at >= self.now
                self.timer = effect.at
            elif isinstance(effect, n.Withdraw):
                self.withdrawn.append(effect.notice)
        return effects

    def job(self, job: str, state: JobState = JobState.DONE, mark: str = "1", **more: object) -> None:
        news = n.JobNews(0, job, JobKind.SAVE, state, f"{job}.step", mark, took_s=60)
        self.do(replace(news, **more))

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while self.timer is not None and self.timer <= end:
            self.now, self.timer = self.timer, None
            self.do(n.Tick(0))
        self.now = end

    @property
    def titles(self) -> list[str]:
        return [show.title for _, show in self.shown]


@pytest.fixture
def person() -> Person:
    return Person()


def test_one_outcome_is_told_by_its_name_and_leads_to_the_job(person: Person) -> None:
    person.job("a", JobState.FAILED, why="The cloud did not accept it")
    assert person.shown == []
    person.wait(n.GATHER_S)
    ((_, show),) = person.shown
    assert show.title == "notice.job.failed.title"
    assert show.params == {"name": "a.step", "kind": "save", "why": "The cloud did not accept it"}
    assert (show.window, show.focus, show.level) == ("activity", {"job": "a"}, n.Level.PROBLEM)


def test_many_are_one_notice_with_the_problems_first(person: Person) -> None:
    for number in range(12):
        person.job(f"d{number}")
    person.job("f", JobState.FAILED)
    person.wait(n.GATHER_S)
    ((_, show),) = person.shown
    assert show.counts == (("notice.count.failed", 1), ("notice.count.done", 12))
    assert show.focus == {"job": "f"}
    assert show.level is n.Level.PROBLEM


def test_the_same_state_is_not_told_twice_after_a_reconnect(person: Person) -> None:
    person.job("a", JobState.FAILED)
    person.wait(60)
    person.job("a", JobState.FAILED)
    person.wait(60)
    assert len(person.shown) == 1


def test_a_retry_that_fails_again_is_told_again_and_the_old_word_is_withdrawn(person: Person) -> None:
    person.job("a", JobState.FAILED)
    person.wait(60)
    person.job("a", JobState.ACCEPTED, "2")
    assert person.withdrawn == [1]
    person.job("a", JobState.FAILED, "3")
    person.wait(60)
    assert len(person.shown) == 2


def test_a_problem_that_somebody_looked_at_before_it_was_told_is_not_told(person: Person) -> None:
    person.job("a", JobState.UNKNOWN)
    person.job("a", JobState.UNKNOWN, "2", dismissed=True)
    person.wait(60)
    assert person.shown == []


@pytest.mark.parametrize("state", [JobState.CANCELLED, JobState.REPLACED, JobState.ACCEPTED, JobState.SUBMITTED])
def test_what_the_person_did_or_sees_anyway_is_not_told(person: Person, state: JobState) -> None:
    person.job("a", state)
    person.wait(60)
    assert person.shown == []


def test_quick_successes_are_not_told_while_the_window_is_open(person: Person) -> None:
    person.do(n.WindowOpen(0, open=True))
    person.job("quick", took_s=2)
    person.job("slow", took_s=200)
    person.job("failed", JobState.FAILED, took_s=2)
    person.wait(60)
    assert {job for _, show in person.shown for job in show.jobs} == {"slow", "failed"}


def test_nothing_is_shown_while_presenting_and_it_is_summed_up_afterwards(person: Person) -> None:
    person.do(n.Presenting(0, on=True))
    person.job("a")
    person.job("b", JobState.FAILED)
    person.wait(3600)
    assert person.shown == []
    person.do(n.Presenting(0, on=False))
    ((_, show),) = person.shown
    assert show.title == "notice.jobs.after.title"
    assert show.counts == (("notice.count.failed", 1), ("notice.count.done", 1))


def test_presenting_holds_nothing_back_if_the_person_does_not_want_it() -> None:
    person = Person(quiet=False)
    person.do(n.Presenting(0, on=True))
    person.job("a", JobState.FAILED)
    person.wait(60)
    assert len(person.shown) == 1


def test_a_forced_upgrade_does_not_wait(person: Person) -> None:
    person.do(n.Presenting(0, on=True))
    person.do(n.UpgradeNews(0, "forced"))
    assert person.titles == ["notice.upgrade.forced.title"]


def test_the_question_of_an_upgrade_goes_when_somebody_answered(person: Person) -> None:
    person.do(n.UpgradeNews(0, "ask"))
    person.wait(60)
    person.do(n.UpgradeNews(0, "over"))
    assert person.withdrawn == [1]


def test_only_what_is_important() -> None:
    person = Person(n.Wish.IMPORTANT)
    person.job("a")
    person.job("b", JobState.REFUSED)
    person.do(n.LicenseNews(0, "cad", "expired", "The licence has expired"))
    person.wait(60)
    person.do(n.LicenseNews(0, "cad", "active"))
    person.wait(60)
    assert sorted(person.titles) == ["notice.job.refused.title", "notice.license.over.title"]


def test_none_is_none_and_nothing_is_kept_for_later(person: Person) -> None:
    person.job("a", JobState.FAILED)
    person.do(n.Configured(0, n.Wish.NONE, quiet_when_presenting=True))
    person.job("b", JobState.FAILED)
    person.do(n.LicenseNews(0, "cad", "expired", "over"))
    person.do(n.Configured(0, n.Wish.ALL, quiet_when_presenting=True))
    person.wait(60)
    assert person.shown == []


def test_a_licence_is_told_when_it_is_over_when_it_is_back_and_its_end_once_a_day(person: Person) -> None:
    over = n.LicenseNews(0, "cad", "expired", "The licence has expired")
    person.do(over)
    person.wait(60)
    person.do(over)
    person.wait(60)
    person.do(n.LicenseNews(0, "cad", "active"))
    assert person.withdrawn == [1]
    person.wait(60)
    soon = n.LicenseNews(0, "cad", "active", notice="ends in 3 days")
    for _ in range(30):
        person.do(soon)
        person.wait(3600)
    assert person.titles == [
        "notice.license.over.title",
        "notice.license.good.title",
        "notice.license.soon.title",
        "notice.license.soon.title",
    ]


def test_an_active_licence_at_the_start_is_no_news(person: Person) -> None:
    person.do(n.LicenseNews(0, "cad", "active"))
    person.wait(60)
    assert person.shown == []


def test_the_question_of_changed_files_is_one_notice_for_all(person: Person) -> None:
    person.do(n.FilesAsked(0, ("a.step",)))
    person.do(n.FilesAsked(0, ("a.step", "b.step")))
    person.wait(60)
    ((_, show),) = person.shown
    assert (show.title, show.params["count"], show.window) == ("notice.files.many.title", 2, "files")
    person.do(n.FilesAsked(0, ()))
    assert person.withdrawn == [1]


def test_a_warning_is_told_once_as_long_as_it_lasts(person: Person) -> None:
    found = (("ISCB-SDK-GAVE-UP", "ISCDesk can't be reached"),)
    for _ in range(3):
        person.do(n.Warnings(0, found))
        person.wait(60)
    person.do(n.Warnings(0, ()))
    person.do(n.Warnings(0, found))
    person.wait(60)
    assert person.titles == ["notice.warning.title"] * 2


def test_what_was_there_at_the_start_is_summed_up_only_where_it_asks(person: Person) -> None:
    for number in range(3):
        person.job(f"u{number}", JobState.UNKNOWN, old=True)
        person.job(f"f{number}", JobState.FAILED, old=True)
        person.job(f"d{number}", old=True)
    person.wait(60)
    ((_, show),) = person.shown
    assert show.title == "notice.jobs.earlier.title"
    assert show.counts == (("notice.count.unknown", 3),)


EVENTS = st.one_of(
    st.tuples(st.just("job"), st.sampled_from("abcdef"), st.sampled_from(list(JobState))),
    st.tuples(st.just("again"), st.sampled_from("abcdef"), st.none()),
    st.tuples(st.just("wait"), st.sampled_from([0.0, 0.5, 2.9, 3.0, 8.0, 30.0]), st.none()),
    st.tuples(st.just("present"), st.booleans(), st.none()),
    st.tuples(st.just("open"), st.booleans(), st.none()),
    st.tuples(st.just("license"), st.sampled_from(["", "over"]), st.none()),
    st.tuples(st.just("files"), st.integers(0, 3), st.none()),
    st.tuples(st.just("wish"), st.sampled_from([n.Wish.ALL, n.Wish.IMPORTANT]), st.none()),
)


def play(person: Person, events: list[tuple[str, object, object]]) -> dict[str, list[tuple[JobState, str]]]:
    """Let it all happen; gives each job's final states, those that a later step undid left out."""
    marks = 0
    ends: dict[str, list[tuple[JobState, str]]] = {}
    now: dict[str, tuple[JobState, str]] = {}
    for what, value, more in events:
        if what == "job":
            assert isinstance(value, str)
            assert isinstance(more, JobState)
            marks += 1
            now[value] = more, str(marks)
            person.job(value, more, str(marks))
            ends.setdefault(value, []).append((more, str(marks)))
        elif what == "again" and value in now:
            person.job(str(value), *now[str(value)])
        elif what == "wait":
            person.wait(float(str(value)))
        elif what == "present":
            person.do(n.Presenting(0, on=bool(value)))
        elif what == "open":
            person.do(n.WindowOpen(0, open=bool(value)))
        elif what == "license":
            person.do(n.LicenseNews(0, "cad", "x", str(value)))
        elif what == "files":
            person.do(n.FilesAsked(0, tuple("abc"[: int(str(value))])))
        elif what == "wish":
            person.do(n.Configured(0, n.Wish(str(value)), quiet_when_presenting=True))
    person.do(n.Presenting(0, on=False))
    person.wait(100)
    return ends


@settings(max_examples=400)
@given(st.lists(EVENTS, max_size=60))
def test_every_outcome_that_needs_a_person_is_told_exactly_once(events: list[tuple[str, object, object]]) -> None:
    person = Person()
    ends = play(person, events)
    told = Counter(job for _, show in person.shown for job in show.jobs)
    for job, states in ends.items():
        needs = [state for state, _ in states if state in NEEDS]
        if states[-1][0] in NEEDS:
            assert told[job] >= 1, "an outcome was lost"
        assert told[job] <= len([state for state, _ in states if state in ENDS]), "one was told twice"
        if len(states) == 1 and needs:
            assert told[job] == 1
    assert person.machine.waiting == 0


@settings(max_examples=200)
@given(st.lists(EVENTS, max_size=60))
def test_the_rate_is_bounded_and_presenting_is_quiet(events: list[tuple[str, object, object]]) -> None:
    person = Person()
    presenting = False
    for event in events:
        before = len(person.shown)
        play_one(person, event)
        if event[0] == "present":
            presenting = bool(event[1])
        if presenting:
            assert len(person.shown) == before
    times = sorted({at for at, _ in person.shown})
    assert all(later - earlier >= n.PAUSE_S - 1e-6 for earlier, later in pairwise(times))
    for at in times:
        together = [show for when, show in person.shown if when == at]
        assert len([show for show in together if show.jobs]) <= 1
        assert [show.level for show in together] == sorted((show.level for show in together), reverse=True)


def play_one(person: Person, event: tuple[str, object, object]) -> None:
    what, value, more = event
    if what == "job":
        assert isinstance(more, JobState)
        person.job(str(value), more, str(person.now) + str(more))
    elif what == "wait":
        person.wait(float(str(value)))
    elif what == "present":
        person.do(n.Presenting(0, on=bool(value)))
    elif what == "license":
        person.do(n.LicenseNews(0, "cad", "x", str(value)))


def test_its_memory_is_bounded(person: Person) -> None:
    for number in range(12_000):
        person.job(f"j{number}", JobState.FAILED)
    person.wait(60)
    assert len(person.shown) == 1
    assert len(person.machine._known) <= 5_000
    assert len(person.machine._shown) <= 5_000
