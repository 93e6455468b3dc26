"""Tooltips of what others wrote: every character of it, and nothing fetched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QLabel

from iscbridge.tray.widgets.labels import ElidedLabel
from iscbridge.tray.widgets.tips import plain_tip

HOSTILE = "<img src='//evil/share/a.png'><b>arm</b>.FCStd"


def shown(tip):
    """What a tooltip shows of a text: it is a label, and only one with HTML is as wide as its HTML."""
    if not tip.startswith("<p style="):
        plain, guessed = QLabel(), QLabel(tip)
        plain.setTextFormat(Qt.TextFormat.PlainText)
        plain.setText(tip)
        assert guessed.sizeHint() == plain.sizeHint()
        return tip
    document = QTextDocument()
    document.setHtml(tip)
    assert "\N{OBJECT REPLACEMENT CHARACTER}" not in document.toPlainText(), "a picture"
    return document.toPlainText()


@pytest.mark.parametrize("text", ["", "/home/ann/arm.FCStd", HOSTILE, "a < b\n<qt>&lt;</qt>", "<?xml?>", "a&lt;b"])
def test_every_character_is_shown(qapp, text):
    assert shown(plain_tip(text)) == text


@given(st.text("<>&/ablt; \"'=img?!"))
def test_nothing_is_taken_for_html(qapp, text):
    assert shown(plain_tip(text)).split() == text.split()


def test_a_label_that_is_cut_tells_a_hostile_name_as_it_is(qtbot):
    label = ElidedLabel(HOSTILE * 20)
    qtbot.addWidget(label)
    label.resize(80, 20)
    label.show()
    assert shown(label.toolTip()) == HOSTILE * 20
