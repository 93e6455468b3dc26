"""A desktop without a panel for icons: the activity window stands in for the icon and carries its menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Slot

from iscbridge.core.notices import Level as NewsLevel
from iscbridge.tray.icon import TrayIcon
from iscbridge.tray.menu import TrayMenu
from iscbridge.tray.notices import Shown
from iscbridge.tray.windows import Windows
from iscbridge.tray.words import Words

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMessageBox, QWidget

#: At log-on the panel may come some seconds after us.
_PATIENCE_MS = 5000
_STAND_IN = "activity"


class WithoutPanel(QObject):
    """Opens the activity window if no panel has come, and asks before the last window closes."""

    def __init__(
        self, icon: TrayIcon, windows: Windows, menu: TrayMenu, words: Words, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._icon = icon
        self._windows = windows
        self._menu = menu
        self._words = words
        self._question: QMessageBox | None = None
        self._quit = False
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self.open)
        windows.opened.connect(self._on_opened)
        windows.may_close = self._may_close

    def start(self) -> None:
        """Wait for a panel; then open the window that stands in for it."""
        self._patience.start()

    @Slot()
    def open(self) -> None:
        """Open the window, if there is still no panel."""
        if not self._icon.reachable and not self._windows.names:
            self._menu.wanted.emit(_STAND_IN, {})

    @Slot(str, object)
    def _on_opened(self, name: str, window: QWidget) -> None:
        layout = window.layout()
        if name != _STAND_IN or self._icon.reachable or layout is None or layout.menuBar() is not None:
            return
        from PySide6.QtWidgets import QMenuBar

        bar = QMenuBar(window)
        # Not addMenu: PySide would take the menu for the bar's own, and for destroyed once this window is.
        entry = self._menu.menu.menuAction()
        entry.setText("ISCBridge")
        bar.addAction(entry)
        layout.setMenuBar(bar)

    @Slot(object)
    def show_notice(self, shown: Shown) -> None:
        """Say in the window what would be said beside the icon."""
        tell = getattr(self._windows.find(_STAND_IN), "tell_news", None)
        if tell is not None and not self._icon.reachable:
            tell(f"{shown.title}\n{shown.text}", problem=shown.level > NewsLevel.NEWS)

    def _may_close(self, _name: str, window: QWidget) -> bool:
        if self._icon.reachable or len(self._windows.names) > 1 or not window.isVisible():
            return True
        self._ask(window)
        return False

    def _ask(self, window: QWidget) -> None:
        if self._question is not None:
            self._question.raise_()
            return
        from PySide6.QtWidgets import QMessageBox

        words = self._words
        question = QMessageBox(QMessageBox.Icon.Question, "ISCBridge", words("tray.panel.question"), parent=window)
        question.setTextFormat(Qt.TextFormat.PlainText)
        question.setInformativeText(words("tray.panel.text"))
        go_on = question.addButton(words("tray.panel.go_on"), QMessageBox.ButtonRole.AcceptRole)
        end = question.addButton(words("tray.menu.quit"), QMessageBox.ButtonRole.DestructiveRole)
        question.setDefaultButton(go_on)
        question.setEscapeButton(go_on)
        go_on.clicked.connect(self._on_go_on)
        end.clicked.connect(self._on_quit)
        question.finished.connect(self._on_answered)
        self._question = question
        question.open()

    @Slot()
    def _on_go_on(self) -> None:
        for name in self._windows.names:
            window = self._windows.find(name)
            if window is not None:
                window.showMinimized()

    @Slot()
    def _on_quit(self) -> None:
        self._menu.quit_wanted.emit()

    @Slot()
    def _on_answered(self) -> None:
        question, self._question = self._question, None
        if question is not None:
            question.deleteLater()
