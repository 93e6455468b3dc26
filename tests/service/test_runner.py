"""The runner against the real engine and the real journal: order of commit and effect, and a disk that refuses."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest
from pytestqt.qtbot import QtBot

from iscbridge.core import effects as e
from iscbridge.core import inputs as i
from iscbridge.core.engine import Engine
from iscbridge.core.errors import JournalError, RequestError
from iscbridge.core.jobs import ErrorInfo, JobKind
from iscbridge.journal.journal import Journal
from iscbridge.service.runner import Runner

E = TypeVar("E", bound=e.Effect)


class Disk:
    """The real journal, on a disk that can refuse."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.full = False
        self.commits = 0
        self.refuses: dict[str, Exception] = {}
        """By path of a job: what becomes of writing it."""

    def commit(self, effects: Sequence[e.Effect]) -> None:
        if self.full:
            raise JournalError("ISCB-JOURNAL-DISK-FULL", path="/nowhere")
        for effect in effects:
            if isinstance(effect, e.WriteJob) and effect.job.path in self.refuses:
                raise self.refuses[effect.job.path]
        self.commits += 1
        self.journal.commit(effects)


class Ground:
    """A runner and what came out of it."""

    def __init__(self, journal: Journal) -> None:
        self.disk = Disk(journal)
        self.done: list[e.Effect] = []
        self.refused: list[tuple[int, str]] = []
        self.runner = Runner(Engine(), self.disk, self._carry_out, self._refuse)
        self.runner.feed(i.Recovered(0.0))

    def _carry_out(self, effect: e.Effect) -> None:
        if isinstance(effect, e.AnswerJob):
            # the promise itself: whoever hears "accepted" can rely on the journal
            assert self.disk.journal.job(effect.job.id) is not None
        self.done.append(effect)

    def _refuse(self, token: int, error: ErrorInfo) -> None:
        self.refused.append((token, error.code))

    def of(self, kind: type[E]) -> list[E]:
        return [effect for effect in self.done if isinstance(effect, kind)]


@pytest.fixture
def ground(tmp_path: Path, qtbot: QtBot) -> Iterator[Ground]:
    journal, _ = Journal.open(tmp_path / "journal.sqlite3")
    yield Ground(journal)
    journal.close()


def save(token: int, now: float = 1.0) -> i.JobRequested:
    return i.JobRequested(now, token, f"j{token:015x}-00000000", JobKind.SAVE, path=f"/cad/{token}.FCStd")


def test_the_journal_has_it_before_the_answer(ground: Ground) -> None:
    ground.runner.feed(save(1))
    assert [effect.token for effect in ground.of(e.AnswerJob)] == [1]


def test_requests_read_together_share_one_commit(ground: Ground) -> None:
    before = ground.disk.commits
    for token in range(1, 101):
        ground.runner.put(save(token))
    ground.runner.drain()
    assert ground.disk.commits == before + 1
    assert [effect.token for effect in ground.of(e.AnswerJob)] == list(range(1, 101))


def test_a_full_disk_refuses_requests_and_keeps_news(ground: Ground, qtbot: QtBot) -> None:
    ground.runner.feed(save(1))
    capture = ground.of(e.Capture)[0]
    assert isinstance(capture, e.Capture)
    ground.disk.full = True
    ground.runner.feed(save(2))
    assert ground.refused == [(2, "ISCB-JOURNAL-DISK-FULL")]
    error = ErrorInfo("ISCB-FILE-MISSING", {"path": "/cad/1.FCStd"})
    ground.runner.feed(i.CaptureFailed(2.0, capture.job_id, capture.attempt, error, refused=False))
    changed = len(ground.of(e.JobChanged))
    assert ground.runner.journal_error is not None
    ground.disk.full = False
    qtbot.waitUntil(lambda: len(ground.of(e.JobChanged)) > changed)
    job = ground.disk.journal.job(capture.job_id)
    assert job is not None
    assert job.state.value == "failed"
    assert ground.disk.journal.job(save(2).job_id) is None
    assert ground.runner.journal_error is None


def test_one_effect_that_fails_does_not_take_the_others_along(ground: Ground, caplog: pytest.LogCaptureFixture) -> None:
    original = ground.runner._carry_out

    def fail_on_capture(effect: e.Effect) -> None:
        if isinstance(effect, e.AnswerJob):
            raise OSError("the socket is gone")
        original(effect)

    ground.runner._carry_out = fail_on_capture
    ground.runner.feed(save(1))
    assert len(ground.of(e.Capture)) == 1
    assert "AnswerJob" in caplog.text


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (RequestError("ISCB-REQ-ID-REUSED", requestId="7"), "ISCB-REQ-ID-REUSED"),
        (OverflowError("a number that no column takes"), "ISCB-BRIDGE-INTERNAL"),
    ],
)
def test_a_request_that_can_not_be_written_is_refused_alone(ground: Ground, fault: Exception, code: str) -> None:
    ground.disk.refuses["/cad/2.FCStd"] = fault
    for token in (1, 2, 3):
        ground.runner.put(save(token))
    ground.runner.drain()
    assert ground.refused == [(2, code)]
    assert [effect.token for effect in ground.of(e.AnswerJob)] == [1, 3]
    assert ground.disk.journal.job(save(2).job_id) is None
    ground.disk.refuses.clear()
    ground.runner.feed(save(2))  # nothing of it was kept in mind
    assert [effect.token for effect in ground.of(e.AnswerJob)] == [1, 3, 2]


def test_news_that_can_not_be_written_for_an_unforeseen_reason_stand_in_nobodys_way(ground: Ground) -> None:
    ground.runner.feed(save(1))
    capture = ground.of(e.Capture)[0]
    ground.disk.refuses["/cad/1.FCStd"] = OverflowError("a number that no column takes")
    error = ErrorInfo("ISCB-FILE-MISSING", {"path": "/cad/1.FCStd"})
    ground.runner.put(i.CaptureFailed(2.0, capture.job_id, capture.attempt, error, refused=False))
    ground.runner.put(save(2))
    ground.runner.drain()
    assert [effect.token for effect in ground.of(e.AnswerJob)] == [1, 2]
    job = ground.disk.journal.job(capture.job_id)
    assert job is not None
    assert job.state.value == "accepted"
    ground.disk.refuses.clear()
    ground.runner.feed(i.CaptureFailed(3.0, capture.job_id, capture.attempt, error, refused=False))
    after = ground.disk.journal.job(capture.job_id)
    assert after is not None
    assert after.state.value == "failed"  # the engine still was where the journal is
