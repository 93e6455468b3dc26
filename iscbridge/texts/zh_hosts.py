"""Texts of CAD hosts, the licence page and the first run, in Chinese."""

from __future__ import annotations

#: Error code: (title, what happened, what to do next).
TEXTS: dict[str, tuple[str, str, str]] = {}

#: Sentences by id.
MESSAGES: dict[str, str] = {}
