"""The facts behind the icon: up to date, never better than it is, and asked for in moderation."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from iscbridge.core.attention import Contact, attention
from iscbridge.core.attention_state import Attention
from iscbridge.core.jobs import ErrorInfo
from iscbridge.platform.folders import Home
from iscbridge.tray import facts as module
from iscbridge.tray.facts import FactsKeeper
from iscbridge.tray.link import LinkState
from iscbridge.tray.room import TrayState
from support.scripted_link import ScriptedLink
from support.tray_script import STATUS, job, script

GAVE_UP = {"code": "ISCB-SDK-GAVE-UP", "title": "t", "message": "m", "remedy": "r", "retry": "no", "params": {}}


@pytest.fixture
def state(tmp_path):
    return TrayState(Home(tmp_path))


@pytest.fixture
def start(qtbot, state):
    def start(**known):
        link = ScriptedLink(script(**known))
        keeper = FactsKeeper(link, state, link)
        link.set_state(LinkState.CONNECTED)
        qtbot.waitUntil(lambda: keeper.facts.known)
        return link, keeper

    return start


def settled(qtbot, link, keeper):
    """Until nothing is due or under way."""
    qtbot.waitUntil(lambda: not keeper._due and not keeper._under_way and not keeper._show.isActive())


def test_a_bridge_at_rest_is_saved(start, qtbot):
    link, keeper = start()
    settled(qtbot, link, keeper)
    assert attention(keeper.facts) is Attention.SAVED
    assert keeper.facts.sandbox


def test_counts_come_from_the_bridge(start, qtbot):
    link, keeper = start(listed=[])
    link.script["bridge.status"] = {**STATUS, "jobs": {"waiting": 2, "submitted": 1, "unknown": 4}, "paused": True}
    link.tell("bridge.changed")
    qtbot.waitUntil(lambda: keeper.facts.active == 3)
    assert keeper.facts.unknown == 4
    assert keeper.facts.paused


def test_the_end_of_a_pause_is_told_in_local_time(start, qtbot):
    link, keeper = start(paused=True, pausedUntil="2026-01-01T12:34:00.000Z")
    settled(qtbot, link, keeper)
    local = datetime(2026, 1, 1, 12, 34, tzinfo=UTC).astimezone()
    assert f"{local.minute}" in keeper.facts.paused_until
    assert f"{local.hour % 12 or 12}" in keeper.facts.paused_until


def test_a_job_under_way_counts_before_the_bridge_is_asked(start, qtbot):
    link, keeper = start()
    settled(qtbot, link, keeper)
    asked = len(link.asked)
    link.tell("job.changed", **job(7, "accepted"))
    assert attention(keeper.facts) is Attention.WORKING
    link.tell("job.changed", **job(7, "unknown"))
    assert attention(keeper.facts) is Attention.NEEDS_YOU
    assert len(link.asked) == asked


def test_a_decision_that_was_made_counts_no_more(start, qtbot):
    link, keeper = start()
    settled(qtbot, link, keeper)
    link.tell("job.changed", **job(7, "unknown", notes=["note.dismissed"]))
    assert keeper.facts.unknown == 0


def test_a_failed_save_calls_until_a_later_one_of_that_file_arrives(start, qtbot):
    link, keeper = start(listed=[job(1, "failed")])
    qtbot.waitUntil(lambda: keeper.facts.failed == 1)
    link.tell("job.changed", **job(2, "done", path="/cad/other.FCStd"))
    assert keeper.facts.failed == 1
    link.tell("job.changed", **job(3, "cancelled", path="/cad/part1.FCStd"))
    assert keeper.facts.failed == 1
    link.tell("job.changed", **job(4, "done", path="/cad/part1.FCStd"))
    assert keeper.facts.failed == 0


def test_what_a_person_has_seen_calls_no_more_after_a_restart_either(start, qtbot, state):
    link, keeper = start(listed=[job(1, "failed"), job(2, "refused")])
    qtbot.waitUntil(lambda: keeper.facts.failed == 2)
    keeper.looked()
    assert keeper.facts.failed == 0
    assert keeper.facts.left == 2
    assert attention(keeper.facts) is Attention.CHANGED, "they are not in the cloud all the same"
    link.tell("job.changed", **job(3, "failed"))
    assert keeper.facts.failed == 1
    again_link, again = start(listed=[job(1, "failed"), job(2, "refused")])
    settled(qtbot, again_link, again)
    assert again.facts.failed == 0


def test_a_clock_that_was_wrong_hides_no_failure(start, qtbot):
    link, keeper = start(listed=[job(1, "failed", updated="2099-01-01T00:00:00.000Z")])
    settled(qtbot, link, keeper)
    keeper.looked()
    link.tell("job.changed", **job(2, "failed"))
    assert keeper.facts.failed == 1


def test_a_job_that_fails_again_calls_again(start, qtbot):
    link, keeper = start(listed=[job(1, "failed")])
    settled(qtbot, link, keeper)
    keeper.looked()
    link.tell("job.changed", **job(1, "failed", updated="2026-01-01T00:09:00.000Z"))
    assert keeper.facts.failed == 1


@pytest.mark.parametrize("damaged", ["2026-01-01T00:00:00.000Z", None, 7, [["j1"], 3], {"a": 1}])
def test_a_damaged_memory_hides_no_failure(start, qtbot, state, damaged):
    state.put("seen", damaged)
    link, keeper = start(listed=[job(1, "failed")])
    settled(qtbot, link, keeper)
    assert keeper.facts.failed == 1


@pytest.mark.parametrize("missing", ["bridge.status", "license.status", "job.list", "workfile.list"])
def test_nothing_is_called_saved_before_all_answers_are_there(qtbot, state, missing):
    link = ScriptedLink(script())
    answer = link.script[missing]
    link.script[missing] = ErrorInfo("ISCB-JOURNAL-IO", {"path": "j", "detail": "?"})
    keeper = FactsKeeper(link, state, link)
    link.set_state(LinkState.CONNECTED)
    settled(qtbot, link, keeper)
    assert attention(keeper.facts) is Attention.STARTING
    link.script[missing] = answer
    keeper.look()
    settled(qtbot, link, keeper)
    assert attention(keeper.facts) is Attention.SAVED


def test_after_a_lost_connection_nothing_is_called_saved_by_what_was_known(start, qtbot):
    link, keeper = start()
    settled(qtbot, link, keeper)
    link.set_state(LinkState.LOST)
    link.set_state(LinkState.CONNECTED)
    assert attention(keeper.facts) is Attention.STARTING
    settled(qtbot, link, keeper)
    assert attention(keeper.facts) is Attention.SAVED


def test_files_that_nobody_could_look_at_are_not_called_saved(start, qtbot):
    link, keeper = start()
    link.script["workfile.list"] = {
        "files": [],
        "counts": {"unknown": 2, "unreadable": 1, "saved": 7},
        "watching": True,
    }
    link.tell("workfile.changed", files=[], gone=[], counts={})
    qtbot.waitUntil(lambda: keeper.facts.unchecked == 3)
    assert attention(keeper.facts) is Attention.CHANGED
    link.script["workfile.list"] = {"files": [], "counts": {"unknown": 10}, "watching": False}
    link.tell("workfile.changed", files=[], gone=[], counts={})
    qtbot.waitUntil(lambda: not keeper.facts.watching)
    assert attention(keeper.facts) is Attention.SAVED


def test_a_lost_bridge_is_offline_with_what_was_known(start, qtbot):
    link, keeper = start()
    link.script["bridge.status"] = {**STATUS, "jobs": {"waiting": 2}}
    link.tell("bridge.changed")
    qtbot.waitUntil(lambda: keeper.facts.active == 2)
    link.set_state(LinkState.LOST)
    assert attention(keeper.facts) is Attention.OFFLINE
    assert keeper.facts.active == 2


def test_a_bridge_that_can_t_start_needs_somebody(start, qtbot):
    _, keeper = start()
    keeper.set_failure(ErrorInfo("ISCB-SDK-LOAD", {"path": "/p", "detail": "d"}))
    assert attention(keeper.facts) is Attention.NEEDS_YOU
    keeper.set_failure(None)
    assert keeper.facts.contact is Contact.STARTING


def test_an_expired_licence_is_told_and_one_never_activated_is_not(start, qtbot):
    link, keeper = start()
    shut = {"newSave": False, "openedSave": False, "open": False}
    error = {"code": "ISCB-LIC-EXPIRED", "title": "Over", "message": "m", "remedy": "r", "retry": "no", "params": {}}
    common = {"managed": True, "allowed": shut, "checking": False, "cloud": "sandbox", "error": error}
    link.script["license.status"] = {
        "licenses": [
            {"product": "mycad", "state": "expired", **common},
            {"product": "never", "state": "not_activated", **common},
            {"product": "free", "state": "unmanaged", **common, "managed": False},
        ]
    }
    link.tell("license.changed", **link.script["license.status"]["licenses"][0])
    qtbot.waitUntil(lambda: keeper.facts.licenses == (("mycad", "Over"),))
    assert attention(keeper.facts) is Attention.LICENSE


def test_the_desk_is_away_only_if_no_session_stands(start, qtbot):
    error = {"code": "ISCB-SDK-INIT", "title": "No answer", "message": "m", "remedy": "r", "retry": "no", "params": {}}
    resting = {"session": "transfer", "state": "resting", "error": error}
    link, keeper = start(sessions=[resting, {"session": "interactive", "state": "off"}])
    qtbot.waitUntil(lambda: keeper.facts.desk == "No answer")
    link.script["bridge.status"] = {**STATUS, "sessions": [resting, {"session": "interactive", "state": "ready"}]}
    link.tell("bridge.changed")
    qtbot.waitUntil(lambda: keeper.facts.desk == "")


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        ({}, 1),
        ({"jobs": {"waiting": 1}}, 0),  # the engine tries by itself
        ({"paused": True}, 0),
        ({"warnings": [GAVE_UP]}, 0),  # a person has to say so
        ({"sessions": [{"session": "transfer", "state": "ready"}]}, 0),
    ],
)
def test_a_desk_that_is_away_is_tried_again_while_nothing_else_does(start, qtbot, status, asked):
    away = {"session": "transfer", "state": "off", "error": {**GAVE_UP, "code": "ISCB-SDK-INIT"}}
    link, keeper = start(**{"sessions": [away], **status})
    settled(qtbot, link, keeper)
    keeper.look()
    settled(qtbot, link, keeper)
    assert len(link.asked_for("bridge.reconnect")) == asked


def test_changed_files_are_counted_and_some_are_named(start, qtbot):
    link, keeper = start()
    link.script["workfile.list"] = {
        "files": [{"path": "/w/a.FCStd", "state": "changed"}],
        "counts": {"changed": 3, "changing": 1, "saved": 9},
        "watching": True,
    }
    link.tell("workfile.changed", files=[], gone=[], counts={})
    qtbot.waitUntil(lambda: keeper.facts.changed == 4)
    assert keeper.changed_files == ["/w/a.FCStd"]
    assert attention(keeper.facts) is Attention.CHANGED


def test_what_was_told_while_the_list_was_on_its_way_is_newer(start, qtbot):
    link = ScriptedLink(script(listed=[job(1, "submitted")]))
    keeper = FactsKeeper(link, TrayState(Home("/nowhere")), link)
    link.set_state(LinkState.CONNECTED)
    link.tell("job.changed", **job(1, "done", updated="2026-01-01T00:09:00.000Z"))
    qtbot.waitUntil(lambda: keeper.facts.known)
    assert keeper.last_jobs(5)[0].state == "done"


def test_ten_thousand_changes_are_few_questions_and_few_signals(start, qtbot):
    link, keeper = start()
    settled(qtbot, link, keeper)
    asked = len(link.asked)
    signals: list[int] = []
    keeper.changed.connect(lambda: signals.append(1))
    for number in range(10_000):
        link.tell("job.changed", **job(number % 3000, "submitted" if number % 2 else "done"))
    assert len(link.asked) - asked <= 2
    assert len(keeper.jobs) <= module._MOST_JOBS
    link.script["bridge.status"] = STATUS
    qtbot.waitUntil(lambda: keeper.facts.active == 0)
    settled(qtbot, link, keeper)
    assert len(link.asked) - asked <= 8
    assert len(signals) <= 8


def test_a_dialog_that_stands_open_is_not_forgotten_for_newer_jobs(start, qtbot):
    link, keeper = start()
    link.tell("job.changed", **job(1, "submitted", "open"))
    for number in range(2, 2 + 2 * module._MOST_JOBS):
        link.tell("job.changed", **job(number))
    assert [one.job for one in keeper.dialogs()] == ["j1"]
    assert keeper.facts.dialogs == 1
    link.tell("job.changed", **job(1, "done", "open"))
    assert keeper.facts.dialogs == 0


def test_a_question_that_fails_is_asked_again_at_the_next_change(start, qtbot):
    link, keeper = start()
    settled(qtbot, link, keeper)
    link.script["bridge.status"] = ErrorInfo("ISCB-BRIDGE-CLOSING")
    link.tell("bridge.changed")
    settled(qtbot, link, keeper)
    link.script["bridge.status"] = {**STATUS, "paused": True}
    link.tell("bridge.changed")
    qtbot.waitUntil(lambda: keeper.facts.paused)
