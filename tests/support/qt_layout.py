"""Whether what a window shows is all there to see: nothing cut off, nothing on top of something else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QFontMetrics, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMainWindow,
    QPushButton,
    QRadioButton,
    QSplitter,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QTabBar,
    QTableView,
    QTabWidget,
    QTreeView,
    QWidget,
)

from support.qt_parts import columns_of, described, is_viewport, parts, shows_text

#: A layout may lose a pixel to rounding at fractional scales.
SLACK = 1
#: Qt lays these out itself, with pieces that touch on purpose.
_OVERLAPPING = (QTabWidget, QMainWindow, QSplitter, QComboBox, QAbstractSpinBox)


def clipped(window: QWidget) -> Iterator[str]:
    """Texts that are wider or higher than their place."""
    for widget in parts(window):
        yield from _outside(widget)
        if isinstance(widget, QLabel):
            yield from _label(widget)
        elif isinstance(widget, QAbstractButton):
            yield from _button(widget)
        elif isinstance(widget, QComboBox):
            yield from _combo(widget)
        elif isinstance(widget, QLineEdit):
            yield from _placeholder(widget)
        elif isinstance(widget, QTabBar):
            yield from _tabs(widget)
        elif isinstance(widget, QGroupBox):
            if _width(widget, widget.title()) > widget.width() + SLACK:
                yield f"cut off: the title of {described(widget)}"
        elif isinstance(widget, QAbstractItemView):
            yield from _view(widget)


def overlapping(window: QWidget) -> Iterator[str]:
    """Siblings of which one lies on the other."""
    mine = list(parts(window))
    for parent in mine:
        if isinstance(parent, (*_OVERLAPPING, QAbstractItemView)):
            continue
        children = [child for child in mine if child.parentWidget() is parent and not child.isWindow()]
        for index, first in enumerate(children):
            for second in children[index + 1 :]:
                shared = first.geometry().intersected(second.geometry())
                if shared.width() > SLACK and shared.height() > SLACK:
                    yield f"overlap: {described(first)} and {described(second)} share {_size(shared)}"


def _outside(widget: QWidget) -> Iterator[str]:
    parent = widget.parentWidget()
    if parent is None or widget.isWindow() or is_viewport(parent):
        return
    room = parent.rect().adjusted(-SLACK, -SLACK, SLACK, SLACK)
    if not widget.geometry().isEmpty() and not room.contains(widget.geometry()):
        yield f"cut off: {described(widget)} at {_place(widget.geometry())} leaves {_size(parent.rect())}"
    if widget.geometry().isEmpty() and not widget.sizeHint().isEmpty():
        yield f"cut off: {described(widget)} has no room at all"


def _label(label: QLabel) -> Iterator[str]:
    text = label.text()
    if not text:
        return
    if shortened(label):
        if not label.toolTip():
            yield f"no tooltip: {described(label)} is shortened, and its full text is nowhere"
        return
    if not label.wordWrap():
        hint = label.sizeHint()
        if hint.width() > label.width() + SLACK or hint.height() > label.height() + SLACK:
            yield f"cut off: {described(label)} needs {_size(hint)}, has {_size(label.size())}"
        return
    needed = label.heightForWidth(label.width())
    if needed > label.height() + SLACK:
        yield f"cut off: {described(label)} needs a height of {needed}, has {label.height()}"
    longest = max((_width(label, word) for word in _words(plain(text))), default=0)
    if longest > label.contentsRect().width() + SLACK:
        yield f"cut off: a word of {described(label)} is wider ({longest}) than its line ({label.width()})"


def shortened(label: QLabel) -> bool:
    """Whether a label is one that shortens its text with an ellipsis, and does so at its present width."""
    if "Elided" not in type(label).__name__:
        return False
    return _width(label, str(label.text())) > label.contentsRect().width() or "…" in str(label.text())


def _button(button: QAbstractButton) -> Iterator[str]:
    if not button.text() or not shows_text(button):
        return
    if isinstance(button, (QPushButton, QCheckBox, QRadioButton)):
        element = {
            QPushButton: QStyle.SubElement.SE_PushButtonContents,
            QCheckBox: QStyle.SubElement.SE_CheckBoxContents,
            QRadioButton: QStyle.SubElement.SE_RadioButtonContents,
        }[next(kind for kind in (QPushButton, QCheckBox, QRadioButton) if isinstance(button, kind))]
        option = QStyleOptionButton()
        button.initStyleOption(option)
        room = button.style().subElementRect(element, option, button).width()
        icon = button.iconSize().width() + 4 if not button.icon().isNull() else 0
        needed = _width(button, button.text()) + icon
    else:
        room, needed = button.width(), button.sizeHint().width()
    if needed > room + SLACK:
        yield f"cut off: {described(button)} needs a width of {needed}, has {room}"
    if button.fontMetrics().height() > button.height() + SLACK:
        yield f"cut off: {described(button)} is lower than its text"


def _combo(combo: QComboBox) -> Iterator[str]:
    option = QStyleOptionComboBox()
    combo.initStyleOption(option)
    style = combo.style()
    field = QStyle.SubControl.SC_ComboBoxEditField
    room = style.subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, combo).width()
    for index in range(combo.count()):
        icon = combo.iconSize().width() + 4 if not combo.itemIcon(index).isNull() else 0
        needed = _width(combo, combo.itemText(index)) + icon
        if needed > room + SLACK:
            yield f"cut off: {combo.itemText(index)!r} of {described(combo)} needs {needed}, has {room}"


def _placeholder(edit: QLineEdit) -> Iterator[str]:
    needed = _width(edit, edit.placeholderText())
    if needed > edit.contentsRect().width() + SLACK:
        yield f"cut off: the placeholder {edit.placeholderText()!r} needs {needed}, has {edit.contentsRect().width()}"


def _tabs(bar: QTabBar) -> Iterator[str]:
    for index in range(bar.count()):
        needed, room = _width(bar, bar.tabText(index)), bar.tabRect(index).width()
        if needed > room + SLACK:
            yield f"cut off: the tab {bar.tabText(index)!r} needs {needed}, has {room}"


def _view(view: QAbstractItemView) -> Iterator[str]:
    header: QHeaderView | None = None
    if isinstance(view, QTableView):
        header = view.horizontalHeader()
    elif isinstance(view, QTreeView):
        header = view.header()
    if header is not None and header.isVisible():
        yield from _headings(header)
    yield from _cells(view)


def _headings(header: QHeaderView) -> Iterator[str]:
    model = header.model()
    for section in range(header.count()):
        if header.isSectionHidden(section):
            continue
        text = str(model.headerData(section, Qt.Orientation.Horizontal) or "")
        needed, room = _width(header, text), header.sectionSize(section) - 4
        if needed > room + SLACK:
            yield f"cut off: the heading {text!r} needs {needed}, has {room}"


def _cells(view: QAbstractItemView) -> Iterator[str]:
    model = view.model()
    if model is None:
        return
    for row in range(min(model.rowCount(view.rootIndex()), 50)):
        for column in columns_of(view):
            index = model.index(row, column, view.rootIndex())
            if type(view.itemDelegateForIndex(index)) is not QStyledItemDelegate:
                continue  # it paints as it likes
            room, text = view.visualRect(index).width(), str(index.data() or "")
            if room and _width(view, text) > room and not index.data(Qt.ItemDataRole.ToolTipRole):
                yield f"no tooltip: {text!r} is shortened in {described(view)}, and its full text is nowhere"


def plain(text: str) -> str:
    """A text without its markup."""
    return re.sub(r"<[^>]+>", " ", text) if Qt.mightBeRichText(text) else text


def _words(text: str) -> list[str]:
    # Chinese wraps between any two characters.
    return [word for word in re.split(r"[\s\u2e80-\uffff/\\\-]+", text) if word]


def _width(widget: QWidget, text: str) -> int:
    metrics = QFontMetrics(widget.font())
    flags = Qt.TextFlag.TextShowMnemonic if "&" in text else Qt.TextFlag.TextSingleLine
    return int(metrics.size(int(flags.value), text).width()) if text else 0


def _size(of: QRect | QSize) -> str:
    return f"{of.width()}x{of.height()}"


def _place(of: QRect) -> str:
    return f"({of.x()}, {of.y()}, {_size(of)})"
