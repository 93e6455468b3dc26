"""Colours of the windows where the system knows no light and dark: desktops on Linux without a theme of their own.

Windows and macOS give Qt theirs. These are the only colours of backgrounds and texts that are ours.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette

_ROLES = QPalette.ColorRole
#: Fields are lighter than the window: the style draws the outlines of boxes darker, which nobody sees on a dark one.
#: Light of text on its background is at least 7:1, of what is disabled 3:1.
_DARK = {
    _ROLES.Window: 0x1F2123,
    _ROLES.WindowText: 0xE8E8E8,
    _ROLES.Base: 0x34373C,
    _ROLES.AlternateBase: 0x3A3D42,
    _ROLES.Text: 0xE8E8E8,
    _ROLES.Button: 0x464A50,
    _ROLES.ButtonText: 0xE8E8E8,
    _ROLES.BrightText: 0xFFFFFF,
    _ROLES.ToolTipBase: 0x3A3D41,
    _ROLES.ToolTipText: 0xE8E8E8,
    _ROLES.Highlight: 0x2A5F9E,
    _ROLES.HighlightedText: 0xFFFFFF,
    _ROLES.Link: 0x7DB7F5,
    _ROLES.LinkVisited: 0xB9A3F0,
    _ROLES.PlaceholderText: 0xB0B4BA,
    _ROLES.Light: 0x5A5E65,
    _ROLES.Midlight: 0x50545A,
    _ROLES.Mid: 0x222427,
    _ROLES.Dark: 0x17181A,
    _ROLES.Shadow: 0x0C0D0E,
}
_TEXTS = (_ROLES.WindowText, _ROLES.Text, _ROLES.ButtonText, _ROLES.HighlightedText)
_DISABLED = 0x9A9EA4
_DISABLED_HIGHLIGHT = 0x50545A


def palette_of(scheme: Qt.ColorScheme) -> QPalette:
    """The palette for a scheme. Light, and what is not known, is the style's own: an empty palette resets to it."""
    if scheme is not Qt.ColorScheme.Dark:
        return QPalette()
    palette = QPalette()
    for role, colour in _DARK.items():
        palette.setColor(role, QColor.fromRgb(colour))
    disabled = QPalette.ColorGroup.Disabled
    for role in _TEXTS:
        palette.setColor(disabled, role, QColor.fromRgb(_DISABLED))
    palette.setColor(disabled, _ROLES.Highlight, QColor.fromRgb(_DISABLED_HIGHLIGHT))
    return palette
