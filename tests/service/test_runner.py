"""The runner against the real engine and the real journal: order of commit and effect, and a disk that refuses."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest
from pytestqt.qtbot import QtBot

from iscbridge.core import effects as e
from iscbridge.core import inputs as i
from iscbridge.core.engine import Engine
from iscbridge.core.errors import JournalError
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

    def commit(self, effects: Sequence[e.Effect]) -> None:
        if self.full:
            raise JournalError("ISCB-JOURNAL-DISK-FULL", path="/nowhere")
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
    qtbot.waitUntil(lambda: len(ground.of(e.JobChanged)) > changed, timeout=10_000)
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
