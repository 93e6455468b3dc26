"""Texts of the tray icon, its menu and what all windows share, in Chinese."""

from __future__ import annotations

#: Error code: (title, what happened, what to do next).
TEXTS: dict[str, tuple[str, str, str]] = {}

#: Sentences by id.
MESSAGES: dict[str, str] = {}
