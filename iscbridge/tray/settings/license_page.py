"""The settings' page of licences: a card for each product, and how a product gets here.

It is as high as what stands on it: the window that shows it scrolls.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from iscbridge.core.jobs import ErrorInfo
from iscbridge.ipc.license_wire import LicenseObject
from iscbridge.ipc.messages import LicenseStatusResult
from iscbridge.ipc.wire import ErrorObject
from iscbridge.texts.render import render
from iscbridge.tray.background import in_background
from iscbridge.tray.link import LinkState
from iscbridge.tray.room import Room
from iscbridge.tray.settings.fingerprint_window import FingerprintWindow
from iscbridge.tray.settings.license_card import LicenseCard
from iscbridge.tray.settings.policy_file import Taken, take_policy
from iscbridge.tray.settings.said import said
from iscbridge.tray.widgets.scrolling import bring_into_view

#: "Today" and what is left move on, also while nothing is told.
_AGAIN_MS = 60_000


def make(room: Room) -> QWidget:
    """The page."""
    return LicensePage(room)


class LicensePage(QWidget):
    """All products that a vendor's policy names on this computer."""

    def __init__(self, room: Room, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._room = room
        self._cards: dict[str, LicenseCard] = {}
        self._known = False
        self._wanted = ""
        """The product whose card is to be shown once it is there."""
        self._error: ErrorObject | None = None
        self._taken: Taken | ErrorInfo | None = None
        self._windows: list[FingerprintWindow] = []
        self._build()
        room.words.changed.connect(self._on_language)
        room.link.told.connect(self._on_told)
        room.link.state_changed.connect(self._on_link)
        self._viewed: QWidget | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._bring_into_view)
        self._again = QTimer(self)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self.reload)
        self.retranslate()
        self.reload()

    def _build(self) -> None:
        self.empty = QLabel(self)
        self.trouble = QLabel(self)
        self.news = QLabel(self)
        for label in (self.empty, self.trouble, self.news):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.add = QPushButton(self)
        self.add.setAutoDefault(False)
        self._menu = QMenu(self.add)
        self._actions: list[QAction] = []
        self.add.setMenu(self._menu)
        self._menu.aboutToShow.connect(self._fill_menu)
        self._list = QVBoxLayout()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.trouble)
        layout.addWidget(self.empty)
        layout.addLayout(self._list)
        layout.addWidget(self.news)
        layout.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addStretch(1)

    @property
    def cards(self) -> dict[str, LicenseCard]:
        """The card of each product."""
        return dict(self._cards)

    def focus_on(self, product: str) -> None:
        """Bring a product's card into view, as soon as it is there."""
        card = self._cards.get(product)
        self._wanted = "" if card is not None else product
        if card is None:
            return
        self._on_view(card)
        if card.code.isVisibleTo(self):
            card.ask_for_code()
        else:
            card.setFocus(Qt.FocusReason.OtherFocusReason)

    # texts

    @Slot()
    def _on_language(self) -> None:
        self.retranslate()
        self.reload()  # what the bridge says is in its client's language

    @Slot()
    def retranslate(self) -> None:
        """Set every text in the language that holds now."""
        words = self._room.words
        self.setWindowTitle(words("license.page"))
        self.setAccessibleName(words("license.page"))
        self.empty.setText(words("license.page.empty"))
        self.empty.setVisible(self._known and not self._cards)
        self.add.setText(words("license.page.add"))
        self.add.setAccessibleDescription(words("license.page.add.help"))
        self.add.setToolTip(words("license.page.add.help"))
        self.trouble.setText(self._trouble())
        self.trouble.setVisible(bool(self.trouble.text()))
        self.news.setText(self._news())
        self.news.setVisible(bool(self.news.text()))
        for card in self._cards.values():
            card.retranslate()

    def _trouble(self) -> str:
        words = self._room.words
        if self._error is not None:
            return words("license.page.failed", code=self._error.code, **said(self._error, words)._asdict())
        if self._room.link.state is not LinkState.CONNECTED:
            return words("license.page.no-bridge")
        return "" if self._known else words("license.page.loading")

    def _news(self) -> str:
        words = self._room.words
        if isinstance(self._taken, ErrorInfo):
            shown = render(self._taken, words.language)
            return words("license.page.failed", code=self._taken.code, **shown._asdict())
        if self._taken is None:
            return ""
        return words("license.page.add.done", product=self._taken.product, path=self._taken.path)

    # what the bridge says

    @Slot()
    def reload(self) -> None:
        """Ask for all licences."""
        reply = self._room.link.ask("license.status", parent=self)
        reply.done.connect(self._on_status)
        reply.failed.connect(self._on_failed)

    @Slot(object)
    def _on_status(self, result: LicenseStatusResult) -> None:
        self._known, self._error = True, None
        told = {licence.product: licence for licence in result.licenses if licence.managed}
        for product in [product for product in self._cards if product not in told]:
            card = self._cards.pop(product)
            self._list.removeWidget(card)
            card.hide()
            card.setParent(None)  # collected with its last reference
        for licence in told.values():
            self._show(licence)
        self.retranslate()
        if self._wanted:
            self.focus_on(self._wanted)

    @Slot(object)
    def _on_failed(self, error: ErrorObject) -> None:
        self._error = error
        self.retranslate()

    @Slot(str, object)
    def _on_told(self, topic: str, params: object) -> None:
        if topic == "license.changed" and isinstance(params, LicenseObject) and params.managed:
            self._show(params)

    @Slot(object)
    def _on_link(self, state: LinkState) -> None:
        if state is LinkState.CONNECTED:
            self.reload()
        self.retranslate()

    def _show(self, licence: LicenseObject) -> None:
        card = self._cards.get(licence.product)
        if card is not None:
            card.show_licence(licence)
            return
        card = LicenseCard(self._room, licence, self)
        card.wants_view.connect(self._on_view)
        card.wants_fingerprint.connect(self._on_fingerprint)
        self._cards[licence.product] = card
        self._list.addWidget(card)
        card.show()
        self.empty.hide()

    # what a person does

    @Slot(object)
    def _on_view(self, part: QWidget) -> None:
        self._viewed = part
        self._later.start()  # it has its place only after the next layout

    @Slot()
    def _bring_into_view(self) -> None:
        part, self._viewed = self._viewed, None
        if part is not None and isValid(part) and part.isVisible():
            bring_into_view(part)

    @Slot(str)
    def _on_fingerprint(self, product: str) -> None:
        window = FingerprintWindow(self._room, product, self)
        self._windows = [other for other in self._windows if other.isVisible()]
        self._windows.append(window)
        window.show()

    @Slot()
    def _fill_menu(self) -> None:
        words = self._room.words
        self._menu.clear()
        self._actions = []
        for product, card in sorted(self._cards.items()):
            if card.licence.state == "not_activated":
                action = QAction(words("license.page.add.known", product=product), self._menu)
                action.setData(product)
                action.triggered.connect(self._on_known)
                self._actions.append(action)
        file = QAction(words("license.page.add.file"), self._menu)
        file.triggered.connect(self._on_choose)
        self._actions.append(file)
        self._menu.addActions(self._actions)

    @Slot()
    def _on_known(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.focus_on(str(action.data()))

    @Slot()
    def _on_choose(self) -> None:
        words = self._room.words
        title, kinds = words("license.page.add.file"), words("license.page.add.kinds")
        chosen, _ = QFileDialog.getOpenFileName(self, title, "", kinds)
        if chosen:
            self.take_file(Path(chosen))

    def take_file(self, path: Path) -> None:
        """Take a vendor's policy file into the profile."""
        errand = in_background(partial(take_policy, path, self._room.home), parent=self)
        errand.done.connect(self._on_taken)
        errand.failed.connect(self._on_refused)

    @Slot(object)
    def _on_taken(self, taken: Taken) -> None:
        self._taken = taken
        self.retranslate()

    @Slot(object)
    def _on_refused(self, error: ErrorInfo) -> None:
        self._taken = error
        self.retranslate()

    def event(self, event: QEvent) -> bool:
        """Look again while somebody looks on, and only then."""
        if event.type() == QEvent.Type.Show:
            self._again.start()
        elif event.type() == QEvent.Type.Hide:
            self._again.stop()
        return super().event(event)
