"""Widgets that all windows share."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget

from iscbridge.core.attention_state import Attention
from iscbridge.core.jobs import JobState
from iscbridge.tray.icons import attention_icon, state_icon
from iscbridge.tray.widgets.banner import Banner
from iscbridge.tray.widgets.labels import ElidedLabel, EmptyState, Heading, StateLabel
from support.qt_checks import check_window

LONG = "/home/someone/projects/a very long folder name/another one/the assembly of the day/part.FCStd"


@pytest.fixture
def window(qtbot):
    made = QWidget()
    made.setWindowTitle("中文 Window")
    QVBoxLayout(made)
    made.resize(500, 300)
    qtbot.addWidget(made)
    return made


def put(window, widget):
    window.layout().addWidget(widget)
    window.show()
    return widget


def test_a_long_path_gives_way_and_is_told_by_its_tooltip(window, qtbot):
    label = put(window, ElidedLabel(LONG))
    window.resize(200, 60)
    qtbot.waitUntil(lambda: label.toolTip() == LONG)
    assert label.text() == LONG
    assert label.width() <= 200
    window.resize(3000, 60)
    qtbot.waitUntil(lambda: label.toolTip() == "")


def test_it_paints_what_fits_and_no_more(window, qtbot):
    label = put(window, ElidedLabel("a" * 300))
    window.resize(150, 60)
    qtbot.waitUntil(lambda: label.toolTip() != "")
    assert not label.grab().isNull()


def test_a_heading_is_larger_than_its_text(window):
    heading = put(window, Heading("Head"))
    assert heading.font().pointSizeF() > window.font().pointSizeF()
    assert heading.font().bold()


def test_a_state_has_icon_and_word_and_a_name(window):
    label = put(window, StateLabel(state_icon(JobState.DONE), "done"))
    label.show_state(state_icon(JobState.FAILED), "failed")
    assert label.text == "failed"
    assert label.accessibleName() == "failed"


def test_a_banner_is_there_only_with_something_to_say(window, qtbot):
    banner = put(window, Banner())
    assert not banner.isVisible()
    assert banner.text == ""
    banner.say(attention_icon(Attention.NEEDS_YOU), "Something happened", "Do it")
    assert banner.text == "Something happened"
    check_window(window, "en", data=["中文 Window"])
    with qtbot.waitSignal(banner.pressed):
        banner.button.click()
    banner.say(attention_icon(Attention.SAVED), "All is well")
    assert not banner.button.isVisible()


def test_an_empty_list_says_so(window):
    empty = put(window, EmptyState("No jobs", "Save a file in your CAD"))
    empty.set_texts("Nothing found", "Search for something else")
    check_window(window, "en", data=["中文 Window"])
