"""A page of jobs is made in bites: between any two jobs a host's save has its turn."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from iscbridge.core.errors import JournalError
from iscbridge.core.jobs import JobState
from iscbridge.ipc import messages as m
from iscbridge.service.methods import Methods
from support.made_jobs import job


class Journal:
    def __init__(self, count: int) -> None:
        self.jobs = {f"j{n}": job(f"j{n}", state=JobState.DONE) for n in range(count)}
        self.read: list[str] = []

    def job_ids(self, *, limit: int, before: str | None, states: object, text: object) -> list[str]:
        del before, states, text
        return list(self.jobs)[:limit]

    def job(self, job_id: str) -> object:
        self.read.append(job_id)
        found = self.jobs[job_id]
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
def answers() -> list[object]:
    return []


def listing(journal: Journal, answers: list[object], limit: int):
    server = SimpleNamespace(
        answer=lambda _token, result: answers.append(result),
        answer_error=lambda _token, error: answers.append(error.code),
    )
    bridge = SimpleNamespace(journal=journal, engine=SimpleNamespace(job=lambda _id: None), server=server)
    request = SimpleNamespace(token=1, params=m.JobListParams(limit=limit), client=SimpleNamespace(language="en"))
    return Methods._list(SimpleNamespace(_bridge=bridge), request)


def test_one_job_at_a_time(answers) -> None:
    journal = Journal(6)
    for number, _ in enumerate(listing(journal, answers, 5), 1):
        assert len(journal.read) == number
        assert answers == []
    assert [found.job for found in answers[0].jobs] == ["j0", "j1", "j2", "j3", "j4"]
    assert answers[0].next == "j4"


def test_one_that_can_t_be_read_hides_no_later_page(answers) -> None:
    journal = Journal(4)
    journal.jobs |= {"j1": None, "j2": None}
    list(listing(journal, answers, 3))
    assert [found.job for found in answers[0].jobs] == ["j0"]
    assert answers[0].next == "j2"


def test_the_last_page_says_so(answers) -> None:
    list(listing(Journal(3), answers, 3))
    assert answers[0].next is None


def test_a_journal_that_fails_in_between_is_told(answers) -> None:
    journal = Journal(3)
    journal.jobs["j1"] = JournalError("ISCB-JOURNAL-IO", path="j", detail="?")
    list(listing(journal, answers, 3))
    assert answers == ["ISCB-JOURNAL-IO"]
