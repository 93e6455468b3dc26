"""Small tables of text: a few thousand rows at most, filled anew without a jump."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QGuiApplication, QIcon, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QTreeWidget, QTreeWidgetItem, QWidget

from iscbridge.tray.widgets.tips import plain_tip


class TextTable(QTreeWidget):
    """Rows of text. Ctrl+C copies the chosen ones."""

    def __init__(self, columns: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setColumnCount(columns)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.header().setStretchLastSection(True)
        self._copy_action = QAction(self)
        self._copy_action.setShortcut(QKeySequence.StandardKey.Copy)
        self._copy_action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._copy_action.triggered.connect(self._copy)
        self.addAction(self._copy_action)

    def set_headings(self, labels: Sequence[str]) -> None:
        """Name the columns, and make room for the names."""
        self.setHeaderLabels(list(labels))
        self.fit()

    def fit(self) -> None:
        """Make each column as wide as what it holds; the last one takes what is left."""
        for column in range(self.columnCount() - 1):
            self.resizeColumnToContents(column)

    @Slot()
    def _copy(self) -> None:
        lines = ["\t".join(item.text(c) for c in range(self.columnCount())) for item in self.selectedItems()]
        if lines:
            QGuiApplication.clipboard().setText("\n".join(lines))


def fill(target: TextTable, rows: Sequence[Sequence[str]], signs: Sequence[QIcon] = ()) -> None:
    """Show these rows, with a sign before the second column of each if there are any.

    Those that stay keep their place, the choice and the scroll position.
    """
    before = target.topLevelItemCount()
    for number, row in enumerate(rows[:before]):
        item = target.topLevelItem(number)
        if item is not None:
            _set(item, row)
    for number in range(before, len(rows)):
        item = QTreeWidgetItem()
        _set(item, rows[number])
        target.addTopLevelItem(item)
    for _ in range(before - len(rows)):
        target.takeTopLevelItem(target.topLevelItemCount() - 1)
    for number, sign in enumerate(signs):
        item = target.topLevelItem(number)
        if item is not None:
            item.setIcon(1, sign)
    if before == 0 and rows:
        target.fit()


def _set(item: QTreeWidgetItem, row: Sequence[str]) -> None:
    for column, text in enumerate(row):
        if item.text(column) != text:
            item.setText(column, text)
            item.setToolTip(column, plain_tip(text))
