"""Texts of the support bundle, in English."""

from __future__ import annotations

#: Error code: (title, what happened, what to do next).
TEXTS: dict[str, tuple[str, str, str]] = {}

#: Sentences by id.
MESSAGES: dict[str, str] = {}
