"""The settings window: pages made from the declarations of the settings, and what belongs to them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QSize, Qt, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from iscbridge.core.settings import PAGES, SETTINGS
from iscbridge.tray.room import Room
from iscbridge.tray.settings.advanced_box import AdvancedBox
from iscbridge.tray.settings.banner import Problems, RestartBanner
from iscbridge.tray.settings.cloud_box import CloudBox
from iscbridge.tray.settings.keeper import SettingsKeeper
from iscbridge.tray.settings.network_box import NetworkBox
from iscbridge.tray.settings.page import Page

#: Letters and lines that a page has at least.
_LEAST = (68, 12)
#: Pages that another module fills: it has `make(room)`, and is loaded when the page is first opened.
SLOTS: Mapping[str, str] = {
    "license": "iscbridge.tray.settings.license_page",
    "hosts": "iscbridge.tray.settings.hosts_page",
}


@runtime_checkable
class LicenceShown(Protocol):
    """A page that can bring up what it says of one product."""

    def focus_on(self, product: str) -> None:
        """Bring it up."""


def make(room: Room) -> QWidget:
    """The window."""
    return SettingsWindow(room)


class _RoomyRows(QStyledItemDelegate):
    """Rows that are easy to hit, with some room before and after the words."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802 - Qt's name
        """Nearly twice as high as the words."""
        size = super().sizeHint(option, index)
        return QSize(size.width() + size.height(), size.height() * 7 // 4)


class SettingsWindow(QWidget):
    """All settings. A change is written at once; there is no button to forget."""

    def __init__(self, room: Room, parent: QWidget | None = None, *, policy: Path | None = None) -> None:
        super().__init__(parent)
        self._room = room
        self.keeper = SettingsKeeper(room, self, policy=policy)
        self.problems = Problems(room.words, self)
        self.restart = RestartBanner(room.words, self)
        self.list = QListWidget(self)
        self.list.setObjectName("pages")
        self.list.setItemDelegate(_RoomyRows(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.stack = QStackedWidget(self)
        self.pages: dict[str, Page] = {}
        """Those that were opened so far, by name."""
        for _ in PAGES:
            self.list.addItem(QListWidgetItem())
        self._lay_out()
        self.keeper.changed.connect(self._show)
        self.restart.wanted.connect(self._on_restart)
        self.list.currentRowChanged.connect(self._on_row)
        room.words.changed.connect(self.retranslate)
        QShortcut(QKeySequence("Ctrl+PgDown"), self, self._next_page)
        QShortcut(QKeySequence("Ctrl+PgUp"), self, self._page_before)
        self.retranslate()
        self._show()
        self.list.setCurrentRow(0)

    def focus_on(self, what: Mapping[str, object]) -> None:
        """Show the page named by `page`, and on that of licences the card of `product`."""
        name, product = what.get("page"), what.get("product")
        if name not in PAGES:
            return
        self.focus(page=str(name))
        slot = self.pages[str(name)].slot
        if isinstance(product, str) and product and isinstance(slot, LicenceShown):
            slot.focus_on(product)

    def focus(self, *, page: str) -> None:
        """Show a page and give it the keyboard."""
        self.list.setCurrentRow(PAGES.index(page))
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    # how it is made

    def _page(self, name: str) -> Page:
        """The page; made if it is opened for the first time."""
        if name in self.pages:
            return self.pages[name]
        module = SLOTS.get(name)
        slot: QWidget | None = None if module is None else import_module(module).make(self._room)
        settings = [setting for setting in SETTINGS if setting.page == name]
        page = Page(name, settings, self._room.words, slot=slot, boxes=self._boxes(name), parent=self.stack)
        for field in page.fields:
            field.chosen.connect(self._on_chosen)
        page.show_resolved(self.keeper.resolved)
        self.pages[name] = page
        self.stack.addWidget(page)
        return page

    def _boxes(self, name: str) -> list[QWidget]:
        if name == "cloud":
            return [CloudBox(self._room)]
        if name == "network":
            return [NetworkBox(self._room)]
        if name == "advanced":
            box = AdvancedBox(self._room)
            box.reset.connect(self.keeper.reset_all)
            return [box]
        return []

    def _lay_out(self) -> None:
        body = QHBoxLayout()
        body.addWidget(self.list)
        body.addWidget(self.stack, 1)
        body.setSpacing(2 * self.fontMetrics().averageCharWidth())
        # Below this no page can be read, however much it scrolls.
        letters, lines = _LEAST
        self.stack.setMinimumSize(letters * self.fontMetrics().averageCharWidth(), lines * self.fontMetrics().height())
        column = QVBoxLayout(self)
        column.addWidget(self.problems)
        column.addWidget(self.restart)
        column.addLayout(body, 1)

    # what happens

    @Slot(str, object)
    def _on_chosen(self, key: str, value: object) -> None:
        self.keeper.put(key, value)

    @Slot()
    def _show(self) -> None:
        self.problems.show_problems(self.keeper.problems)
        self.restart.show_keys(self.keeper.restart)
        for page in self.pages.values():
            page.show_resolved(self.keeper.resolved)

    @Slot()
    def _on_restart(self) -> None:
        self._room.open_window("restart", {})

    @Slot(int)
    def _on_row(self, row: int) -> None:
        if row < 0:
            return
        page = self._page(PAGES[row])
        self.stack.setCurrentWidget(page)
        page.activate()

    @Slot()
    def _next_page(self) -> None:
        self.list.setCurrentRow((self.list.currentRow() + 1) % self.list.count())

    @Slot()
    def _page_before(self) -> None:
        self.list.setCurrentRow((self.list.currentRow() - 1) % self.list.count())

    @Slot()
    def retranslate(self) -> None:
        """Set all texts again; what is being typed stays."""
        words = self._room.words
        self.setWindowTitle(words("settings.title"))
        self.list.setAccessibleName(words("settings.pages"))
        for row, name in enumerate(PAGES):
            self.list.item(row).setText(words(f"settings.page.{name}"))
        self._fit_list()
        self.problems.retranslate()
        self.restart.retranslate()
        for page in self.pages.values():
            page.retranslate()

    def _fit_list(self) -> None:
        """As wide as its longest name."""
        frame = 2 * (self.list.frameWidth() + self.list.spacing()) + self.list.verticalScrollBar().sizeHint().width()
        self.list.setFixedWidth(self.list.sizeHintForColumn(0) + frame)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Another program may have changed the file while the window was not in front."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            self.keeper.look_again()
        elif event.type() is QEvent.Type.FontChange:
            self._fit_list()
