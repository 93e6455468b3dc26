"""Texts of the vendor's licence relay, in English."""

from __future__ import annotations

#: Error code: (title, what happened, what to do next).
TEXTS: dict[str, tuple[str, str, str]] = {
    "ISCB-RELAY-SETTINGS": (
        "The relay's settings can't be used",
        "“{path}” can't be used: {detail}. The relay did not start; devices go on with the leases they have.",
        "Correct the file; docs/relay.md has its form. Then start the relay again.",
    ),
}

#: Message id: text.
MESSAGES: dict[str, str] = {}
