"""The parts of a window that a person meets: which widgets are ours, and which are the insides of Qt's own."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QAbstractListModel, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QProgressBar,
    QScrollBar,
    QSizeGrip,
    QSplitterHandle,
    QTabBar,
    QTextEdit,
    QToolButton,
    QWidget,
)

#: What a person uses with a pointer, and so must be able to use with a keyboard.
INTERACTIVE = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
)
#: What they show is a value; what the value is of has to be said beside it.
VALUES = (
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QTextEdit,
)
_INSIDES = (QHeaderView, QScrollBar, QSizeGrip, QSplitterHandle, QMenu)
#: Qt builds children of its own into these.
_MADE_OF_PARTS = (QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QTabBar)


def parts(window: QWidget) -> Iterator[QWidget]:
    """Every visible widget of a window that Qt did not put in by itself, the window first."""
    yield window
    for child in window.findChildren(QWidget):
        if child.isVisible() and child.window() is window.window() and not is_inside(child):
            yield child


def is_inside(widget: QWidget) -> bool:
    """Whether Qt made this widget as a piece of another one."""
    if isinstance(widget, _INSIDES) or widget.objectName().startswith("qt_"):
        # The bar of a tab widget is one of these by its name, and still what people click.
        return not isinstance(widget, QTabBar)
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, _MADE_OF_PARTS) and not is_viewport(widget.parentWidget()):
            return True
        parent = parent.parentWidget()
    return False


def is_viewport(widget: QWidget | None) -> bool:
    """Whether this is the pane of a scroll area."""
    parent = widget.parentWidget() if widget is not None else None
    return isinstance(parent, QAbstractScrollArea) and parent.viewport() is widget


def is_interactive(widget: QWidget) -> bool:
    """Whether a person does something with it. A text that can only be read and selected is none."""
    if isinstance(widget, (QTextEdit, QPlainTextEdit)) and widget.isReadOnly():
        return widget.focusPolicy() != Qt.FocusPolicy.NoFocus
    return isinstance(widget, INTERACTIVE)


def buddy_text(widget: QWidget) -> str:
    """The text of the label that belongs to a widget."""
    for label in widget.window().findChildren(QLabel):
        if label.buddy() is widget or (label.buddy() is not None and widget.focusProxy() is label.buddy()):
            return str(label.text())
    return ""


def described(widget: QWidget) -> str:
    """A widget as a finding names it."""
    text = widget.objectName() or widget.accessibleName() or text_of(widget)
    within = widget.parentWidget()
    place = f" in {type(within).__name__}" if within is not None else ""
    return f"{type(widget).__name__} {text[:60]!r}{place}"


def text_of(widget: QWidget) -> str:
    """The text that a widget itself shows."""
    if isinstance(widget, (QLabel, QAbstractButton)):
        return str(widget.text())
    title = getattr(widget, "title", None)
    return str(title()) if callable(title) else str(widget.windowTitle() if widget.isWindow() else "")


def shows_text(button: QAbstractButton) -> bool:
    """Whether a button draws its text, or only its icon."""
    if isinstance(button, QToolButton):
        return bool(button.toolButtonStyle() != Qt.ToolButtonStyle.ToolButtonIconOnly or button.icon().isNull())
    return bool(button.text())


def columns_of(view: QAbstractItemView) -> range:
    """The columns of a view."""
    model = view.model()
    # PySide keeps the column count of a list to itself: it is 1.
    return range(1 if isinstance(model, QAbstractListModel) else model.columnCount(view.rootIndex()))
