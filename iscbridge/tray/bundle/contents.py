"""The tree of what a support bundle holds."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QTreeWidget, QTreeWidgetItem, QWidget

from iscbridge.service.support.bundle import Bundle, Member
from iscbridge.service.support.sizes import size_text
from iscbridge.tray.widgets.tips import plain_tip
from iscbridge.tray.words import Words

_ROLE = Qt.ItemDataRole.UserRole
_LOGS = "logs/"
_WIDEST = 48


def what_is(member: Member, words: Words) -> str:
    """What a file of the bundle is, in words."""
    what = words(member.what)
    if member.cut:
        what += " " + words("bundle.cli.cut", cut=size_text(member.cut, words.language))
    return what


class ContentsTree(QTreeWidget):
    """Files with their sizes; the log files below a node of their own."""

    chosen = Signal(object)
    """The `Member` that is looked at, or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setColumnCount(2)
        self.header().setStretchLastSection(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setUniformRowHeights(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setTabKeyNavigation(False)
        self._members: tuple[Member, ...] = ()
        self.itemSelectionChanged.connect(self._on_current)

    @property
    def member(self) -> Member | None:
        """The one that is chosen."""
        chosen = self.selectedItems()
        number = chosen[0].data(0, _ROLE) if chosen else None
        return self._members[number] if isinstance(number, int) else None

    def show_bundle(self, bundle: Bundle, words: Words) -> None:
        """Show another bundle; the file that was chosen stays so."""
        before = self.member
        self.clear()
        self._members = bundle.members
        group: QTreeWidgetItem | None = None
        again: QTreeWidgetItem | None = None
        for number, member in enumerate(bundle.members):
            if member.name.startswith(_LOGS) and group is None:
                group = QTreeWidgetItem(self, [words("bundle.window.logs"), ""])
            item = self._item(member, words, group if member.name.startswith(_LOGS) else None)
            item.setData(0, _ROLE, number)
            if before is not None and before.name == member.name:
                again = item
        self.expandAll()
        for column in (0, 1):
            self.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self._make_room()
        self.setCurrentItem(again or self.topLevelItem(0))

    def _make_room(self) -> None:
        """As wide as its columns, but not at the cost of the preview."""
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        wide = self.sizeHintForColumn(0) + self.sizeHintForColumn(1) + bar + 2 * self.frameWidth()
        self.setMinimumWidth(min(wide, self.fontMetrics().averageCharWidth() * _WIDEST))

    def _item(self, member: Member, words: Words, group: QTreeWidgetItem | None) -> QTreeWidgetItem:
        what = what_is(member, words)
        columns = [member.name.removeprefix(_LOGS), size_text(len(member.data), words.language)]
        item = QTreeWidgetItem(columns)
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for column in (0, 1):
            item.setToolTip(column, plain_tip(what))
        if group is None:
            self.addTopLevelItem(item)
        else:
            group.addChild(item)
        return item

    def retranslate(self, words: Words) -> None:
        """Set the texts of the columns."""
        self.setHeaderLabels([words(f"bundle.window.column-{name}") for name in ("name", "size")])

    @Slot()
    def _on_current(self) -> None:
        self.chosen.emit(self.member)
