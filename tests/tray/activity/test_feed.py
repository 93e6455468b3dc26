"""The list is true: pages join without a gap, changes come in, and what was missed is read again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, QObject
from PySide6.QtGui import QIcon

from iscbridge.core.jobs import ErrorInfo
from iscbridge.tray.activity.criteria import Criteria, Group, Query
from iscbridge.tray.activity.feed import Feed
from iscbridge.tray.activity.filter_model import JobsFilter
from iscbridge.tray.activity.model import JOB_ROLE, JobsModel
from iscbridge.tray.link import LinkState
from iscbridge.tray.words import Words
from support.scripted_jobs import JobServer, wire_job


class Listed(QObject):
    """A model, its filter and its feed."""

    def __init__(self, server, words) -> None:
        super().__init__()
        self.server = server
        self.model = JobsModel(words, lambda _state: QIcon(), self)
        self.shown = JobsFilter(self.model, self)
        self.feed = Feed(server.link, self.model, self)

    def settle(self) -> None:
        """Let every answer come."""
        while self.server.link._open:
            self.server.link._answer()

    def more(self) -> None:
        self.model.fetchMore(QModelIndex())
        self.settle()

    def search(self, query: Query) -> None:
        self.shown.set_criteria(Criteria(query))
        self.feed.search(query)
        self.settle()

    @property
    def ids(self) -> list[str]:
        return [self.shown.index(row, 0).data(JOB_ROLE).job for row in range(self.shown.rowCount())]


@pytest.fixture
def listed(server, words) -> Listed:
    return Listed(server, words)


def names(*numbers: int) -> list[str]:
    return [f"j{number:06}" for number in numbers]


def test_pages_come_when_they_are_wanted(listed, server):
    server.page = 2
    server.put(*(wire_job(n) for n in range(5)))
    listed.feed.start()
    assert not listed.feed.has_loaded
    listed.settle()
    assert listed.feed.has_loaded
    assert listed.ids == names(4, 3)
    listed.more()
    listed.more()
    assert listed.ids == names(4, 3, 2, 1, 0)
    asked = len(server.link.asked)
    listed.more()
    assert len(server.link.asked) == asked


def test_a_page_is_as_large_as_the_bridge_gives(listed, server):
    listed.feed.start()
    assert server.link.asked_for("job.list")[0]["limit"] == 500


def test_changes_come_in_and_new_jobs_on_top(listed, server):
    server.put(wire_job(1, "waiting"))
    listed.feed.start()
    listed.settle()
    server.tell(wire_job(1, "done"))
    server.tell(wire_job(2, "accepted"))
    assert listed.ids == names(2, 1)
    assert listed.model.find("j000001").state == "done"


def test_an_old_job_that_changes_waits_for_its_page(listed, server):
    server.page = 2
    server.put(*(wire_job(n) for n in range(5)))
    listed.feed.start()
    listed.settle()
    server.tell(wire_job(0, "unknown"))
    assert listed.ids == names(4, 3)
    listed.more()
    listed.more()
    assert listed.model.find("j000000").state == "unknown"
    assert listed.ids == names(4, 3, 2, 1, 0)


def test_a_search_asks_the_bridge_and_leaves_no_gap(listed, server):
    server.page = 3
    server.put(*(wire_job(n, "failed" if n % 5 == 0 else "done") for n in range(30)))
    listed.feed.start()
    listed.settle()
    listed.search(Query(Group.FAILED))
    assert server.link.asked_for("job.list")[-1]["states"] == ["failed", "refused"]
    assert listed.ids == names(25, 20, 15)
    listed.search(Query())
    assert listed.ids == names(29, 28, 27)  # and not the 25 that is known from before, behind a gap


def test_an_answer_to_an_earlier_search_is_left_alone(listed, server):
    server.put(*(wire_job(n, "failed" if n == 1 else "done") for n in range(3)))
    listed.feed.start()
    listed.feed.search(Query(Group.FAILED))
    listed.shown.set_criteria(Criteria(Query(Group.FAILED)))
    listed.settle()
    assert listed.ids == names(1)
    assert not listed.feed.is_loading


def test_what_was_missed_without_a_connection_is_read_again(listed, server):
    server.page = 2
    server.put(*(wire_job(n, "waiting") for n in range(6)))
    listed.feed.start()
    listed.settle()
    listed.more()
    server.lose()
    server.put(*(wire_job(n, "done") for n in range(12)))
    server.link.set_state(LinkState.CONNECTED)
    listed.settle()
    assert listed.ids[:10] == names(*range(11, 1, -1))
    assert {listed.model.find(name).state for name in listed.ids} == {"done"}
    listed.more()
    assert listed.ids == names(*range(11, -1, -1))


def test_a_failed_page_is_told_and_can_be_asked_for_again(listed, server):
    server.put(wire_job(1))
    told: list[str] = []
    listed.feed.failed.connect(lambda error: told.append(error.code))
    server.link.script["job.list"] = ErrorInfo("ISCB-BRIDGE-INTERNAL", {})
    listed.feed.start()
    listed.settle()
    assert told == ["ISCB-BRIDGE-INTERNAL"]
    server.link.script["job.list"] = server.list
    listed.feed.start()
    listed.settle()
    assert listed.ids == names(1)


steps = st.one_of(
    st.tuples(st.just("tell"), st.integers(0, 40), st.sampled_from(["done", "waiting", "failed", "unknown"])),
    st.tuples(st.just("miss"), st.integers(0, 40), st.sampled_from(["done", "waiting", "failed"])),
    st.tuples(st.just("search"), st.sampled_from(list(Group)), st.sampled_from(["", "part-1", "PART-2"])),
    st.tuples(st.just("more"), st.none(), st.none()),
    st.tuples(st.just("answer"), st.none(), st.none()),
)


@given(st.lists(steps, max_size=30), st.integers(1, 4))
def test_in_the_end_the_list_is_what_the_bridge_has(qapp, all_steps, page):
    """Whatever is told, missed, searched and answered in whatever order."""
    server = JobServer()
    server.page = page
    listed = Listed(server, Words())
    listed.feed.start()
    query = Query()
    for verb, one, other in all_steps:
        if verb == "tell":
            server.tell(wire_job(one, other))
        elif verb == "miss":
            server.lose()
            server.put(wire_job(one, other))
            server.link.set_state(LinkState.CONNECTED)
        elif verb == "search":
            query = Query(one, other)
            listed.shown.set_criteria(Criteria(query))
            listed.feed.search(query)
        elif verb == "more":
            listed.model.fetchMore(QModelIndex())
        else:
            listed.server.link._answer()
    listed.settle()
    while listed.model.canFetchMore(QModelIndex()):
        listed.more()
    server.page = 500
    wanted = [
        job["job"]
        for job in server.list({"limit": 500, **query.params()})["jobs"]
        if query.group is not Group.NEEDS_YOU or job["state"] == "unknown"
    ]
    assert listed.ids == wanted
