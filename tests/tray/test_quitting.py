"""Quitting: a question only where something is under way, and three answers that all keep the work."""

from __future__ import annotations

import pytest

from iscbridge.texts import en
from iscbridge.tray.quitting import Quitting
from support.qt_checks import check_window
from support.tray_script import STATUS


@pytest.fixture
def decisions():
    return []


@pytest.fixture
def quitting(shell_facts, shell_words, decisions):
    made = Quitting(shell_facts, shell_words)
    made.decided.connect(decisions.append)
    yield made
    made.withdraw()


@pytest.fixture
def under_way(shell_link, shell_facts, qtbot):
    def under_way(count, **status):
        shell_link.script["bridge.status"] = {**STATUS, "jobs": {"waiting": count} if count else {}, **status}
        shell_link.tell("bridge.changed")
        qtbot.waitUntil(lambda: shell_facts.facts.active == count and not shell_facts._show.isActive())

    return under_way


def test_with_nothing_under_way_there_is_no_question(quitting, decisions):
    quitting.ask()
    assert decisions == ["quit"]
    assert quitting.dialog is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_question_says_that_nothing_is_lost(quitting, decisions, under_way, shell_words, language, qtbot):
    under_way(3)
    shell_words.set_language(language)
    quitting.ask()
    dialog = quitting.dialog
    check_window(dialog, language)
    assert "3" in dialog.text
    assert not decisions
    dialog.finish.click()
    check_window(dialog, language)
    dialog.reject()
    assert quitting.dialog is None
    assert not decisions


def test_asked_twice_there_is_one_question(quitting, under_way):
    under_way(1)
    quitting.ask()
    first = quitting.dialog
    quitting.ask()
    assert quitting.dialog is first


def test_keep_for_next_time(quitting, decisions, under_way):
    under_way(1)
    quitting.ask()
    quitting.dialog.keep.click()
    assert len(decisions) == 1


def test_finish_first_quits_when_all_is_done_and_not_before(quitting, decisions, under_way):
    under_way(2)
    quitting.ask()
    under_way(0)
    assert not decisions, "it was not decided yet"
    under_way(2)
    quitting.dialog.finish.click()
    under_way(1)
    assert not decisions
    assert quitting.dialog.text == en.MESSAGES["tray.quit.left"].format(count=1)
    under_way(0)
    assert len(decisions) == 1


def test_finishing_can_be_given_up(quitting, decisions, under_way):
    under_way(2)
    quitting.ask()
    quitting.dialog.finish.click()
    quitting.dialog.stay.click()
    under_way(0)
    assert not decisions
    assert quitting.dialog is None


def test_what_stands_in_the_way_is_said(quitting, under_way):
    error = {"code": "ISCB-SDK-INIT", "title": "No answer", "message": "m", "remedy": "r", "retry": "no", "params": {}}
    under_way(2, sessions=[{"session": "transfer", "state": "resting", "error": error}])
    quitting.ask()
    quitting.dialog.finish.click()
    assert "No answer" in quitting.dialog.text
