"""The icon in the panel: there as soon as there is a panel, and again when the panel was restarted."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from iscbridge.core.attention_state import Attention
from iscbridge.tray.icons import attention_icon

#: At log-on the panel may come long after us. To ask costs one look at a property of the screen.
_LOOK_AGAIN_MS = 2000
#: Platforms of tests and tools: Qt prints a warning if an icon is made there.
_WITHOUT_PANEL = frozenset({"offscreen", "minimal", "vnc", "linuxfb", "eglfs"})


class TrayIcon(QObject):
    """Makes the icon once there is a panel to put it in.

    From then on Qt itself puts it into a panel that comes anew: on X11 at the panel's MANAGER message, with
    StatusNotifierItem when the watcher is registered again, on Windows at the message TaskbarCreated. A test kills
    and restarts the panel.
    """

    shown = Signal()
    """The icon was put into a panel for the first time."""
    clicked = Signal()
    """The person wants to see what it is about: a click, a double click, or the key that stands for it."""

    message_clicked = Signal()
    """The person clicked a notice that `show_message` showed; the system does not say which."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = Attention.STARTING
        self._tip = ""
        self._menu: QMenu | None = None
        self._icon: QSystemTrayIcon | None = None
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_AGAIN_MS)
        self._look.setTimerType(Qt.TimerType.VeryCoarseTimer)
        self._look.timeout.connect(self._try)

    @property
    def system_icon(self) -> QSystemTrayIcon | None:
        """Qt's icon; None until there was a panel."""
        return self._icon

    @property
    def reachable(self) -> bool:
        """Whether there is a panel with the icon now."""
        return self._icon is not None and QSystemTrayIcon.isSystemTrayAvailable()

    @property
    def settled(self) -> bool:
        """Whether the icon can be seen, or there is no panel to see it in."""
        return self._icon is None or not self._icon.geometry().isEmpty()

    def start(self) -> None:
        """Show the icon, now or when a panel comes."""
        if QGuiApplication.platformName() in _WITHOUT_PANEL:
            return
        self._try()
        if self._icon is None:
            self._look.start()

    def show_state(self, state: Attention, tip: str) -> None:
        """Another state, or other words for it."""
        if state is not self._state:
            self._state = state
            if self._icon is not None:
                self._icon.setIcon(attention_icon(state))
        if tip != self._tip:
            self._tip = tip
            if self._icon is not None:
                self._icon.setToolTip(tip)

    @property
    def state(self) -> Attention:
        """What the icon shows, or would show."""
        return self._state

    @property
    def tip(self) -> str:
        """Its tooltip."""
        return self._tip

    def show_message(self, title: str, text: str, level: int) -> bool:
        """Show a notice beside the icon, as the system does that; level 0 is news, 1 a question, 2 a problem.

        Returns:
            False: there is no panel, or the system shows none.
        """
        if self._icon is None or not QSystemTrayIcon.supportsMessages():
            return False
        signs = QSystemTrayIcon.MessageIcon
        sign = (signs.NoIcon, signs.Information, signs.Warning)[max(0, min(level, 2))]
        self._icon.showMessage(title, text, sign)
        return True

    def set_menu(self, menu: QMenu) -> None:
        """The menu of the icon; the caller keeps it."""
        self._menu = menu
        if self._icon is not None:
            self._icon.setContextMenu(menu)

    def hide(self) -> None:
        """Take the icon away for good."""
        self._look.stop()
        if self._icon is not None:
            self._icon.hide()

    @Slot()
    def _try(self) -> None:
        if not QSystemTrayIcon.isSystemTrayAvailable():
            return
        self._look.stop()
        self._icon = QSystemTrayIcon(attention_icon(self._state), self)
        self._icon.setToolTip(self._tip)
        if self._menu is not None:
            self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._on_activated)
        self._icon.messageClicked.connect(self._on_message_clicked)
        self._icon.show()
        self.shown.emit()

    @Slot()
    def _on_message_clicked(self) -> None:
        self.message_clicked.emit()

    @Slot(QSystemTrayIcon.ActivationReason)
    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        # A double click comes after its first click: windows are raised, so the second does no harm.
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.clicked.emit()
