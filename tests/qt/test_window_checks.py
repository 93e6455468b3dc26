"""Each check of `support.qt_checks` finds what it is there for, and passes a window that is right."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from support.qt_checks import (
    check_window,
    clipped,
    disordered,
    findings,
    is_in,
    nameless,
    overlapping,
    tab_stops,
    unreachable,
    untranslated,
)


class Window(QWidget):
    """A small form as it should be."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Settings")
        self.form = QFormLayout(self)
        self.edit, self.combo, self.tick = QLineEdit(), QComboBox(), QCheckBox("Watch files")
        self.combo.addItems(["English", "中文"])
        self.first, self.second = QRadioButton("Ask"), QRadioButton("Never")
        self.first.setChecked(True)
        self.button = QPushButton("&Save")
        self.form.addRow("&Folder", self.edit)
        self.form.addRow("&Language", self.combo)
        for widget in (self.tick, self.first, self.second, self.button):
            self.form.addRow(widget)


@pytest.fixture
def window(qtbot):
    made = Window()
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def shown(qtbot, window: QWidget) -> QWidget:
    window.show()
    QApplication.sendPostedEvents()  # rows that were added to a visible window are shown by an event
    return window


def test_a_good_window_passes(window):
    check_window(window, "en")


def test_a_finding_fails_the_window_and_names_the_widget(window):
    window.button.setText("")
    with pytest.raises(AssertionError, match="no accessible name: QPushButton"):
        check_window(window, "en")


def test_a_window_that_is_hidden_is_not_judged(window):
    window.hide()
    with pytest.raises(AssertionError, match="shown"):
        findings(window, "en")


# names


def test_a_field_without_a_label_has_no_name(qtbot, window):
    window.form.addRow(QLineEdit("the value is no name"))
    assert any("QLineEdit" in finding for finding in nameless(shown(qtbot, window)))


@pytest.mark.parametrize("widget", [QComboBox, QTableWidget, QTextEdit, QToolButton])
def test_what_shows_only_a_value_needs_a_name(qtbot, window, widget):
    made = widget()
    window.form.addRow(made)
    shown(qtbot, window)
    assert list(nameless(window))
    made.setAccessibleName("Jobs")
    assert not list(nameless(window))


def test_a_picture_needs_a_name_unless_it_is_decoration(qtbot, window):
    picture = QLabel()
    pixmap = QPixmap(8, 8)
    pixmap.fill(Qt.GlobalColor.black)
    picture.setPixmap(pixmap)
    window.form.addRow(picture)
    shown(qtbot, window)
    assert list(nameless(window))
    picture.setProperty("decorative", True)
    assert not list(nameless(window))


def test_a_window_needs_a_title(window):
    window.setWindowTitle("")
    assert any("Window" in finding for finding in nameless(window))


# keyboard


def test_tab_visits_each_stop_once_and_the_focus_stays_where_it_was(window):
    window.combo.setFocus()
    assert set(tab_stops(window)) == {window.edit, window.combo, window.tick, window.first, window.button}
    assert window.focusWidget() is window.combo


def test_a_button_that_takes_no_focus_is_unreachable(window):
    window.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    assert list(unreachable(window)) == ["not reachable by Tab: QPushButton '&Save' in Window"]


def test_a_button_that_takes_focus_by_click_only_is_unreachable(window):
    window.tick.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    assert any("QCheckBox" in finding for finding in unreachable(window))


def test_one_of_exclusive_buttons_is_enough(window):
    assert not list(unreachable(window))
    window.first.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    window.second.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    assert len(list(unreachable(window))) == 2


def test_a_table_that_keeps_the_tab_key_cuts_off_what_follows(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    rows = QVBoxLayout(window)
    table, button = QTableWidget(2, 2), QPushButton("After")
    for row in range(2):
        for column in range(2):
            table.setItem(row, column, QTableWidgetItem(f"{row}{column}"))
    rows.addWidget(table)
    rows.addWidget(button)
    shown(qtbot, window)
    table.setFocus()
    table.setCurrentCell(0, 0)
    assert any("QPushButton" in finding for finding in unreachable(window))
    table.setTabKeyNavigation(False)
    assert not list(unreachable(window))


def test_a_tab_order_that_jumps_up_is_told(window):
    assert not list(disordered(window))
    QWidget.setTabOrder(window.edit, window.button)
    QWidget.setTabOrder(window.button, window.combo)
    assert any("QPushButton" in finding and "QComboBox" in finding for finding in disordered(window))


# layout


@pytest.mark.parametrize("widget", [QLabel, QPushButton, QCheckBox, QRadioButton, QGroupBox])
def test_a_text_that_is_cut_off_is_told(qtbot, widget):
    window = QWidget()
    qtbot.addWidget(window)
    made = widget("A text that is far too long", window)
    made.setGeometry(0, 0, 60, 40)
    window.resize(400, 60)
    window.show()
    assert any(finding.startswith("cut off") for finding in clipped(window))
    made.resize(300, 40)
    assert not list(clipped(window))


def test_a_wrapped_label_needs_its_height_and_its_longest_word(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    label = QLabel("one two three four five six seven incomprehensibilities", window)
    label.setWordWrap(True)
    label.setGeometry(0, 0, 300, 20)
    window.resize(400, 400)
    window.show()
    assert any("height" in finding for finding in clipped(window))
    label.setGeometry(0, 0, 300, 200)
    assert not list(clipped(window))
    label.setGeometry(0, 0, 60, 400)
    assert any("word" in finding for finding in clipped(window))


def test_every_choice_of_a_combo_box_must_fit(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    combo = QComboBox(window)
    combo.addItems(["short", "one that is very much longer than the other"])
    combo.setGeometry(0, 0, 100, 30)
    window.resize(500, 40)
    window.show()
    assert len(list(clipped(window))) == 1
    combo.resize(450, 30)
    assert not list(clipped(window))


def test_headings_must_fit_and_shortened_cells_need_a_tooltip(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    table = QTableWidget(1, 1, window)
    table.setHorizontalHeaderLabels(["A heading of some length"])
    item = QTableWidgetItem("/a/path/that/is/longer/than/the/column/gearbox.FCStd")
    table.setItem(0, 0, item)
    table.setGeometry(0, 0, 300, 100)
    window.show()
    table.setColumnWidth(0, 60)
    assert {finding.split(":")[0] for finding in clipped(window)} == {"cut off", "no tooltip"}
    item.setToolTip(item.text())
    table.setColumnWidth(0, 250)
    assert not list(clipped(window))


class ElidedLabel(QLabel):
    def minimumSizeHint(self):  # noqa: N802 - Qt's name
        return super().minimumSizeHint().boundedTo(self.size())


def test_a_shortened_label_needs_a_tooltip(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    label = ElidedLabel("/a/path/that/is/long", window)
    label.setGeometry(0, 0, 40, 20)
    window.resize(200, 30)
    window.show()
    assert [finding.split(":")[0] for finding in clipped(window)] == ["no tooltip"]
    label.setToolTip(label.text())
    assert not list(clipped(window))


def test_what_leaves_its_parent_is_cut_off(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    inner = QWidget(window)
    inner.setGeometry(150, 0, 100, 30)
    window.resize(200, 30)
    window.show()
    assert any("leaves" in finding for finding in clipped(window))


def test_tabs_must_fit(qtbot):
    window = QTabWidget()
    qtbot.addWidget(window)
    window.addTab(QWidget(), "One name of some length")
    window.tabBar().setStyleSheet("QTabBar::tab { max-width: 40px }")
    window.show()
    assert any("tab" in finding for finding in clipped(window))


def test_overlapping_siblings_are_told(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    first, second = QPushButton("One", window), QPushButton("Two", window)
    first.setGeometry(QRect(0, 0, 80, 30))
    second.setGeometry(QRect(60, 0, 80, 30))
    window.resize(200, 40)
    window.show()
    assert [finding.split(":")[0] for finding in overlapping(window)] == ["overlap"]
    second.move(81, 0)
    assert not list(overlapping(window))


# language


def test_a_text_of_the_other_language_is_told(window):
    assert not list(untranslated(window, "en"))
    window.button.setText("保存")
    assert [finding.split(":")[0] for finding in untranslated(window, "en")] == ["not in en"]


def test_an_english_text_in_a_chinese_window_is_told(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    window.setWindowTitle("设置")
    label = QLabel("文件夹")
    row.addWidget(label)
    shown(qtbot, window)
    assert not list(untranslated(window, "zh"))
    label.setToolTip("The folder")
    assert list(untranslated(window, "zh")) == ["not in zh: 'The folder' (tooltip of QLabel)"]


def test_an_id_without_a_text_and_a_parameter_without_a_value_are_told(window):
    window.button.setText("tray.menu.quit")
    window.tick.setText("Save {name}")
    assert [finding.split(" ")[0] for finding in untranslated(window, "en")] == ["a", "no"]


@pytest.mark.parametrize(
    "text",
    [
        "ISCDesk", "/home/anna/gearbox/gearbox.FCStd", r"C:\Users\anna\gearbox.FCStd", "gearbox.FCStd", "12.5 MB",
        "ISCB-PATH-MISSING", "FreeCAD 1.0.2", "0.9.1", "English", "https://example.com/a", "12:30", "sandbox", "保存",
        "/home/anna/…/gearbox.FCStd", "/home/anna/a folder, with blanks/gearbox.FCStd",
    ],
)  # fmt: skip
def test_data_and_names_may_stand_in_a_chinese_window(text):
    assert is_in(text, "zh")


@pytest.mark.parametrize("text", ["Save", "Saved at 12:30", "ISCDesk is closed", "gearbox.FCStd was saved"])
def test_words_may_not(text):
    assert not is_in(text, "zh")


def test_names_of_the_sample_are_data():
    assert not is_in("Anna's bridge", "zh")
    assert is_in("Anna's bridge", "zh", ["Anna's bridge"])
    assert is_in("齿轮箱.FCStd", "en")
    assert not is_in("齿轮箱", "en")
    assert is_in("齿轮箱", "en", ["齿轮箱"])
    assert is_in("中文", "en")
