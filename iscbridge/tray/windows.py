"""The windows by name: made when they are first opened, at most one each, gone when they are closed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QByteArray, QEvent, QObject, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from iscbridge.core.attention_state import Attention
from iscbridge.tray.icons import attention_icon
from iscbridge.tray.room import Room

log = logging.getLogger(__name__)

_RESIZED = Qt.WidgetAttribute.WA_Resized
#: Windows that show more than they need at least: letters and lines of their font.
_ROOMY: Mapping[str, tuple[int, int]] = {"settings": (150, 45), "first_run": (120, 38)}

Factory = Callable[[Room], QWidget]

#: Name of a window: the module that makes it, by its `make(room)`. Loaded when the window is first opened.
FACTORIES: Mapping[str, str] = {
    "activity": "iscbridge.tray.activity.window",
    "settings": "iscbridge.tray.settings.window",
    "files": "iscbridge.tray.workfiles.window",
    "first_run": "iscbridge.tray.first_run.window",
    "bundle": "iscbridge.tray.bundle.window",
    "upgrade": "iscbridge.tray.upgrade",
    "about": "iscbridge.tray.about",
}
#: Names that stand for a part of a window.
PLACES: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "license": ("settings", {"page": "license"}),
    "hosts": ("settings", {"page": "hosts"}),
}


@runtime_checkable
class Focusable(Protocol):
    """A window that can show one thing in particular."""

    def focus_on(self, what: Mapping[str, object]) -> None:
        """Show it: `job` of the activity, `page` of the settings, `path` of the working files."""


class Windows(QObject):
    """Opens, raises and closes the windows of the application."""

    opened = Signal(str, object)
    """A window was made: its name and its widget."""
    last_closed = Signal()
    """No window is open any more."""

    def __init__(
        self, room: Room, factories: Mapping[str, str | Factory] | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._room = room
        self._factories: Mapping[str, str | Factory] = FACTORIES if factories is None else factories
        self._open: dict[str, QWidget] = {}
        self._closed: list[QWidget] = []
        self.may_close: Callable[[str, QWidget], bool] = _always
        """Asked before a window closes; False keeps it."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the windows that are open."""
        return tuple(self._open)

    def find(self, name: str) -> QWidget | None:
        """The window of that name, if it is open."""
        return self._open.get(name)

    def open(self, name: str, focus: Mapping[str, object] | None = None) -> QWidget | None:
        """Open a window, or raise it; None if there is none of that name."""
        name, place = PLACES.get(name, (name, {}))
        what = {**place, **(focus or {})}
        window = self._open.get(name)
        if window is None:
            window = self._make(name)
            if window is None:
                return None
        if what and isinstance(window, Focusable):
            window.focus_on(what)
        self._raise(window)
        return window

    def close_all(self) -> None:
        """Close every window without a question."""
        self.may_close = _always
        for window in list(self._open.values()):
            window.close()
        self._let_go()

    def _make(self, name: str) -> QWidget | None:
        factory = self._factories.get(name)
        if factory is None:
            log.warning("there is no window %s", name)
            return None
        make = import_module(factory).make if isinstance(factory, str) else factory
        window: QWidget = make(self._room)
        window.setObjectName(f"window-{name}")
        window.setWindowIcon(attention_icon(Attention.SAVED))
        window.installEventFilter(self)
        self._open[name] = window
        log.info("window %s opens", name)
        self._restore(name, window)
        self.opened.emit(name, window)
        return window

    def _raise(self, window: QWidget) -> None:
        if window.isMinimized():
            window.showNormal()
        window.show()
        window.raise_()
        window.activateWindow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Sees windows that close. A window that refuses its own closing (unsaved entries) stays."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest) and isinstance(watched, QWidget):
            _keep_room(watched)
        if event.type() is not QEvent.Type.Close:
            return False
        name = next((name for name, window in self._open.items() if window is watched), None)
        if name is None or not isinstance(watched, QWidget):
            return False
        if not self.may_close(name, watched):
            event.ignore()
            return True
        # What the window itself says to it is only known after this event.
        QTimer.singleShot(0, self, self._look_for_closed)
        return False

    @Slot()
    def _look_for_closed(self) -> None:
        for name, window in list(self._open.items()):
            if not window.isVisible() and not window.isMinimized():
                self._remember(name, window)
                self._closed.append(self._open.pop(name))
        if self._closed:
            QTimer.singleShot(0, self, self._let_go)
            if not self._open:
                self.last_closed.emit()

    @Slot()
    def _let_go(self) -> None:
        """Destroy closed windows, outside of their own slots, and for certain.

        A window refers to itself in many ways, so that the interpreter would find it late, if ever: `deleteLater`
        of a widget that is still held here.
        """
        self._look_for_closed_now()
        for window in self._closed:
            window.deleteLater()
        self._closed.clear()

    def _look_for_closed_now(self) -> None:
        for name, window in list(self._open.items()):
            if not window.isVisible() and not window.isMinimized():
                self._remember(name, window)
                self._closed.append(self._open.pop(name))

    # where a window stood

    def _remember(self, name: str, window: QWidget) -> None:
        geometry = bytes(window.saveGeometry().toBase64().data()).decode("ascii")
        self._room.state.put(f"window.{name}", geometry)

    def _restore(self, name: str, window: QWidget) -> None:
        """The place of the last time; Qt moves what would lie on a screen that is gone."""
        kept = self._room.state.get(f"window.{name}")
        if isinstance(kept, str) and window.restoreGeometry(QByteArray.fromBase64(kept.encode("ascii", "ignore"))):
            return
        hint = window.sizeHint()
        letters, lines = _ROOMY.get(name, (0, 0))
        metrics = window.fontMetrics()
        hint = hint.expandedTo(QSize(letters * metrics.averageCharWidth(), lines * metrics.height()))
        screen = QGuiApplication.primaryScreen()
        if screen is not None:
            hint = hint.boundedTo(screen.availableSize() * 0.9)
        # A window that did not choose a size has one of Qt's that fits nothing.
        window.resize(hint.expandedTo(window.size()) if window.testAttribute(_RESIZED) else hint)


def _keep_room(window: QWidget) -> None:
    """Let nobody make a window lower than its wrapped texts need at its width: Qt sees to the width alone."""
    layout = window.layout()
    if layout is not None and layout.hasHeightForWidth():
        window.setMinimumHeight(layout.totalMinimumHeightForWidth(window.width()))


def _always(_name: str, _window: QWidget) -> bool:
    return True
