"""Colours of the windows where the system knows no light and dark: desktops on Linux without a theme of their own.

Windows and macOS give Qt theirs. These are the only colours of backgrounds and texts that are ours.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette

_ROLES = QPalette.ColorRole
#: Light of text on its background is at least 7:1, of what is disabled 3:1.
_DARK = {
    _ROLES.Window: 0x2B2D30,
    _ROLES.WindowText: 0xE8E8E8,
    _ROLES.Base: 0x1E1F22,
    _ROLES.AlternateBase: 0x26282B,
    _ROLES.Text: 0xE8E8E8,
    _ROLES.Button: 0x3A3D41,
    _ROLES.ButtonText: 0xE8E8E8,
    _ROLES.BrightText: 0xFFFFFF,
    _ROLES.ToolTipBase: 0x3A3D41,
    _ROLES.ToolTipText: 0xE8E8E8,
    _ROLES.Highlight: 0x2A5F9E,
    _ROLES.HighlightedText: 0xFFFFFF,
    _ROLES.Link: 0x7DB7F5,
    _ROLES.LinkVisited: 0xB9A3F0,
    _ROLES.PlaceholderText: 0xA0A4AA,
    _ROLES.Light: 0x4A4D52,
    _ROLES.Midlight: 0x404347,
    _ROLES.Mid: 0x222427,
    _ROLES.Dark: 0x17181A,
    _ROLES.Shadow: 0x0C0D0E,
}
_TEXTS = (_ROLES.WindowText, _ROLES.Text, _ROLES.ButtonText, _ROLES.HighlightedText)
_DISABLED = 0x8A8E94
_DISABLED_HIGHLIGHT = 0x3A3D41


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
