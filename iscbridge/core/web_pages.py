"""Addresses that others wrote, and that a browser of this computer is to open."""

from __future__ import annotations

from urllib.parse import urlsplit

LONGEST_URL = 512
"""Characters of an address that a person is shown."""
LONGEST_SIGN_IN_URL = 4096
"""Of one that only a browser reads."""


def is_web_page(url: str, longest: int = LONGEST_URL) -> bool:
    """Whether an address is an https one with nothing hidden in it (no login, no blanks or steering characters)."""
    if not url.isprintable() or " " in url or "\\" in url or len(url) > longest:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return False
