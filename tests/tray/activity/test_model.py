"""The list of jobs holds what it was told, newest first, and tells its views of every change."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QIcon
from PySide6.QtTest import QAbstractItemModelTester

from iscbridge.core.jobs import JobState
from iscbridge.ipc.wire import JobObject
from iscbridge.tray.activity.criteria import Criteria, Group, Query
from iscbridge.tray.activity.filter_model import JobsFilter
from iscbridge.tray.activity.model import JOB_ROLE, Column, JobsModel
from iscbridge.tray.words import Words

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal


def job_of(number: int, state: JobState = JobState.DONE, second: int = 0) -> JobObject:
    """`number` names it, `second` says when it was asked for (and stays what it was first)."""
    at = f"2026-11-22T09:00:{second % 60:02}.000Z"
    return JobObject(f"j{number}", "save", state, f"/w/{number}.FCStd", False, "sandbox", at, at, [], host="h")


@pytest.fixture
def model(words) -> JobsModel:
    return JobsModel(words, lambda _state: QIcon(), clock=lambda: 1795000000.0)


def ids(model: JobsModel) -> list[str]:
    return [model.index(row, 0).data(JOB_ROLE).job for row in range(model.rowCount())]


puts = st.tuples(
    st.just("put"),
    st.lists(
        st.builds(job_of, st.integers(0, 25), st.sampled_from(JobState), st.integers(0, 8)), min_size=1, max_size=8
    ),
)
drops = st.tuples(st.just("drop"), st.integers(0, 9))
groups = st.tuples(st.just("group"), st.sampled_from(Group))


@given(st.lists(st.one_of(puts, puts, drops, groups), max_size=25))
def test_whatever_comes_the_list_is_what_a_plain_sort_would_be(qapp, steps):
    model = JobsModel(Words(), lambda _state: QIcon())
    shown = JobsFilter(model)
    checks = QAbstractItemModelTester(model, FATAL), QAbstractItemModelTester(shown, FATAL)
    group = Group.ALL
    plain: dict[str, JobObject] = {}
    keys: dict[str, tuple[str, str]] = {}
    for verb, value in steps:
        if verb == "put":
            model.put(value)
            for job in value:
                keys.setdefault(job.job, (next(j.created for j in reversed(value) if j.job == job.job), job.job))
                plain[job.job] = job
        elif verb == "drop":
            edge = (f"2026-11-22T09:00:{value:02}.000Z", "")
            model.drop_older(edge)
            plain = {name: job for name, job in plain.items() if keys[name] >= edge}
            keys = {name: key for name, key in keys.items() if name in plain}
        else:
            group = value
            shown.set_criteria(Criteria(Query(group)))
        newest_first = sorted(plain, key=keys.__getitem__, reverse=True)
        assert ids(model) == newest_first
        assert [model.job(row) for row in range(model.rowCount())] == [plain[name] for name in newest_first]
        assert [model.row_of(name) for name in newest_first] == list(range(len(plain)))
        admitted = [name for name in newest_first if Criteria(Query(group)).admits(plain[name])]
        assert [shown.index(row, 0).data(JOB_ROLE).job for row in range(shown.rowCount())] == admitted
    del checks


def test_a_page_comes_in_as_one_block(model, qtbot):
    model.put([job_of(1, second=50)])
    told: list[tuple[int, int]] = []
    model.rowsInserted.connect(lambda _parent, first, last: told.append((first, last)))
    model.put([job_of(n, second=n) for n in range(10, 30)])
    assert told == [(1, 20)]


def test_a_change_is_told_for_its_row_only(model):
    model.put([job_of(n, JobState.WAITING, second=n) for n in range(5)])
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last, _roles: told.append((first.row(), last.row())))
    model.put([job_of(3, JobState.DONE, second=3)])
    assert told == [(1, 1)]
    assert model.find("j3").state is JobState.DONE


def test_the_same_again_is_no_change(model):
    model.put([job_of(1)])
    told: list[object] = []
    model.dataChanged.connect(told.append)
    model.put([job_of(1)])
    assert told == []


def test_more_is_asked_for_once(model):
    asked: list[int] = []
    model.more_wanted.connect(lambda: asked.append(1))
    model.fetchMore(QModelIndex())
    assert asked == []
    model.set_more(True)
    assert model.canFetchMore(QModelIndex())
    model.fetchMore(QModelIndex())
    model.fetchMore(QModelIndex())
    assert asked == [1]


def cells(model: JobsModel) -> dict[Column, str]:
    return {column: model.index(0, column).data() for column in Column}


def test_what_a_row_says(model, words):
    job = msgspec.structs.replace(
        job_of(1, JobState.WAITING), reason="turn", created="2026-11-22T09:00:00.000Z", path="/w/a/b.FCStd"
    )
    model._clock = lambda: 1795338012.0  # 2026-11-22T09:00:12Z
    model.put([job])
    found = cells(model)
    assert found[Column.FILE] == "b.FCStd"
    assert found[Column.STATE] == f"{words('state.waiting')}: {words('wait.turn')}"
    assert found[Column.CLOUD] == words("activity.cloud.sandbox")
    assert found[Column.HOST] == "h"
    assert found[Column.TIME] == "12 s so far"
    model.learn_usual("j1", 21.3)
    assert cells(model)[Column.TIME] == "12 s so far, usually about 20 s"


def test_the_tip_of_a_hostile_name_is_no_html(model):
    model.put([msgspec.structs.replace(job_of(1), path="/w/<img src='//evil/a.png'>.FCStd")])
    for column in Column:
        tip = model.index(0, column).data(Qt.ItemDataRole.ToolTipRole)
        assert "<img" not in tip


def test_the_language_changes_under_the_rows(model, words):
    model.put([job_of(1)])
    before = cells(model)[Column.STATE]
    told: list[object] = []
    model.dataChanged.connect(lambda *given: told.append(given))
    words.set_language("zh")
    assert told
    assert cells(model)[Column.STATE] not in {before, ""}
    assert ids(model) == ["j1"]


def test_a_screen_reader_hears_file_state_and_cloud_at_once(model, words):
    from PySide6.QtCore import Qt

    model.put([job_of(1, JobState.FAILED)])
    spoken = model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    for part in ("1.FCStd", words("state.failed"), words("activity.cloud.sandbox")):
        assert part in spoken
