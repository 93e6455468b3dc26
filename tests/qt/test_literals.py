"""Windows show texts by their ids: no sentence stands in their code."""

from __future__ import annotations

import pytest

from support.checkout import ROOT
from support.qt_literals import literals, literals_of


def test_no_sentence_stands_in_the_code_of_the_windows():
    assert literals(ROOT / "iscbridge" / "tray") == []


def test_every_call_site_is_named_by_file_and_line(tmp_path):
    (tmp_path / "page.py").write_text("\nlabel.setText('Hello')\n", encoding="utf-8")
    assert literals(tmp_path) == ["page.py:2: 'Hello'"]


@pytest.mark.parametrize(
    "source",
    [
        "label.setText('Hello')",
        "self.setWindowTitle('Hello')",
        "menu.addAction(icon, 'Hello')",
        "QLabel('Hello')",
        "QtWidgets.QLabel('Hello')",
        "QAction(text='Hello')",
        "box.addItem('Hello', 1)",
        "box.addItem(icon, 'Hello', 1)",
        "label.setText(f'Hello {name}')",
        "label.setText('Hello ' + name)",
        "label.setText('Hello {}'.format(name))",
        "label.setText(name or 'Hello')",
        "label.setText(name if name else 'Hello')",
        "table.setHorizontalHeaderLabels(['Hello', words('x')])",
        "QMessageBox.warning(self, words('x'), 'Hello')",
        "label.setText('保存')",
        "label.setText('<b>Hello</b>')",
    ],
)
def test_a_sentence_is_found(source):
    assert [line for line, _ in literals_of(source)] == [1]


@pytest.mark.parametrize(
    "source",
    [
        "label.setText(words('tray.menu.quit'))",
        "label.setText(words('job', name='x'))",
        "label.setText('')",
        "label.setText('<b>' + words('x') + '</b>')",
        "label.setText(f'{done} / {all}')",
        "box.addItem(words('x'), 'en')",
        "bar.setFormat('%p%')",
        "log.warning('the state can not be written')",
        "label.setObjectName('heading')",
        "QApplication.setApplicationDisplayName('ISCBridge')",
    ],
)
def test_an_id_is_no_sentence(source):
    assert not list(literals_of(source))
