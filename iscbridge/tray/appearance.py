"""Language and light or dark of all windows, as the settings say. At the start, and whenever they change."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from iscbridge.core.setting_sources import Resolved
from iscbridge.core.settings import Settings
from iscbridge.platform.settings import load_settings
from iscbridge.texts.render import Language, choose_language
from iscbridge.tray.background import in_background
from iscbridge.tray.palettes import palette_of
from iscbridge.tray.words import Words

if TYPE_CHECKING:
    from iscbridge.platform.folders import Home
    from iscbridge.tray.link import Link

_ONLY_LIGHT, _EITHER = "windowsvista", "fusion"
_SCHEMES = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}


def take_over(settings: Settings, words: Words) -> None:
    """Let the windows look and speak as these settings say. On the GUI thread; does nothing where nothing changed."""
    hints = QGuiApplication.styleHints()
    wanted = _SCHEMES.get(settings.general_appearance, Qt.ColorScheme.Unknown)
    if _asked.get("scheme", Qt.ColorScheme.Unknown) is not wanted:
        _asked["scheme"] = wanted
        hints.setColorScheme(wanted)  # Unknown: as the system
        if hints.colorScheme() is Qt.ColorScheme.Unknown:
            QApplication.setPalette(palette_of(wanted))  # a desktop that knows no light and dark
        _choose_style(dark=hints.colorScheme() is Qt.ColorScheme.Dark)
    words.set_language(language_of(settings))


def _choose_style(*, dark: bool) -> None:
    """Qt's own style for Windows 10 is light, whatever is asked for: dark windows get one that can be dark."""
    now = QApplication.style().name().lower()
    if dark and now == _ONLY_LIGHT:
        _asked_style.append(now)
        QApplication.setStyle(_EITHER)
    elif not dark and _asked_style:
        QApplication.setStyle(_asked_style.pop())


def language_of(settings: Settings) -> Language:
    """The language that the settings mean; `auto` is that of the system."""
    chosen = settings.general_language
    # The variable has had its say in the settings. A locked `auto` must not be undone by it.
    rest = {name: value for name, value in os.environ.items() if name != Settings.general_language.variable}
    return choose_language("" if chosen == "auto" else chosen, rest)


class AppearanceKeeper(QObject):
    """Keeps all windows as the settings say, whoever changes them. One for the application."""

    def __init__(self, home: Home, link: Link, words: Words, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._home = home
        self._words = words
        link.told.connect(self._on_told)
        self._look()

    @Slot(str, object)
    def _on_told(self, topic: str, _params: Any) -> None:
        if topic == "settings.changed":
            self._look()

    def _look(self) -> None:
        in_background(partial(load_settings, self._home.config), parent=self).done.connect(self._on_read)

    @Slot(object)
    def _on_read(self, found: Resolved) -> None:
        take_over(found.settings, self._words)


#: What was asked of Qt last: what it answers is what the system makes of that.
_asked: dict[str, Qt.ColorScheme] = {}
#: The style to go back to, if it was changed.
_asked_style: list[str] = []
